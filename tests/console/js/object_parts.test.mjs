import assert from "node:assert/strict";
import { test } from "node:test";

import { SCRIPTS } from "./browser.mjs";
import { COMPANY } from "./made_up.mjs";

const { found } = await import(`${SCRIPTS}/object_list.js`);
const { textsIn } = await import(`${SCRIPTS}/texts_field.js`);
const { numberOf } = await import(`${SCRIPTS}/fields.js`);
const { isOutside, phoneOf, typedPhone, writtenPhone } = await import(`${SCRIPTS}/phones_field.js`);
const { agentOf, orderWord } = await import(`${SCRIPTS}/group_editor.js`);
const { skillsIn } = await import(`${SCRIPTS}/agent_editor.js`);
const { nextRow } = await import(`${SCRIPTS}/hours_field.js`);
const { placesOf } = await import(`${SCRIPTS}/used_in.js`);
const { references, uses } = await import(`${SCRIPTS}/references.js`);
const { at } = await import(`${SCRIPTS}/document.js`);
const { messageOf, withPlaceholder, writtenMessage } = await import(`${SCRIPTS}/prompt_field.js`);
const { promptPlaces } = await import(`${SCRIPTS}/prompt_places.js`);
const { nameRefused } = await import(`${SCRIPTS}/object_dialogs.js`);
const { plainName } = await import(`${SCRIPTS}/upload.js`);
const { dayWord, dayEffect } = await import(`${SCRIPTS}/holiday_words.js`);

const plain = (text) => text.replace(/[\u2068\u2069]/g, "");

test("a search finds all words, without accents and in any case", () => {
  assert.ok(found("ilic BOJAN", "Bojan Ilić 1002"));
  assert.ok(found("", "anything"));
  assert.ok(!found("bojan carla", "Bojan Ilić"));
});

test("several texts are one a line or between commas, each once", () => {
  assert.deepEqual(textsIn(" 700\n+38111;701, 700 \n"), ["700", "+38111", "701"]);
});

test("a number is one where it can be; what cannot stays, for the check to say so", () => {
  assert.deepEqual(["", "20", "2,5", " 7 ", "soon", "-1"].map(numberOf), [undefined, 20, 2.5, 7, "soon", "-1"]);
});

test("a phone is written as shortly as it can be", () => {
  assert.deepEqual(phoneOf("PJSIP/1"), { phone: "PJSIP/1" });
  assert.equal(writtenPhone({ phone: "PJSIP/1", confirm: undefined }), "PJSIP/1");
  assert.deepEqual(writtenPhone({ phone: "PJSIP/1", confirm: true }), { phone: "PJSIP/1", confirm: true });
  assert.deepEqual(["1001", " PJSIP/2 ", ""].map(typedPhone), ["PJSIP/1001", "PJSIP/2", ""]);
  assert.ok(isOutside("PJSIP/+381641234567@provider"));
  assert.ok(!isOutside("PJSIP/1001"));
});

test("an agent is meant by his id, his name or his extension", () => {
  assert.deepEqual(["amina", "BOJAN ILIĆ", "1002", "nobody"].map((typed) => agentOf(COMPANY, typed)), ["amina", "bojan", "bojan", null]);
  const twins = { agents: { a: { name: "Ana" }, b: { name: "Ana" } } };
  assert.equal(agentOf(twins, "Ana"), null);
});

test("an order has a name, nothing written means as listed", () => {
  assert.equal(orderWord(undefined), "As listed");
  assert.equal(orderWord("longest_idle"), "Longest idle first");
  assert.equal(orderWord("backwards"), "backwards");
});

test("skills are those anybody has or asks for", () => {
  const document = { agents: { a: { skills: { arabic: 1 } }, b: null }, agent_groups: { g: { required_skills: { sales: 2 } } }, incoming_call_settings: { s: { preferred_skills: { arabic: 3 } } } };
  assert.deepEqual(skillsIn(document), ["arabic", "sales"]);
});

test("a new row is an office's week, or as the last one", () => {
  assert.deepEqual(nextRow([]).days.length, 5);
  const rows = [{ days: ["Sunday"], from_time: "10:00", to_time: "12:00" }];
  assert.deepEqual(nextRow(rows), rows[0]);
  assert.notEqual(nextRow(rows), rows[0]);
});

test("every use has words and a page", () => {
  for (const { path } of references(COMPANY)) {
    const [{ text, href }] = placesOf([{ path }]);
    assert.ok(plain(text).length > 3, path.join("."));
    assert.match(href, /^\/(agents|groups|holidays|numbers|general)/);
  }
  assert.deepEqual(placesOf(uses(COMPANY, "agents", "bojan")).map(({ text }) => plain(text)), ["group sales", "group night"]);
});

test("a message is written as shortly as it can be, and read in every form", () => {
  for (const written of ["Hello.", { text: "Zdravo.", language: "sr" }, { sound: "hello.wav" }, undefined]) {
    assert.deepEqual(writtenMessage(messageOf(written)), written);
  }
  assert.equal(writtenMessage({ ...messageOf("Hello."), kind: "none" }), undefined);
  assert.equal(writtenMessage({ ...messageOf("Hello."), kind: "sound" }), undefined);
  assert.equal(writtenMessage({ ...messageOf("Hello."), kind: "text", text: "  " }), undefined);
});

test("the placeholder goes where the cursor is", () => {
  assert.equal(withPlaceholder("We open", 7, 7), "We open {reopens_at}");
  assert.equal(withPlaceholder("We open X.", 8, 9), "We open {reopens_at}.");
  assert.equal(withPlaceholder("", 0, 0), "{reopens_at}");
});

test("every message of a configuration has its place", () => {
  const document = {
    incoming_call_settings: { a: {
      closed_message: "Closed.", follow_on: [{ agent_group: "g", message: "Wait." }, { agent: "x" }], overrides: [{ closed: true, message: { text: "Away." } }],
    } },
    holiday_calendars: { c: { message: "Holiday.", holidays: ["12-25", { date: "12-31", name: "Stock", message: "Counting." }] } },
    overrides: [{ closed: true, message: "All closed." }],
  };
  const written = promptPlaces(document);
  assert.deepEqual(written.map((each) => messageOf(at(document, each.path)).text), ["Closed.", "Wait.", "Away.", "Holiday.", "Counting.", "All closed."]);
  assert.deepEqual(written.map(({ placeholder }) => placeholder), [true, false, true, true, true, true]);
  assert.equal(promptPlaces(document, { all: true }).length, written.length + 3);
});

test("a name is refused that is empty, taken, or not to be seen", () => {
  assert.ok(nameRefused("", {}));
  assert.ok(nameRefused("sales", { sales: {} }));
  assert.ok(nameRefused("sa\u0000les", {}));
  assert.equal(nameRefused("المبيعات 2", {}), null);
  assert.equal(nameRefused("constructor", {}), null);
});

test("a file's name becomes one that the folder takes", () => {
  assert.equal(plainName("../../etc/pass wd.mp3"), "etc-pass wd");
  assert.equal(plainName("Dobrodošli (1).wav"), "Dobrodošli -1");
  assert.equal(plainName(".wav"), "wav");
  assert.equal(plainName("***"), "sound");
});

test("days in words", () => {
  assert.equal(plain(dayWord({ date: "12-31", name: "Stocktaking" })), "Stocktaking · 31 December every year");
  assert.equal(dayWord({ date: "last Friday of November", from_time: "15:00" }), "last Friday of November · 15:00–24:00");
  assert.equal(dayWord("2026-12-24"), "24 December 2026");
  assert.equal(plain(dayWord({ date: "12-24", until: "12-26" })), "24 December every year to 26 December every year");
  assert.equal(dayEffect({ open: true }), "open as usual");
  assert.equal(plain(dayEffect({ agent_group: ["night"] })), "answered by night");
  assert.equal(dayEffect({}), null);
});
