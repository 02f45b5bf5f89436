import assert from "node:assert/strict";
import { test } from "node:test";

import {
  added, blocksOf, cleared, copiedTo, groupsOf, lanesOf, moved, removed, resized, rowsOf, segmentsOf, snapped, splitOff,
} from "../../../callrouter/console/static/js/grid_model.js";
import { DAYS, daysOf, minutesOf, runsOf, timeOf, typedTime, withDays } from "../../../callrouter/console/static/js/row_times.js";
import { chance, pick } from "./made_up.mjs";

const WEEKDAYS = DAYS.slice(0, 5);
const row = (days, from, to, group = "sales", more = {}) => ({ days, from_time: from, to_time: to, agent_group: group, ...more });
const said = (rows) => rows.map((each) => `${daysOf(each).join("")} ${each.from_time}-${each.to_time} ${groupsOf(each)}`);

for (const [written, minutes] of [
  ["09:00", 540], ["9:05", 545], ["24:00", 1440], ["17:30:30", 1050.5], ["00:00", 0], ["24:01", null], ["9", null], ["9:60", null], [undefined, null],
]) {
  test(`the time ${written}`, () => assert.equal(minutesOf(written), minutes));
}
for (const [typed, time] of [
  ["9", "09:00"], ["930", "09:30"], ["0930", "09:30"], ["9.30", "09:30"], ["9:30 pm", "21:30"], ["12 am", "00:00"], ["24", "24:00"],
  ["٠٩:٣٠", "09:30"], ["25", null], ["nine", null], ["13 pm", null], ["", null], ["9:75", null],
]) {
  test(`typing ${typed || "nothing"} for a time`, () => assert.equal(typedTime(typed), time));
}
for (const [minutes, isEnd, time] of [
  [540, false, "09:00"], [1440, true, "24:00"], [1440, false, "00:00"], [1500, true, "01:00"], [-15, false, "23:45"], [1050.5, false, "17:30:30"],
]) {
  test(`${minutes} minutes${isEnd ? " as an end" : ""} are ${time}`, () => assert.equal(timeOf(minutes, isEnd), time));
}
for (const [written, days] of [
  [{ days: ["Monday-Friday"] }, "01234"], [{ days: "Sat-Mon" }, "056"], [{ day_of_week: "tue" }, "1"], [{ days: ["weekend", "Monday"] }, "056"],
  [{ days: ["Mon, Wed – Fri"] }, "0234"], [{ days: ["daily"] }, "0123456"], [{ days: [] }, ""], [{ days: ["Mo"] }, null], [{}, null],
]) {
  test(`the days of ${JSON.stringify(written)}`, () => assert.equal(daysOf(written)?.join("") ?? null, days));
}
test("days that stay the same stay as they were written", () => {
  const written = { days: ["Mon-Fri"] };
  assert.equal(withDays(written, [4, 3, 2, 1, 0]), written);
  assert.deepEqual(withDays({ day_of_week: "Monday", from_time: "1:00" }, [1]), { days: ["Tuesday"], from_time: "1:00" });
});
test("days in runs, from the day the week begins on", () => {
  assert.deepEqual(runsOf([0, 1, 2, 3, 4, 6]), [[0, 4], [6, 6]]);
  assert.deepEqual(runsOf([0, 5, 6], 5), [[5, 0]]);
  assert.deepEqual(runsOf([0, 6], 6), [[6, 0]]);
});

test("an overnight row is one block that lies on two days", () => {
  const blocks = blocksOf([row(["Sunday"], "22:00", "06:00")]);
  assert.deepEqual(blocks, [{ row: 0, day: 6, start: 1320, end: 1800 }]);
  const days = segmentsOf(blocks);
  assert.deepEqual(days[6].map(({ from, to, begins, ends }) => [from, to, begins, ends]), [[1320, 1440, true, false]]);
  assert.deepEqual(days[0].map(({ from, to, begins, ends }) => [from, to, begins, ends]), [[0, 360, false, true]]);
  assert.equal(days[0][0].block, days[6][0].block);
});
test("a row that ends when it begins lasts a day", () => {
  assert.deepEqual(blocksOf([row(["Monday"], "08:00", "08:00")])[0], { row: 0, day: 0, start: 480, end: 1920 });
});
test("a row of another zone lies where its hours are on this clock", () => {
  const days = segmentsOf(blocksOf([row(["Monday"], "09:00", "17:00")]), () => -600);
  assert.deepEqual(days[6].map(({ from, to }) => [from, to]), [[1380, 1440]]);
  assert.deepEqual(days[0].map(({ from, to }) => [from, to]), [[0, 420]]);
});
test("what overlaps has lanes of its own, what touches does not", () => {
  const blocks = blocksOf([row(["Monday"], "09:00", "12:00"), row(["Monday"], "12:00", "17:00"), row(["Monday"], "11:00", "13:00")]);
  const { placed, lanes } = lanesOf(segmentsOf(blocks)[0]);
  assert.equal(lanes, 2);
  assert.deepEqual(placed.map(({ lane }) => lane), [0, 0, 1]);
});

const WEEK = [row(WEEKDAYS, "09:00", "17:00"), row(["Saturday"], "10:00", "14:00", ["support", "sales"])];
const monday = blocksOf(WEEK)[0];
const friday = blocksOf(WEEK)[4];
const saturday = blocksOf(WEEK)[5];
for (const [name, rows, expected] of [
  ["a row moves on all its days", moved(WEEK, monday, 0, 30), ["01234 09:30-17:30 sales", "5 10:00-14:00 support,sales"]],
  ["one day moves alone", moved(WEEK, monday, 0, 30, true), ["1234 09:00-17:00 sales", "0 09:30-17:30 sales", "5 10:00-14:00 support,sales"]],
  ["a row moves to other days", moved(WEEK, monday, 1, 0), ["12345 09:00-17:00 sales", "5 10:00-14:00 support,sales"]],
  ["Saturday moves over midnight", moved(WEEK, saturday, 0, 12 * 60), ["01234 09:00-17:00 sales", "5 22:00-02:00 support,sales"]],
  ["and before Saturday", moved(WEEK, saturday, 0, -11 * 60), ["01234 09:00-17:00 sales", "4 23:00-03:00 support,sales"]],
  ["an end is drawn over midnight", resized(WEEK, saturday, "end", 1500), ["01234 09:00-17:00 sales", "5 10:00-01:00 support,sales"]],
  ["an end is drawn to midnight", resized(WEEK, saturday, "end", 1440), ["01234 09:00-17:00 sales", "5 10:00-24:00 support,sales"]],
  ["a start of one day", resized(WEEK, friday, "start", 480, true), ["0123 09:00-17:00 sales", "4 08:00-17:00 sales", "5 10:00-14:00 support,sales"]],
  ["no end comes before its start", resized(WEEK, saturday, "end", 0), ["01234 09:00-17:00 sales", "5 10:00-10:01 support,sales"]],
  ["no row lasts longer than a day", resized(WEEK, saturday, "end", 5000), ["01234 09:00-17:00 sales", "5 10:00-10:00 support,sales"]],
  ["a day is split off", splitOff(WEEK, friday), ["0123 09:00-17:00 sales", "4 09:00-17:00 sales", "5 10:00-14:00 support,sales"]],
  ["a day is removed", removed(WEEK, friday, true), ["0123 09:00-17:00 sales", "5 10:00-14:00 support,sales"]],
  ["a row is removed", removed(WEEK, friday), ["5 10:00-14:00 support,sales"]],
  ["the last day of a row is the row", removed(WEEK, saturday, true), ["01234 09:00-17:00 sales"]],
  ["a row is drawn", added(WEEK, { days: [6], start: 600, end: 1440, groups: ["a", "b"] }), [...said(WEEK), "6 10:00-24:00 a,b"]],
  ["a day is cleared", cleared(WEEK, 4), ["0123 09:00-17:00 sales", "5 10:00-14:00 support,sales"]],
  ["Saturday is copied to Sunday and Monday", copiedTo(WEEK, 5, [6, 0]), ["1234 09:00-17:00 sales", "056 10:00-14:00 support,sales"]],
  ["an empty day is copied", copiedTo(WEEK, 6, [0, 1, 2, 3, 4]), ["5 10:00-14:00 support,sales"]],
]) {
  test(name, () => assert.deepEqual(said(rows), expected));
}
test("what is not understood stays as it is", () => {
  const rows = [row(["Someday"], "09:00", "17:00"), row(["Monday"], "9 o'clock", "17:00"), row(["Monday"], "09:00", "17:00")];
  assert.equal(blocksOf(rows).length, 1);
  assert.deepEqual(moved(rows, blocksOf(rows)[0], 0, 15).slice(0, 2), rows.slice(0, 2));
  assert.deepEqual(cleared(rows, 0), rows.slice(0, 1));
});
test("steps", () => assert.deepEqual([snapped(547, 15), snapped(547, 5), snapped(-8, 15)], [540, 545, -15]));

for (let seed = 1; seed <= 200; seed += 1) {
  test(`rows are what their blocks are (${seed})`, () => {
    const random = chance(seed);
    const rows = Array.from({ length: 1 + Math.floor(random() * 12) }, () => madeUpRow(random));
    assert.deepEqual(rowsOf(blocksOf(rows), rows), rows);

    const minutes = segmentsOf(blocksOf(rows)).flat().reduce((sum, { from, to }) => sum + to - from, 0);
    assert.equal(minutes, blocksOf(rows).reduce((sum, { start, end }) => sum + end - start, 0));

    const block = pick(random, blocksOf(rows));
    const by = Math.floor(random() * 40 - 20) * 15;
    const day = Math.floor(random() * 13) - 6;
    const there = moved(rows, block, day, by);
    const again = blocksOf(there).find((each) => each.row === block.row);
    assert.deepEqual(blocksOf(moved(there, again, -day, -by)), blocksOf(rows));

    const alone = moved(rows, block, 0, by, true);
    assert.equal(blocksOf(alone).length, blocksOf(rows).length);
    for (const each of segmentsOf(blocksOf(alone)).map(lanesOf)) {
      for (const one of each.placed) {
        for (const other of each.placed) {
          const apart = one.segment.to <= other.segment.from || other.segment.to <= one.segment.from;
          assert.ok(one === other || one.lane !== other.lane || apart);
        }
      }
    }
  });
}

function madeUpRow(random) {
  const days = DAYS.filter(() => random() < 0.4);
  const start = Math.floor(random() * 96) * 15;
  const long = 15 + Math.floor(random() * 95) * 15;
  const made = row(days.length ? days : ["Friday"], timeOf(start), timeOf(start + long, true), pick(random, ["a", ["a", "b"]]));
  if (random() < 0.2) made.timezone = "Asia/Tokyo";
  if (random() < 0.2) Object.assign(made, { valid_from: "06-01", valid_to: "08-31" });
  return made;
}
