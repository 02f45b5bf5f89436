// The board's pure logic: patches, orders, and when it is old.

import assert from "node:assert/strict";
import test from "node:test";

import { actionsFor, agentsInOrder, callsInOrder, isStale, patched, shareKind, waitingKind } from "../../../callrouter/console/static/js/board_state.js";

test("a patch changes what it names, and takes away what is null", () => {
  const before = { agents: { amina: { activity: "free", call: "c" } }, calls: { c: {} }, list: [1, 2] };
  const after = patched(before, { agents: { amina: { activity: "talking", call: null } }, calls: { c: null, d: { at: 1 } }, list: [3] });
  assert.deepEqual(after, { agents: { amina: { activity: "talking" } }, calls: { d: { at: 1 } }, list: [3] });
  assert.equal(before.agents.amina.activity, "free");
});

test("nobody's name reaches the prototype of things", () => {
  const after = patched({}, JSON.parse('{"__proto__": {"bad": 1}, "agents": {"__proto__": {"bad": 1}}}'));
  assert.equal({}.bad, undefined);
  assert.equal(after.agents.bad, undefined);
});

test("agents come by what they do, then by how long, then by name", () => {
  const agents = {
    a: { name: "Zora", activity: "free", since: "2026-01-01T10:00:00Z" },
    b: { name: "Bojan", activity: "logged_out" },
    c: { name: "Carla", activity: "free", since: "2026-01-01T09:00:00Z" },
    d: { name: "Amina", activity: "free", since: "2026-01-01T10:00:00Z" },
    e: { name: "Emil", activity: "ringing", since: "2026-01-01T11:00:00Z" },
  };
  assert.deepEqual(agentsInOrder(agents, "en").map(([id]) => id), ["e", "c", "d", "a", "b"]);
});

test("who waits longest is first, who talks is last", () => {
  const calls = {
    talks: { stage: "talking", waiting: false, arrived_at: "1" },
    new: { stage: "ringing", waiting: true, arrived_at: "3" },
    old: { stage: "greeting", waiting: true, arrived_at: "2" },
    hears: { stage: "message", waiting: false, arrived_at: "0" },
  };
  assert.deepEqual(callsInOrder(calls).map(([id]) => id), ["old", "new", "hears", "talks"]);
});

test("only what changes something is offered", () => {
  assert.deepEqual(actionsFor({ logged_in: false }), ["log_in"]);
  assert.deepEqual(actionsFor({ logged_in: true }), ["pause", "log_out"]);
  assert.deepEqual(actionsFor({ logged_in: true, paused: "" }), ["unpause", "log_out"]);
});

test("targets: what is good and what is not", () => {
  const targets = { longest_wait_seconds: 60 };
  assert.deepEqual([null, 1, 60, 61].map((wait) => waitingKind(wait, targets)), ["ok", "warn", "warn", "bad"]);
  assert.deepEqual([undefined, 0.79, 0.8].map((share) => shareKind(share, 0.8)), ["", "bad", "ok"]);
  assert.deepEqual([0.05, 0.06].map((share) => shareKind(share, 0.05, { atMost: true })), ["ok", "bad"]);
});

test("old is what nobody has confirmed for ten seconds, or what the server calls old", () => {
  assert.equal(isStale(20_000, 10_000, true), false);
  assert.equal(isStale(20_001, 10_000, true), true);
  assert.equal(isStale(20_000, 20_000, false), true);
  assert.equal(isStale(20_000, null, true), true);
});
