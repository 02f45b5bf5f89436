// The schedule as a table: the same rows as the grid, each edited where it stands. Order counts.

import { el, icon } from "./base.js";
import { blocksOfRow, removed } from "./grid_model.js";
import { problemChip } from "./problem_list.js";
import { onceAtATime } from "./once.js";
import { groupsInput, timeField } from "./row_fields.js";
import { daysOf } from "./row_times.js";
import { specialOf } from "./schedule.js";
import { _, ngettext } from "./words.js";

const AT_ONCE = 60; // rows; the next ones when somebody comes near the end
const NEAR = "800px";

/** The table of a Schedule; `edit(block)` opens a row's editor. Only rows that changed are drawn anew. */
export class RowTable {
  constructor(schedule, mayEdit, edit) {
    this.schedule = schedule;
    this.mayEdit = mayEdit;
    this.edit = edit;
    this.shown = [];
    this.most = AT_ONCE;
    this.body = el("tbody", {});
    this.names = el("datalist", { id: "group-names" });
    const heads = [_("No."), _("Days"), _("From"), _("To"), _("Groups"), _("Season, time zone"), _("Problems"), ""];
    this.empty = el("p", { class: "muted row-table-empty" }, _("No rows: it is always closed. Draw a block in the week above."));
    this.element = el("div", { class: "table-box" },
      el("table", { class: "table row-table" },
        el("caption", { class: "visually-hidden" }, _("The schedule, row by row. Where rows overlap, the first holds.")),
        el("thead", {}, el("tr", {}, heads.map((each) => el("th", { scope: "col" }, each || el("span", { class: "visually-hidden" }, _("Actions")))))),
        this.body),
      this.empty, this.names);
    this.more = el("button", { type: "button", class: "button", hidden: true, onclick: () => this.#further() });
    this.element.append(this.more);
    this.end = new IntersectionObserver(([end]) => end.isIntersecting && this.#further(), { rootMargin: NEAR });
    this.end.observe(this.more);
    this.draw = onceAtATime(() => this.#draw());
    this.draw();
  }

  #draw() {
    const { rows } = this.schedule;
    const groups = this.schedule.groups.join("\n");
    if (this.groupsShown !== groups) {
      this.groupsShown = groups;
      this.names.replaceChildren(...this.schedule.groups.map((value) => el("option", { value })));
    }
    const active = document.activeElement;
    const at = this.body.contains(active) ? { index: [...this.body.children].indexOf(active.closest("tr")), key: keyOf(active) } : null;
    const problems = this.schedule.problemsByRow();
    const changed = this.schedule.changedRows();
    rows.slice(0, this.most).forEach((row, index) => {
      const mark = JSON.stringify([row, problems.get(index) ?? 0, index === rows.length - 1, changed[index]]);
      if (this.shown[index] === mark) return;
      this.shown[index] = mark;
      const drawn = this.#row(row, index, rows.length, problems.get(index) ?? [], changed[index]);
      if (this.body.children[index]) this.body.children[index].replaceWith(drawn);
      else this.body.append(drawn);
    });
    const left = Math.max(rows.length - this.most, 0);
    this.more.hidden = left === 0;
    this.more.textContent = ngettext("Show %(num)s more", "Show %(num)s more", left);
    while (this.body.children.length > rows.length) this.body.lastChild.remove();
    this.shown.length = Math.min(rows.length, this.shown.length);
    this.empty.hidden = rows.length > 0;
    if (at && !this.body.contains(document.activeElement)) {
      this.body.children[Math.min(at.index, rows.length - 1)]?.querySelector(`[data-field="${at.key}"], [data-key="${at.key}"]`)?.focus();
    }
  }

  #further() {
    if (this.most >= this.schedule.rows.length) return;
    this.most += AT_ONCE;
    this.draw();
    this.end.unobserve(this.more); // asked anew: one who scrolls on at once is at the end still, which is no change to tell
    this.end.observe(this.more);
  }

  #row(row, index, count, problems, changed) {
    const { schedule, mayEdit } = this;
    const disabled = !mayEdit;
    const days = daysOf(row);
    const name = { number: index + 1 };
    const block = blocksOfRow(row, index)[0] ?? { row: index, day: days?.[0] ?? 0 };
    const tool = (key, icon_, label, action, off = false) => el("button", {
      type: "button", class: "plain", "aria-label": label, title: label, "data-key": key, disabled: disabled || off, onclick: action,
    }, icon(icon_));
    const swap = (by) => {
      const rows = [...schedule.rows];
      rows.splice(index + by, 0, ...rows.splice(index, 1));
      schedule.write(_("Rows in another order"), rows);
      this.body.children[index + by]?.querySelector(`[data-key="${by < 0 ? "up" : "down"}"]`)?.focus();
    };
    return el("tr", { class: changed ? "changed" : "" },
      el("td", { class: "num muted" }, el("span", { class: `swatch g-${schedule.colourOf([row.agent_group].flat()[0])}`, "aria-hidden": "true" }), String(index + 1)),
      el("td", {}, el("button", {
        type: "button", class: "plain days-button", "data-key": "days", disabled,
        "aria-label": _("Row %(number)s: edit its days, %(days)s", { ...name, days: schedule.daysText(days) || JSON.stringify(row.days ?? "") }),
        onclick: () => this.edit(block),
      }, days === null ? el("bdi", { class: "bad-text" }, String(row.days ?? row.day_of_week ?? "?")) : schedule.daysText(days) || "–")),
      el("td", {}, timeField(schedule, index, "from_time", _("From"), { disabled })),
      el("td", { class: "nowrap" }, timeField(schedule, index, "to_time", _("To"), { disabled }),
        block.end > 1440 ? el("span", { class: "small muted", title: _("ends on the next day") }, " ", el("bdi", { dir: "ltr" }, "+1")) : null),
      el("td", {}, groupsInput(schedule, index, { disabled })),
      el("td", {}, el("bdi", { dir: "ltr", class: "small" }, specialOf(row).join(" · "))),
      el("td", {}, problemChip(problems)),
      el("td", { class: "nowrap" },
        tool("up", "up", _("Row %(number)s up", name), () => swap(-1), index === 0),
        tool("down", "chevron", _("Row %(number)s down", name), () => swap(1), index === count - 1),
        tool("more", "edit", _("Row %(number)s: all its fields", name), () => this.edit(block)),
        tool("remove", "trash", _("Remove row %(number)s", name), () => schedule.write(_("Row removed"), removed(schedule.rows, { row: index })))));
  }
}

function keyOf(element) {
  return element.dataset.field ?? element.dataset.key ?? "days";
}
