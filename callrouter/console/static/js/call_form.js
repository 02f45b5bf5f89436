// The form of a call that is tried: caller, moment, and states of agents that are pretended. Pure but for its elements.

import { el } from "./base.js";
import { entryOf, namesIn } from "./document.js";
import { labelled, nextId } from "./labels.js";
import { momentOf, reading } from "./times.js";
import { _ } from "./words.js";

export const STATES = ["busy", "paused", "unreachable", "logged_out", "wrap_up"];

export function stateWord(state) {
  switch (state) {
    case "busy": return _("On a call");
    case "paused": return _("Paused");
    case "unreachable": return _("Phone unreachable");
    case "logged_out": return _("Logged out");
    case "wrap_up": return _("Wrapping up");
    default: return _("As it is now");
  }
}

/** Date and time in `zone()`, empty for now. */
export function momentField(zone) {
  const input = el("input", { type: "datetime-local", id: nextId(), dir: "ltr" });
  const whole = labelled(_("When"), input, { hint: _("Empty: now") });
  return {
    element: whole,
    input,
    /** ISO, or null for now. */
    value: () => (input.value ? momentOf(input.value, zone()).toISOString() : null),
    set: (iso) => (input.value = reading(iso, zone())),
  };
}

/** The agents of a document with a state to pretend each; those of `first` on top. */
export function statesField(document_, first = []) {
  const chosen = new Map();
  const all = namesIn(document_, "agents");
  const order = [...first.filter((each) => all.includes(each)), ...all.filter((each) => !first.includes(each))];
  const line = (agent) => {
    const name = entryOf(document_, "agents", agent).name ?? agent;
    const select = el("select", {
      "aria-label": _("State of %(name)s", { name }),
      onchange: () => (select.value ? chosen.set(agent, select.value) : chosen.delete(agent)),
    }, el("option", { value: "" }, stateWord("")), STATES.map((each) => el("option", { value: each }, stateWord(each))));
    return el("div", { class: "state-line" }, el("bdi", {}, name), select);
  };
  const search = order.length > 12 ? el("input", {
    type: "search", dir: "auto", placeholder: _("Search"), "aria-label": _("Search agents"), oninput: () => {
      const wanted = search.value.trim().toLowerCase();
      for (const each of lines.children) each.hidden = !each.textContent.toLowerCase().includes(wanted);
    },
  }) : null;
  const lines = el("div", { class: "state-lines" }, order.map(line));
  return { element: el("div", {}, search, lines), values: () => pretended(chosen) };
}

/** Chosen states as POST /simulate takes them. */
export function pretended(chosen) {
  const asked = {};
  for (const [agent, state] of chosen) (asked[state] ??= []).push(state === "paused" ? { agent, reason: "" } : agent);
  return asked;
}
