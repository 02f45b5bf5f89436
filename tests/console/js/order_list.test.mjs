import assert from "node:assert/strict";
import { test } from "node:test";

import { SCRIPTS } from "./browser.mjs";

const { dropPlace, moved } = await import(`${SCRIPTS}/order_list.js`);

test("an item is moved to its new place, and stays within the list", () => {
  const list = ["a", "b", "c", "d"];
  assert.deepEqual(moved(list, 0, 2), ["b", "c", "a", "d"]);
  assert.deepEqual(moved(list, 3, 0), ["d", "a", "b", "c"]);
  assert.deepEqual(moved(list, 1, 9), ["a", "c", "d", "b"]);
  assert.deepEqual(moved(list, 1, -3), ["b", "a", "c", "d"]);
  assert.deepEqual(list, ["a", "b", "c", "d"]);
});

test("an item lies where its middle has passed the others'", () => {
  assert.equal(dropPlace([10, 30, 50], 5), 0);
  assert.equal(dropPlace([10, 30, 50], 31), 2);
  assert.equal(dropPlace([10, 30, 50], 99), 3);
});
