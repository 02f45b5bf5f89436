// One settings' schedule in the draft: what the grid, the table and the YAML show, and how they change it.

import { at, entryOf, listOf, namesIn, put, same } from "./document.js";
import { groupsOf } from "./grid_model.js";
import { runsOf } from "./row_times.js";
import { minutesAhead } from "./zones.js";
import { _ } from "./words.js";

const COLOURS = 10;

/** The schedule of `settings`; `weekDays` are the locale's: `[{day, name, short}]`, as the week begins there. */
export class Schedule {
  #of = null;
  #rows = [];

  constructor(draft, settings, weekDays) {
    this.draft = draft;
    this.settings = settings;
    this.weekDays = weekDays;
  }

  get path() {
    return ["incoming_call_settings", this.settings, "call_handling_schedule"];
  }

  get entry() {
    return entryOf(this.draft.document, "incoming_call_settings", this.settings);
  }

  /** The rows, the same list as long as the settings are the same. */
  get rows() {
    const { entry } = this;
    if (this.#of !== entry) {
      this.#of = entry;
      this.#rows = listOf(entry.call_handling_schedule).map((row) => (row !== null && typeof row === "object" ? row : {}));
    }
    return this.#rows;
  }

  get groups() {
    return namesIn(this.draft.document, "agent_groups");
  }

  get zone() {
    return this.entry.timezone ?? this.draft.document.timezone ?? "UTC";
  }

  /** Makes these the rows; `what` was done. */
  write(what, rows, options = {}) {
    return this.draft.change(what, (document) => {
      put(document, this.path, rows.length ? rows : undefined);
    }, options);
  }

  /** Changes one row in place. */
  edit(what, index, change, options = {}) {
    const rows = structuredClone(this.rows);
    rows[index] = change(rows[index]) ?? rows[index];
    return this.write(what, rows, options);
  }

  problemsOf(index) {
    return this.draft.problemsAt([...this.path, index]);
  }

  /** The problems of all rows, by row. */
  problemsByRow() {
    const { path } = this;
    const found = new Map();
    for (const each of this.draft.problemsAt(path)) {
      const row = each.path[path.length];
      found.set(row, [...(found.get(row) ?? []), each]);
    }
    return found;
  }

  /** Which rows are not as they are stored. */
  changedRows() {
    const before = listOf(at(this.draft.base.document, this.path));
    return this.rows.map((row, index) => !same(before[index], row));
  }

  /** By how many minutes a row lies later on the settings' clock than on its own. */
  shiftOf(index, moment) {
    const zone = this.rows[index]?.timezone;
    return zone ? minutesAhead(this.zone, zone, moment) : 0;
  }

  /** Which of the colours a group has, the same on every page. */
  colourOf(group) {
    const place = this.groups.indexOf(group);
    return place < 0 ? "none" : String(place % COLOURS);
  }

  dayName(day) {
    return this.weekDays.find((each) => each.day === day).name;
  }

  /** `Mon–Fri, Sun` in the reader's language. */
  daysText(days) {
    if (days === null) return "";
    if (days.length === 7) return _("every day");
    const short = (day) => this.weekDays.find((each) => each.day === day).short;
    return runsOf(days, this.weekDays[0].day)
      .map(([first, last]) => (first === last ? short(first) : _("%(first)s–%(last)s", { first: short(first), last: short(last) })))
      .join(_(", "));
  }

  groupsText(row) {
    const groups = groupsOf(row).filter(Boolean);
    return groups.length ? groups.join(_(", then ")) : _("no group");
  }
}

/** What is special about a row: its season and its zone. */
export function specialOf(row) {
  const special = [];
  if (row.valid_from || row.valid_to) special.push(`${row.valid_from ?? "…"} – ${row.valid_to ?? "…"}`);
  if (row.timezone) special.push(row.timezone);
  return special;
}
