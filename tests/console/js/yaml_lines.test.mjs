import assert from "node:assert/strict";
import { test } from "node:test";

import { HEAD_LINES, lineOf, ownLines, wholeYaml } from "../../../callrouter/console/static/js/yaml_lines.js";

const OWN = `numbers: ["701"]
# a remark
Call Routing: Waves
greeting_message: |
  Welcome.

  - to our office
follow_on:
- agent_group: night
- agent: amina
  message: One moment.
"ring_seconds": 20
call_handling_schedule:
  - {days: [Monday], from_time: "09:00"}

  # lunch
  -
    days: Tuesday
    agent_group:
      - sales
      - night
  - {days: [Friday]}
closed_message: x`;

for (const [path, line] of [
  [["numbers"], 1], [["call_routing"], 3], [["greeting_message", "text"], 4], [["follow_on", 0], 9], [["follow_on", 1, "message"], 10],
  [["ring_seconds"], 12], [["call_handling_schedule"], 13], [["call_handling_schedule", 0, "to_time"], 14],
  [["call_handling_schedule", 1, "agent_group", 1], 17], [["call_handling_schedule", 2], 22], [["call_handling_schedule", 9], 13],
  [["closed_message"], 23], [["agent_busy_message"], 0], [[], 0],
]) {
  test(`${path.join(".") || "nothing"} is in line ${line}`, () => assert.equal(lineOf(OWN, path), line));
}

for (const name of ["support", "head \"office\": #1", "الدعم", "true"]) {
  test(`the settings ${name} as a document and back`, () => {
    const whole = wholeYaml(name, OWN);
    assert.equal(ownLines(whole), OWN);
    assert.equal(whole.split("\n")[HEAD_LINES].trim(), OWN.split("\n")[0]);
  });
}
test("nothing written yet is nothing", () => assert.equal(ownLines("incoming_call_settings:\n  x: {}\n"), ""));
