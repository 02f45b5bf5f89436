import assert from "node:assert/strict";
import { test } from "node:test";

import "./page.mjs";

const { again, forWhom, toldTogether, untilWord, whatItSays } = await import("../../../callrouter/console/static/js/override_words.js");

const ZONE = "Europe/Belgrade";
const NOW = new Date("2026-11-23T09:30:00Z");
const plain = (text) => text.replace(/[\u2068\u2069]/g, "");

test("whom it is for", () => {
  assert.equal(forWhom([]), "all numbers");
  assert.equal(plain(forWhom(["a", "b"])), "a, b");
  assert.equal(plain(forWhom(["a", "b", "c", "d", "e", "f"])), "a, b, c, d and 2 more");
});

test("what it says", () => {
  const group = { kind: "agent_group", name: "sales" };
  const agent = { kind: "agent", name: "amina" };
  const said = (kind, targets = [], message = null) => plain(whatItSays({ kind, targets, message }));
  assert.equal(said("closed"), "Callers hear the closed message, and the call ends.");
  assert.equal(said("closed", [], "Gone fishing."), "Callers hear its message, and the call ends.");
  assert.equal(said("open"), "Open: whoever is on duty now or next rings.");
  assert.equal(said("open", [group]), "Open: group sales rings.");
  assert.equal(said("send_to", [group, agent]), "Every call goes to: group sales, then agent amina.");
});

test("until when, in the zone of the settings", () => {
  assert.equal(untilWord("2026-11-24T09:00:00Z", ZONE, NOW), "until Tue 24 Nov, 10:00");
  assert.equal(untilWord(null, ZONE, NOW), "until somebody ends it");
});

test("settings for which the same holds afterwards are told together, those of another zone apart", () => {
  const then = { is_open: false, by: "nothing", name: "", opens_at: "2026-11-24T08:00:00Z" };
  const told = toldTogether([
    { settings: "a", timezone: ZONE, then },
    { settings: "b", timezone: ZONE, then: { ...then, is_open: true, by: "schedule" } },
    { settings: "c", timezone: ZONE, then },
    { settings: "d", timezone: "Asia/Dubai", then },
    { settings: "e", timezone: ZONE, then: null },
  ], NOW);
  assert.deepEqual(told.map(({ settings, text }) => [settings.join(), text]), [
    ["a,c", "then closed, open again Tue 24 Nov, 09:00"],
    ["b", "then open by schedule"],
    ["d", "then closed, open again Tue 24 Nov, 12:00"],
    ["e", ""],
  ]);
});

test("set again: from now on where it had begun, else when it was to begin", () => {
  const over = { id: "x", kind: "closed", settings: ["a"], targets: [], until_at: null, message: null, language: null, reason: "r", author: "b" };
  assert.equal(again({ ...over, from_at: "2026-11-23T09:00:00Z" }, NOW).from_at, null);
  assert.equal(again({ ...over, from_at: "2026-11-23T10:00:00Z" }, NOW).from_at, "2026-11-23T10:00:00Z");
  assert.deepEqual(Object.keys(again(over, NOW)).sort(), ["from_at", "kind", "language", "message", "reason", "settings", "targets", "until_at"]);
});
