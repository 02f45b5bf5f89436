// An agent on the board: what he does and since when, and what he can be asked.

import { _, ngettext } from "./words.js";
import { el, icon } from "./base.js";
import { actionsFor } from "./board_state.js";
import { actionWord, changeAgent } from "./board_actions.js";
import { activityWord, isolated } from "./board_words.js";
import { say, since } from "./keyed.js";
import { time } from "./times.js";

const ACTIONS = ["pause", "unpause", "log_in", "log_out"];

/** `{ element, update([agent, board]) }` for the agent's tile; `steer`: with a menu of actions. */
export function agentTile(id, { steer }) {
  const name = el("bdi", { class: "agent-name" });
  const extension = el("bdi", { class: "muted", dir: "ltr" });
  const status = statusChip();
  const clock = el("span", { class: "agent-clock ltr tabular" });
  const line = el("p", { class: "agent-line muted small" });
  const menu = steer ? actionMenu(id) : null;
  const element = el("article", { class: "agent-tile", "data-agent": id },
    el("header", {}, name, extension, menu?.element ?? null),
    el("p", { class: "agent-state" }, status.element, clock),
    line);
  function update([agent, board]) {
    const { kind } = status.update(agent.activity);
    element.className = `agent-tile ${kind}`;
    say(name, agent.name);
    say(extension, agent.extension);
    since(clock, agent.since);
    say(line, lineOf(agent, board));
    menu?.update(agent);
  }
  return { element, update };
}

/** The state of who looks himself, with buttons. */
export function ownState(id, place, buttons) {
  const status = statusChip();
  const clock = el("span", { class: "agent-clock ltr tabular" });
  const line = el("span", { class: "muted" });
  place.append(status.element, clock, line);
  const made = actionButtons(id, "button");
  buttons.append(...made.elements);
  return ([agent, board]) => {
    status.update(agent.activity);
    since(clock, agent.since);
    say(line, lineOf(agent, board));
    made.update(agent);
  };
}

function statusChip() {
  const word = el("span");
  const element = el("span", { class: "status" }, word);
  let shown = "";
  return {
    element,
    update(activity) {
      const found = activityWord(activity);
      if (activity !== shown) {
        shown = activity;
        element.className = `status ${found.kind}`;
        element.replaceChildren(icon(found.icon), word);
        say(word, found.word);
      }
      return found;
    },
  };
}

/** Why, with whom, until when, how many calls today: what there is to say of him. */
function lineOf(agent, board) {
  const call = agent.call ? board.calls[agent.call] : undefined;
  const said = [];
  if (call) said.push(callerOf(call));
  if (agent.paused !== undefined && agent.activity !== "paused") said.push(_("paused after this"));
  if (agent.paused) said.push(isolated(agent.paused));
  if (!agent.logged_in && agent.activity !== "logged_out") said.push(_("logged out after this"));
  if (agent.until && ["wrap_up", "resting", "off_hours"].includes(agent.activity)) {
    said.push(_("until %(time)s", { time: time(agent.until, board.timezone) }));
  }
  if (agent.calls_today) said.push(ngettext("%(num)s call today", "%(num)s calls today", agent.calls_today));
  return said.join(" · ");
}

/** Who calls: his name and number, as far as there are any. */
export function callerOf(call) {
  const parts = [call.caller_name, call.caller_number].filter(Boolean).map(isolated);
  return parts.length ? parts.join(" ") : _("number withheld");
}

function actionMenu(id) {
  const made = actionButtons(id, "");
  const summary = el("summary", {}, icon("more"));
  const element = el("details", { class: "menu agent-menu", "data-menu": "" }, summary, el("div", { class: "menu-body" }, made.elements));
  element.addEventListener("click", (event) => {
    if (event.target.closest("button")) element.open = false;
  });
  return {
    element,
    update(agent) {
      const label = _("What %(name)s is to do", { name: isolated(agent.name) });
      if (summary.getAttribute("aria-label") !== label) summary.setAttribute("aria-label", label);
      made.update(agent);
    },
  };
}

function actionButtons(id, className) {
  let name = id;
  const buttons = new Map(ACTIONS.map((action) => {
    const { word, icon: image } = actionWord(action);
    const button = el("button", { type: "button", class: className, hidden: true, onclick: () => changeAgent(id, name, action) }, icon(image), word);
    return [action, button];
  }));
  return {
    elements: [...buttons.values()],
    update(agent) {
      name = agent.name;
      const can = actionsFor(agent);
      for (const [action, button] of buttons) {
        const hide = !can.includes(action);
        if (hide && document.activeElement === button) buttons.get(can[0]).hidden = false;
        if (hide && document.activeElement === button) buttons.get(can[0]).focus();
        if (button.hidden !== hide) button.hidden = hide;
      }
    },
  };
}
