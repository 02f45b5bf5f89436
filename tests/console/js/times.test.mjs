import assert from "node:assert/strict";
import { test } from "node:test";

import "./page.mjs";

const { dateTime, momentOf, reading, span } = await import("../../../callrouter/console/static/js/times.js");
const { ngettext } = await import("../../../callrouter/console/static/js/words.js");

const ZONE = "Europe/Belgrade";

test("a reading of the clock is the moment it is shown", () => {
  assert.equal(momentOf("2026-11-24T10:00", ZONE).toISOString(), "2026-11-24T09:00:00.000Z");
  assert.equal(momentOf("2026-07-24T10:00", ZONE).toISOString(), "2026-07-24T08:00:00.000Z");
  assert.equal(reading("2026-11-24T09:00:00Z", "Asia/Kathmandu"), "2026-11-24T14:45");
  assert.equal(momentOf("", ZONE), null);
});

test("of two moments the first; one that never is, as if the clocks had not gone forward", () => {
  assert.equal(momentOf("2026-10-25T02:30", ZONE).toISOString(), "2026-10-25T00:30:00.000Z");
  assert.equal(momentOf("2026-03-29T02:30", ZONE).toISOString(), "2026-03-29T01:30:00.000Z");
});

test("every moment of the nights the clocks change comes back as what was shown", () => {
  for (const from of [Date.parse("2026-03-28T20:00Z"), Date.parse("2026-10-24T20:00Z")]) {
    for (let at = from; at < from + 12 * 3_600_000; at += 15 * 60_000) {
      const shown = reading(at, ZONE);
      assert.equal(reading(momentOf(shown, ZONE), ZONE), shown);
      assert.ok(momentOf(shown, ZONE).getTime() <= at);
    }
  }
});

test("the year is told where it is another", () => {
  const now = new Date("2026-12-31T12:00Z");
  assert.equal(dateTime("2026-11-24T09:00Z", ZONE, now), "Tue 24 Nov, 10:00");
  assert.equal(dateTime("2026-12-31T23:30Z", ZONE, now), "Fri, 1 Jan 2027, 00:30");
});

test("spans", () => {
  const minutes = (count) => span(count * 60_000);
  assert.deepEqual([0.5, 5, 60, 130, 24 * 60, 25 * 60, 49 * 60].map(minutes), [
    "less than a minute", "5 min", "1 h", "2 h 10 min", "1 day", "1 day 1 h", "2 days",
  ]);
});

test("counts are written as the reader writes them, and nothing else is", () => {
  assert.equal(ngettext("%(num)s of %(count)s", "%(num)s of %(count)s", 1234, { count: 56789 }), "1,234 of 56,789");
  assert.equal(ngettext("%(name)s: %(num)s", "%(name)s: %(num)s", 2, { name: "12345" }), "12345: 2");
});
