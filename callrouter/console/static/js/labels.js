// A control with its label, its hint and what is wrong with it: what everybody hears and reads.

import { el } from "./base.js";

let ids = 0;

/** An id no other element has. */
export function nextId() {
  ids += 1;
  return `f${ids}`;
}

/** A label over a control, a hint and what is wrong below it. */
export function labelled(label, control, { hint = null, problems = null, wide = false } = {}) {
  control.id ||= nextId();
  const children = [el("label", { for: control.id }, label), control.wrapped ?? control];
  if (hint) {
    const told = el("p", { class: "hint", id: nextId() }, hint);
    control.setAttribute("aria-describedby", [told.id, control.getAttribute("aria-describedby")].filter(Boolean).join(" "));
    children.push(told);
  }
  if (problems) children.push(problems);
  return el("div", { class: wide ? "field wide" : "field" }, children);
}

/** Suggestions for text fields, by the id their `list` names. */
export function suggestions(id, values) {
  return el("datalist", { id }, [...new Set(values)].map((value) => el("option", { value })));
}
