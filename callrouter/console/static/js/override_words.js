// What an override says and does, in the reader's words. Pure.

import { _, ngettext } from "./words.js";
import { dateTime } from "./times.js";

const MOST_NAMED = 4;

/** `closed`, `open` or `send_to` as a word with its colour and icon. */
export function kindWord(kind) {
  switch (kind) {
    case "closed": return { word: _("Closed"), kind: "bad", icon: "lock" };
    case "open": return { word: _("Open anyway"), kind: "ok", icon: "check" };
    default: return { word: _("Calls sent elsewhere"), kind: "note", icon: "move" };
  }
}

/** Names as people say them: `a, b and 3 more`. */
export function named(names, most = MOST_NAMED) {
  const shown = names.slice(0, most).map(isolated);
  const more = names.length - shown.length;
  const list = shown.join(_(", "));
  return more > 0 ? ngettext("%(names)s and %(num)s more", "%(names)s and %(num)s more", more, { names: list }) : list;
}

/** For whom: no names mean all. */
export function forWhom(settings) {
  return settings.length ? named(settings) : _("all numbers");
}

/** `group sales`, `Amina`, `+381…`: where a call goes. */
export function targetWord({ kind, name }) {
  const values = { name: isolated(name) };
  switch (kind) {
    case "agent_group": return _("group %(name)s", values);
    case "agent": return _("agent %(name)s", values);
    case "outside_number": return _("outside number %(name)s", values);
    default: return _("settings %(name)s", values);
  }
}

/** What callers meet while it holds. */
export function whatItSays({ kind, targets, message }) {
  const to = targets.map(targetWord).join(_(", then "));
  switch (kind) {
    case "closed":
      return message ? _("Callers hear its message, and the call ends.") : _("Callers hear the closed message, and the call ends.");
    case "open":
      return to ? _("Open: %(to)s rings.", { to }) : _("Open: whoever is on duty now or next rings.");
    default:
      return _("Every call goes to: %(to)s.", { to });
  }
}

/** Until when: `until Tue 24 Nov, 10:00`, or until somebody ends it. */
export function untilWord(until, zone, now = new Date()) {
  return until ? _("until %(time)s", { time: dateTime(until, zone, now) }) : _("until somebody ends it");
}

/** What holds when it has ended by itself; null where somebody must end it. */
export function thenWord(then, zone, now = new Date()) {
  if (then === null) return null;
  if (then.is_open) {
    switch (then.by) {
      case "schedule": return _("then open by schedule");
      case "holiday": return _("then open, as on the holiday %(name)s", { name: isolated(then.name) });
      case "override": return _("then open by another override");
      default: return _("then open");
    }
  }
  const opens = then.opens_at ? dateTime(then.opens_at, zone, now) : null;
  const values = { name: isolated(then.name), time: opens };
  switch (then.by) {
    case "holiday":
      return opens
        ? _("then closed for the holiday %(name)s, open again %(time)s", values)
        : _("then closed for the holiday %(name)s", values);
    case "override":
      return opens
        ? _("then closed by another override, open again %(time)s", values)
        : _("then closed by another override", values);
    default:
      return opens ? _("then closed, open again %(time)s", values) : _("then closed, with no opening to come", values);
  }
}

/**
 * Effects that read the same are told once: `[{ settings: [...], zone, text }]`, in their order.
 * `effects` are the API's.
 */
export function toldTogether(effects, now = new Date()) {
  const told = new Map();
  for (const { settings, timezone, then } of effects) {
    const text = thenWord(then, timezone, now) ?? "";
    const key = `${timezone}\n${text}`;
    if (!told.has(key)) told.set(key, { settings: [], zone: timezone, text });
    told.get(key).settings.push(settings);
  }
  return [...told.values()];
}

/** The request that sets the same override again, from now on where it had begun. */
export function again(override, now = new Date()) {
  const { kind, settings, targets, until_at, message, language, reason } = override;
  const begins = override.from_at && new Date(override.from_at) > now ? override.from_at : null;
  return { kind, settings, targets, from_at: begins, until_at, message, language, reason };
}

/** A name of any script and direction inside a sentence. */
function isolated(name) {
  return `\u2068${name}\u2069`;
}
