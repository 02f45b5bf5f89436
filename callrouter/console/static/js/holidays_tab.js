// The Holidays and overrides tab: which calendars hold, and overrides written in the configuration.

import { el, icon } from "./base.js";
import { entryOf, listOf, namesIn } from "./document.js";
import { labelled, nextId } from "./labels.js";
import { orderList } from "./order_list.js";
import { text } from "./differences.js";
import { _ } from "./words.js";

/** Fills the panel; returns what to do when it is shown again. */
export function holidaysTab({ draft, bound, path, mayEdit }, panel) {
  panel.append(
    el("fieldset", {}, el("legend", {}, _("Holidays")),
      el("p", { class: "hint" }, _("On a day that is in several, the first calendar holds.")), calendars(draft, bound, [...path, "holidays"], mayEdit),
      el("p", {}, el("a", { class: "button small", href: "/holidays" }, icon("calendar"), _("All holiday calendars")))),
    el("fieldset", {}, el("legend", {}, _("Overrides of this number in the configuration")),
      el("p", { class: "hint" }, _("They win over schedule and holidays while they last; of several the first holds. To close or open right now, use the overrides page: it needs no saving."),
        " ", el("a", { class: "button small", href: "/overrides" }, icon("clock"), _("Overrides now"))),
      overrides(bound, [...path, "overrides"], mayEdit)));
  return () => bound.refresh();
}

function calendars(draft, bound, path, mayEdit) {
  const items = () => listOf(bound.value(path)).map(String);
  const list = orderList({
    items, label: (item) => item, mayEdit, name: _("Holiday calendars of this number"), empty: _("None: holidays are days like any other."),
    content: (item) => el("span", {}, el("a", { href: `/holidays/${encodeURIComponent(item)}` }, el("bdi", {}, item)), " ",
      el("span", { class: "small muted" }, el("bdi", { dir: "ltr" }, summary(entryOf(draft.document, "holiday_calendars", item))))),
    write: (wanted, what) => bound.set(path, wanted.length ? wanted : undefined, what),
  });
  const add = !mayEdit ? null : el("select", {
    "aria-label": _("Add a holiday calendar"), onchange: () => {
      if (add.value) bound.set(path, [...items(), add.value], _("Holiday calendar added"));
      list.draw();
    },
  });
  const follow = () => {
    list.refresh();
    const others = namesIn(draft.document, "holiday_calendars").filter((each) => !items().includes(each));
    add?.replaceChildren(el("option", { value: "" }, others.length ? _("Add a holiday calendar …") : _("No other calendar")), ...others.map((value) => el("option", { value }, value)));
  };
  return bound.show(el("div", {}, list, add, bound.problems(path)), follow);
}

function summary({ country, region, file, holidays }) {
  return [[country, region].filter(Boolean).join("-"), file, listOf(holidays).length ? `+${listOf(holidays).length}` : ""].filter(Boolean).join(" · ");
}

const KINDS = { closed: () => _("Closed"), open: () => _("Open anyway"), send_to: () => _("Calls sent elsewhere") };

function overrides(bound, path, mayEdit) {
  const items = () => listOf(bound.value(path));
  const list = orderList({
    items, label: (item) => [KINDS[kindOf(item)](), item.from, item.until].filter(Boolean).join(" "), mayEdit,
    name: _("Overrides of this number in the configuration"), empty: _("None"),
    content: (item, index) => override(bound, path, item, index, mayEdit, () => list.known()),
    write: (wanted, what) => bound.set(path, wanted.length ? wanted : undefined, what),
  });
  const add = mayEdit ? el("button", {
    type: "button", class: "button small", onclick: () => {
      bound.set(path, [...items(), { closed: true, from: soon(24), until: soon(48) }], _("Override added"));
      list.draw();
      list.querySelector("li:last-child input")?.focus();
    },
  }, icon("plus"), _("Add an override")) : null;
  return bound.show(el("div", {}, list, add, bound.problems(path)), () => list.refresh());
}

function override(bound, path, item, index, mayEdit, known) {
  const write = (what, change) => {
    const next = listOf(bound.value(path)).map((each) => ({ ...each }));
    change(next[index]);
    bound.set(path, next, what);
    known();
  };
  const put = (field, value, what) => write(what, (entry) => {
    if (value) entry[field] = value;
    else delete entry[field];
  });
  const moment = (field, label) => {
    const input = el("input", {
      type: "datetime-local", dir: "ltr", id: nextId(), readonly: !mayEdit, value: String(item[field] ?? "").trim().replace(" ", "T").slice(0, 16),
      onchange: () => put(field, input.value.replace("T", " "), label),
    });
    return labelled(label, input);
  };
  const kind = el("select", {
    id: nextId(), disabled: !mayEdit, onchange: () => write(_("Kind of an override"), (entry) => {
      for (const each of ["closed", "open", "send_to", "agent_group", "message"]) delete entry[each];
      if (kind.value === "send_to") entry.send_to = [{ agent_group: namesIn(bound.document, "agent_groups")[0] ?? "" }];
      else entry[kind.value] = true;
      queueMicrotask(() => bound.refresh());
    }),
  }, Object.entries(KINDS).map(([value, word]) => el("option", { value, selected: value === kindOf(item) }, word())));
  const field = (name, label, more = {}) => {
    const input = el("input", { type: "text", dir: "auto", maxlength: "200", id: nextId(), readonly: !mayEdit, value: textOf(item[name]), ...more, onchange: () => put(name, input.value.trim(), label) });
    return labelled(label, input);
  };
  const chosen = kindOf(item);
  const group = () => {
    const select = el("select", {
      id: nextId(), disabled: !mayEdit, onchange: () => write(_("Group of an override"), (entry) => {
        if (chosen === "send_to") entry.send_to = [{ agent_group: select.value }];
        else if (select.value) entry.agent_group = [select.value];
        else delete entry.agent_group;
      }),
    }, chosen === "open" ? el("option", { value: "" }, _("Who is on duty next")) : null,
    namesIn(bound.document, "agent_groups").map((value) => el("option", { value, selected: value === groupOf(item) }, value)));
    const onlyGroup = chosen !== "send_to" || (listOf(item.send_to).length === 1 && listOf(item.send_to)[0]?.agent_group !== undefined);
    return onlyGroup ? labelled(chosen === "open" ? _("Who rings") : _("Sent to"), select)
      : el("p", {}, _("Sent to"), ": ", el("bdi", { dir: "ltr" }, text(item.send_to)));
  };
  return el("div", { class: "override-fields fields" }, labelled(_("What holds"), kind), moment("from", _("From")), moment("until", _("Until")),
    chosen === "closed" ? field("message", _("Message"), { maxlength: "2000" }) : group(), field("reason", _("Reason")));
}

function kindOf(item) {
  if (item.send_to !== undefined) return "send_to";
  return item.open ? "open" : "closed";
}

function groupOf(item) {
  return item.send_to === undefined ? listOf(item.agent_group)[0] : listOf(item.send_to)[0]?.agent_group;
}

function textOf(value) {
  return value !== null && typeof value === "object" ? (value.text ?? value.sound ?? "") : String(value ?? "");
}

/** So many hours from now, to the hour, as a moment is written. */
function soon(hours) {
  const then = new Date(Date.now() + hours * 3_600_000);
  const two = (number) => String(number).padStart(2, "0");
  return `${then.getFullYear()}-${two(then.getMonth() + 1)}-${two(then.getDate())} ${two(then.getHours())}:00`;
}
