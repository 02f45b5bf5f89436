// The list of numbers: who is on duty now and next, problems; search; adding and removing.

import { ApiProblem, confirmed, el, icon, toast } from "./base.js";
import { entryOf, listOf, namesIn } from "./document.js";
import { openDraft } from "./draft.js";
import { dutyCells, onDuty } from "./duty.js";
import { groupsOf } from "./grid_model.js";
import { duplicate } from "./new_number.js";
import { askForNumber } from "./new_number_dialog.js";
import { pageOf } from "./object_pages.js";
import { problemChip } from "./problem_list.js";
import { askForName } from "./rename_dialog.js";
import { _, ngettext } from "./words.js";

const SECTION = "incoming_call_settings";
const place = document.getElementById("numbers");
const search = document.getElementById("search");
const addButton = document.getElementById("add");
const mayEdit = Boolean(document.getElementById("configuration-bar").dataset.mayEdit);
const rows = new Map();
let duties = new Map();
let asked = null;

try {
  const draft = await openDraft();
  start(draft);
} catch (error) {
  if (!(error instanceof ApiProblem)) throw error;
  place.replaceChildren(el("p", { class: "bad-text" }, error.detail));
}

function start(draft) {
  place.removeAttribute("aria-busy");
  addButton.hidden = !mayEdit;
  addButton.addEventListener("click", () => add(draft));
  search.addEventListener("input", () => filter(draft));
  for (const event of ["change", "problems", "stored"]) draft.addEventListener(event, () => draw(draft));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "n" || event.ctrlKey || event.metaKey || event.altKey || !mayEdit) return;
    if (event.target.closest("input, textarea, select, dialog")) return;
    event.preventDefault();
    add(draft);
  });
  setInterval(() => ask(draft, true), 60_000);
  draw(draft);
}

async function add(draft) {
  const name = await askForNumber(draft);
  if (name !== null) location.assign(pageOf([SECTION, name]));
}

function draw(draft) {
  const names = namesIn(draft.document, SECTION);
  if (names.length === 0) {
    rows.clear();
    place.replaceChildren(nothing(draft));
    return;
  }
  let body = place.querySelector("tbody");
  if (!body) {
    const heads = [_("Name"), _("Numbers"), _("On duty now"), _("Until"), _("Then"), _("Problems"), ""];
    body = el("tbody", {});
    place.replaceChildren(el("div", { class: "table-box" }, el("table", { class: "table numbers-table" },
      el("thead", {}, el("tr", {}, heads.map((each) => el("th", { scope: "col" }, each || el("span", { class: "visually-hidden" }, _("Actions")))))),
      body)), el("p", { class: "muted nothing-found", hidden: true }, _("Nothing found.")));
    rows.clear();
  }
  const known = new Set(names);
  for (const [name, row] of rows) {
    if (known.has(name)) continue;
    row.remove();
    rows.delete(name);
  }
  const marks = problemsByName(draft);
  names.forEach((name, index) => {
    const mark = JSON.stringify([entryOf(draft.document, SECTION, name).numbers, marks.get(name) ?? 0, draft.isChanged([SECTION, name]), duties.get(name) ?? null]);
    let row = rows.get(name);
    if (row?.mark !== mark) {
      const drawn = rowOf(draft, name, marks.get(name) ?? []);
      drawn.mark = mark;
      row?.replaceWith(drawn);
      rows.set(name, drawn);
      row = drawn;
    }
    if (body.children[index] !== row) body.insertBefore(row, body.children[index] ?? null);
  });
  filter(draft);
  ask(draft);
}

function problemsByName(draft) {
  const found = new Map();
  for (const each of draft.problems) {
    if (each.path?.[0] !== SECTION) continue;
    if (!found.has(each.path[1])) found.set(each.path[1], []);
    found.get(each.path[1]).push(each);
  }
  return found;
}

function rowOf(draft, name, problems) {
  const numbers = listOf(entryOf(draft.document, SECTION, name).numbers);
  const menu = !mayEdit ? null : el("details", { class: "menu", "data-menu": "" },
    el("summary", { "aria-label": _("Actions for %(name)s", { name }) }, icon("more")),
    el("div", { class: "menu-body" },
      el("a", { href: pageOf([SECTION, name]) }, icon("edit"), _("Edit")),
      el("button", { type: "button", onclick: () => rename(draft, name) }, icon("tag"), _("Rename")),
      el("button", { type: "button", onclick: () => copy(draft, name) }, icon("copy"), _("Duplicate")),
      el("a", { href: `/simulate?number=${encodeURIComponent(numbers[0] ?? name)}` }, icon("play"), _("Try a call")),
      el("button", { type: "button", class: "bad-text", onclick: () => remove(draft, name) }, icon("trash"), _("Delete"))));
  return el("tr", { class: draft.isChanged([SECTION, name]) ? "changed" : "" },
    el("td", {}, el("a", { class: "strong", href: pageOf([SECTION, name]) }, el("bdi", {}, name)),
      draft.isChanged([SECTION, name]) ? el("span", { class: "small muted" }, " ", _("not saved")) : null),
    el("td", {}, numbers.length ? numbers.slice(0, 3).map((each, index) => [index ? " " : null, el("bdi", { dir: "ltr", class: "nowrap tabular" }, each)])
      : el("span", { class: "muted" }, _("no number")),
    numbers.length > 3 ? ` ${ngettext("and %(num)s more", "and %(num)s more", numbers.length - 3)}` : null),
    dutyCells(duties.get(name)),
    el("td", {}, problemChip(problems)),
    el("td", { class: "row-end" }, menu));
}

function filter(draft) {
  const words = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const [name, row] of rows) {
    const entry = entryOf(draft.document, SECTION, name);
    const text = words.length
      ? [name, ...listOf(entry.numbers), ...listOf(entry.call_handling_schedule).flatMap((each) => groupsOf(each))].join("\n").toLowerCase() : "";
    row.hidden = !words.every((word) => text.includes(word) || text.replace(/[\s-]/g, "").includes(word));
    shown += row.hidden ? 0 : 1;
  }
  const none = place.querySelector(".nothing-found");
  if (none) none.hidden = shown > 0;
}

/** Who is on duty: asked again where the draft is another, or a minute has gone by. */
async function ask(draft, again = false) {
  if ((!again && asked === draft.document) || !draft.ready) return;
  asked = draft.document;
  try {
    duties = await onDuty(draft);
    draw(draft);
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error; // a draft with mistakes: the bar tells them
  }
}

function nothing(draft) {
  return el("div", { class: "empty" }, icon("phone"),
    el("p", { class: "empty-title" }, _("No number yet")),
    el("p", {}, _("A number says who rings at which hour, and what callers hear.")),
    mayEdit ? el("button", { type: "button", class: "button primary", onclick: () => add(draft) }, icon("plus"), _("Add the first number")) : null);
}

async function rename(draft, name) {
  const wanted = await askForName(draft, SECTION, name);
  if (wanted !== null) draft.rename(SECTION, name, wanted);
}

function copy(draft, name) {
  let fresh = "";
  draft.change(_("%(name)s duplicated", { name }), (document_) => (fresh = duplicate(document_, name)));
  toast(_("%(name)s is there now. Give it a number of its own.", { name: fresh }), "ok");
}

async function remove(draft, name) {
  const used = draft.uses(SECTION, name);
  const where = [...new Set(used.map(({ path }) => String(path[1] ?? path[0])))].join(_(", "));
  const question = used.length
    ? _("Delete %(name)s? It is referred to by: %(where)s.", { name, where })
    : _("Delete %(name)s? Nothing refers to it.", { name });
  if (!(await confirmed(question, _("Delete")))) return;
  draft.remove(_("%(name)s deleted", { name }), SECTION, name);
}
