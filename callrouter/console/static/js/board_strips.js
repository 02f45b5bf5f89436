// The strips of numbers and groups: who waits, who is on duty, how the day goes.

import { _, locale } from "./words.js";
import { el, icon } from "./base.js";
import { shareKind } from "./board_state.js";
import { isolated, percent } from "./board_words.js";
import { say, since } from "./keyed.js";
import { targetWord } from "./override_words.js";
import { dateTime } from "./times.js";

/** `{ element, update([settings, board]) }` for the row of incoming call settings. */
export function settingsRow(name) {
  const title = el("bdi", { class: "strip-name" }, name);
  const numbers = el("bdi", { class: "muted small", dir: "ltr" });
  const word = el("span");
  const status = el("span", { class: "status" });
  const duty = el("p", { class: "small" });
  const next = el("td", { class: "small", "data-label": _("Next") });
  const counted = counts();
  const element = el("tr", {}, el("th", { scope: "row" }, title, el("br"), numbers), el("td", { "data-label": _("On duty now") }, el("div", {}, status, duty)), next, counted.cells);
  let open = null;
  function update([strip, board]) {
    say(numbers, strip.numbers.join(", "));
    if (open !== strip.duty.open) {
      open = strip.duty.open;
      status.className = `status ${open ? "ok" : "off"}`;
      status.replaceChildren(icon(open ? "check" : "lock"), word);
      say(word, open ? _("Open") : _("Closed"));
    }
    say(duty, [whoRings(strip.duty, board), strip.duty.because ? isolated(strip.duty.because) : ""].filter(Boolean).join(" · "));
    say(next, nextWord(strip, board));
    counted.update(strip, board);
  }
  return { element, update };
}

/** The same for a group. */
export function groupRow(name) {
  const members = el("td", { "data-label": _("Members") });
  const duty = el("td", { class: "small", "data-label": _("On duty for") });
  const counted = counts();
  const element = el("tr", {}, el("th", { scope: "row" }, el("bdi", { class: "strip-name" }, name)), members, duty, counted.cells);
  function update([strip, board]) {
    say(members, _("free: %(free)s · there: %(there)s · of %(members)s", { free: strip.free, there: strip.there, members: strip.members.length }));
    say(duty, strip.on_duty_for.map(isolated).join(_(", ")));
    counted.update(strip, board);
  }
  return { element, update };
}

function whoRings(duty, board) {
  return duty.targets.map((target) => {
    const agent = target.kind === "agent" ? board.agents[target.name] : undefined;
    return agent ? isolated(agent.name) : targetWord(target);
  }).join(_(", then "));
}

function nextWord(strip, board) {
  if (!strip.until) return _("no change in the coming week");
  const values = { time: dateTime(strip.until, strip.timezone), who: whoRings(strip.then, board) };
  return strip.then.open ? _("from %(time)s: %(who)s", values) : _("from %(time)s: closed", values);
}

function counts() {
  const labels = {
    waiting: _("Waiting"), longest: _("Longest wait"), ringing: _("Ringing"), talking: _("Talking"),
    answered: _("Answered today"), abandoned: _("Abandoned"), level: _("Service level"),
  };
  const fields = Object.keys(labels);
  const nodes = Object.fromEntries(fields.map((field) => [field, el("span", { class: "ltr" })]));
  return {
    cells: fields.map((field) => el("td", { class: "num", "data-label": labels[field] }, nodes[field])),
    update({ now, today }, { targets }) {
      say(nodes.waiting, String(now.waiting));
      nodes.waiting.className = now.waiting ? "ltr warn-text strong" : "ltr";
      since(nodes.longest, now.longest_since);
      say(nodes.ringing, String(now.ringing));
      say(nodes.talking, String(now.talking));
      say(nodes.answered, String(today.answered));
      say(nodes.abandoned, String(today.abandoned));
      say(nodes.level, percent(today.service_level, locale()));
      const kind = shareKind(today.service_level, targets.service_level);
      nodes.level.className = kind ? `ltr ${kind}-text` : "ltr";
    },
  };
}
