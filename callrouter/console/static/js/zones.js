// What the clocks in time zones show, and how far apart they are. Pure.

/** The clock in `zone` at a moment: `{day, minutes}`, Monday is 0; null where there is no such zone. */
export function clockIn(zone, moment) {
  const shown = shownIn(zone, moment);
  if (shown === null) return null;
  const date = new Date(shown);
  return { day: (date.getUTCDay() + 6) % 7, minutes: date.getUTCHours() * 60 + date.getUTCMinutes() + date.getUTCSeconds() / 60 };
}

/** How many minutes later it is in `zone` than in `other` at a moment; 0 where one is not known. */
export function minutesAhead(zone, other, moment) {
  const [one, two] = [shownIn(zone, moment), shownIn(other, moment)];
  return one === null || two === null ? 0 : Math.round((one - two) / 60_000);
}


const formats = new Map();

function shownIn(zone, moment) {
  if (!formats.has(zone)) formats.set(zone, formatOf(zone));
  const format = formats.get(zone);
  if (format === null) return null;
  const parts = {};
  for (const { type, value } of format.formatToParts(moment)) parts[type] = Number(value);
  return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second);
}

function formatOf(timeZone) {
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
    });
  } catch {
    return null;
  }
}
