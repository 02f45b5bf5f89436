// The numbers beside a text of many lines, some of them marked.

import { el } from "./base.js";

/** Fills `place` with 1 to `count`; `marks` are the classes of lines by their number. */
export function numberLines(place, count, marks) {
  const shown = JSON.stringify([count, ...marks]);
  if (place.shown === shown) return;
  place.shown = shown;
  // Text, with elements for what is marked only: hundreds of elements take seconds to lay out.
  const pieces = [];
  let text = "";
  for (let line = 1; line <= count; line += 1) {
    const mark = marks.get(line);
    if (mark) {
      pieces.push(text, el("span", { class: mark }, String(line)));
      text = "\n";
    } else {
      text += `${line}\n`;
    }
  }
  place.replaceChildren(...pieces, text);
}
