// The dates of a company's own holidays, as they are written and as one chooses them. Pure.

export const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
export const ORDINALS = ["first", "second", "third", "fourth", "fifth", "last"];
export const EASTER_DAYS = ["easter", "easter monday", "good friday"];
const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const NUMBERED = { "1st": "first", "2nd": "second", "3rd": "third", "4th": "fourth", "5th": "fifth" };

/**
 * What a date says: `{ kind: "once", date }`, `{ kind: "yearly", month, day }`, `{ kind: "floating",
 * nth, weekday, month, plus }`, `{ kind: "easter", orthodox, on, plus }`, or `{ kind: "text", text }`
 * where it is written in a way that only the check understands.
 */
export function ruleOf(written) {
  const text = String(written ?? "").trim();
  const folded = text.toLowerCase().replace(/\u2212/g, "-").replace(/\s+/g, " ");
  if (/^\d{4}-\d{2}-\d{2}$/.test(folded)) return { kind: "once", date: folded };
  return yearly(folded) ?? moving(folded) ?? { kind: "text", text };
}

/** A rule as it is written. */
export function writtenRule(rule) {
  switch (rule.kind) {
    case "once": return rule.date;
    case "yearly": return `${two(rule.month)}-${two(rule.day)}`;
    case "floating": return `${rule.nth} ${WEEKDAYS[rule.weekday]} of ${MONTHS[rule.month - 1]}${offset(rule.plus)}`;
    case "easter": return `${rule.orthodox ? "orthodox " : ""}${rule.on}${offset(rule.plus)}`;
    default: return rule.text;
  }
}

/** What a new day of a kind begins as. */
export function newRule(kind, today) {
  const [year, month, day] = today.split("-").map(Number);
  switch (kind) {
    case "once": return { kind, date: `${year}-${two(month)}-${two(day)}` };
    case "yearly": return { kind, month, day };
    case "floating": return { kind, nth: "last", weekday: 4, month, plus: 0 };
    case "easter": return { kind, orthodox: false, on: "easter monday", plus: 0 };
    default: return { kind: "text", text: "" };
  }
}

function yearly(text) {
  const numbers = /^(\d{1,2})-(\d{1,2})$/.exec(text);
  if (numbers) return dayOf(Number(numbers[1]), Number(numbers[2]));
  const dayFirst = /^(\d{1,2})(?:st|nd|rd|th|\.)? (?:of )?([a-z]+)$/.exec(text);
  if (dayFirst) return dayOf(monthOf(dayFirst[2]), Number(dayFirst[1]));
  const monthFirst = /^([a-z]+) (\d{1,2})(?:st|nd|rd|th)?$/.exec(text);
  return monthFirst ? dayOf(monthOf(monthFirst[1]), Number(monthFirst[2])) : null;
}

function dayOf(month, day) {
  const exists = month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(2024, month, 0)).getUTCDate();
  return exists ? { kind: "yearly", month, day } : null;
}

function moving(text) {
  const shifted = /^(.*?) ?([+-]) ?(\d{1,3})(?: days?)?$/.exec(text);
  const plus = shifted ? Number(shifted[2] + shifted[3]) : 0;
  const base = shifted ? shifted[1] : text;
  const easter = /^(orthodox )?(easter|easter sunday|easter monday|good friday)$/.exec(base);
  if (easter) return { kind: "easter", orthodox: Boolean(easter[1]), on: easter[2] === "easter sunday" ? "easter" : easter[2], plus };
  const floating = /^(?:the )?([a-z0-9]+) ([a-z]+) (?:of|in) ([a-z]+)$/.exec(base);
  if (!floating) return null;
  const nth = NUMBERED[floating[1]] ?? floating[1];
  const weekday = WEEKDAYS.findIndex((name) => floating[2].length >= 3 && name.toLowerCase().startsWith(floating[2]));
  const month = monthOf(floating[3]);
  return ORDINALS.includes(nth) && weekday >= 0 && month ? { kind: "floating", nth, weekday, month, plus } : null;
}

function monthOf(name) {
  return name.length >= 3 ? MONTHS.findIndex((month) => month.toLowerCase().startsWith(name)) + 1 : 0;
}

function offset(days) {
  if (!days) return "";
  return ` ${days > 0 ? "+" : "-"} ${Math.abs(days)} day${Math.abs(days) === 1 ? "" : "s"}`;
}

function two(number) {
  return String(number).padStart(2, "0");
}
