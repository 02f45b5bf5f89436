// Versions and what they changed, as people read it.

import { el } from "./base.js";
import { _, ngettext } from "./words.js";

const MOST = 200;

/** How a version came to be. */
export function kindOf(kind) {
  return { edit: _("Edited"), file: _("From a file"), import: _("Imported"), rollback: _("Rolled back") }[kind] ?? kind;
}

/** Changes `[{ path, before, after }]` as a table: what was is struck out, what is new is marked. */
export function changeTable(changes) {
  if (!changes.length) return el("p", { class: "muted" }, _("They say the same."));
  const rows = changes.slice(0, MOST).map(({ path, before, after }) => el("tr", {},
    el("th", { scope: "row" }, el("bdi", { dir: "ltr", class: "mono small" }, path)),
    el("td", {}, before === null ? el("span", { class: "muted" }, "–") : el("del", {}, el("bdi", {}, before))),
    el("td", {}, after === null ? el("span", { class: "muted" }, "–") : el("ins", {}, el("bdi", {}, after)))));
  return el("div", {},
    el("p", { class: "muted small" }, ngettext("%(num)s change", "%(num)s changes", changes.length)),
    el("div", { class: "table-box" }, el("table", { class: "table object-table change-table" },
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, _("Where")), el("th", { scope: "col" }, _("Before")), el("th", { scope: "col" }, _("After")))),
      el("tbody", {}, rows))),
    changes.length > MOST ? el("p", { class: "muted" }, _("There is more; these are the first.")) : null);
}
