import assert from "node:assert/strict";
import { test } from "node:test";

import { at, freshName, keyOf, put } from "../../../callrouter/console/static/js/document.js";
import { references, removeFrom, renameIn, uses } from "../../../callrouter/console/static/js/references.js";
import { COMPANY } from "./made_up.mjs";

test("every place where a name stands has its path", () => {
  const found = [...references(COMPANY)];
  for (const { path, name } of found) assert.equal(at(COMPANY, path), name, path.join("."));
  const counts = {};
  for (const { section } of found) counts[section] = (counts[section] ?? 0) + 1;
  assert.deepEqual(counts, { agents: 4, incoming_call_settings: 2, agent_groups: 10, holiday_calendars: 2 });
});

const RENAMES = [
  ["agents", "amina", 2], ["agents", "bojan", 2], ["agent_groups", "night", 6], ["agent_groups", "sales", 4],
  ["holiday_calendars", "serbia", 2], ["incoming_call_settings", "support", 1],
  ["incoming_call_settings", "head-office", 1],
];
for (const [section, name, count] of RENAMES) {
  test(`${section} ${name} is renamed with its ${count} references`, () => {
    const document = structuredClone(COMPANY);
    assert.equal(uses(document, section, name).length, count);
    const order = Object.keys(document[section]).map((each) => (each === name ? "other" : each));
    renameIn(document, section, name, "other");
    assert.deepEqual(Object.keys(document[section]), order);
    assert.equal(uses(document, section, name).length, 0);
    assert.equal(uses(document, section, "other").length, count);
    renameIn(document, section, "other", name);
    assert.deepEqual(document, COMPANY);
  });
}

test("names of other kinds stay", () => {
  const document = { agents: { x: { extension: "1" } }, agent_groups: { x: { members: ["x"] } } };
  renameIn(document, "agents", "x", "y");
  assert.deepEqual(document, { agents: { y: { extension: "1" } }, agent_groups: { x: { members: ["y"] } } });
});

test("nothing is renamed onto what is there, or from what is not", () => {
  assert.throws(() => renameIn(structuredClone(COMPANY), "agents", "amina", "bojan"));
  assert.throws(() => renameIn(structuredClone(COMPANY), "agents", "nobody", "x"));
});

test("what is removed leaves the lists that can do without it", () => {
  const document = structuredClone(COMPANY);
  const stayed = removeFrom(document, "agents", "bojan").map((path) => path.join("."));
  assert.deepEqual(stayed, []);
  assert.deepEqual(document.agent_groups.night.members, []);
  const left = removeFrom(document, "agent_groups", "night").map((path) => path.join("."));
  assert.ok(left.includes("incoming_call_settings.head-office.call_handling_schedule.1.agent_group"));
  assert.deepEqual(document.incoming_call_settings["head-office"].call_handling_schedule[0].agent_group, ["sales"]);
});

test("keys are made of titles in any script, and are never taken", () => {
  assert.equal(keyOf("Head office (new)", {}), "head-office-new");
  assert.equal(keyOf("الدعم الفني", {}), "الدعم-الفني");
  assert.equal(keyOf("Podrška", { "podrška": {} }), "podrška-2");
  assert.equal(freshName({ a: {}, "a-2": {} }, "a"), "a-3");
});

test("values are put where nothing was yet, and removed", () => {
  const document = {};
  put(document, ["incoming_call_settings", "a", "follow_on", 0, "agent"], "amina");
  assert.deepEqual(document, { incoming_call_settings: { a: { follow_on: [{ agent: "amina" }] } } });
  put(document, ["incoming_call_settings", "a", "follow_on", 0], undefined);
  assert.deepEqual(at(document, ["incoming_call_settings", "a"]), { follow_on: [] });
  put(document, ["incoming_call_settings", "b", "numbers"], undefined);
  assert.equal(at(document, ["incoming_call_settings", "b"]), undefined);
});
