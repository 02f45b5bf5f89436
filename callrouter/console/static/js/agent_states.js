// How agents are at present: on the list of agents, among the members of a group. As the board says.

import { el, icon } from "./base.js";
import { followBoard } from "./board_stream.js";
import { activityWord } from "./board_words.js";
import { _ } from "./words.js";

const AT_MOST_EVERY_MS = 1000;

/** `{ word, kind, icon }` of what the board says of one agent. */
export function stateWord({ activity, paused }) {
  const shown = activityWord(activity);
  return activity === "paused" && paused ? { ...shown, word: _("Paused: %(reason)s", { reason: `\u2068${paused}\u2069` }) } : shown;
}

/** The states by agent, as they change; `changed` is called then, once a second at most. */
export class AgentStates {
  #timer = 0;

  constructor(changed) {
    this.byAgent = new Map();
    this.changed = changed;
    followBoard({ changed: (board) => this.#take(board.agents), freshness: () => null, signedOut: () => null, stay: false });
  }

  #take(agents) {
    const now = new Map();
    let different = Object.keys(agents).length !== this.byAgent.size;
    for (const [id, { activity, paused }] of Object.entries(agents)) {
      const before = this.byAgent.get(id);
      const same = before && before.activity === activity && before.paused === paused;
      now.set(id, same ? before : { activity, paused });
      different ||= !same;
    }
    this.byAgent = now;
    if (!different || this.#timer) return;
    this.changed();
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      this.changed();
    }, AT_MOST_EVERY_MS);
  }

  /** What to show of one; empty where he is not in the stored configuration yet. */
  chip(agent) {
    const state = this.byAgent.get(agent);
    if (!state) return "";
    const { word, kind, icon: image } = stateWord(state);
    return el("span", { class: `status ${kind}` }, icon(image), word);
  }
}
