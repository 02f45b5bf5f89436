// Names of groups, in the order they come: chosen from those there are, moved and taken out.

import { el } from "./base.js";
import { listOf, namesIn } from "./document.js";
import { nextId, suggestions } from "./labels.js";
import { orderList } from "./order_list.js";
import { adder } from "./phones_field.js";
import { pageOf } from "./object_pages.js";
import { _ } from "./words.js";

/** The names of `section` at `path`. Options: add (the button's word), empty, hint. */
export function namesField(bound, path, section, label, options) {
  const items = () => listOf(bound.value(path)).map(String);
  const write = (names, what) => bound.set(path, names.length ? names : undefined, what);
  const list = orderList({
    name: label, mayEdit: bound.mayEdit, items, write, label: (name) => name, key: (name) => name, empty: options.empty,
    content: (name) => el("a", { href: pageOf([section, name]) }, el("bdi", {}, name)),
  });
  const known = nextId();
  const offered = suggestions(known, []);
  const add = bound.mayEdit ? adder(options.add, _("Name"), (typed) => {
    if (!Object.hasOwn(bound.document[section] ?? {}, typed)) return _("There is none with this name.");
    if (items().includes(typed)) return _("It is in the list already.");
    write([...items(), typed], label);
    list.draw();
    return null;
  }, { list: known, ltr: false }) : null;
  const whole = el("fieldset", { class: "plain-set" }, el("legend", {}, label), options.hint ? el("p", { class: "hint" }, options.hint) : null, list, add, offered, bound.problems(path));
  return bound.show(whole, () => {
    list.refresh();
    const there = items();
    offered.replaceChildren(...namesIn(bound.document, section).filter((name) => !there.includes(name)).map((value) => el("option", { value })));
  });
}
