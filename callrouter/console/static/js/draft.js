// The one draft of the configuration that all pages of this browser share, until it is saved.

import { ApiProblem, api, ask } from "./base.js";
import { DraftState, problemsBelow } from "./draft_state.js";
import { copyOf, put } from "./document.js";
import { removeFrom, renameIn, uses } from "./references.js";

const KEPT = "callrouter.draft";
const [CHECK_AFTER, KEEP_AFTER] = [350, 100]; // milliseconds of quiet
const [AGAIN_AFTER, AGAIN_AT_MOST] = [2_000, 30_000]; // where messages are still being tried

let opened = null;

/** The draft: what is stored, and what was changed here and not saved yet. Asked for once a page. */
export function openDraft() {
  opened ??= api("GET", "/configuration").then((stored) => new Draft(stored));
  return opened;
}

/**
 * Events: `change` (the document is another), `problems` (it was checked), `stored` (this or
 * another version is what the draft stands on now; `detail.number`, and `detail.mine` where it
 * was saved here), `conflict` (somebody else saved meanwhile), `unkept` (the browser has no room).
 */
export class Draft extends EventTarget {
  #state;
  #timer = 0;
  #checking = null;
  #round = 0;
  #keeping = 0;
  #isKept = true;
  #again = AGAIN_AFTER;

  constructor(stored) {
    super();
    this.#take(stored);
    this.#state = this.#restored(stored) ?? new DraftState(stored);
    this.conflict = this.#state.base.mark === stored.mark ? null : newer(stored);
    this.problems = stored.problems ?? [];
    this.usable = stored.usable;
    this.checked = null;
    if (this.#state.changed) this.#checkSoon(0);
    document.addEventListener("visibilitychange", () => this.#store());
    addEventListener("pagehide", () => this.#store());
    addEventListener("storage", (event) => {
      if (event.key === KEPT || event.key === null) this.#fromOtherTab(event.newValue);
    });
  }

  /** The configuration as it would be saved: plain JSON. Change it with `change` only. */
  get document() {
    return this.#state.document;
  }

  /** What it began from: `{mark, number, document}`. */
  get base() {
    return this.#state.base;
  }

  get changed() {
    return this.#state.changed;
  }

  get count() {
    return this.#state.count;
  }

  /** What was done, for the note of a version. */
  get summary() {
    return this.#state.summary;
  }

  get mayUndo() {
    return this.#state.done.at(-1)?.what ?? null;
  }
  get mayRedo() {
    return this.#state.undone.at(-1)?.what ?? null;
  }

  /** Whether it was checked as it is now, and can be used: what needs that may be asked. */
  get ready() {
    return this.usable && (!this.changed || this.checked?.of === this.document);
  }

  isChanged(path) {
    return this.#state.isChanged(path);
  }

  /** Changes the document; `what` was done is told by undo. Whether anything is different now. */
  change(what, edit, { together = "" } = {}) {
    return this.#after(this.#state.change(what, edit, together));
  }

  replace(what, document, { together = "" } = {}) {
    return this.#after(this.#state.replace(what, document, together));
  }

  /** Puts a value at a path; undefined removes it. */
  set(what, path, value, options = {}) {
    return this.change(what, (document) => put(document, path, copyOf(value)), options);
  }

  /** References follow. Throws where the name is taken. */
  rename(section, before, after, what = "") {
    return this.change(what || `${before} → ${after}`, (document) => renameIn(document, section, before, after));
  }

  /** Removes an entry, and its name from lists that can do without. */
  remove(what, section, name) {
    return this.change(what, (document) => void removeFrom(document, section, name));
  }

  /** The places that name this entry: `[{path, section, name}]`. */
  uses(section, name) {
    return uses(this.document, section, name);
  }

  undo() {
    return this.#after(this.#state.undo());
  }

  redo() {
    return this.#after(this.#state.redo());
  }

  discard() {
    const conflict = this.conflict;
    this.#state.discard();
    this.conflict = null;
    this.#after(true);
    return conflict ? this.refresh() : Promise.resolve();
  }

  /** The problems of the last check at or below `path`. */
  problemsAt(path) {
    return problemsBelow(this.problems, path);
  }

  /** The check of the document as it is now: `{usable, untried, problems, document, yaml}`. */
  async check({ again = false } = {}) {
    clearTimeout(this.#timer);
    if (this.checked?.of === this.document && !again) return this.checked.found;
    if (this.#checking?.of === this.document) return this.#checking.found;
    const of = this.document;
    const round = ++this.#round;
    const found = api("POST", "/configuration/check", { document: of });
    this.#checking = { of, found };
    try {
      const answer = await found;
      if (round === this.#round) {
        this.checked = { of, found: answer };
        this.problems = answer.problems;
        this.usable = answer.usable;
        this.#fire("problems");
        if (answer.untried) this.#checkAgain();
      }
      return answer;
    } finally {
      if (this.#checking?.of === of) this.#checking = null;
    }
  }

  /**
   * Saves it. Throws ApiProblem: 412 where somebody else saved meanwhile (the conflict is told by
   * then), 422 where there are mistakes. The draft stays until it is saved.
   */
  async save(note) {
    const document = this.document;
    try {
      const { json } = await ask("PUT", "/configuration", { document, note }, { "If-Match": `"${this.base.mark}"` });
      const later = this.document === document ? null : this.document;
      this.#state.rebase({ mark: json.mark, number: json.number, document }, later ?? document);
      this.number = json.number;
      this.conflict = null;
      this.#keep();
      await this.refresh();
      this.#fire("change");
      this.#fire("stored", { ...json, mine: true });
      return json;
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 412) await this.refresh();
      throw error;
    }
  }

  /** Asks what is stored now; tells of a conflict, or goes on from it where nothing was changed. */
  async refresh() {
    const stored = await api("GET", "/configuration");
    this.#take(stored);
    if (stored.mark === this.base.mark && this.base.number === stored.number) {
      if (!this.changed && this.checked?.of !== this.document) this.#setProblems(stored);
      return;
    }
    if (stored.mark === this.base.mark || !this.changed) {
      const mine = this.changed ? this.document : stored.document;
      this.#state.rebase(stored, mine);
      this.conflict = null;
      this.#keep();
      this.#setProblems(stored);
      this.#fire("change");
      this.#fire("stored", { number: stored.number, author: stored.author, mine: false });
    } else {
      this.conflict = newer(stored);
      this.#fire("conflict", this.conflict);
    }
  }

  /** What a merge onto what is stored now would be: `{mark, document, conflicts}`. */
  merged() {
    const { mark, document } = this.base;
    return api("POST", "/configuration/merge", { base: mark, document: this.document, base_document: document });
  }

  /** Goes on from what is stored, `mark`, with this document; false where yet another is stored by now. */
  async mergeInto(mark, document) {
    const stored = await api("GET", "/configuration");
    this.#take(stored);
    if (stored.mark !== mark) return false;
    this.#state.rebase(stored, document);
    this.conflict = null;
    this.#after(true);
    this.#fire("stored", { number: stored.number, author: stored.author, mine: false });
    return true;
  }

  #take(stored) {
    this.stored = stored;
    this.number = stored.number;
    this.editable = stored.editable;
    this.whyNot = stored.why_not ?? "";
    this.source = stored.source;
  }

  #setProblems(stored) {
    this.problems = stored.problems ?? [];
    this.usable = stored.usable;
    this.#fire("problems");
  }

  #after(different) {
    if (different === false || different === null) return false;
    this.#keep();
    this.#fire("change");
    this.#checkSoon();
    return true;
  }

  /** When more of its messages have been tried; less and less often. */
  #checkAgain() {
    const of = this.document;
    this.#timer = setTimeout(() => {
      if (this.document === of) this.check({ again: true }).catch(() => {}); // what was found before holds
    }, this.#again);
    this.#again = Math.min(this.#again * 2, AGAIN_AT_MOST);
  }

  #checkSoon(after = CHECK_AFTER) {
    this.#again = AGAIN_AFTER;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.check().catch((error) => this.#fire("unchecked", error)), after);
  }

  #fire(name, detail = undefined) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /** Soon, and before the page is left: a large configuration takes its time to be written. */
  #keep() {
    this.#isKept = false;
    clearTimeout(this.#keeping);
    this.#keeping = setTimeout(() => this.#store(), KEEP_AFTER);
  }

  #store() {
    if (this.#isKept) return;
    this.#isKept = true;
    const text = this.#state.toStore();
    try {
      if (text === null) localStorage.removeItem(KEPT);
      else localStorage.setItem(KEPT, text);
    } catch {
      this.#fire("unkept");
    }
  }

  #restored(stored) {
    try {
      const text = localStorage.getItem(KEPT);
      return text === null ? null : DraftState.fromStore(text, stored);
    } catch {
      return null; // no storage here, or what is in it is not ours
    }
  }

  #fromOtherTab(text) {
    this.#isKept = true;
    if (text === null) {
      this.#state.discard();
      this.conflict = null;
      this.#fire("change");
      this.refresh().catch((error) => this.#fire("unchecked", error));
      return;
    }
    const state = DraftState.fromStore(text, this.stored);
    this.#state = state;
    this.conflict = state.base.mark === this.stored.mark ? null : newer(this.stored);
    this.#fire("change");
    this.#checkSoon();
    if (this.conflict) this.refresh().catch((error) => this.#fire("unchecked", error));
  }
}

const newer = ({ mark, number, author, at }) => ({ mark, number, author, at });
