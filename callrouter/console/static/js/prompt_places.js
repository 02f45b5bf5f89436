// Every message of a configuration: where it stands, what it is for, and whether it may tell a time. Pure.

import { listOf } from "./document.js";
import { _ } from "./words.js";

/** What a message of settings is for. */
export function messageKinds() {
  return [
    { field: "greeting_message", title: _("Greeting"), none: _("None: agents ring at once") },
    { field: "agent_busy_message", title: _("Everybody is busy"), none: _("None: as when nobody is available") },
    { field: "agent_unavailable_message", title: _("Nobody is available"), none: _("None") },
    { field: "closed_message", title: _("Closed"), none: _("None: as when nobody is available"), placeholder: true },
  ];
}

/**
 * `[{ path, owner, title, settings, placeholder, none, written }]` in the configuration's order;
 * `owner` are the settings, the calendar, or null for overrides of all. With `all` those that
 * could be and are not written too (of settings only).
 */
export function promptPlaces(document, { all = false } = {}) {
  return [...places(document)].filter(({ written, optional }) => written !== undefined || (all && !optional));
}

function* places(document) {
  for (const [name, settings] of Object.entries(document.incoming_call_settings ?? {})) {
    const path = ["incoming_call_settings", name];
    const about = { owner: name, section: "incoming_call_settings", settings: name };
    for (const { field, title, none, placeholder } of messageKinds()) {
      yield { ...about, path: [...path, field], title, none, placeholder: Boolean(placeholder), written: settings?.[field] };
    }
    for (const [field, title] of [["follow_on", _("Before follow-on %(place)s")], ["follow_on_closed", _("Before follow-on %(place)s when closed")]]) {
      yield* ofList(settings, field, path, about, (place) => title.replace("%(place)s", place));
    }
    yield* ofList(settings, "overrides", path, { ...about, placeholder: true }, (place) => _("Override %(place)s", { place }));
  }
  for (const [name, calendar] of Object.entries(document.holiday_calendars ?? {})) {
    const path = ["holiday_calendars", name];
    const about = { owner: name, section: "holiday_calendars", settings: null, placeholder: true };
    yield { ...about, path: [...path, "message"], title: _("All days of the calendar"), written: calendar?.message };
    yield* ofList(calendar, "holidays", path, about, (place, day) => (day.name ?? day.holiday ?? day.date ?? _("Day %(place)s", { place })));
  }
  const about = { owner: null, section: "overrides", settings: null, placeholder: true };
  yield* ofList(document, "overrides", [], about, (place) => _("Override %(place)s", { place }));
}

function* ofList(owner, field, path, about, titled) {
  for (const [index, entry] of listOf(owner?.[field]).entries()) {
    if (entry === null || typeof entry !== "object" || entry.message === undefined) continue;
    const title = titled(index + 1, entry);
    yield { placeholder: false, ...about, path: [...path, field, index, "message"], title, written: entry.message, optional: true };
  }
}
