import assert from "node:assert/strict";
import { test } from "node:test";

import { changedObjects, text } from "../../../callrouter/console/static/js/differences.js";
import { pageOf } from "../../../callrouter/console/static/js/object_pages.js";
import { patchesBetween } from "../../../callrouter/console/static/js/patches.js";
import { COMPANY } from "./made_up.mjs";

function changed(edit) {
  const next = structuredClone(COMPANY);
  edit(next);
  return changedObjects(patchesBetween(COMPANY, next));
}

test("a row that changed stands before the row it became, the others are not named", () => {
  const [one, ...others] = changed((document) => {
    document.incoming_call_settings["head-office"].call_handling_schedule[1].to_time = "16:00";
  });
  assert.equal(others.length, 0);
  assert.deepEqual(one, {
    section: "incoming_call_settings", name: "head-office", kind: "changed",
    fields: [{
      field: "call_handling_schedule",
      before: "Saturday · 10:00–14:00 · night", after: "Saturday · 10:00–16:00 · night",
    }],
  });
});

test("rows in another order are a change", () => {
  const [one] = changed((document) => document.incoming_call_settings["head-office"].call_handling_schedule.reverse());
  assert.equal(one.fields.length, 1);
  assert.notEqual(one.fields[0].before, one.fields[0].after);
});

test("what is new, gone, and in another order", () => {
  const kinds = changed((document) => {
    document.agents.carla = { extension: "1003" };
    delete document.agent_groups.night;
  }).map(({ name, kind }) => [name, kind]);
  assert.deepEqual(kinds, [["carla", "added"], ["night", "removed"]]);
  const order = changed((document) => {
    document.agents = { bojan: document.agents.bojan, amina: document.agents.amina };
  });
  assert.deepEqual(order.map(({ kind }) => kind), ["order"]);
});

test("fields at the top", () => {
  assert.deepEqual(changed((document) => (document.timezone = "UTC")), [{
    section: "timezone", name: null, kind: "changed", fields: [{ field: "", before: "Europe/Belgrade", after: "UTC" }],
  }]);
  assert.equal(changed((document) => delete document.overrides)[0].fields[0].after, null);
});

for (const [value, shown] of [
  [undefined, ""], [true, "true"], [["a", "b"], "a, b"], [{ text: "Hello", language: "ar" }, "Hello · language: ar"],
  [{ days: ["Monday"], from_time: "09:00", to_time: "17:00", agent_group: "sales", valid_from: "06-01" }, "Monday · 09:00–17:00 · sales · valid_from: 06-01"],
]) {
  test(`${JSON.stringify(value)} reads ${shown}`, () => assert.equal(text(value), shown));
}

for (const [path, page] of [
  [["agents", "a/b"], "/agents/a%2Fb"],
  [["incoming_call_settings", "x", "call_handling_schedule", 3], "/numbers/x#schedule"],
  [["incoming_call_settings", "x", "ring_seconds"], "/numbers/x#ringing"],
  [["incoming_call_settings", "x"], "/numbers/x"], [["timezone"], "/general"], [[], "/general"],
]) {
  test(`${path.join(".")} is edited at ${page}`, () => assert.equal(pageOf(path), page));
}
