// Days and times of schedule rows as numbers: what was written, and how it is written. Pure.

export const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
export const DAY_MINUTES = 1440;
export const WEEK_MINUTES = 7 * DAY_MINUTES;

const NICKNAMES = {
  weekdays: [0, 1, 2, 3, 4], workdays: [0, 1, 2, 3, 4], weekend: [5, 6], weekends: [5, 6],
  daily: [0, 1, 2, 3, 4, 5, 6], everyday: [0, 1, 2, 3, 4, 5, 6], alldays: [0, 1, 2, 3, 4, 5, 6], all: [0, 1, 2, 3, 4, 5, 6],
};

/** Minutes since midnight of `9:00`, `17:30:30`, `24:00`; null where it is no time. */
export function minutesOf(written) {
  const match = /^\s*(\d{1,2}):(\d{2})(?::(\d{2}))?\s*$/.exec(String(written ?? ""));
  if (!match) return null;
  const [hours, minutes, seconds] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
  const all = hours * 60 + minutes + seconds / 60;
  return minutes < 60 && seconds < 60 && all <= DAY_MINUTES ? all : null;
}

/** `09:00`; of an end, midnight is `24:00`, and what lies beyond it is of the next day. */
export function timeOf(minutes, isEnd = false) {
  let rest = Math.round(minutes * 60);
  const day = DAY_MINUTES * 60;
  if (isEnd ? rest > day : rest >= day || rest < 0) rest = ((rest % day) + day) % day;
  const two = (number) => String(number).padStart(2, "0");
  const seconds = rest % 60;
  return `${two(Math.floor(rest / 3600))}:${two(Math.floor(rest / 60) % 60)}${seconds ? `:${two(seconds)}` : ""}`;
}

/** What people type for a time, `9`, `930`, `9.30`, `9:30 pm`, as it is written; null where it is none. */
export function typedTime(typed) {
  const match = /^\s*(\d{1,2})(?:[:.h,]?(\d{2}))?\s*(am|pm|a\.m\.|p\.m\.)?\s*$/i.exec(westernDigits(typed));
  if (!match) return null;
  let hours = Number(match[1]);
  const minutes = Number(match[2] ?? 0);
  if (match[3]) {
    if (hours < 1 || hours > 12) return null;
    hours = (hours % 12) + (match[3].toLowerCase().startsWith("p") ? 12 : 0);
  }
  const all = hours * 60 + minutes;
  return minutes < 60 && all <= DAY_MINUTES ? timeOf(all, true) : null;
}

/** Digits of other scripts as those of 0 to 9. */
export function westernDigits(text) {
  return String(text).replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 0xf));
}

/** The days a row is of, Monday is 0, in their order; null where they are not understood. */
export function daysOf(row) {
  const written = row.days ?? row.day_of_week;
  const days = new Set();
  for (const part of (Array.isArray(written) ? written : [written ?? ""]).flatMap((each) => String(each).split(","))) {
    const found = daysIn(part.trim());
    if (found === null) return null;
    for (const day of found) days.add(day);
  }
  return [...days].sort();
}

function daysIn(part) {
  const nickname = NICKNAMES[part.toLowerCase().replace(/\s+/g, "")];
  if (nickname) return nickname;
  const ends = part.split(/\s*(?:[-–—]|\bto\b)\s*/).map(dayIn);
  if (ends.length > 2 || ends.includes(null)) return null;
  const [first, last] = [ends[0], ends.at(-1)];
  return Array.from({ length: ((last - first + 7) % 7) + 1 }, (_, step) => (first + step) % 7);
}

function dayIn(word) {
  const folded = word.toLowerCase().replace(/\.$/, "");
  const day = DAYS.findIndex((name) => {
    const whole = name.toLowerCase();
    return folded === whole || folded === `${whole}s` || (folded.length >= 3 && whole.startsWith(folded));
  });
  return day < 0 ? null : day;
}

/** The row with these days, written as it was where they are the same. */
export function withDays(row, days) {
  const before = daysOf(row);
  const sorted = [...new Set(days)].sort();
  if (before !== null && before.join() === sorted.join()) return row;
  const { days: _days, day_of_week: _day, ...rest } = row;
  return { days: sorted.map((day) => DAYS[day]), ...rest };
}

/** Days in runs, beginning at `first`: `[[0, 4], [6, 6]]` for Monday to Friday and Sunday. */
export function runsOf(days, first = 0) {
  const place = (day) => (day - first + 7) % 7;
  const runs = [];
  for (const day of [...days].sort((one, other) => place(one) - place(other))) {
    const last = runs.at(-1);
    if (last && place(day) === place(last[1]) + 1) last[1] = day;
    else runs.push([day, day]);
  }
  return runs;
}
