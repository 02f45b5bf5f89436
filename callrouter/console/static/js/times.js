// Moments, clocks and spans of time in the reader's language. Pure, but for the page's language.

import { _, locale, ngettext } from "./words.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `Tue 24 Nov, 10:00` in this zone; with the year where it is not this one. */
export function dateTime(moment, zone, now = new Date()) {
  return format(moment, zone, now, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

/** `Tue 24 Nov` in this zone; with the year where it is not this one. */
export function day(moment, zone, now = new Date()) {
  return format(moment, zone, now, {});
}

/** `10:00` in this zone. */
export function time(moment, zone) {
  return new Intl.DateTimeFormat(locale(), { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(moment));
}

function format(moment, zone, now, clock) {
  const at = new Date(moment);
  const year = reading(at, zone).slice(0, 4) === reading(now, zone).slice(0, 4) ? {} : { year: "numeric" };
  const parts = { weekday: "short", day: "numeric", month: "short", ...year, ...clock };
  return new Intl.DateTimeFormat(locale(), { timeZone: zone, ...parts }).format(at);
}

/** `2 h 10 min`, `3 days`, `less than a minute`: how long that many milliseconds are. */
export function span(milliseconds) {
  if (milliseconds < MINUTE) return _("less than a minute");
  const days = Math.floor(milliseconds / DAY);
  const hours = Math.floor((milliseconds % DAY) / HOUR);
  const minutes = Math.floor((milliseconds % HOUR) / MINUTE);
  if (days >= 2) return ngettext("%(num)s day", "%(num)s days", days);
  if (days === 1) return hours ? _("1 day %(hours)s h", { hours }) : ngettext("%(num)s day", "%(num)s days", 1);
  if (!hours) return _("%(minutes)s min", { minutes });
  return minutes ? _("%(hours)s h %(minutes)s min", { hours, minutes }) : _("%(hours)s h", { hours });
}

/** What the clock in `zone` shows at a moment: `2026-11-24T10:00`. */
export function reading(moment, zone) {
  const parts = {};
  const written = new Intl.DateTimeFormat("en-US-u-ca-iso8601", {
    timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  }).formatToParts(new Date(moment));
  for (const { type, value } of written) parts[type] = value;
  return `${parts.year.padStart(4, "0")}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}`;
}

/**
 * The moment at which the clock in `zone` shows `2026-11-24T10:00`. Of two the first; a reading
 * that never happens is taken as if the clocks had not gone forward.
 */
export function momentOf(shown, zone) {
  const asUtc = Date.parse(`${shown}Z`);
  if (Number.isNaN(asUtc)) return null;
  const offset = (near) => Date.parse(`${reading(near, zone)}Z`) - near;
  const before = asUtc - offset(asUtc - DAY);
  const after = asUtc - offset(asUtc + DAY);
  const found = [before, after].find((each) => reading(each, zone) === shown.slice(0, 16));
  return new Date(found ?? before);
}
