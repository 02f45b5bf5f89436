// The editor of one row, beside its block: days, times, groups, season, zone. Changes hold at once.

import { el, icon } from "./base.js";
import { blocksOf, removed, splitOff } from "./grid_model.js";
import { labelled } from "./labels.js";
import { onceAtATime } from "./once.js";
import { problemList } from "./problem_list.js";
import { dayButtons, groupChips, timeField } from "./row_fields.js";
import { daysOf } from "./row_times.js";
import { _ } from "./words.js";

/** Opens and closes the editor over a GridView. */
export class RowEditor {
  constructor(view, mayEdit) {
    this.view = view;
    this.schedule = view.schedule;
    this.mayEdit = mayEdit;
    this.index = null;
    this.draw = onceAtATime(() => this.#draw());
    this.element = el("div", { class: "row-editor", popover: "auto", role: "dialog", "aria-label": _("A row of the schedule") });
    document.body.append(this.element);
    this.element.addEventListener("beforetoggle", (event) => { // after "toggle" a key may have gone to the hidden field
      if (event.newState === "closed") this.#closed();
    });
    addEventListener("resize", () => this.element.matches(":popover-open") && this.#place());
  }

  /** Edits the row of this block. */
  open(block) {
    this.index = block.row;
    this.day = block.day;
    this.anchor = this.view.elementOf(block);
    this.draw();
    if (!this.element.matches(":popover-open")) this.element.showPopover();
    this.#place();
    this.element.querySelector("[data-field=from_time]")?.focus();
  }

  /** What it shows follows the draft. */
  #draw() {
    if (this.index === null) return;
    if (this.schedule.rows[this.index] === undefined) return this.element.hidePopover();
    const active = document.activeElement;
    const key = this.element.contains(active) ? (active.dataset.key ?? active.dataset.field) : null;
    this.element.replaceChildren(...this.#content());
    if (key) this.element.querySelector(`[data-key="${CSS.escape(key)}"], [data-field="${CSS.escape(key)}"]`)?.focus();
  }

  #content() {
    const { schedule, index } = this;
    const row = schedule.rows[index];
    const disabled = !this.mayEdit;
    const days = daysOf(row) ?? [];
    const from = timeField(schedule, index, "from_time", _("From"), { disabled });
    const to = timeField(schedule, index, "to_time", _("To"), { disabled });
    const problems = schedule.problemsOf(index);
    const act = (key, name, text, what, rows) => el("button", {
      type: "button", class: "button small", disabled, "data-key": key, onclick: () => {
        schedule.write(what, rows());
        if (key !== "duplicate") this.element.hidePopover();
      },
    }, icon(name), text);
    return [
      el("div", { class: "row-editor-head" },
        el("strong", {}, _("Row %(number)s", { number: index + 1 })),
        el("button", { type: "button", class: "plain", "aria-label": _("Close"), onclick: () => this.element.hidePopover() }, icon("cross"))),
      dayButtons(schedule, index, { disabled }),
      el("div", { class: "row-times" }, labelled(_("From"), from), labelled(_("To"), to)),
      el("div", { class: "field" }, el("span", { class: "label" }, _("Who rings")), groupChips(schedule, index, { disabled })),
      this.#special(row, disabled),
      problems.length ? problemList(problems, { links: false }) : null,
      el("div", { class: "buttons" },
        days.length > 1 ? act("split", "copy", _("Only %(day)s on its own", { day: schedule.dayName(this.day) }), _("Day split off"),
          () => splitOff(schedule.rows, { row: index, day: this.day })) : null,
        act("duplicate", "copy", _("Duplicate"), _("Row duplicated"), () => schedule.rows.toSpliced(index + 1, 0, structuredClone(row))),
        days.length > 1 ? act("remove-day", "trash", _("Remove %(day)s", { day: schedule.dayName(this.day) }), _("Block removed"),
          () => removed(schedule.rows, { row: index, day: this.day }, true)) : null,
        act("remove", "trash", _("Remove the row"), _("Row removed"), () => removed(schedule.rows, { row: index }))),
    ].filter(Boolean);
  }

  #special(row, disabled) {
    const { schedule, index } = this;
    const field = (name, label, hint, more = {}) => {
      const input = el("input", {
        type: "text", dir: "ltr", autocomplete: "off", spellcheck: "false", value: row[name] ?? "", disabled, "data-field": name, ...more,
        onchange: () => schedule.edit(label, index, (each) => {
          const { [name]: _before, ...rest } = each;
          const value = input.value.trim();
          return value ? { ...rest, [name]: value } : rest;
        }),
      });
      return labelled(label, input, { hint });
    };
    const open = row.valid_from || row.valid_to || row.timezone || this.specialOpen;
    const fold = el("details", { class: "fold", open: Boolean(open) },
      el("summary", { "data-key": "special" }, _("Season and time zone")),
      el("div", { class: "row-times" },
        field("valid_from", _("First day"), _("06-01 for every year, or 2026-06-01"), { placeholder: "06-01" }),
        field("valid_to", _("Last day"), null, { placeholder: "08-31" })),
      field("timezone", _("Time zone of this row"), _("Empty: %(zone)s, as the settings", { zone: schedule.zone }), { list: "zone-names" }));
    fold.addEventListener("toggle", () => (this.specialOpen = fold.open));
    return fold;
  }

  #place() {
    const { element: { style, offsetWidth: width, offsetHeight: height } } = this;
    if (innerWidth < 560 || !this.anchor?.isConnected) {
      style.inset = "";
      return;
    }
    const box = this.anchor.getBoundingClientRect();
    const below = box.bottom + 8 + height < innerHeight;
    style.insetBlockStart = `${Math.max(8, below ? box.bottom + 8 : Math.max(8, Math.min(box.top - height - 8, innerHeight - height - 8)))}px`;
    const start = document.documentElement.dir === "rtl" ? innerWidth - box.right : box.left;
    style.insetInlineStart = `${Math.max(8, Math.min(start, innerWidth - width - 8))}px`;
  }

  #closed() {
    const { index, day } = this;
    this.index = null;
    this.specialOpen = false;
    const block = index === null ? null : blocksOf(this.schedule.rows).find((each) => each.row === index && each.day === day);
    if (block && (document.activeElement === document.body || this.element.contains(document.activeElement))) {
      this.view.elementOf(block)?.focus({ preventScroll: true });
    }
  }
}
