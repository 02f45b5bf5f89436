import assert from "node:assert/strict";
import { test } from "node:test";

import { same } from "../../../callrouter/console/static/js/document.js";
import { DraftState, problemsBelow } from "../../../callrouter/console/static/js/draft_state.js";
import { applyPatches, countChanges, patchesBetween } from "../../../callrouter/console/static/js/patches.js";
import { COMPANY, chance, pick } from "./made_up.mjs";

const base = (document = COMPANY, mark = "m1") => ({ mark, number: 1, document: structuredClone(document) });

function setName(name) {
  return (document) => (document.agents.amina.name = name);
}

test("a change is kept, counted, taken back and done again", () => {
  const draft = new DraftState(base());
  assert.equal(draft.change("rename", setName("A")), true);
  assert.equal(draft.change("nothing", setName("A")), false);
  assert.equal(draft.count, 1);
  assert.ok(draft.isChanged(["agents"]) && draft.isChanged(["agents", "amina", "name"]));
  assert.ok(!draft.isChanged(["agents", "bojan"]));
  assert.equal(draft.undo(), "rename");
  assert.equal(draft.changed, false);
  assert.equal(draft.undo(), null);
  assert.equal(draft.redo(), "rename");
  assert.equal(draft.document.agents.amina.name, "A");
});

test("what was changed first stays out of reach of who changes the document he was given", () => {
  const stored = base();
  const draft = new DraftState(stored);
  draft.change("rename", setName("A"));
  assert.equal(stored.document.agents.amina.name, "Amina Haddad");
});

test("a change after undo forgets what was undone", () => {
  const draft = new DraftState(base());
  draft.change("one", setName("A"));
  draft.undo();
  draft.change("two", setName("B"));
  assert.equal(draft.redo(), null);
});

test("steps of one movement are one step", () => {
  const draft = new DraftState(base());
  draft.change("type", setName("A"), "amina.name");
  draft.change("type", setName("Am"), "amina.name");
  draft.change("other", (document) => (document.language = "ar"));
  draft.change("type", setName("Ami"), "amina.name");
  assert.equal(draft.done.length, 3);
  draft.undo();
  assert.equal(draft.document.agents.amina.name, "Am");
  draft.undo();
  draft.undo();
  assert.ok(same(draft.document, COMPANY));
});

test("a movement that ends where it began is no step", () => {
  const draft = new DraftState(base());
  draft.change("type", setName("A"), "x");
  draft.change("type", setName("Amina Haddad"), "x");
  assert.equal(draft.done.length, 0);
  assert.equal(draft.toStore(), null);
});

test("it survives the page, on the same base and on another", () => {
  const draft = new DraftState(base());
  draft.change("rename", setName("A"));
  draft.change("language", (document) => (document.language = "ar"));
  draft.undo();
  const text = draft.toStore();
  const again = DraftState.fromStore(text, base());
  assert.deepEqual(again.document, draft.document);
  assert.equal(again.redo(), "language");

  const others = structuredClone(COMPANY);
  others.agents.bojan.name = "Somebody";
  const later = DraftState.fromStore(text, base(others, "m2"));
  assert.equal(later.base.mark, "m1");
  assert.ok(same(later.base.document, COMPANY));
  assert.equal(later.document.agents.bojan.name, "Bojan Ilić");
});

test("going on from another base counts against that", () => {
  const draft = new DraftState(base());
  draft.change("rename", setName("A"));
  const merged = structuredClone(draft.document);
  merged.language = "sr";
  const theirs = structuredClone(COMPANY);
  theirs.language = "sr";
  draft.rebase(base(theirs, "m2"), merged);
  assert.equal(draft.count, 1);
  assert.equal(draft.undo(), null);
});

test("things that came and went count once, an order that changed once", () => {
  const next = structuredClone(COMPANY);
  next.agents = { bojan: next.agents.bojan, amina: next.agents.amina };
  assert.equal(countChanges(patchesBetween(COMPANY, next)), 1);
  next.agents.carla = { extension: "1003" };
  delete next.agent_groups.night;
  assert.equal(countChanges(patchesBetween(COMPANY, next)), 2);
});

test("names that JavaScript uses itself are names", () => {
  const next = JSON.parse('{"agents": {"__proto__": {"extension": "1"}, "constructor": {"extension": "2"}}}');
  const patches = patchesBetween({}, next);
  const made = applyPatches({}, JSON.parse(JSON.stringify(patches)));
  assert.equal(JSON.stringify(made), JSON.stringify(next));
  assert.equal({}.extension, undefined);
});

test("the problems below a path", () => {
  const problems = [
    { path: ["agents", "amina"] }, { path: ["agents", "amina", "phones", 0] }, { path: ["agents", "amin"] }, { path: [] },
  ];
  assert.equal(problemsBelow(problems, ["agents", "amina"]).length, 2);
  assert.equal(problemsBelow(problems, ["agents", "amina", "phones", "0"]).length, 1);
  assert.equal(problemsBelow(problems, []).length, 4);
});

for (let seed = 1; seed <= 60; seed += 1) {
  test(`whatever is done can be taken back and done again (${seed})`, () => {
    const random = chance(seed);
    const draft = new DraftState(base());
    const seen = [JSON.stringify(draft.document)];
    for (let step = 0; step < 25; step += 1) {
      if (draft.change(`step ${step}`, (document) => anything(document, random, step))) {
        seen.push(JSON.stringify(draft.document));
      }
    }
    const kept = draft.toStore();
    const again = kept === null ? draft : DraftState.fromStore(kept, base());
    for (const text of seen.slice(0, -1).reverse()) {
      again.undo();
      assert.ok(same(again.document, JSON.parse(text)));
    }
    assert.equal(again.changed, false);
    for (const text of seen.slice(1)) {
      again.redo();
      assert.ok(same(again.document, JSON.parse(text)));
    }
  });
}

function anything(document, random, step) {
  const section = pick(random, ["agents", "agent_groups", "incoming_call_settings"]);
  const entries = (document[section] ??= {});
  const name = pick(random, [...Object.keys(entries), `new-${step}`]);
  const kind = random();
  if (kind < 0.2) delete entries[name];
  else if (kind < 0.6) entries[name] = { ...entries[name], field: String(Math.floor(random() * 4)) };
  else if (kind < 0.7) document[section] = Object.fromEntries(Object.entries(entries).reverse());
  else if (kind < 0.8) document.timezone = pick(random, ["UTC", "Asia/Tokyo", undefined]);
  else entries[`new-${step}`] = { list: [1, { deep: [] }] };
  if (Object.keys(document[section]).length === 0) delete document[section];
}

test("what was done is told once each, in a line that is not too long", () => {
  const draft = new DraftState(base());
  assert.equal(draft.summary, "");
  for (const name of ["A", "B", "C"]) draft.change("Name of amina", setName(name));
  draft.change("Language", (document) => (document.language = "ar"));
  assert.equal(draft.summary, "Name of amina; Language");
  draft.change("x".repeat(300), (document) => (document.language = "sr"));
  assert.equal(draft.summary.length, 201);
});
