// What the board says, in the reader's words. Pure.

import { _, ngettext } from "./words.js";

/** What an agent does: its word, colour and icon. */
export function activityWord(activity) {
  switch (activity) {
    case "ringing": return { word: _("Ringing"), kind: "note", icon: "ringing" };
    case "talking": return { word: _("Talking"), kind: "live", icon: "voice" };
    case "other_call": return { word: _("On another call"), kind: "live", icon: "phone-out" };
    case "wrap_up": return { word: _("After-call work"), kind: "warn", icon: "edit" };
    case "resting": return { word: _("Left alone for a moment"), kind: "warn", icon: "phone-missed" };
    case "free": return { word: _("Free"), kind: "ok", icon: "check" };
    case "paused": return { word: _("Paused"), kind: "warn", icon: "pause" };
    case "unreachable": return { word: _("Phone not reachable"), kind: "bad", icon: "phone-off" };
    case "off_hours": return { word: _("Outside working hours"), kind: "off", icon: "clock" };
    default: return { word: _("Logged out"), kind: "off", icon: "leave" };
  }
}

/** Where a call is. */
export function stageWord(stage) {
  switch (stage) {
    case "arrival": return { word: _("Arriving"), kind: "note", icon: "phone-in" };
    case "greeting": return { word: _("Greeting"), kind: "note", icon: "speaker" };
    case "waiting": return { word: _("Waiting"), kind: "warn", icon: "clock" };
    case "ringing": return { word: _("Ringing"), kind: "note", icon: "ringing" };
    case "talking": return { word: _("Talking"), kind: "live", icon: "voice" };
    default: return { word: _("Hears a message"), kind: "off", icon: "speaker" };
  }
}

/** What a router says is wrong with it: `docs/alarms.md` has more. */
export function alarmWord(alarm, name) {
  const values = { name: isolated(name), alarm };
  switch (alarm) {
    case "overload": return _("%(name)s is overloaded: it refuses new calls.", values);
    case "events_late": return _("Asterisk's events reach %(name)s late.", values);
    case "loop_late": return _("%(name)s was held up: its machine is busy.", values);
    case "records_refused": return _("The database refused call records of %(name)s: its log has them.", values);
    case "spool_filling": return _("Many call records of %(name)s wait on its disk.", values);
    case "spool_refused": return _("Call records of %(name)s wait in memory only: its disk takes none.", values);
    case "net_stale": return _("%(name)s cannot write Asterisk's files: its safety net grows old.", values);
    case "disk_low": return _("A disk of %(name)s is nearly full.", values);
    case "disk_full": return _("A disk of %(name)s is full, or closed to it.", values);
    case "log_refused": return _("The log of %(name)s cannot be written.", values);
    case "descriptors_low": return _("%(name)s has nearly as many files open as it may.", values);
    case "clock_stepped": return _("The clock of %(name)s was set.", values);
    default: return _("%(name)s has the alarm %(alarm)s.", values);
  }
}

/** What is wrong, in a sentence; `bad` where calls suffer. */
export function incidentWord({ kind, subject, count, alarm }) {
  const values = { name: isolated(subject) };
  switch (kind) {
    case "database_away": return { kind: "bad", text: _("The database does not answer: what you see is old.") };
    case "no_router": return { kind: "bad", text: _("No router has told anything yet: is one running?") };
    case "router_silent": return { kind: "bad", text: _("The router %(name)s is not heard: what is known of its calls and agents is old.", values) };
    case "asterisk_away": return { kind: "bad", text: _("Asterisk at %(name)s is not connected.", values) };
    case "records_waiting":
      return { kind: "warn", text: ngettext("%(num)s call record of %(name)s waits for the database.", "%(num)s call records of %(name)s wait for the database.", count ?? 0, values) };
    case "configuration_refused":
      return { kind: "warn", text: ngettext("%(name)s refuses the newest configuration: it has %(num)s mistake.", "%(name)s refuses the newest configuration: it has %(num)s mistakes.", count ?? 0, values) };
    case "router_alarm": return { kind: "warn", text: alarmWord(alarm, subject) };
    default: return { kind: "bad", text: _("%(name)s is open, but nobody on duty is there.", values) };
  }
}

/** What became of a request to end or to move a call. */
export function outcomeWord(outcome) {
  switch (outcome) {
    case "done": return { kind: "ok", text: _("Done.") };
    case "call_over": return { kind: "note", text: _("The call was over already.") };
    case "nobody": return { kind: "warn", text: _("Nobody there can take the call.") };
    case "refused": return { kind: "bad", text: _("The router refused it.") };
    default: return { kind: "bad", text: _("The router did not answer in time.") };
  }
}

/** A name of any script and direction inside a sentence. */
export function isolated(name) {
  return `\u2068${name}\u2069`;
}

/** `82%`, as the reader writes it; a dash where there is none. */
export function percent(share, locale) {
  return share === undefined ? "–" : new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 }).format(share);
}
