// The fields of a schedule row that its table and its editor share.

import { el, icon } from "./base.js";
import { asWritten } from "./document.js";
import { groupsOf } from "./grid_model.js";
import { DAYS, daysOf, typedTime, withDays } from "./row_times.js";
import { _ } from "./words.js";

/** A time of day that is understood as people type it; `field` is `from_time` or `to_time`. */
export function timeField(schedule, index, field, label, attributes = {}) {
  const row = schedule.rows[index];
  const input = el("input", {
    type: "text", class: "time-field tabular", dir: "ltr", inputmode: "numeric", maxlength: "8", autocomplete: "off", spellcheck: "false",
    "aria-label": label, "data-field": field, value: row[field] ?? "", ...attributes,
    onchange: () => {
      const time = typedTime(input.value) ?? input.value.trim();
      input.value = time;
      schedule.edit(label, index, (each) => ({ ...each, [field]: time }));
    },
  });
  return input;
}

/** The groups of a row, typed by their names with commas between; suggestions from `#group-names`. */
export function groupsInput(schedule, index, attributes = {}) {
  const input = el("input", {
    type: "text", class: "groups-field", dir: "auto", list: "group-names", autocomplete: "off", spellcheck: "false",
    "aria-label": _("Groups, the preferred one first"), "data-field": "agent_group", value: groupsOf(schedule.rows[index]).join(", "), ...attributes,
    onchange: () => schedule.edit(_("Groups of a row"), index, (row) => withGroups(row, typedGroups(schedule, input.value))),
  });
  return input;
}

/** Names as they were typed: one that exists may have a comma in it. */
function typedGroups(schedule, typed) {
  const text = typed.trim();
  if (!text) return [];
  if (schedule.groups.includes(text)) return [text];
  return [...new Set(text.split(/[,،;]/).map((each) => each.trim()).filter(Boolean))];
}

/** The row with these groups. */
export function withGroups(row, groups) {
  return { ...row, agent_group: groups.length > 1 ? groups : (asWritten(groups) ?? []) };
}

/** Buttons for the days of the week, pressed where the row is of them, and for usual choices. */
export function dayButtons(schedule, index, { disabled = false } = {}) {
  const days = daysOf(schedule.rows[index]) ?? [];
  const write = (wanted) => wanted.length && schedule.edit(_("Days of a row"), index, (row) => withDays(row, wanted));
  const toggle = (day) => write(days.includes(day) ? days.filter((each) => each !== day) : [...days, day]);
  const button = (day, name, short) => el("button", {
    type: "button", class: "chip day-chip", "aria-pressed": String(days.includes(day)), "aria-label": name, title: name, disabled,
    "data-key": `day-${day}`, onclick: () => toggle(day),
  }, short);
  const choose = (key, text, wanted) => el("button", {
    type: "button", class: "plain small", disabled, "data-key": key, onclick: () => write(wanted),
  }, text);
  return el("div", { class: "day-buttons" },
    el("div", { class: "chips", role: "group", "aria-label": _("Days") }, schedule.weekDays.map(({ day, name, short }) => button(day, name, short))),
    el("div", { class: "day-choices" },
      choose("weekdays", _("Monday to Friday"), [0, 1, 2, 3, 4]), choose("weekend", _("Saturday and Sunday"), [5, 6]),
      choose("daily", _("Every day"), DAYS.map((_name, day) => day))));
}

/** The groups of a row in order: the first is preferred; each can be taken out or put first. */
export function groupChips(schedule, index, { disabled = false } = {}) {
  const groups = groupsOf(schedule.rows[index]).filter(Boolean);
  const write = (wanted) => schedule.edit(_("Groups of a row"), index, (row) => withGroups(row, wanted));
  const chips = groups.map((group, place) => el("span", { class: `chip group-chip g-${schedule.colourOf(group)}` },
    el("bdi", {}, group),
    place > 0 ? el("button", {
      type: "button", class: "plain", disabled, "aria-label": _("Ring %(name)s first", { name: group }), title: _("Ring %(name)s first", { name: group }),
      "data-key": `first-${group}`, onclick: () => write([group, ...groups.filter((each) => each !== group)]),
    }, icon("star")) : null,
    groups.length > 1 ? el("button", {
      type: "button", class: "plain", disabled, "aria-label": _("Remove %(name)s", { name: group }), "data-key": `remove-${group}`,
      onclick: () => write(groups.filter((each) => each !== group)),
    }, icon("cross")) : null));
  const others = schedule.groups.filter((each) => !groups.includes(each));
  const select = el("select", {
    "aria-label": groups.length ? _("Add a group that rings next") : _("Choose a group"), disabled, "data-key": "add-group",
    onchange: () => select.value && write([...groups, select.value]),
  }, el("option", { value: "" }, groups.length ? _("then …") : _("Choose a group")), others.map((each) => el("option", { value: each }, each)));
  return el("div", { class: "chips" }, chips, others.length || !groups.length ? select : null);
}
