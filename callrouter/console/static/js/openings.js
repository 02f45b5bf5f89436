// When it opens next, in the days of a preview. Pure.

import { reading } from "./times.js";

/**
 * The wall clock, `2026-11-23T09:00`, at which an open stretch begins after a closed one, later than
 * `now` by the clock in `zone`; null where none does.
 */
export function nextOpening(days, zone, now) {
  const clock = reading(now, zone);
  let closed = false;
  for (const { date, periods } of days) {
    for (const each of periods) {
      if (!each.open) {
        closed = true;
        continue;
      }
      const at = `${date}T${each.from}`;
      if (closed && at > clock) return at;
      closed = false;
    }
  }
  return null;
}
