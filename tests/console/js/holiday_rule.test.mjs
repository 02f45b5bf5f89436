import assert from "node:assert/strict";
import { test } from "node:test";

import { newRule, ruleOf, writtenRule } from "../../../callrouter/console/static/js/holiday_rule.js";

const WRITTEN = [
  ["2026-12-31", { kind: "once", date: "2026-12-31" }],
  ["12-25", { kind: "yearly", month: 12, day: 25 }],
  ["25 December", { kind: "yearly", month: 12, day: 25 }],
  ["Dec 25th", { kind: "yearly", month: 12, day: 25 }],
  ["last Friday of November", { kind: "floating", nth: "last", weekday: 4, month: 11, plus: 0 }],
  ["the 3rd mon in Jan + 1 day", { kind: "floating", nth: "third", weekday: 0, month: 1, plus: 1 }],
  ["Orthodox Easter Monday", { kind: "easter", orthodox: true, on: "easter monday", plus: 0 }],
  ["easter sunday - 49 days", { kind: "easter", orthodox: false, on: "easter", plus: -49 }],
  ["02-30", { kind: "text", text: "02-30" }],
  ["sixth Monday of May", { kind: "text", text: "sixth Monday of May" }],
  ["", { kind: "text", text: "" }],
];

for (const [written, rule] of WRITTEN) {
  test(`${written || "nothing"} is understood`, () => assert.deepEqual(ruleOf(written), rule));
}

test("what is written of a rule is that rule", () => {
  for (const [, rule] of WRITTEN) assert.deepEqual(ruleOf(writtenRule(rule)), rule);
});

test("every kind begins with something that is one", () => {
  for (const kind of ["once", "yearly", "floating", "easter"]) {
    const rule = newRule(kind, "2026-03-05");
    assert.equal(rule.kind, kind);
    assert.deepEqual(ruleOf(writtenRule(rule)), rule);
  }
});
