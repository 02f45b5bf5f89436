// A draft without its surroundings: what it began from, what was done, undo and redo. Pure.

import { copyOf, isBelow, same } from "./document.js";
import { applyPatches, countChanges, patchesBetween, sharing, touches } from "./patches.js";

const MOST_STEPS = 100;
const MOST_SUMMARY = 200;

/**
 * @typedef {{mark: string, number: number|null, document: object}} Base what is stored at the server
 * @typedef {{what: string, together: string, patches: import("./patches.js").Patch[]}} Step
 */
export class DraftState {
  /** @param {Base} base */
  constructor(base) {
    this.base = base;
    this.document = base.document; // never changed in place: what stays alike is shared
    /** @type {Step[]} */
    this.done = [];
    /** @type {Step[]} */
    this.undone = [];
    this.patches = [];
  }

  /** How many fields are written otherwise than in the base. */
  get count() {
    return countChanges(this.patches);
  }

  get changed() {
    return this.patches.length > 0;
  }

  /** Whether something at `path` was changed. */
  isChanged(path) {
    return touches(this.patches, path);
  }

  /**
   * Lets `edit` change a copy of the document; whether anything became different. Steps with the
   * same `together` that follow one another are one step for undo.
   */
  change(what, edit, together = "") {
    const next = copyOf(this.document);
    edit(next);
    return this.replace(what, next, together);
  }

  /** As `change`, with the document that is to be. */
  replace(what, given, together = "") {
    const patches = JSON.parse(JSON.stringify(patchesBetween(this.document, given))); // undefined is not there
    const next = applyPatches(sharing(this.document), patches);
    if (patches.length === 0 || same(next, this.document)) return false;
    const last = this.done.at(-1);
    if (together && last?.together === together && this.undone.length === 0) {
      const before = applyPatches(sharing(this.document), last.patches, true);
      last.patches = patchesBetween(before, next);
      if (last.patches.length === 0) this.done.pop();
    } else {
      this.done.push({ what, together, patches });
      if (this.done.length > MOST_STEPS) this.done.shift();
    }
    this.undone = [];
    this.#become(next);
    return true;
  }

  /** Takes the last step back; what it was, or null. */
  undo() {
    return this.#step(this.done, this.undone, true);
  }

  /** Does again what was taken back last; what it was, or null. */
  redo() {
    return this.#step(this.undone, this.done, false);
  }

  /** What was done since the base, in a line for the history. */
  get summary() {
    const told = [...new Set(this.done.map(({ what }) => what))].join("; ");
    return told.length > MOST_SUMMARY ? `${told.slice(0, MOST_SUMMARY)}…` : told;
  }

  /** Forgets everything that is not stored. */
  discard() {
    this.done = [];
    this.undone = [];
    this.#become(this.base.document);
  }

  /** Goes on from another base, with this document on top of it. Steps before are forgotten. */
  rebase(base, document) {
    this.base = base;
    this.done = [];
    this.undone = [];
    this.#become(document);
  }

  /** What is kept over page changes, as JSON; null where there is nothing to keep. */
  toStore() {
    if (!this.changed && this.done.length === 0 && this.undone.length === 0) return null;
    const { mark, number } = this.base;
    return JSON.stringify({
      mark, number, document: this.document, patches: this.patches, done: this.done, undone: this.undone,
    });
  }

  /** Takes up what was kept; the base is what it was then, also where another is stored by now. */
  static fromStore(text, stored) {
    const kept = JSON.parse(text);
    const began = kept.mark === stored.mark;
    const document = began ? stored.document : applyPatches(copyOf(kept.document), kept.patches, true);
    const state = new DraftState(began ? stored : { mark: kept.mark, number: kept.number, document });
    state.done = kept.done;
    state.undone = kept.undone;
    state.#become(kept.document);
    return state;
  }

  #step(from, to, back) {
    const step = from.pop();
    if (!step) return null;
    to.push(step);
    this.#become(applyPatches(sharing(this.document), step.patches, back));
    return step.what;
  }

  #become(document) {
    this.document = document;
    this.patches = patchesBetween(this.base.document, document);
  }
}

/** The problems at or below `path`. */
export function problemsBelow(problems, path) {
  return problems.filter((each) => isBelow(each.path ?? [], path));
}
