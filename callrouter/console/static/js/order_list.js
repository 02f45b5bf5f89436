// A list whose order matters: put in order by drag, by Alt and the arrow keys, or by buttons.
//
// The moves are pure (`moved`, `dropPlace`); nothing is written before the pointer is let go.

import { _ } from "./words.js";
import { el, icon } from "./base.js";

/** The list with one item moved to another place. */
export function moved(items, from, to) {
  const place = Math.max(0, Math.min(items.length - 1, to));
  const rest = items.filter((_item, index) => index !== from);
  rest.splice(place, 0, items[from]);
  return rest;
}

/** Where an item dropped at height `y` comes to lie; `middles` are the heights of the others' middles. */
export function dropPlace(middles, y) {
  return middles.filter((middle) => middle < y).length;
}

/**
 * `options`: items() → what is in the list; label(item); content(item, index) → element or text;
 * write(items, what); mayEdit; removable; empty (text); name (of the list); key(item).
 * The element has `draw()`.
 */
export function orderList(options) {
  const list = el("ol", { class: "order-list", "aria-label": options.name });
  const said = el("p", { class: "visually-hidden", role: "status" });
  const whole = el("div", {}, list, said);
  let shown = null;

  function write(items, what) {
    options.write(items, what);
    draw();
  }

  function move(index, to) {
    const items = options.items();
    if (to < 0 || to >= items.length || to === index) return;
    const label = options.label(items[index]);
    write(moved(items, index, to), _("%(name)s moved", { name: label }));
    said.textContent = _("%(name)s is now at place %(place)s of %(count)s.", { name: label, place: to + 1, count: items.length });
    list.children[to]?.querySelector("[data-handle]")?.focus();
  }

  function remove(index) {
    const items = options.items();
    const label = options.label(items[index]);
    write(items.filter((_item, place) => place !== index), _("%(name)s removed", { name: label }));
    said.textContent = _("%(name)s is not in the list any more.", { name: label });
    (list.children[Math.min(index, items.length - 2)] ?? whole).querySelector("[data-handle], input, button")?.focus();
  }

  function row(item, index, count) {
    const label = options.label(item);
    const keys = (event) => {
      if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
      event.preventDefault();
      move(index, index + (event.key === "ArrowUp" ? -1 : 1));
    };
    const handle = el("button", {
      type: "button", class: "plain drag-handle", "data-handle": "", title: _("Drag, or Alt with the arrow keys"),
      "aria-label": _("Move %(name)s: Alt with the up or down arrow", { name: label }), onpointerdown: (event) => drag(event, index),
    }, icon("drag"));
    const buttons = [
      el("button", { type: "button", class: "plain", disabled: index === 0, "aria-label": _("Move %(name)s up", { name: label }), onclick: () => move(index, index - 1) }, icon("up")),
      el("button", { type: "button", class: "plain", disabled: index === count - 1, "aria-label": _("Move %(name)s down", { name: label }), onclick: () => move(index, index + 1) }, icon("chevron")),
    ];
    const removing = el("button", { type: "button", class: "plain", "aria-label": _("Remove %(name)s", { name: label }), onclick: () => remove(index) }, icon("cross"));
    return el("li", { class: "order-item", onkeydown: options.mayEdit ? keys : null, "data-item": options.key?.(item) ?? label },
      options.mayEdit ? handle : null,
      el("span", { class: "order-place muted tabular" }, String(index + 1)),
      el("div", { class: "order-content" }, options.content(item, index)),
      options.mayEdit ? el("span", { class: "order-buttons" }, buttons, options.removable === false ? null : removing) : null);
  }

  function drag(event, from) {
    if (event.button !== 0) return;
    const rows = [...list.children];
    const dragged = rows[from];
    const others = rows.filter((each) => each !== dragged);
    const middles = others.map((each) => middleOf(each));
    const begun = event.clientY;
    const scrolled = scrollY;
    const height = dragged.offsetHeight + (parseFloat(getComputedStyle(list).rowGap) || 0);
    let to = from;
    dragged.classList.add("dragged");
    event.target.closest("[data-handle]").setPointerCapture(event.pointerId);
    const follow = (moving) => {
      const by = moving.clientY - begun + scrollY - scrolled;
      dragged.style.translate = `0 ${by}px`;
      to = dropPlace(middles, middleOf(dragged));
      others.forEach((each, index) => {
        const shift = (index >= to ? 1 : 0) - (index >= from ? 1 : 0);
        each.style.translate = shift ? `0 ${shift * height}px` : "";
      });
      if (moving.clientY < 80) scrollBy(0, -12);
      else if (moving.clientY > innerHeight - 60) scrollBy(0, 12);
    };
    const listening = new AbortController();
    const stop = (ended) => {
      listening.abort();
      for (const each of rows) {
        each.style.translate = "";
        each.classList.remove("dragged");
      }
      if (ended.type === "pointerup") move(from, to);
    };
    const { signal } = listening;
    addEventListener("pointermove", follow, { signal });
    addEventListener("pointerup", stop, { signal });
    addEventListener("pointercancel", stop, { signal });
    addEventListener("keydown", (pressed) => pressed.key === "Escape" && stop(pressed), { signal });
  }

  function draw() {
    const items = options.items();
    shown = JSON.stringify(items);
    list.replaceChildren(...items.map((item, index) => row(item, index, items.length)));
    if (!items.length) list.append(el("li", { class: "muted order-empty" }, options.empty ?? _("None")));
  }

  whole.draw = draw;
  /** Draws only where the list has changed: whoever types in it is not disturbed. */
  whole.refresh = () => {
    if (JSON.stringify(options.items()) !== shown) draw();
  };
  /** What was written from inside an item is shown already. */
  whole.known = () => {
    shown = JSON.stringify(options.items());
  };
  draw();
  return whole;
}

function middleOf(row) {
  const box = row.getBoundingClientRect();
  return box.top + box.height / 2 + scrollY;
}
