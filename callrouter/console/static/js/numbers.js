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
const MOST_SHOWN = 200; // more are there on request: a page of thousands of rows is slow to draw
const rows = new Map();
let most = MOST_SHOWN;
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
  search.addEventListener("input", () => {
    most = MOST_SHOWN;
    draw(draft);
  });
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
    const heads = [_("Name"), _("Numbers"), _("On duty now"), _("How long"), _("Then"), _("Problems"), ""];
    body = el("tbody", {});
    place.replaceChildren(el("div", { class: "table-box" }, el("table", { class: "table numbers-table" },
      el("thead", {}, el("tr", {}, heads.map((each) => el("th", { scope: "col" }, each || el("span", { class: "visually-hidden" }, _("Actions")))))),
      body)), el("p", { class: "muted nothing-found" }));
    rows.clear();
  }
  const found = names.filter(matches(draft));
  const shown = found.slice(0, most);
  const known = new Set(shown);
  for (const [name, row] of rows) {
    if (known.has(name)) continue;
    row.remove();
    rows.delete(name);
  }
  const marks = problemsByName(draft);
  shown.forEach((name, index) => {
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
  below(draft, found.length);
  ask(draft);
}

/** What can be done with settings; made when it is opened, a thousand menus would take their time. */
function menuOf(draft, name, numbers) {
  const menu = el("details", { class: "menu", "data-menu": "" }, el("summary", { "aria-label": _("Actions for %(name)s", { name }) }, icon("more")));
  menu.addEventListener("toggle", () => {
    if (!menu.open || menu.children.length > 1) return;
    menu.append(el("div", { class: "menu-body" },
      el("a", { href: pageOf([SECTION, name]) }, icon("edit"), _("Edit")),
      el("button", { type: "button", onclick: () => rename(draft, name) }, icon("tag"), _("Rename")),
      el("button", { type: "button", onclick: () => copy(draft, name) }, icon("copy"), _("Duplicate")),
      el("a", { href: `/simulate?number=${encodeURIComponent(numbers[0] ?? name)}` }, icon("play"), _("Try a call")),
      el("button", { type: "button", class: "bad-text", onclick: () => remove(draft, name) }, icon("trash"), _("Delete"))));
  });
  return menu;
}

/** What is said below the table: nothing was found, or there is more of it. */
function below(draft, count) {
  const more = count - most;
  const place_ = place.querySelector(".nothing-found");
  place_.hidden = count > 0 && more <= 0;
  place_.replaceChildren(count === 0 ? _("Nothing found.") : el("button", {
    type: "button", class: "button", onclick: () => {
      most = Infinity;
      draw(draft);
    },
  }, ngettext("Show %(num)s more", "Show %(num)s more", more)));
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
  const menu = mayEdit ? menuOf(draft, name, numbers) : null;
  return el("tr", { class: draft.isChanged([SECTION, name]) ? "changed" : "" },
    el("td", {}, el("a", { class: "strong", href: pageOf([SECTION, name]) }, el("bdi", {}, name)),
      draft.isChanged([SECTION, name]) ? el("span", { class: "small muted" }, " ", _("not saved")) : null),
    el("td", {}, numbers.length ? numbers.slice(0, 3).map((each, index) => [index ? " " : null, el("bdi", { dir: "ltr", class: "nowrap tabular" }, each)])
      : el("span", { class: "muted" }, _("no number")),
    numbers.length > 3 ? [" ", ngettext("and %(num)s more", "and %(num)s more", numbers.length - 3)] : null),
    dutyCells(duties.get(name)),
    el("td", {}, problemChip(problems)),
    el("td", { class: "row-end" }, menu));
}

/** Whether settings have all the words that are searched for in name, numbers or groups. */
function matches(draft) {
  const words = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return () => true;
  return (name) => {
    const entry = entryOf(draft.document, SECTION, name);
    const text = [name, ...listOf(entry.numbers), ...listOf(entry.call_handling_schedule).flatMap((each) => groupsOf(each))].join("\n").toLowerCase();
    return words.every((word) => text.includes(word) || text.replace(/[ ()/.-]/g, "").includes(word));
  };
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
    el("p", {}, _("A number says who rings at which hour, and what callers hear. You name the people who answer in the same step.")),
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
