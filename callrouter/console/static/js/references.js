// Where things of a configuration are called by their names, and renaming them everywhere. Pure.

import { SECTIONS, define, listOf } from "./document.js";

const TARGETS = { agent_group: "agent_groups", agent: "agents", incoming_call_settings: "incoming_call_settings" };

/**
 * Every place where a name stands: its path, the section it means, the name, and `write(name)`.
 * @returns {Generator<{path: (string|number)[], section: string, name: string, write: (name: string) => void}>}
 */
export function* references(document) {
  for (const [name, group] of entries(document, "agent_groups")) {
    yield* names(group, "members", "agents", ["agent_groups", name]);
  }
  for (const [name, agent] of entries(document, "agents")) {
    yield* names(agent, "incoming_call_settings", "incoming_call_settings", ["agents", name]);
  }
  for (const [name, calendar] of entries(document, "holiday_calendars")) {
    const path = ["holiday_calendars", name];
    yield* names(calendar, "agent_group", "agent_groups", path);
    yield* eachOf(calendar, "holidays", path, (holiday, where) => names(holiday, "agent_group", "agent_groups", where));
  }
  for (const [name, settings] of entries(document, "incoming_call_settings")) {
    const path = ["incoming_call_settings", name];
    yield* names(settings, "holidays", "holiday_calendars", path);
    yield* eachOf(settings, "call_handling_schedule", path, (row, where) =>
      names(row, "agent_group", "agent_groups", where));
    yield* eachOf(settings, "follow_on", path, target);
    yield* eachOf(settings, "follow_on_closed", path, target);
    yield* eachOf(settings, "overrides", path, override);
  }
  yield* eachOf(document, "overrides", [], override);
}

/** The places that name this agent, group, calendar or these settings. */
export function uses(document, section, name) {
  return [...references(document)].filter((each) => each.section === section && each.name === name);
}

/**
 * Calls an entry otherwise, here and wherever it is referred to; its place in the order stays.
 * Throws where the new name is taken or the old one is not there.
 */
export function renameIn(document, section, before, after) {
  const entriesThere = document[section] ?? {};
  if (!SECTIONS.includes(section) || !Object.hasOwn(entriesThere, before)) throw new Error(`no ${section} ${before}`);
  if (before === after) return;
  if (Object.hasOwn(entriesThere, after)) throw new Error(`${after} is taken`);
  for (const each of uses(document, section, before)) each.write(after);
  const renamed = {};
  for (const [name, entry] of Object.entries(entriesThere)) define(renamed, name === before ? after : name, entry);
  document[section] = renamed;
}

/**
 * Removes an entry and every reference to it that a list can do without; returns the paths of
 * those that had to stay, which the check will complain of.
 */
export function removeFrom(document, section, name) {
  const stayed = [];
  for (const each of uses(document, section, name).reverse()) {
    const index = each.path[each.path.length - 1];
    const field = each.path[each.path.length - 2];
    const list = typeof index === "number" ? each.owner : null;
    if (Array.isArray(list) && (list.length > 1 || field === "members" || field === "holidays")) list.splice(index, 1);
    else stayed.push(each.path);
  }
  if (document[section]) delete document[section][name];
  return stayed.reverse();
}

function* entries(document, section) {
  for (const [name, entry] of Object.entries(document?.[section] ?? {})) {
    if (entry !== null && typeof entry === "object") yield [name, entry];
  }
}

function* names(owner, field, section, path) {
  const written = owner?.[field];
  if (typeof written === "string") {
    yield { path: [...path, field], section, name: written, owner, write: (name) => (owner[field] = name) };
  } else if (Array.isArray(written)) {
    for (const [index, name] of written.entries()) {
      if (typeof name !== "string") continue;
      yield { path: [...path, field, index], section, name, owner: written, write: (other) => (written[index] = other) };
    }
  }
}

function* eachOf(owner, field, path, found) {
  const written = owner?.[field];
  const isList = Array.isArray(written);
  for (const [index, entry] of listOf(written).entries()) {
    if (entry !== null && typeof entry === "object") yield* found(entry, isList ? [...path, field, index] : [...path, field]);
  }
}

function* target(entry, path) {
  for (const [field, section] of Object.entries(TARGETS)) yield* names(entry, field, section, path);
}

function* override(entry, path) {
  yield* names(entry, "agent_group", "agent_groups", path);
  yield* eachOf(entry, "send_to", path, target);
}
