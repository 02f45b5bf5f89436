// The editor of one agent: who he is, his phones, skills, hours, groups and own numbers.

import { el } from "./base.js";
import { listOf, namesIn } from "./document.js";
import { checkField, levelsField, selectField, textField } from "./fields.js";
import { hoursField } from "./hours_field.js";
import { nextId, suggestions } from "./labels.js";
import { columns, part, usedIn } from "./object_page.js";
import { adder, phonesField } from "./phones_field.js";
import { textsField } from "./texts_field.js";
import { _ } from "./words.js";

/** All skills anybody has or somebody asks for. */
export function skillsIn(document_) {
  const named = new Set();
  for (const section of ["agents", "agent_groups", "incoming_call_settings"]) {
    for (const entry of Object.values(document_[section] ?? {})) {
      for (const field of ["skills", "required_skills", "preferred_skills"]) {
        for (const name of Object.keys(entry?.[field] ?? {})) named.add(name);
      }
    }
  }
  return [...named].sort();
}

/** The parts of the page. */
export function agentEditor(bound, name, states) {
  const path = ["agents", name];
  const skills = nextId();
  const state = el("p", {}, states.chip(name));
  states.changed = () => state.replaceChildren(states.chip(name));
  return [
    state,
    columns([
      part(_("Agent"),
        textField(bound, [...path, "name"], _("Name"), { max: 64, placeholder: name }),
        textField(bound, [...path, "extension"], _("Extension"), { ltr: true, max: 20, hint: _("Digits, * and #; colleagues dial it.") }),
        checkField(bound, [...path, "may_override"], _("May close and reopen by phone"), { hint: _("With the feature codes, if the configuration has them.") })),
      part(_("Groups"), groupsPart(bound, name)),
      part(_("Working hours"), hoursField(bound, [...path, "working_hours"], _("Working hours"), {
        hint: _("Outside them he is not rung, whatever groups he is in."), empty: _("None: he is rung at any time his groups are."),
      })),
    ], [
      part(_("Phones"), el("p", { class: "hint" }, _("What rings when it is his turn. Without phones of his own it is PJSIP/ and the extension.")), phonesField(bound, path)),
      part(_("Skills"), levelsField(bound, [...path, "skills"], _("Skills and levels, 1 to 100"), { list: skills }), suggestions(skills, skillsIn(bound.document))),
      part(_("Calls to him alone"),
        textsField(bound, [...path, "numbers"], _("Own numbers"), { ltr: true, hint: _("One a line: who dials them gets him.") }),
        selectField(bound, [...path, "incoming_call_settings"], _("Messages and ringing of these calls"), [
          { value: "", label: _("(none)") }, ...namesIn(bound.document, "incoming_call_settings"),
        ], { fallback: "", hint: _("The settings of calls to his own numbers and his extension.") })),
      usedIn(bound, "agents", name),
    ]),
  ];
}

function groupsPart(bound, name) {
  const list = el("ul", { class: "use-list" });
  const member = (group, there) => bound.draft.change(_("Groups"), (document_) => {
    const entry = document_.agent_groups[group];
    const others = listOf(entry.members).filter((each) => each !== name);
    entry.members = there ? [...others, name] : others;
  });
  const known = nextId();
  const options = suggestions(known, []);
  const add = bound.mayEdit ? adder(_("Add to a group"), _("Name of a group"), (typed) => {
    if (!Object.hasOwn(bound.document.agent_groups ?? {}, typed)) return _("There is no group with this name.");
    member(typed, true);
    return null;
  }, { list: known, ltr: false }) : null;
  return bound.show(el("div", {}, list, add, options), () => {
    const all = Object.entries(bound.document.agent_groups ?? {});
    const mine = all.filter(([, entry]) => listOf(entry?.members).includes(name));
    const lines = mine.map(([group, entry]) => {
      const members = listOf(entry.members);
      return el("li", {}, el("a", { href: `/groups/${encodeURIComponent(group)}` }, el("bdi", {}, group)), " ",
        el("span", { class: "muted" }, _("place %(place)s of %(count)s", { place: members.indexOf(name) + 1, count: members.length })), " ",
        bound.mayEdit ? el("button", { type: "button", class: "button small", onclick: () => member(group, false) }, _("Take out")) : null);
    });
    list.replaceChildren(...(lines.length ? lines : [el("li", { class: "muted" }, _("In no group: only calls to him alone reach him."))]));
    options.replaceChildren(...all.filter(([group]) => !mine.some(([each]) => each === group)).map(([value]) => el("option", { value })));
  });
}
