// A schedule's rows as blocks of a week, and blocks as rows again. Pure; what a clock on a wall shows.
//
// Law: rows → blocks → rows changes nothing. A block is one day of one row; blocks of a row that
// stay alike stay one row, one that becomes different becomes a row of its own right after it.

import { asWritten, listOf } from "./document.js";
import { DAY_MINUTES, WEEK_MINUTES, daysOf, minutesOf, timeOf, withDays } from "./row_times.js";

/**
 * @typedef {{row: number, day: number, start: number, end: number}} Block
 * `day` is the day it begins on, Monday is 0; `start` is below 1440, `end` after it, beyond 1440 on the next day.
 * @typedef {{block: Block, day: number, from: number, to: number, begins: boolean, ends: boolean}} Segment
 * What of a block lies on one day.
 */

/** The blocks of a row; none where its days or times are not understood. @returns {Block[]} */
export function blocksOfRow(row, index) {
  const [days, start, end] = [daysOf(row), minutesOf(row.from_time), minutesOf(row.to_time)];
  if (days === null || start === null || end === null || start === DAY_MINUTES) return [];
  return days.map((day) => ({ row: index, day, start, end: end > start ? end : end + DAY_MINUTES }));
}

/** @returns {Block[]} */
export function blocksOf(rows) {
  return rows.flatMap(blocksOfRow);
}

/**
 * The rows that these blocks are, in the order of the rows they came from. A row without any
 * block is gone, unless it never had one.
 */
export function rowsOf(blocks, rows) {
  return rows.flatMap((row, index) => {
    if (blocksOfRow(row, index).length === 0) return [row];
    const alike = new Map();
    for (const each of blocks) {
      if (each.row !== index) continue;
      const key = `${each.start}-${each.end}`;
      if (!alike.has(key)) alike.set(key, []);
      alike.get(key).push(each);
    }
    const own = blocksOfRow(row, index)[0];
    const groups = [...alike.values()];
    const first = groups.findIndex(([each]) => each.start === own.start && each.end === own.end);
    if (first > 0) groups.unshift(...groups.splice(first, 1));
    return groups.map((same) => withTimes(withDays(row, same.map((each) => each.day)), same[0].start, same[0].end));
  });
}

/** The row from `start` to `end`, written as it was where that is the same. */
export function withTimes(row, start, end) {
  const [from, to] = [minutesOf(row.from_time), minutesOf(row.to_time)];
  if (from === start && to !== null && (to > from ? to : to + DAY_MINUTES) === end) return row;
  return { ...row, from_time: timeOf(start), to_time: timeOf(end, true) };
}

/** What each day shows: blocks cut at midnight, moved by their row's shift. @returns {Segment[][]} */
export function segmentsOf(blocks, shiftOf = () => 0) {
  const days = Array.from({ length: 7 }, () => []);
  for (const block of blocks) {
    const begin = block.day * DAY_MINUTES + block.start + shiftOf(block.row);
    const end = begin + block.end - block.start;
    for (let from = begin; from < end;) {
      const midnight = (Math.floor(from / DAY_MINUTES) + 1) * DAY_MINUTES;
      const to = Math.min(end, midnight);
      const day = Math.floor((((from % WEEK_MINUTES) + WEEK_MINUTES) % WEEK_MINUTES) / DAY_MINUTES);
      const inDay = from - (midnight - DAY_MINUTES);
      days[day].push({ block, day, from: inDay, to: inDay + to - from, begins: from === begin, ends: to === end });
      from = to;
    }
  }
  return days;
}

/** Gives each segment of a day a lane in which it overlaps none: `[{segment, lane}]`, and how many there are. */
export function lanesOf(segments) {
  const ends = [];
  const placed = [...segments]
    .sort((one, other) => one.block.row - other.block.row || one.from - other.from)
    .map((segment) => {
      let lane = ends.findIndex((taken) => taken.every(([from, to]) => segment.to <= from || to <= segment.from));
      if (lane < 0) lane = ends.push([]) - 1;
      ends[lane].push([segment.from, segment.to]);
      return { segment, lane };
    });
  return { placed, lanes: Math.max(1, ends.length) };
}

/** To the next step. */
export function snapped(minutes, step) {
  return Math.round(minutes / step) * step;
}

/**
 * Moves a block by so many days and minutes, with the others of its row unless `alone`.
 * Beyond midnight it begins on the day before or after.
 */
export function moved(rows, block, byDays, byMinutes, alone = false) {
  return changed(rows, block, alone, (each) => {
    const begin = each.day * DAY_MINUTES + each.start + byDays * DAY_MINUTES + byMinutes;
    const start = ((begin % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES;
    const day = ((Math.floor(begin / DAY_MINUTES) % 7) + 7) % 7;
    return { ...each, day, start, end: start + each.end - each.start };
  });
}

/** Lets a block begin or end otherwise: at `minutes` of its day (an end beyond 1440: of the next). */
export function resized(rows, block, edge, minutes, alone = false) {
  return changed(rows, block, alone, (each) => {
    if (edge === "start") return { ...each, start: clamp(minutes, Math.max(0, each.end - DAY_MINUTES), Math.min(each.end - 1, DAY_MINUTES - 1)) };
    return { ...each, end: clamp(minutes, each.start + 1, each.start + DAY_MINUTES) };
  });
}

/** Without this block, or without its whole row. */
export function removed(rows, block, alone = false) {
  if (!alone) return rows.filter((_, index) => index !== block.row);
  const { [block.row]: row } = rows;
  const days = daysOf(row).filter((day) => day !== block.day);
  if (days.length === 0) return rows.filter((_, index) => index !== block.row);
  return rows.map((each, index) => (index === block.row ? withDays(row, days) : each));
}

/** The block's day as a row of its own, right after the one it was part of. */
export function splitOff(rows, block) {
  const row = rows[block.row];
  const days = daysOf(row);
  if (days.length < 2) return rows;
  return rows.flatMap((each, index) => index !== block.row ? [each]
    : [withDays(row, days.filter((day) => day !== block.day)), withDays(row, [block.day])]);
}

/** With a new row at the end. */
export function added(rows, { days, start, end, groups }) {
  const row = { days: [], from_time: timeOf(start), to_time: timeOf(end, true), agent_group: asWritten(groups) ?? "" };
  return [...rows, withDays(row, days)];
}

/** Without any block that begins on this day. */
export function cleared(rows, day) {
  return rows.flatMap((row) => {
    const days = daysOf(row);
    if (days === null || !days.includes(day)) return [row];
    return days.length === 1 ? [] : [withDays(row, days.filter((each) => each !== day))];
  });
}

/** These days as `from` is: what begins on them is gone, and what begins on `from` is theirs too. */
export function copiedTo(rows, from, targets) {
  const wanted = targets.filter((day) => day !== from);
  return rows.flatMap((row) => {
    const days = daysOf(row);
    if (days === null) return [row];
    const rest = days.filter((day) => !wanted.includes(day));
    const now = days.includes(from) ? [...rest, ...wanted] : rest;
    return now.length ? [withDays(row, now)] : [];
  });
}

/** Which groups a row names, the preferred one first. */
export function groupsOf(row) {
  return listOf(row.agent_group).map(String);
}

function changed(rows, block, alone, change) {
  const blocks = blocksOf(rows).map((each) => {
    const meant = each.row === block.row && (!alone || each.day === block.day);
    return meant ? change(each) : each;
  });
  return rowsOf(blocks, rows);
}

function clamp(value, least, most) {
  return Math.min(Math.max(value, least), most);
}
