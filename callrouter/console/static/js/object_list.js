// A list of agents, groups or calendars: searched at once, drawn as far as somebody looks.

import { el, icon } from "./base.js";
import { problemChip } from "./problem_list.js";
import { _, ngettext } from "./words.js";

const STEP = 150;

/** Whether every word that was typed is found; without accents and in any case. */
export function found(typed, text) {
  const folded = fold(text);
  return fold(typed).split(/\s+/).filter(Boolean).every((word) => folded.includes(word));
}

function fold(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/**
 * `options`: section; address; columns `[{ title, cell(name, entry), className }]`; words(name, entry);
 * empty: element shown where there are none; name (of the list); search: its input.
 */
export function objectList(bound, options) {
  const { section, address } = options;
  const body = el("tbody");
  const status = el("p", { class: "muted small list-count", role: "status" });
  const more = el("button", { type: "button", class: "button", onclick: () => show(shown + STEP) });
  const table = el("div", { class: "table-box" }, el("table", { class: "table object-table" },
    el("caption", { class: "visually-hidden" }, options.name),
    el("thead", {}, el("tr", {}, options.columns.map(({ title, className }) => el("th", { scope: "col", class: className ?? null }, title)))), body));
  const nothing = el("p", { class: "muted" }, _("Nothing is found."));
  const whole = el("div", {}, status, table, nothing, el("p", {}, more));
  let shown = STEP;
  let matching = [];
  let drawn = new Map();

  /** Words of thousands of entries are looked up only when theirs have changed. */
  const texts = new WeakMap();
  function textOf(name, entry) {
    if (entry === null || typeof entry !== "object") return name;
    if (!texts.has(entry)) texts.set(entry, options.words(name, entry));
    return texts.get(entry);
  }

  function search() {
    const entries = Object.entries(bound.document[section] ?? {});
    const typed = options.search.value.trim();
    matching = typed ? entries.filter(([name, entry]) => found(typed, textOf(name, entry))) : entries;
    const empty = entries.length === 0;
    table.hidden = matching.length === 0;
    nothing.hidden = empty || matching.length > 0;
    options.empty.hidden = !empty;
    options.search.hidden = empty;
    status.textContent = empty ? "" : ngettext("%(num)s of %(count)s", "%(num)s of %(count)s", matching.length, { count: entries.length });
    status.hidden = empty || matching.length === entries.length;
    show(shown);
  }

  function show(count) {
    shown = Math.max(STEP, count);
    const now = matching.slice(0, shown);
    const rows = new Map();
    for (const [name, entry] of now) {
      const key = `${name}\n${JSON.stringify(entry)}\n${options.mark?.(name) ?? ""}`;
      rows.set(name, drawn.get(name)?.key === key ? drawn.get(name) : { key, row: row(name, entry) });
    }
    drawn = rows;
    body.replaceChildren(...[...rows.values()].map((each) => each.row));
    more.hidden = matching.length <= shown;
    more.textContent = ngettext("Show more (%(num)s)", "Show more (%(num)s)", matching.length - now.length);
    showProblems();
  }

  function row(name, entry) {
    const cells = options.columns.map(({ cell, className }, index) => {
      const content = cell(name, entry ?? {});
      return index === 0
        ? el("th", { scope: "row" }, el("a", { href: `${address}/${encodeURIComponent(name)}` }, content), el("span", { class: "row-problems" }))
        : el("td", { class: className ?? null }, content);
    });
    return el("tr", { "data-name": name }, cells);
  }

  function showProblems() {
    for (const [name, { row: made }] of drawn) {
      const chip = problemChip(bound.draft.problemsAt([section, name]));
      made.querySelector(".row-problems").replaceChildren(...(chip ? [chip] : []));
    }
  }

  options.search.addEventListener("input", () => {
    shown = STEP;
    search();
  });
  bound.draft.addEventListener("problems", showProblems);
  whole.refresh = search;
  bound.show(whole, search);
  return whole;
}

/** What a page says where there is nothing yet, and what to do first. */
export function emptyPage(image, title, text, button = null) {
  return el("div", { class: "empty" }, icon(image), el("p", { class: "empty-title" }, title), el("p", {}, text), button);
}
