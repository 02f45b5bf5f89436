// Rows of days and times, such as the working hours of an agent; a time may go over midnight.

import { el, icon } from "./base.js";
import { copyOf, listOf } from "./document.js";
import { nextId } from "./labels.js";
import { DAYS, daysOf, typedTime, withDays } from "./row_times.js";
import { _, locale } from "./words.js";

const A_MONDAY = Date.UTC(2024, 0, 1);
const DAY_MS = 86_400_000;

/** The names of the days in the page's language, Monday first: `[{ long, short }]`. */
export function dayNames() {
  const name = (day, weekday) => new Intl.DateTimeFormat(locale(), { weekday, timeZone: "UTC" }).format(A_MONDAY + day * DAY_MS);
  return DAYS.map((_day, day) => ({ long: name(day, "long"), short: name(day, "short") }));
}

/** The row a new one begins from: after the last, or an office's week. */
export function nextRow(rows) {
  const last = rows.at(-1);
  if (!last) return { days: DAYS.slice(0, 5), from_time: "09:00", to_time: "17:00" };
  return copyOf(last);
}

/** The rows at `path`; what is wrong is told at each. Options: hint, empty. */
export function hoursField(bound, path, title, options = {}) {
  const rows = () => listOf(bound.value(path));
  const list = el("div", { class: "hours" });
  let shown = null;

  function write(all, draw = true) {
    if (!draw) shown = JSON.stringify(all);
    bound.set(path, all.length ? all : undefined, title);
  }

  function changed(index, edit, draw = false) {
    write(rows().map((row, place) => (place === index ? edit({ ...row }) : row)), draw);
  }

  function line(row, index) {
    const days = daysOf(row) ?? [];
    const names = dayNames();
    const chips = names.map(({ long, short }, day) => el("button", {
      type: "button", class: "chip day", "aria-pressed": String(days.includes(day)), disabled: !bound.mayEdit, "aria-label": long,
      onclick: (event) => {
        const chip = event.currentTarget;
        const before = daysOf(rows()[index]) ?? [];
        const next = before.includes(day) ? before.filter((each) => each !== day) : [...before, day];
        if (!next.length) return;
        changed(index, (it) => withDays(it, next));
        chip.setAttribute("aria-pressed", String(next.includes(day)));
      },
    }, short));
    const time = (field, label) => {
      const input = el("input", {
        type: "text", inputmode: "numeric", dir: "ltr", class: "time", value: row[field] ?? "", maxlength: "8", readonly: !bound.mayEdit, "aria-label": label,
        onchange: () => {
          input.value = typedTime(input.value) ?? input.value.trim();
          changed(index, (it) => ({ ...it, [field]: input.value || undefined }));
        },
      });
      return input;
    };
    const season = (field, label) => {
      const input = el("input", {
        type: "text", dir: "ltr", id: nextId(), class: "season", value: row[field] ?? "", placeholder: "06-15", maxlength: "40", readonly: !bound.mayEdit,
        onchange: () => changed(index, (it) => ({ ...it, [field]: input.value.trim() || undefined })),
      });
      return el("span", { class: "field" }, el("label", { for: input.id }, label), input);
    };
    const more = el("details", { open: Boolean(row.valid_from || row.valid_to) }, el("summary", {}, _("Only in a season")),
      el("div", { class: "fields" }, season("valid_from", _("From (date or month-day)")), season("valid_to", _("Until (included)"))));
    const remove = bound.mayEdit ? el("button", { type: "button", class: "plain", "aria-label": _("Remove this row"), onclick: () => write(rows().filter((_row, place) => place !== index)) }, icon("cross")) : null;
    return el("div", { class: "hours-row", role: "group", "aria-label": _("Row %(place)s", { place: index + 1 }) },
      el("div", { class: "chips" }, chips),
      el("span", { class: "hours-times", dir: "ltr" }, time("from_time", _("From time")), "–", time("to_time", _("To time"))),
      remove, bound.mayEdit || row.valid_from || row.valid_to ? more : null, bound.problems([...path, index]));
  }

  function draw() {
    shown = JSON.stringify(rows());
    const lines = rows().map(line);
    if (!lines.length) lines.push(el("p", { class: "muted" }, options.empty ?? _("None")));
    list.replaceChildren(...lines);
  }

  const add = bound.mayEdit ? el("button", {
    type: "button", class: "button",
    onclick: () => {
      write([...rows(), nextRow(rows())]);
      list.lastElementChild?.querySelector("button")?.focus();
    },
  }, icon("plus"), _("Add hours")) : null;
  return bound.show(el("div", {}, options.hint ? el("p", { class: "hint" }, options.hint) : null, list, add), () => {
    if (JSON.stringify(rows()) !== shown) draw();
  });
}
