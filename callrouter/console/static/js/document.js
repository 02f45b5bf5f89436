// A configuration as plain JSON: reading it forgivingly, changing it by path. Pure.

/** The sections whose entries have names. */
export const SECTIONS = ["agents", "agent_groups", "holiday_calendars", "incoming_call_settings"];

/** @typedef {(string|number)[]} Path */

/** What a list holds, also where it was written as its only value. */
export function listOf(value) {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** A list as it is written: its only value alone, nothing where it is empty. */
export function asWritten(list) {
  if (list.length === 0) return undefined;
  return list.length === 1 ? list[0] : list;
}

/** Whether yes is written. */
export function isYes(value) {
  return value === true || ["true", "yes", "on"].includes(String(value).toLowerCase());
}

/** The entry of a section, empty where there is none. */
export function entryOf(document, section, name) {
  return own(document?.[section], name) ?? {};
}

/** The names in a section, in their order. */
export function namesIn(document, section) {
  return Object.keys(document?.[section] ?? {});
}

/** The value at `path`, undefined where nothing is. */
export function at(document, path) {
  let value = document;
  for (const part of path) value = own(value, part);
  return value;
}

/** Writes `value` at `path` and makes what is missing on the way; undefined removes it. */
export function put(document, path, value) {
  const last = path[path.length - 1];
  if (value === undefined) {
    const owner = at(document, path.slice(0, -1));
    if (Array.isArray(owner)) owner.splice(Number(last), 1);
    else if (owner !== null && typeof owner === "object") delete owner[last];
    return;
  }
  let owner = document;
  path.slice(0, -1).forEach((part, depth) => {
    let next = own(owner, part);
    if (next === null || typeof next !== "object") {
      next = typeof path[depth + 1] === "number" ? [] : {};
      define(owner, part, next);
    }
    owner = next;
  });
  define(owner, last, value);
}

/** A copy that shares nothing. */
export function copyOf(value) {
  return value === undefined ? undefined : structuredClone(value);
}

/** Whether two plain values say the same; the order of names in a mapping does not count. */
export function same(one, other) {
  if (one === other) return true;
  if (one === null || other === null || typeof one !== "object" || typeof other !== "object") return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const names = Object.keys(one);
  if (names.length !== Object.keys(other).length) return false;
  return names.every((name) => Object.hasOwn(other, name) && same(one[name], other[name]));
}

/** A name that is not taken yet: `sales`, `sales-2`, `sales-3` … */
export function freshName(taken, wanted) {
  const base = wanted.trim() || "new";
  if (!Object.hasOwn(taken ?? {}, base)) return base;
  let number = 2;
  while (Object.hasOwn(taken, `${base}-${number}`)) number += 1;
  return `${base}-${number}`;
}

/** A name as a key: `Head office` → `head-office`; letters of every script stay. */
export function keyOf(title, taken) {
  const key = title.normalize("NFC").toLowerCase().replace(/[^\p{L}\p{N}\p{M}]+/gu, "-").replace(/^-+|-+$/g, "");
  return freshName(taken, key.slice(0, 60));
}

/** Whether `path` lies at or below `above`. */
export function isBelow(path, above) {
  return above.length <= path.length && above.every((part, depth) => String(part) === String(path[depth]));
}

/** `__proto__` and its like are names as any other. */
export function define(owner, name, value) {
  Object.defineProperty(owner, name, { value, writable: true, enumerable: true, configurable: true });
}

function own(value, part) {
  if (value === null || typeof value !== "object" || !Object.hasOwn(value, part)) return undefined;
  return value[part];
}
