// What a draft says otherwise than what it began from, object by object: small enough to keep,
// to take back, and to count. Pure.

import { SECTIONS, at, copyOf, define, put, same } from "./document.js";

/**
 * @typedef {{path: string[], before: any, after: any}} Patch
 * One entry of a section, or a whole field at the top; undefined where it is not there. The order
 * of a section's names has a patch of its own: `path` is [section], values are the lists of names.
 */

/** What makes `after` of `before`. @returns {Patch[]} */
export function patchesBetween(before, after) {
  const patches = [];
  for (const top of union(before, after)) {
    if (!SECTIONS.includes(top)) {
      if (!same(before?.[top], after?.[top])) patches.push(patch([top], before?.[top], after?.[top]));
      continue;
    }
    const old = before?.[top] ?? {};
    const now = after?.[top] ?? {};
    for (const name of union(old, now)) {
      const one = Object.hasOwn(old, name) ? old[name] : undefined;
      const other = Object.hasOwn(now, name) ? now[name] : undefined;
      if (!same(one, other)) patches.push(patch([top, name], one, other));
    }
    const [oldOrder, newOrder] = [Object.keys(old), Object.keys(now)];
    if (oldOrder.join("\n") !== newOrder.join("\n")) patches.push({ path: [top], before: oldOrder, after: newOrder });
  }
  return patches;
}

/** Changes `document` as the patches say; `back` takes them back. */
export function applyPatches(document, patches, back = false) {
  for (const each of patches) {
    const value = back ? each.before : each.after;
    if (each.path.length === 1 && SECTIONS.includes(each.path[0])) reorder(document, each.path[0], value);
    else put(document, each.path, copyOf(value));
  }
  for (const section of SECTIONS) {
    if (document[section] && Object.keys(document[section]).length === 0) delete document[section];
  }
  return document;
}

/** A copy whose entries are those of the document: `applyPatches` replaces them, it never changes one. */
export function sharing(document) {
  const copy = { ...document };
  for (const section of SECTIONS) if (copy[section]) copy[section] = { ...copy[section] };
  return copy;
}

/** How many fields are written otherwise; an entry that came or went counts once. */
export function countChanges(patches) {
  let count = 0;
  for (const { path, before, after } of patches) {
    if (path.length === 1 && SECTIONS.includes(path[0])) count += same([...before].sort(), [...after].sort()) ? 1 : 0;
    else if (path.length === 2 && before !== undefined && after !== undefined) count += fieldsApart(before, after);
    else count += 1;
  }
  return count;
}

/** Whether `path` lies in something that was changed. */
export function touches(patches, path) {
  return patches.some((each) => each.path.every((part, depth) => depth >= path.length || part === path[depth]));
}

function fieldsApart(before, after) {
  return Math.max(1, [...union(before, after)].filter((field) => !same(before[field], after[field])).length);
}

function reorder(document, section, order) {
  const entries = document[section] ?? {};
  const ordered = {};
  for (const name of [...order, ...Object.keys(entries)]) {
    if (Object.hasOwn(entries, name) && !Object.hasOwn(ordered, name)) define(ordered, name, at(entries, [name]));
  }
  document[section] = ordered;
}

function patch(path, before, after) {
  return { path, before: copyOf(before), after: copyOf(after) };
}

function union(one, other) {
  return new Set([...Object.keys(one ?? {}), ...Object.keys(other ?? {})]);
}
