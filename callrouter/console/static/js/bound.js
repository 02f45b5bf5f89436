// What keeps a page true to the draft: pieces that show a part of it, and its problems where they belong.
//
// Law: a piece is changed in place, never made anew while somebody types or clicks in it.

import { el, icon } from "./base.js";
import { at, isBelow } from "./document.js";
import { nextId } from "./labels.js";

/** The draft as a page shows it; `mayEdit` is whether this person's role includes changing it. */
export class Bound {
  constructor(draft, mayEdit) {
    this.draft = draft;
    this.mayEdit = mayEdit;
    this.pieces = new Map();
    this.places = new Map();
    for (const name of ["change", "stored"]) draft.addEventListener(name, () => this.refresh());
    draft.addEventListener("problems", () => this.refreshProblems());
  }

  get document() {
    return this.draft.document;
  }

  value(path) {
    return at(this.document, path);
  }

  /** Writes one value; `what` says in a few words what was done. Of a section nothing is left empty. */
  set(path, value, what) {
    const section = path.length === 2 ? this.value([path[0]]) : null;
    const last = value === undefined && section && Object.keys(section).every((name) => name === path[1]);
    this.draft.set(what, last ? [path[0]] : path, value);
  }

  /** `update` is called now, and whenever the draft changes while `element` is on the page. */
  show(element, update) {
    this.pieces.set(element, update);
    update();
    return element;
  }

  refresh() {
    for (const [element, update] of [...this.pieces]) {
      if (element.isConnected) update();
      else this.pieces.delete(element);
    }
    this.refreshProblems();
  }

  refreshProblems() {
    for (const [element, update] of [...this.places]) {
      if (element.isConnected) update();
      else this.places.delete(element);
    }
  }

  /** Where the problems at a path (and below it) are told; `control` is marked as wrong. */
  problems(path, control = null) {
    const shown = el("div", { class: "field-problems", id: nextId() });
    if (control) control.setAttribute("aria-describedby", [control.getAttribute("aria-describedby"), shown.id].filter(Boolean).join(" "));
    const update = () => {
      const found = this.draft.problemsAt(path);
      fillProblems(shown, found);
      control?.setAttribute("aria-invalid", String(found.some((each) => each.level === "error")));
    };
    shown.covers = path;
    this.places.set(shown, update);
    update();
    return shown;
  }

  /** The problems of an object that no field of the page shows. */
  otherProblems(path) {
    const shown = el("div", { class: "field-problems other-problems" });
    const update = () => {
      const covered = [...this.places.keys()].filter((each) => each.covers && each.isConnected).map((each) => each.covers);
      fillProblems(shown, this.draft.problemsAt(path).filter((each) => !covered.some((place) => isBelow(each.path, place))));
    };
    this.places.set(shown, update);
    queueMicrotask(update);
    return shown;
  }
}

function fillProblems(shown, found) {
  const written = JSON.stringify(found);
  if (shown.written === written) return;
  shown.written = written;
  shown.replaceChildren(...found.slice(0, 20).map(problemLine));
}

/** One problem with its remedy: colour, icon and words. Its words are English. */
export function problemLine({ level, message, remedy }) {
  const wrong = level === "error";
  return el("p", { class: wrong ? "field-error" : "field-warning" }, icon(wrong ? "error" : "warning"),
    el("span", { lang: "en", dir: "ltr" }, sentence(message), remedy ? ` ${sentence(remedy)}` : ""));
}

function sentence(text) {
  const trimmed = text.trim();
  return trimmed.charAt(0).toUpperCase() + trimmed.slice(1) + (/[.!?…]$/.test(trimmed) ? "" : ".");
}
