// Days of a calendar in the reader's words. Pure.

import { dayNames } from "./hours_field.js";
import { ruleOf } from "./holiday_rule.js";
import { _, locale } from "./words.js";

/** The months' names in the page's language, January first. */
export function monthNames() {
  return Array.from({ length: 12 }, (_month, month) => new Intl.DateTimeFormat(locale(), { month: "long", timeZone: "UTC" }).format(Date.UTC(2024, month, 1)));
}

/** The words for which one of a month, by what is written. */
export function ordinalWords() {
  return { first: _("first"), second: _("second"), third: _("third"), fourth: _("fourth"), fifth: _("fifth"), last: _("last") };
}

/** The days around Easter, by what is written. */
export function easterWords() {
  return { easter: _("Easter Sunday"), "easter monday": _("Easter Monday"), "good friday": _("Good Friday") };
}

/** When it is: `31 December every year`, `last Friday of November`. */
export function ruleWord(written) {
  const rule = ruleOf(written);
  switch (rule.kind) {
    case "once": return new Intl.DateTimeFormat(locale(), { dateStyle: "long", timeZone: "UTC" }).format(Date.parse(`${rule.date}T00:00Z`) || 0);
    case "yearly": return _("%(day)s every year", { day: new Intl.DateTimeFormat(locale(), { day: "numeric", month: "long", timeZone: "UTC" }).format(Date.UTC(2024, rule.month - 1, rule.day)) });
    case "floating": return shifted(_("%(nth)s %(weekday)s of %(month)s", { nth: ordinalWords()[rule.nth], weekday: dayNames()[rule.weekday].long, month: monthNames()[rule.month - 1] }), rule.plus);
    case "easter": return shifted(rule.orthodox ? _("%(day)s (orthodox)", { day: easterWords()[rule.on] }) : easterWords()[rule.on], rule.plus);
    default: return rule.text;
  }
}

function shifted(text, days) {
  if (!days) return text;
  return days > 0 ? _("%(day)s, and %(days)s days later", { day: text, days }) : _("%(day)s, and %(days)s days before", { day: text, days: -days });
}

/** What happens on a day: closed, open, or who answers. */
export function dayEffect(day) {
  if (day.open === true) return _("open as usual");
  const groups = [day.agent_group ?? []].flat();
  if (groups.length) return _("answered by %(groups)s", { groups: groups.map((each) => `\u2068${each}\u2069`).join(_(", ")) });
  return day.message === undefined ? null : _("closed, with a message of its own");
}

/** The whole entry on one line. */
export function dayWord(day) {
  const entry = typeof day === "string" ? { date: day } : day;
  const when = entry.date ? ruleWord(entry.date) : `\u2068${entry.holiday ?? ""}\u2069`;
  const until = entry.until ? _("%(first)s to %(last)s", { first: when, last: ruleWord(entry.until) }) : when;
  const hours = entry.from_time || entry.to_time ? `${entry.from_time ?? "00:00"}–${entry.to_time ?? "24:00"}` : "";
  return [entry.name ? `\u2068${entry.name}\u2069` : "", until, hours].filter(Boolean).join(" · ");
}
