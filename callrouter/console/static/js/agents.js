// The pages of agents: the list with everybody's present state, and the editor of one.

import { agentEditor } from "./agent_editor.js";
import { AgentStates } from "./agent_states.js";
import { el } from "./base.js";
import { keyOf, listOf } from "./document.js";
import { objectPage } from "./object_page.js";
import { phoneOf } from "./phones_field.js";
import { _ } from "./words.js";

const MOST_SKILLS = 4;
let groups = { of: null, byAgent: new Map() };

/** The groups each agent is in, worked out once for a document. */
function groupsOf(bound, agent) {
  if (groups.of !== bound.document.agent_groups) {
    const byAgent = new Map();
    for (const [name, group] of Object.entries(bound.document.agent_groups ?? {})) {
      for (const member of listOf(group?.members)) byAgent.set(member, [...(byAgent.get(member) ?? []), name]);
    }
    groups = { of: bound.document.agent_groups, byAgent };
  }
  return groups.byAgent.get(agent) ?? [];
}

function links(names) {
  return names.flatMap((name, index) => [index ? ", " : "", el("a", { href: `/groups/${encodeURIComponent(name)}` }, el("bdi", {}, name))]);
}

function phones(entry) {
  const written = listOf(entry.phones).map((each) => phoneOf(each).phone);
  return el("bdi", { dir: "ltr", class: "muted small" }, written.length ? written.join(", ") : `PJSIP/${entry.extension ?? ""}`);
}

function skills(entry) {
  const all = Object.entries(entry.skills ?? {});
  const shown = all.slice(0, MOST_SKILLS).map(([name, level]) => `\u2068${name}\u2069 ${level}`).join(", ");
  return all.length > MOST_SKILLS ? `${shown} …` : shown;
}

const states = new AgentStates(() => document.getElementById("object-page").list?.refresh());

/** The extension after the highest that is taken. */
function nextExtension(document_) {
  const taken = Object.values(document_.agents ?? {}).map((each) => Number(each?.extension)).filter((number) => Number.isSafeInteger(number));
  return taken.length ? String(Math.max(...taken) + 1) : "1001";
}

await objectPage({
  section: "agents",
  address: "/agents",
  title: _("Agents"),
  icon: "person",
  addLabel: _("Add an agent"),
  emptyTitle: _("There are no agents yet."),
  emptyText: _("Agents are the people who take calls. Add the first, with the extension of his phone; then put him into a group."),
  fields: [
    { name: "name", label: _("Name") },
    { name: "extension", label: _("Extension"), ltr: true, hint: _("The internal number of his phone; without more the phone is PJSIP/ and this number.") },
  ],
  create: ({ name, extension }, taken) => ({ key: keyOf(name, taken), entry: { name, extension } }),
  copied: (entry, document_) => {
    const { numbers: _numbers, phones: _phones, ...rest } = entry;
    return { ...rest, extension: nextExtension(document_) };
  },
  refused: ({ extension }, document_) => {
    const taken = Object.entries(document_.agents ?? {}).find(([, each]) => each?.extension === extension);
    return taken ? _("%(name)s has this extension already.", { name: taken[1].name ?? taken[0] }) : null;
  },
  titleOf: (name, entry) => entry.name ?? name,
  links: (name) => [el("a", { class: "button", href: `/calls?agent=${encodeURIComponent(name)}` }, _("Calls"))],
  editor: (shared, name) => agentEditor(shared, name, states),
  list: (bound) => ({
    columns: [
      { title: _("Name"), cell: (name, entry) => el("bdi", {}, entry.name ?? name) },
      { title: _("Extension"), cell: (_name, entry) => el("bdi", { dir: "ltr", class: "tabular" }, entry.extension ?? "") },
      { title: _("State"), cell: (name) => states.chip(name) },
      { title: _("Groups"), cell: (name) => links(groupsOf(bound, name)) },
      { title: _("Phones"), cell: (_name, entry) => phones(entry), className: "wide-only" },
      { title: _("Skills"), cell: (_name, entry) => skills(entry), className: "wide-only" },
    ],
    words: (name, entry) => [name, entry.name, entry.extension, ...groupsOf(bound, name), ...Object.keys(entry.skills ?? {}), ...listOf(entry.numbers)].join(" "),
    mark: (name) => JSON.stringify([states.byAgent.get(name), groupsOf(bound, name)]),
  }),
});
