// What two documents say otherwise, object by object and field by field, for people to read. Pure.

import { listOf, same } from "./document.js";

/**
 * @typedef {{field: string, before: string|null, after: string|null}} Difference
 * @typedef {{section: string, name: string|null, kind: "added"|"removed"|"changed"|"order", fields: Difference[]}} Changed
 */

/** What patches change, object by object. @returns {Changed[]} */
export function changedObjects(patches) {
  return patches.map(({ path, before, after }) => {
    const [section, name = null] = path;
    if (Array.isArray(before) && Array.isArray(after) && name === null && section !== "overrides") {
      return sameNames(before, after) ? { section, name: null, kind: "order", fields: [field("", before, after)] } : null;
    }
    if (name === null) return { section, name, kind: "changed", fields: fieldsOf("", before, after) };
    if (before === undefined) return { section, name, kind: "added", fields: entryFields(after, (value) => field("", undefined, value).after) };
    if (after === undefined) return { section, name, kind: "removed", fields: [] };
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return { section, name, kind: "changed", fields: names.flatMap((each) => fieldsOf(each, before[each], after[each])) };
  }).filter((each) => each !== null);
}

function entryFields(entry, write) {
  return Object.entries(entry).map(([name, value]) => ({ field: name, before: null, after: write(value) }));
}

/** Lists of objects (rows, follow-ons) item by item, anything else as a whole. */
function fieldsOf(name, before, after) {
  if (same(before, after)) return [];
  const [old, now] = [listOf(before), listOf(after)];
  if (![...old, ...now].some((each) => each !== null && typeof each === "object")
    || !(Array.isArray(before) || Array.isArray(after))) return [field(name, before, after)];
  const gone = old.filter((each) => !now.some((other) => same(each, other)));
  const came = now.filter((each) => !old.some((other) => same(each, other)));
  if (gone.length === 0 && came.length === 0) return [field(name, before, after)];
  const pairs = [];
  for (let place = 0; place < Math.max(gone.length, came.length); place += 1) {
    pairs.push(field(name, gone[place], came[place]));
  }
  return pairs;
}

function field(name, before, after) {
  return { field: name, before: before === undefined ? null : text(before), after: after === undefined ? null : text(after) };
}

function sameNames(before, after) {
  return same([...before].sort(), [...after].sort());
}

/** A value in a line: `Monday, Tuesday · 09:00–17:00 · sales`. */
export function text(value) {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(text).join(", ");
  if (typeof value !== "object") return String(value);
  const { from_time: from, to_time: to, ...rest } = value;
  const parts = Object.entries(rest).map(([name, each]) =>
    ["days", "day_of_week", "agent_group", "text", "date"].includes(name) ? text(each) : `${name}: ${text(each)}`);
  if (from !== undefined || to !== undefined) parts.splice(1, 0, `${from ?? "00:00"}–${to ?? "24:00"}`);
  return parts.join(" · ");
}
