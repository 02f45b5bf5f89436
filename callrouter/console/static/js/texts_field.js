// A field that holds several texts, such as numbers: one a line, in the order they are written.

import { listOf } from "./document.js";
import { el } from "./base.js";
import { labelled } from "./labels.js";

/** The texts of several lines or separated by commas, each once. */
export function textsIn(typed) {
  return [...new Set(typed.split(/[\n,;]+/).map((each) => each.trim()).filter(Boolean))];
}

/** One text a line. Options: hint, ltr, rows, what. */
export function textsField(bound, path, label, options = {}) {
  const input = el("textarea", {
    rows: String(options.rows ?? 2), dir: options.ltr ? "ltr" : "auto", spellcheck: "false", readonly: !bound.mayEdit,
    placeholder: options.placeholder ?? null, class: "lines",
    onchange: () => {
      const texts = textsIn(input.value);
      bound.set(path, texts.length ? texts : undefined, options.what ?? label);
    },
  });
  const whole = labelled(label, input, { ...options, problems: bound.problems(path, input) });
  return bound.show(whole, () => {
    const written = listOf(bound.value(path)).join("\n");
    if (document.activeElement !== input && input.value !== written) input.value = written;
    input.rows = Math.max(options.rows ?? 2, Math.min(8, listOf(bound.value(path)).length + 1));
  });
}
