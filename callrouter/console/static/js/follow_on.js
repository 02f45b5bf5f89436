// What comes next for callers whom nobody took: a list in order, each with a message before it or none.

import { el } from "./base.js";
import { entryOf, listOf, namesIn } from "./document.js";
import { orderList } from "./order_list.js";
import { _ } from "./words.js";

const KINDS = {
  agent_group: () => _("Group"),
  agent: () => _("Agent"),
  outside_number: () => _("Outside number"),
  incoming_call_settings: () => _("Number of ours"),
};
const SECTIONS = { agent_group: "agent_groups", agent: "agents", incoming_call_settings: "incoming_call_settings" };

/** The list at `path`; `own` are the settings it belongs to. */
export function followOnList(bound, path, own, closed) {
  const items = () => listOf(bound.value(path));
  const label = (item) => {
    const kind = kindOf(item);
    return String(item[kind] ?? "");
  };
  const list = orderList({
    items, label, mayEdit: bound.mayEdit,
    name: closed ? _("What follows when it is closed") : _("What follows when nobody answers"),
    empty: closed ? _("Nothing: the call ends after the closed message.") : _("Nothing: the caller hears the busy or unavailable message."),
    content: (item, index) => content(bound, path, item, index, () => list.known()),
    write: (wanted, what) => bound.set(path, wanted.length ? wanted : undefined, what),
  });
  const add = !bound.mayEdit ? null : el("select", {
    "aria-label": _("Add what follows"),
    onchange: () => {
      const [kind, ...name] = add.value.split(":");
      if (!kind) return;
      bound.set(path, [...items(), { [kind]: name.join(":") }], _("Follow-on added"));
      add.value = "";
      list.draw();
      list.querySelector("li:last-child input")?.focus();
    },
  }, el("option", { value: "" }, _("Add …")), Object.entries(SECTIONS).map(([kind, section]) => {
    const names = namesIn(bound.document, section).filter((each) => kind !== "incoming_call_settings" || each !== own);
    return names.length ? el("optgroup", { label: KINDS[kind]() }, names.map((each) => el("option", { value: `${kind}:${each}` }, nameOf(bound, section, each)))) : null;
  }), el("option", { value: "outside_number:" }, _("An outside number …")));
  bound.show(list, () => list.refresh());
  return el("div", {}, list, add, bound.problems(path));
}

function content(bound, path, item, index, known) {
  const kind = kindOf(item);
  const write = (field, value, what) => {
    const items = listOf(bound.value(path)).map((each) => ({ ...each }));
    if (value === undefined) delete items[index][field];
    else items[index][field] = value;
    bound.set(path, items, what);
    known();
  };
  const name = kind === "outside_number" ? el("input", {
    type: "text", dir: "ltr", inputmode: "tel", value: item[kind] ?? "", readonly: !bound.mayEdit, "aria-label": _("Outside number"), placeholder: "+381641234567",
    onchange: (event) => write(kind, event.target.value.trim(), _("Outside number")),
  }) : el("strong", {}, el("bdi", {}, nameOf(bound, SECTIONS[kind], item[kind])));
  const message = item.message;
  const said = message !== null && typeof message === "object" && "sound" in message
    ? el("span", { class: "small" }, _("after the sound"), " ", el("bdi", { dir: "ltr", class: "mono" }, message.sound))
    : el("input", {
      type: "text", dir: "auto", maxlength: "2000", class: "wide-input", readonly: !bound.mayEdit, placeholder: _("No message before it"),
      "aria-label": _("Message before %(name)s", { name: String(item[kind] ?? "") }), value: typeof message === "string" ? message : (message?.text ?? ""),
      onchange: (event) => {
        const text = event.target.value.trim();
        const kept = message !== null && typeof message === "object" ? { ...message, text } : text;
        write("message", text ? kept : undefined, _("Message before what follows"));
      },
    });
  return el("div", { class: "follow-on" }, el("span", { class: "muted small" }, KINDS[kind]?.() ?? "?"), name, said);
}

function kindOf(item) {
  return Object.keys(KINDS).find((kind) => item?.[kind] !== undefined) ?? "agent_group";
}

function nameOf(bound, section, name) {
  return section === "agents" ? (entryOf(bound.document, "agents", name).name ?? name) : String(name ?? "");
}
