// The pages of agent groups: the list, and the editor of one with its members in order.

import { AgentStates } from "./agent_states.js";
import { el } from "./base.js";
import { listOf } from "./document.js";
import { groupEditor, orderWord } from "./group_editor.js";
import { objectPage } from "./object_page.js";
import { placesOf } from "./used_in.js";
import { _, ngettext } from "./words.js";

const MOST_NAMED = 5;

const states = new AgentStates(() => document.getElementById("object-page").list?.refresh());

function members(bound, entry) {
  const ids = listOf(entry.members);
  const names = ids.slice(0, MOST_NAMED).map((id) => `\u2068${bound.document.agents?.[id]?.name ?? id}\u2069`).join(", ");
  const more = ids.length - MOST_NAMED;
  return more > 0 ? `${names} ${ngettext("and %(num)s more", "and %(num)s more", more)}` : names;
}

function uses(bound, name) {
  const places = placesOf(bound.draft.uses("agent_groups", name));
  return places.length ? ngettext("%(num)s place", "%(num)s places", places.length) : el("span", { class: "muted" }, _("nowhere"));
}

await objectPage({
  section: "agent_groups",
  address: "/groups",
  title: _("Groups"),
  icon: "people",
  addLabel: _("Add a group"),
  emptyTitle: _("There are no groups yet."),
  emptyText: _("A group is the agents who share calls. Schedules say which group is rung when."),
  fields: [{ name: "name", label: _("Name"), hint: _("Such as sales. It is shown in the call log and on the board.") }],
  create: ({ name }) => ({ key: name, entry: { members: [] } }),
  links: (name) => [el("a", { class: "button", href: `/calls?group=${encodeURIComponent(name)}` }, _("Calls"))],
  editor: (shared, name) => groupEditor(shared, name, states),
  list: (bound) => ({
    columns: [
      { title: _("Name"), cell: (name) => el("bdi", {}, name) },
      { title: _("Members"), cell: (_name, entry) => el("span", {}, el("span", { class: "tabular" }, String(listOf(entry.members).length)), " ", el("span", { class: "muted" }, members(bound, entry))) },
      { title: _("Order"), cell: (_name, entry) => orderWord(entry.order) },
      { title: _("Used in"), cell: (name) => uses(bound, name), className: "wide-only" },
    ],
    words: (name, entry) => [name, ...listOf(entry.members), ...listOf(entry.members).map((id) => bound.document.agents?.[id]?.name ?? "")].join(" "),
    mark: (name) => String(bound.draft.uses("agent_groups", name).length),
  }),
});
