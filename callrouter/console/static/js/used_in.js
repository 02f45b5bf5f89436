// Where an agent, a group, a calendar or settings are used, in words with the page that shows it. Pure.

import { pageOf } from "./object_pages.js";
import { _ } from "./words.js";

/** `{ text, href }` of a place that `uses` of references.js found. */
export function placeOf(path) {
  return { text: wordsOf(path), href: pageOf(path) };
}

/** The places of all uses, each text once. */
export function placesOf(uses) {
  const places = new Map();
  for (const { path } of uses) {
    const place = placeOf(path);
    places.set(place.text, place);
  }
  return [...places.values()];
}

function wordsOf([section, name, field, index]) {
  const values = { name: `\u2068${name}\u2069`, place: typeof index === "number" ? index + 1 : 1 };
  switch (section) {
    case "agent_groups": return _("group %(name)s", values);
    case "agents": return _("direct calls to %(name)s", values);
    case "holiday_calendars":
      return field === "holidays" ? _("holidays %(name)s, day %(place)s", values) : _("holidays %(name)s", values);
    case "overrides": return _("override %(place)s of the configuration", { place: typeof name === "number" ? name + 1 : 1 });
    default: return inSettings(field, values);
  }
}

function inSettings(field, values) {
  switch (field) {
    case "call_handling_schedule": return _("schedule of %(name)s, row %(place)s", values);
    case "follow_on": return _("%(name)s, when nobody takes the call", values);
    case "follow_on_closed": return _("%(name)s, when it is closed", values);
    case "holidays": return _("holidays of %(name)s", values);
    case "overrides": return _("override %(place)s of %(name)s", values);
    default: return `\u2068${values.name}\u2069`;
  }
}
