// The form fields of all configuration pages: each shows one value of the draft and writes it.
//
// A value that is taken away leaves its field out of the configuration, so that its default holds.

import { _ } from "./words.js";
import { el } from "./base.js";
import { labelled, nextId } from "./labels.js";

/** One line of text. Options: hint, ltr, placeholder, list (suggestions), max, required, what. */
export function textField(bound, path, label, options = {}) {
  const input = el("input", {
    type: "text",
    maxlength: String(options.max ?? 200),
    placeholder: options.placeholder ?? null,
    autocomplete: "off",
    spellcheck: "false",
    dir: options.ltr ? "ltr" : "auto",
    list: options.list ?? null,
    readonly: !bound.mayEdit,
    onchange: () => bound.set(path, input.value.trim() || undefined, options.what ?? label),
  });
  return valued(bound, path, label, input, options, (value) => String(value ?? ""));
}

/** Several lines of text. */
export function areaField(bound, path, label, options = {}) {
  const input = el("textarea", {
    rows: String(options.rows ?? 3),
    maxlength: String(options.max ?? 2000),
    placeholder: options.placeholder ?? null,
    dir: "auto",
    readonly: !bound.mayEdit,
    onchange: () => bound.set(path, input.value.trim() || undefined, options.what ?? label),
  });
  return valued(bound, path, label, input, { wide: true, ...options }, (value) => String(value ?? ""));
}

/** A number with its unit; empty means `fallback`, which is shown in its place. */
export function numberField(bound, path, label, options = {}) {
  const input = el("input", {
    type: "text",
    inputmode: "decimal",
    class: "short",
    dir: "ltr",
    placeholder: options.fallback === undefined ? null : String(options.fallback),
    autocomplete: "off",
    readonly: !bound.mayEdit,
    onchange: () => bound.set(path, numberOf(input.value), options.what ?? label),
  });
  if (options.unit) input.wrapped = el("div", { class: "with-unit" }, input, el("span", { class: "muted" }, options.unit));
  return valued(bound, path, label, input, options, (value) => (value === undefined || value === null ? "" : String(value)));
}

const DECIMAL = /^\d{1,9}(\.\d{1,6})?$/;

/** What was typed as a number; what is none stays as it is, so that the check can say so. */
export function numberOf(typed) {
  const text = typed.trim().replace(",", ".");
  if (!text) return undefined;
  return DECIMAL.test(text) ? Number(text) : typed.trim();
}

/** One of `choices` (`[{ value, label }]`, or values); `fallback` is what holds where nothing is written. */
export function selectField(bound, path, label, choices, options = {}) {
  const select = el("select", {
    disabled: !bound.mayEdit,
    onchange: () => {
      const value = select.value === (options.fallback ?? "") ? undefined : select.value;
      bound.set(path, value, options.what ?? label);
      options.onchosen?.(select.value);
    },
  });
  const filled = choices.map((each) => (typeof each === "string" ? { value: each, label: each } : each));
  return valued(bound, path, label, select, options, (value) => {
    const wanted = String(value ?? options.fallback ?? "");
    const all = filled.some((each) => each.value === wanted) ? filled : [...filled, { value: wanted, label: wanted || "–" }];
    select.replaceChildren(...all.map((each) => el("option", { value: each.value }, each.label)));
    return wanted;
  });
}

/** Yes or no; `fallback` is what holds where nothing is written. */
export function checkField(bound, path, label, options = {}) {
  const input = el("input", {
    type: "checkbox",
    id: nextId(),
    disabled: !bound.mayEdit,
    onchange: () => bound.set(path, input.checked === Boolean(options.fallback) ? undefined : input.checked, options.what ?? label),
  });
  const problems = bound.problems(path, input);
  const box = el("div", { class: "field" }, el("label", { class: "check", for: input.id }, input, el("span", {}, label)),
    options.hint ? el("p", { class: "hint" }, options.hint) : null, problems);
  return bound.show(box, () => {
    input.checked = Boolean(bound.value(path) ?? options.fallback);
  });
}

/** Names with a level each (skills): a row each, and one to add. */
export function levelsField(bound, path, label, options = {}) {
  const rows = el("div", { class: "levels" });
  const group = el("fieldset", { class: "plain-set" }, el("legend", {}, label), options.hint ? el("p", { class: "hint" }, options.hint) : null, rows, bound.problems(path));
  let shown = null;
  const write = (levels) => {
    shown = JSON.stringify(levels);
    bound.set(path, Object.keys(levels).length ? levels : undefined, options.what ?? label);
  };
  const line = (name, level) => {
    const input = el("input", {
      type: "number", min: "1", max: "100", class: "short", value: String(level ?? ""), readonly: !bound.mayEdit, dir: "ltr",
      "aria-label": _("Level of %(name)s", { name }),
      onchange: () => write({ ...bound.value(path), [name]: numberOf(input.value) ?? 1 }),
    });
    const remove = bound.mayEdit ? el("button", {
      type: "button", class: "plain", "aria-label": _("Remove %(name)s", { name }),
      onclick: () => {
        const { [name]: _gone, ...rest } = bound.value(path) ?? {};
        write(rest);
        draw();
      },
    }, "×") : null;
    return el("div", { class: "level" }, el("bdi", {}, name), input, remove);
  };
  const draw = () => {
    const levels = bound.value(path) ?? {};
    shown = JSON.stringify(levels);
    const lines = Object.entries(levels).map(([name, level]) => line(name, level));
    if (!lines.length && !bound.mayEdit) lines.push(el("p", { class: "muted" }, _("None")));
    if (bound.mayEdit) lines.push(adding());
    rows.replaceChildren(...lines);
  };
  const adding = () => {
    const input = el("input", {
      type: "text", maxlength: "64", dir: "auto", list: options.list ?? null, placeholder: _("Add a skill"), "aria-label": _("Add a skill"),
      onchange: () => {
        const name = input.value.trim();
        if (!name) return;
        write({ ...bound.value(path), [name]: bound.value(path)?.[name] ?? 1 });
        draw();
        [...rows.querySelectorAll("input.short")].at(-1)?.focus();
      },
    });
    return input;
  };
  return bound.show(group, () => {
    if (JSON.stringify(bound.value(path) ?? {}) !== shown) draw();
  });
}

function valued(bound, path, label, input, options, written) {
  const whole = labelled(label, input, { ...options, problems: bound.problems(path, input) });
  let shown = null;
  return bound.show(whole, () => {
    const value = written(bound.value(path));
    const typing = document.activeElement === input && input.tagName !== "SELECT" && input.value !== shown;
    if (input.value !== value && !typing) input.value = value;
    shown = value;
  });
}
