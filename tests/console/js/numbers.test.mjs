import assert from "node:assert/strict";
import { test } from "node:test";

import { addNumber, duplicate, taken, typedNumbers, usualMessages } from "../../../callrouter/console/static/js/new_number.js";
import { onceAtATime } from "../../../callrouter/console/static/js/once.js";
import { clockIn, minutesAhead } from "../../../callrouter/console/static/js/zones.js";
import { COMPANY } from "./made_up.mjs";

test("in an empty system a number brings its people, hours, messages, zone and language", () => {
  const document = {};
  const name = addNumber(document, {
    title: "Head office", numbers: "700, +381 11 1", group: "", timezone: "Asia/Amman", language: "ar",
    people: [{ name: "Amina Haddad", extension: "1001" }, { name: "بوجان", extension: " 1002 " }],
  });
  assert.equal(name, "head-office");
  const settings = document.incoming_call_settings[name];
  assert.deepEqual(settings.numbers, ["700", "+381 11 1"]);
  assert.match(settings.closed_message, /\{reopens_at\}/);
  assert.match(settings.greeting_message, /شكر/);
  assert.deepEqual(settings.call_handling_schedule[0].agent_group, ["head-office"]);
  assert.deepEqual(document.agent_groups["head-office"].members, ["amina-haddad", "بوجان"]);
  assert.deepEqual(document.agents["بوجان"], { name: "بوجان", extension: "1002" });
  assert.equal(document.timezone, "Asia/Amman");
});

test("a number for a group that is there adds nobody, and changes no zone", () => {
  const document = structuredClone(COMPANY);
  assert.equal(addNumber(document, { title: "Support", numbers: "702", group: "sales", timezone: "UTC", language: "en" }), "support-2");
  assert.deepEqual(Object.keys(document.agents), ["amina", "bojan"]);
  assert.equal(document.timezone, "Europe/Belgrade");
});

test("a copy has no numbers, and is a copy", () => {
  const document = structuredClone(COMPANY);
  const name = duplicate(document, "support");
  assert.equal(name, "support-copy");
  assert.equal(duplicate(document, "support"), "support-copy-2");
  assert.equal(document.incoming_call_settings[name].numbers, undefined);
  document.incoming_call_settings[name].call_handling_schedule[0].to_time = "07:00";
  assert.equal(document.incoming_call_settings.support.call_handling_schedule[0].to_time, "06:00");
});

test("what is taken is known", () => {
  const { numbers, extensions } = taken(COMPANY);
  assert.equal(numbers["701"], "support");
  assert.equal(extensions["1002"], "bojan");
});

for (const [typed, numbers] of [["700", ["700"]], [" 700 ,701;701،702\n703 ", ["700", "701", "702", "703"]], [" , ", []], ["+381 11 123", ["+381 11 123"]]]) {
  test(`typing ${JSON.stringify(typed)} for numbers`, () => assert.deepEqual(typedNumbers(typed), numbers));
}

test("messages are there in the language of the configuration, else in English", () => {
  assert.match(usualMessages("sr-Latn").greeting_message, /Hvala/);
  assert.match(usualMessages("fi").greeting_message, /Thank you/);
});

test("the clock of a zone, and how far it is ahead", () => {
  const moment = Date.parse("2026-11-22T23:30:00Z");
  assert.deepEqual(clockIn("Europe/Belgrade", moment), { day: 0, minutes: 30 });
  assert.deepEqual(clockIn("UTC", moment), { day: 6, minutes: 1410 });
  assert.equal(clockIn("Nowhere/Else", moment), null);
  assert.equal(minutesAhead("Asia/Kolkata", "UTC", moment), 330);
  assert.equal(minutesAhead("America/New_York", "Europe/Belgrade", moment), -360);
  assert.equal(minutesAhead("Nowhere", "UTC", moment), 0);
});

test("drawing that asks for drawing is done again, not inside itself", () => {
  const order = [];
  const draw = onceAtATime(() => {
    order.push("begin");
    if (order.length < 3) draw();
    order.push("end");
  });
  draw();
  assert.deepEqual(order, ["begin", "end", "begin", "end"]);
});
