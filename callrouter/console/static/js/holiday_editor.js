// The editor of one holiday calendar: where its days come from, what happens on them, days of its own.

import { ApiProblem, api, el, icon } from "./base.js";
import { choices, named } from "./choices.js";
import { listOf } from "./document.js";
import { selectField, textField } from "./fields.js";
import { dayEditor, groupsField } from "./holiday_day.js";
import { dayEffect, dayWord } from "./holiday_words.js";
import { nextId } from "./labels.js";
import { columns, part, usedIn } from "./object_page.js";
import { orderList } from "./order_list.js";
import { promptField } from "./prompt_field.js";
import { day as dayOf } from "./times.js";
import { calendarDrop } from "./upload.js";
import { _ } from "./words.js";

/** The parts of the page. */
export function holidayEditor(bound, name) {
  const path = ["holiday_calendars", name];
  const known = el("datalist", { id: nextId() });
  const use = bound.draft.uses("holiday_calendars", name).find(({ path: [section] }) => section === "incoming_call_settings");
  const context = { known: known.id, settings: use?.path[1] ?? null };
  return [
    known,
    columns([
      part(_("Public holidays"), countryPart(bound, path, known)),
      usedIn(bound, "holiday_calendars", name),
    ], [
      part(_("Days of your own, and exceptions"), daysPart(bound, path, context)),
      part(_("What happens on these days"),
        groupsField(bound, path),
        promptField(bound, [...path, "message"], _("Message"), { placeholder: true, settings: context.settings, none: _("None: the closed message of the number") })),
    ]),
  ];
}

function daysPart(bound, path, context) {
  const place = [...path, "holidays"];
  const items = () => listOf(bound.value(place)).map((each) => (typeof each === "string" ? { date: each } : each));
  const write = (days, what) => bound.set(place, days.length ? days : undefined, what);
  let unfolded = null;
  const list = orderList({
    name: _("Days"), mayEdit: bound.mayEdit, items, write, label: dayWord,
    content: (item, index) => content(item, index),
    empty: _("None."),
  });

  /** A row is a mapping from now on, so that its fields have places. */
  function unfold(index) {
    if (typeof listOf(bound.value(place))[index] === "string") bound.set([...place, index], items()[index], _("Date"));
    unfolded = unfolded === index ? null : index;
    list.draw();
    list.querySelectorAll("[data-unfold]")[index]?.focus();
  }

  function content(item, index) {
    const effect = dayEffect(item);
    const open = unfolded === index;
    return el("div", {},
      el("button", { type: "button", class: "plain day-line", "data-unfold": "", "aria-expanded": String(open), onclick: () => unfold(index) },
        icon(open ? "up" : "chevron"), el("span", {}, dayWord(item)), effect ? el("span", { class: "muted" }, effect) : null),
      open ? dayEditor(bound, [...place, index], context) : null,
      open ? null : bound.problems([...place, index]));
  }

  const add = (entry) => {
    unfolded = items().length;
    write([...items(), entry], _("Day added"));
    list.draw();
    list.querySelector(".day-editor select, .day-editor input")?.focus();
  };
  const today = new Date().toISOString().slice(0, 10);
  const buttons = bound.mayEdit ? el("div", { class: "buttons" },
    el("button", { type: "button", class: "button", onclick: () => add({ date: today }) }, icon("plus"), _("Add a day")),
    el("button", { type: "button", class: "button", onclick: () => add({ holiday: "", open: true }) }, icon("plus"), _("Add an exception to a public holiday"))) : null;
  return bound.show(el("div", {}, el("p", { class: "hint" }, _("These go before the country's days; of two for the same day the first holds.")), list, buttons), () => {
    if (unfolded === null) list.refresh();
    else if (items().length <= unfolded || !list.querySelector(".day-editor")) {
      unfolded = null;
      list.draw();
    }
  });
}

function countryPart(bound, path, known) {
  const country = el("div");
  const region = el("div");
  const days = el("div", { "aria-live": "polite" });
  let asked = null;

  choices().then(({ countries }) => {
    const options = [{ value: "", label: _("(none: own days only)") }, ...named("region", countries)];
    country.replaceChildren(selectField(bound, [...path, "country"], _("Country"), options, {
      fallback: "", onchosen: () => bound.set([...path, "region"], undefined, _("Region")),
    }));
  });

  async function ask() {
    const { country: code, region: part_ } = bound.value(path) ?? {};
    const key = JSON.stringify([code, part_]);
    if (key === asked) return;
    asked = key;
    region.replaceChildren();
    days.replaceChildren();
    known.replaceChildren();
    if (!code) return;
    const year = new Date().getFullYear();
    const query = (each) => `/configuration/holidays?country=${encodeURIComponent(code)}&year=${each}&language=${document.documentElement.dataset.language}${part_ ? `&region=${encodeURIComponent(part_)}` : ""}`;
    try {
      const both = await Promise.all([year, year + 1].map((each) => api("GET", query(each))));
      if (asked !== key) return;
      drawRegions(both[0].regions);
      drawDays(both);
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      days.replaceChildren(el("p", { class: "field-error" }, icon("error"), el("span", { lang: "en", dir: "ltr" }, error.detail)));
    }
  }

  function drawRegions(regions) {
    if (!regions.length) return;
    const options = [{ value: "", label: _("(the whole country)") }, ...regions.map(({ code, name }) => ({ value: code, label: name === code ? code : `${name} (${code})` }))];
    region.replaceChildren(selectField(bound, [...path, "region"], _("Region"), options, { fallback: "" }));
  }

  function drawDays(years) {
    known.replaceChildren(...[...new Set(years.flatMap(({ days: all }) => all.map(({ name }) => name)))].map((value) => el("option", { value })));
    days.replaceChildren(...years.map(({ year, days: all }, place) => el("details", { class: "fold", open: place === 0 },
      el("summary", {}, _("Days of %(year)s", { year })),
      el("ul", { class: "day-list" }, all.map((each) => line(each))))));
  }

  function line({ date, name }) {
    const rule = () => listOf(bound.value([...path, "holidays"])).find((each) => each?.holiday === name);
    const state = el("span");
    const item = el("li", {}, el("span", { class: "tabular nowrap" }, dayOf(`${date}T12:00:00Z`, "UTC")), el("bdi", {}, name), state);
    return bound.show(item, () => {
      const said = rule();
      const word = said ? dayEffect(said) : null;
      const open = bound.mayEdit && !said ? el("button", {
        type: "button", class: "button small", "aria-label": _("Open on %(name)s", { name }),
        onclick: () => bound.set([...path, "holidays"], [...listOf(bound.value([...path, "holidays"])), { holiday: name, open: true }], _("%(name)s: open", { name })),
      }, _("Open that day")) : null;
      state.replaceChildren(...[word ? el("span", { class: "status ok" }, icon("check"), word) : null, open].filter(Boolean));
    });
  }

  return bound.show(el("div", {}, country, region, textField(bound, [...path, "file"], _("iCalendar file"), { ltr: true, placeholder: "holidays.ics", hint: _("A path beside the sounds, for days that somebody else publishes.") }), bound.mayEdit ? calendarDrop((file) => bound.set([...path, "file"], file, _("iCalendar file"))) : null, bound.problems([...path, "country"]), days), ask);
}
