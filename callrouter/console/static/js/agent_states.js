// How agents are at present: on the list of agents, among the members of a group.

import { ApiProblem, api, el, icon } from "./base.js";
import { _ } from "./words.js";

const REFRESH_MS = 15_000;

/** `{ word, kind, icon }` of what GET /agents says of one. */
export function stateWord(state) {
  if (!state) return null;
  if (!state.logged_in) return { word: _("Logged out"), kind: "off", icon: "leave" };
  if (state.paused === null) return { word: _("Takes calls"), kind: "ok", icon: "check" };
  const reason = state.paused ? _("Paused: %(reason)s", { reason: `\u2068${state.paused}\u2069` }) : _("Paused");
  return { word: reason, kind: "warn", icon: "pause" };
}

/** The states by agent, asked again now and then; `changed` is called when they are others. */
export class AgentStates {
  constructor(changed) {
    this.byAgent = new Map();
    this.changed = changed;
    this.ask();
    setInterval(() => document.visibilityState === "visible" && this.ask(), REFRESH_MS);
    addEventListener("focus", () => this.ask());
  }

  async ask() {
    let found;
    try {
      found = await api("GET", "/agents");
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      return; // the pages show the configuration all the same
    }
    const before = JSON.stringify([...this.byAgent]);
    this.byAgent = new Map(found.map(({ id, logged_in: loggedIn, paused }) => [id, { logged_in: loggedIn, paused }]));
    if (JSON.stringify([...this.byAgent]) !== before) this.changed();
  }

  /** What to show of one; empty where he is not in the stored configuration yet. */
  chip(agent) {
    const shown = stateWord(this.byAgent.get(agent));
    return shown ? el("span", { class: `status ${shown.kind}` }, icon(shown.icon), shown.word) : "";
  }
}
