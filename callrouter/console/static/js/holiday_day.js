// The editor of one day of a calendar: when it is, from when to when, and what happens then.

import { el } from "./base.js";
import { checkField, textField } from "./fields.js";
import { EASTER_DAYS, ORDINALS, newRule, ruleOf, writtenRule } from "./holiday_rule.js";
import { easterWords, monthNames, ordinalWords } from "./holiday_words.js";
import { dayNames } from "./hours_field.js";
import { labelled } from "./labels.js";
import { namesField } from "./names_field.js";
import { promptField } from "./prompt_field.js";
import { _ } from "./words.js";

/** The fields of the day at `path`; `context` says which settings hear it. */
export function dayEditor(bound, path, context) {
  const entry = () => bound.value(path) ?? {};
  const when = el("div");
  const draw = () => when.replaceChildren(entry().holiday !== undefined && entry().date === undefined ? theirs() : own());
  const theirs = () => textField(bound, [...path, "holiday"], _("The country's or the file's day"), { list: context.known, hint: _("By its name, as listed below.") });

  function own() {
    const rule = ruleOf(entry().date);
    const set = (change) => bound.set([...path, "date"], writtenRule({ ...ruleOf(entry().date), ...change }), _("Date"));
    const kinds = { once: _("On one date"), yearly: _("Every year on the same date"), floating: _("A weekday of a month"), easter: _("Around Easter"), text: _("Written out") };
    const kind = chosen(bound, _("When"), Object.entries(kinds), rule.kind, (value) => {
      bound.set([...path, "date"], writtenRule(newRule(value, new Date().toISOString().slice(0, 10))), _("Date"));
      if (value === "floating" || value === "easter") bound.set([...path, "until"], undefined, _("Date"));
      draw();
      when.querySelector("select")?.focus();
    });
    return el("div", {}, el("div", { class: "fields" }, kind, ...fields(bound, rule, set)), until(rule), bound.problems([...path, "date"]));
  }

  function until(rule) {
    if (rule.kind === "once") return labelled(_("Until (included; empty: that day only)"), dateInput(bound, entry().until, (value) => bound.set([...path, "until"], value || undefined, _("Until"))), { problems: bound.problems([...path, "until"]) });
    if (rule.kind === "yearly" || rule.kind === "text") return textField(bound, [...path, "until"], _("Until (included; empty: that day only)"), { ltr: true, placeholder: "01-02" });
    return null;
  }

  draw();
  const name = textField(bound, [...path, "name"], _("Name"), { hint: _("Shown in the call log and on the board.") });
  const closed = el("div", {}, groupsField(bound, path),
    promptField(bound, [...path, "message"], _("Message on this day"), { placeholder: true, settings: context.settings, none: _("As the calendar says") }));
  const whole = el("div", { class: "day-editor" }, when, name,
    el("div", { class: "fields" },
      textField(bound, [...path, "from_time"], _("From time (empty: all day)"), { ltr: true, placeholder: "00:00", max: 8 }),
      textField(bound, [...path, "to_time"], _("To time"), { ltr: true, placeholder: "24:00", max: 8 })),
    checkField(bound, [...path, "open"], _("Open: a day like any other"), { hint: _("Takes a day of the country out of the calendar.") }),
    closed);
  return bound.show(whole, () => {
    const { open, name: called, holiday, agent_group: groups, message } = entry();
    closed.hidden = open === true && groups === undefined && message === undefined;
    name.hidden = holiday !== undefined && called === undefined;
  });
}

/** Which groups answer on these days; none means closed. */
export function groupsField(bound, path) {
  return namesField(bound, [...path, "agent_group"], "agent_groups", _("Groups that answer"), { add: _("Add a group"), empty: _("None: closed on these days.") });
}

function fields(bound, rule, set) {
  const months = monthNames().map((name, month) => [month + 1, name]);
  switch (rule.kind) {
    case "once": return [labelled(_("Date"), dateInput(bound, rule.date, (date) => date && set({ date })))];
    case "yearly": return [
      chosen(bound, _("Month"), months, rule.month, (month) => set({ month: Number(month), day: Math.min(rule.day, 28) })),
      chosen(bound, _("Day"), Array.from({ length: 31 }, (_day, day) => [day + 1, String(day + 1)]), rule.day, (day) => set({ day: Number(day) }))];
    case "floating": return [
      chosen(bound, _("Which"), ORDINALS.map((nth) => [nth, ordinalWords()[nth]]), rule.nth, (nth) => set({ nth })),
      chosen(bound, _("Weekday"), dayNames().map(({ long }, day) => [day, long]), rule.weekday, (day) => set({ weekday: Number(day) })),
      chosen(bound, _("Month"), months, rule.month, (month) => set({ month: Number(month) })),
      daysAfter(bound, rule, set)];
    case "easter": return [
      chosen(bound, _("Day"), EASTER_DAYS.map((on) => [on, easterWords()[on]]), rule.on, (on) => set({ on })),
      chosen(bound, _("Church"), [["western", _("Western")], ["orthodox", _("Orthodox")]], rule.orthodox ? "orthodox" : "western", (church) => set({ orthodox: church === "orthodox" })),
      daysAfter(bound, rule, set)];
    default: {
      const input = el("input", { type: "text", dir: "ltr", value: rule.text, readonly: !bound.mayEdit, placeholder: "last Friday of November", onchange: () => set({ kind: "text", text: input.value.trim() }) });
      return [labelled(_("Date"), input)];
    }
  }
}

function daysAfter(bound, rule, set) {
  const input = el("input", { type: "number", min: "-366", max: "366", class: "short", dir: "ltr", value: String(rule.plus), readonly: !bound.mayEdit, onchange: () => set({ plus: Number(input.value) || 0 }) });
  return labelled(_("Days later (or, below zero, before)"), input);
}

function dateInput(bound, value, changed) {
  const input = el("input", { type: "date", value: value ?? "", readonly: !bound.mayEdit, onchange: () => changed(input.value) });
  return input;
}

function chosen(bound, label, options, value, changed) {
  const select = el("select", { disabled: !bound.mayEdit, onchange: () => changed(select.value) }, options.map(([key, word]) => el("option", { value: String(key) }, word)));
  select.value = String(value);
  return labelled(label, select);
}
