// The editor of one group: its members in order, how they are lined up, what they must be able to do.

import { el } from "./base.js";
import { skillsIn } from "./agent_editor.js";
import { listOf } from "./document.js";
import { levelsField, numberField } from "./fields.js";
import { nextId, suggestions } from "./labels.js";
import { columns, part, usedIn } from "./object_page.js";
import { orderList } from "./order_list.js";
import { adder } from "./phones_field.js";
import { _ } from "./words.js";

/** The orders with what each means: `[{ value, label, text }]`. */
export function orders() {
  return [
    { value: "listed", label: _("As listed"), text: _("The first of the list is always rung first.") },
    { value: "round_robin", label: _("In turn"), text: _("Each call begins with the next of the list.") },
    { value: "longest_idle", label: _("Longest idle first"), text: _("Whoever has not talked for the longest time is rung first.") },
    { value: "fewest_calls", label: _("Fewest calls today first"), text: _("Whoever has taken the fewest calls today is rung first.") },
    { value: "least_talk_time", label: _("Least talk time today first"), text: _("Whoever has talked the least today is rung first.") },
    { value: "random", label: _("By chance"), text: _("Every call draws lots.") },
    { value: "skills", label: _("Most skilled first"), text: _("Whoever has the highest levels in the skills a call prefers is rung first.") },
  ];
}

/** The name of an order; nothing written means as listed. */
export function orderWord(order) {
  return orders().find(({ value }) => value === (order ?? "listed"))?.label ?? String(order);
}

/** The parts of the page. */
export function groupEditor(bound, name, states) {
  const path = ["agent_groups", name];
  const skills = nextId();
  const seconds = (field, label, hint) => numberField(bound, [...path, field], label, { unit: _("seconds"), fallback: 0, hint });
  return [
    columns([
      part(_("Members"), membersPart(bound, path, states)),
      part(_("Skills"),
        levelsField(bound, [...path, "required_skills"], _("Required: without this level nobody is rung"), { list: skills }),
        levelsField(bound, [...path, "preferred_skills"], _("Preferred: decides who is first where the order is by skills"), { list: skills }),
        suggestions(skills, skillsIn(bound.document))),
    ], [
      part(_("Order"), orderPart(bound, path)),
      part(_("Rest between calls"),
        el("div", { class: "fields" },
          seconds("wrap_up_seconds", _("After a call"), _("For notes; no call is offered meanwhile.")),
          seconds("no_answer_delay_seconds", _("After not answering"), null),
          seconds("reject_delay_seconds", _("After declining"), null),
          seconds("busy_delay_seconds", _("After a busy tone"), null))),
      usedIn(bound, "agent_groups", name),
    ]),
  ];
}

function membersPart(bound, path, states) {
  const members = [...path, "members"];
  const items = () => listOf(bound.value(members));
  const nameOf = (id) => bound.document.agents?.[id]?.name ?? id;
  const write = (list, what) => bound.set(members, list, what);
  const chips = new Map();
  const list = orderList({
    name: _("Members in order"),
    mayEdit: bound.mayEdit,
    items,
    write,
    label: nameOf,
    key: (id) => id,
    content: (id, index) => {
      const agent = bound.document.agents?.[id];
      const chip = el("span", {}, states.chip(id));
      chips.set(id, chip);
      return [
        el("a", { href: `/agents/${encodeURIComponent(id)}` }, el("bdi", {}, nameOf(id))), " ",
        el("bdi", { dir: "ltr", class: "muted tabular" }, agent?.extension ?? ""), " ", chip,
        bound.problems([...members, index]),
      ];
    },
    empty: _("Nobody yet: calls to this group find nobody."),
  });
  states.changed = () => {
    for (const [id, chip] of chips) chip.replaceChildren(states.chip(id));
  };
  const known = nextId();
  const options = suggestions(known, []);
  const add = bound.mayEdit ? adder(_("Add a member"), _("Name, extension or id of an agent"), (typed) => {
    const id = agentOf(bound.document, typed);
    if (id === null) return _("There is no agent with this name.");
    if (items().includes(id)) return _("%(name)s is in the group already.", { name: nameOf(id) });
    write([...items(), id], _("%(name)s added", { name: nameOf(id) }));
    list.draw();
    return null;
  }, { list: known, ltr: false }) : null;
  return bound.show(el("div", {}, list, add, options), () => {
    list.refresh();
    const there = new Set(items());
    const others = Object.entries(bound.document.agents ?? {}).filter(([id]) => !there.has(id));
    if (options.childElementCount !== others.length) {
      options.replaceChildren(...others.map(([id, agent]) => el("option", { value: id }, `${agent?.name ?? ""} ${agent?.extension ?? ""}`)));
    }
  });
}

/** The id of the agent that somebody means by an id, a name or an extension; null where nobody is. */
export function agentOf(document_, typed) {
  const agents = document_.agents ?? {};
  if (Object.hasOwn(agents, typed)) return typed;
  const folded = typed.toLowerCase();
  const found = Object.entries(agents).filter(([id, agent]) => [id, agent?.name, agent?.extension].some((each) => String(each ?? "").toLowerCase() === folded));
  return found.length === 1 ? found[0][0] : null;
}

function orderPart(bound, path) {
  const place = [...path, "order"];
  const group = nextId();
  const radios = orders().map(({ value, label, text }) => {
    const radio = el("input", {
      type: "radio", name: group, value, id: nextId(), disabled: !bound.mayEdit,
      onchange: () => bound.set(place, value === "listed" ? undefined : value, _("Order")),
    });
    return { radio, row: el("label", { class: "choice", for: radio.id }, radio, el("span", {}, el("strong", {}, label), el("span", { class: "hint" }, text))) };
  });
  const whole = el("div", { role: "radiogroup", "aria-label": _("Order") }, radios.map(({ row }) => row), bound.problems(place));
  return bound.show(whole, () => {
    const wanted = bound.value(place) ?? "listed";
    for (const { radio } of radios) radio.checked = radio.value === wanted;
  });
}
