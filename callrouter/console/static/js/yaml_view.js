// The settings as YAML, both ways: what is typed and understood changes the draft, and the draft the text.

import { ApiProblem, api, el } from "./base.js";
import { same } from "./document.js";
import { numberLines } from "./line_numbers.js";
import { problemList } from "./problem_list.js";
import { HEAD_LINES, lineOf, ownLines, wholeYaml } from "./yaml_lines.js";
import { _ } from "./words.js";

const QUIET_MS = 400;

/** The text of `incoming_call_settings[name]`. It asks for the YAML only while it is shown. */
export class YamlView {
  #round = 0;
  #timer = 0;

  constructor(draft, name, mayEdit) {
    this.draft = draft;
    this.name = name;
    this.of = null;
    this.unread = [];
    this.numbers = el("div", { class: "yaml-numbers", "aria-hidden": "true" });
    this.text = el("textarea", {
      class: "yaml-text", dir: "ltr", spellcheck: "false", autocomplete: "off", autocapitalize: "off", wrap: "off", rows: "14",
      readonly: !mayEdit, "aria-label": _("These settings as YAML"), "aria-describedby": "yaml-problems",
      oninput: () => this.#typed(), onscroll: () => (this.numbers.scrollTop = this.text.scrollTop),
      onkeydown: (event) => indent(event, this.text),
    });
    this.problems = el("div", { id: "yaml-problems", class: "yaml-problems" });
    this.element = el("div", { class: "yaml" }, el("div", { class: "yaml-box", dir: "ltr" }, this.numbers, this.text), this.problems);
  }

  get path() {
    return ["incoming_call_settings", this.name];
  }

  get entry() {
    return this.draft.document.incoming_call_settings?.[this.name] ?? {};
  }

  /** Follows the draft, unless somebody types what is not understood yet. */
  async draw() {
    if (!this.element.checkVisibility() || this.#timer) return;
    if (this.of === null || !same(this.of, this.entry)) await this.#fill();
    this.#told();
  }

  async #fill() {
    const round = ++this.#round;
    const entry = this.entry;
    try {
      const { yaml } = await api("POST", "/configuration/check", { document: { incoming_call_settings: { [this.name]: entry } } });
      if (round !== this.#round || this.#timer) return;
      this.of = entry;
      this.unread = [];
      this.text.value = ownLines(yaml);
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.problems.textContent = error.detail;
    }
  }

  #typed() {
    clearTimeout(this.#timer);
    this.#round += 1;
    this.#number();
    this.#timer = setTimeout(() => this.#read(), QUIET_MS);
  }

  /** What was typed goes into the draft where it can be read; where not, its lines say why. */
  async #read() {
    const round = this.#round;
    const typed = this.text.value;
    let found;
    try {
      found = await api("POST", "/configuration/check", { yaml: wholeYaml(this.name, typed) });
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      found = { document: null, problems: [{ level: "error", path: [], line: 0, message: error.detail, remedy: "" }] };
    }
    if (round !== this.#round) return;
    this.#timer = 0;
    const entry = found.document?.incoming_call_settings?.[this.name];
    const unread = found.problems.filter((each) => each.level === "error" && (each.path ?? []).length <= 1);
    this.unread = unread.map((each) => ({ ...each, line: Math.max(1, each.line - HEAD_LINES) }));
    const meant = entry ?? (typed.trim() === "" || /^\s*(#.*\s*)*$/.test(typed) ? {} : null);
    if (found.document !== null && meant !== null && unread.length === 0) {
      this.of = meant;
      this.draft.set(_("YAML edited"), this.path, meant, { together: `yaml-${this.name}` });
    }
    this.#told();
  }

  /** Problems with the lines they are in, and those lines marked. */
  #told() {
    const own = this.draft.problemsAt(this.path).map((each) => ({ ...each, line: lineOf(this.text.value, each.path.slice(2)) }));
    const all = [...this.unread, ...own];
    this.marked = new Map(all.filter((each) => each.line).map((each) => [each.line, each.level]));
    this.#number();
    this.problems.replaceChildren(problemList(all.map((each) => ({
      ...each, field: each.line ? _("line %(number)s", { number: each.line }) : "", path: [],
    })), { links: false }));
  }

  #number() {
    const marks = new Map([...(this.marked ?? [])].map(([line, level]) => [line, level === "error" ? "bad" : "doubtful"]));
    numberLines(this.numbers, this.text.value.split("\n").length, marks);
    requestAnimationFrame(() => (this.numbers.scrollTop = this.text.scrollTop));
  }
}

/** Tab would leave the field, as everywhere; with Ctrl and ] or [ lines go in and out. */
function indent(event, text) {
  if (!event.ctrlKey || !["]", "["].includes(event.key)) return;
  event.preventDefault();
  const from = text.value.lastIndexOf("\n", text.selectionStart - 1) + 1;
  const lines = text.value.slice(from, text.selectionEnd).split("\n");
  const changed = lines.map((line) => (event.key === "]" ? `  ${line}` : line.replace(/^ {1,2}/, ""))).join("\n");
  text.setRangeText(changed, from, text.selectionEnd, "select");
  text.dispatchEvent(new Event("input", { bubbles: true }));
}
