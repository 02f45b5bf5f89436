// A call in progress on the board, with what a supervisor can do with it.

import { _ } from "./words.js";
import { el, icon } from "./base.js";
import { endCall, moveCall } from "./board_actions.js";
import { callerOf } from "./board_agents.js";
import { isolated, stageWord } from "./board_words.js";
import { say, since } from "./keyed.js";

/** `{ element, update([call, board]) }` for a row of the table of calls. */
export function callRow(id, { steer }) {
  let call = null;
  let board = null;
  const word = el("span");
  const status = el("span", { class: "status" }, word);
  const from = el("td", { "data-label": _("From") });
  const number = el("bdi", { dir: "ltr" });
  const settings = el("bdi", { class: "muted small" });
  const withWhom = el("td", { "data-label": _("With") });
  const waiting = el("span", { class: "ltr" });
  const talking = el("span", { class: "ltr" });
  const buttons = steer
    ? el("td", { class: "row-actions" },
        el("button", { type: "button", class: "button small", onclick: () => asking(() => moveCall(id, call, board)) }, icon("move"), _("Move …")),
        el("button", { type: "button", class: "button small danger", onclick: () => asking(() => endCall(id, call)) }, icon("phone-off"), _("End")))
    : null;
  const element = el("tr", { "data-call": id },
    el("td", { "data-label": _("Stage") }, status), from,
    el("td", { "data-label": _("To") }, el("span", {}, number, " ", settings)), withWhom,
    el("td", { class: "num", "data-label": _("Waiting") }, waiting),
    el("td", { class: "num", "data-label": _("Talking") }, talking), buttons);
  let shown = "";
  /** The router may take some seconds to answer: until then nothing else is asked. */
  async function asking(work) {
    if (buttons.firstElementChild.ariaDisabled === "true") return;
    for (const button of buttons.children) button.setAttribute("aria-disabled", "true");
    try {
      await work();
    } finally {
      for (const button of buttons.children) button.removeAttribute("aria-disabled");
    }
  }
  function update(told) {
    [call, board] = told;
    const found = stageWord(call.stage);
    if (call.stage !== shown) {
      shown = call.stage;
      status.className = `status ${found.kind}`;
      status.replaceChildren(icon(found.icon), word);
      say(word, found.word);
    }
    say(from, callerOf(call));
    say(number, call.number);
    say(settings, call.settings ?? "");
    say(withWhom, whom(call, board));
    since(waiting, call.waiting ? call.arrived_at : undefined);
    since(talking, call.stage === "talking" ? call.since : undefined);
  }
  return { element, update };
}

function whom(call, board) {
  if (call.stage === "talking") {
    return call.agent === undefined ? "" : isolated(board.agents[call.agent]?.name ?? call.agent);
  }
  const names = call.ringing.map(({ name }) => isolated(name));
  return names.length ? names.join(_(", ")) : call.agent_group ? isolated(call.agent_group) : "";
}
