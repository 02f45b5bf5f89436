// The Ringing tab: how agents are rung, what callers hear meanwhile, and what comes when nobody answers.

import { el } from "./base.js";
import { entryOf, listOf, namesIn } from "./document.js";
import { checkField, levelsField, numberField, selectField, textField } from "./fields.js";
import { followOnList } from "./follow_on.js";
import { groupsOf } from "./grid_model.js";
import { suggestions } from "./labels.js";
import { orderWord, patternWord } from "./ringing_words.js";
import { _ } from "./words.js";

const PATTERNS = ["Sequential", "Simultaneous", "Waves", "Adding up", "Staggered"];

/** Fills the panel; returns what to do when it is shown again. */
export function ringingTab({ draft, bound, path, name }, panel) {
  const at = (...rest) => [...path, ...rest];
  const entry = () => entryOf(draft.document, "incoming_call_settings", name);
  const pattern = () => entry().call_routing ?? "Sequential";
  const only = (element, holds) => bound.show(element, () => (element.hidden = !holds()));
  const help = el("p", { class: "hint" });
  const hint = bound.show(help, () => (help.textContent = patternWord(pattern()).hint));

  const waves = waveSizes(bound, at("wave_sizes"));
  panel.append(
    suggestions("skill-names", skills(draft.document)),
    el("fieldset", {}, el("legend", {}, _("How agents ring")),
      el("div", { class: "fields" },
        el("div", {}, selectField(bound, at("call_routing"), _("Pattern"),
          PATTERNS.map((value) => ({ value, label: patternWord(value).label })), { fallback: "Sequential" }), hint),
        numberField(bound, at("ring_seconds"), _("One agent rings for"), { fallback: 20, unit: _("seconds") }),
        only(numberField(bound, at("stagger_seconds"), _("The next one begins after"), { fallback: 5, unit: _("seconds") }), () => pattern() === "Staggered"),
        only(waves, () => pattern() === "Waves"),
        numberField(bound, at("max_ring_seconds"), _("All ringing of a call ends after"), { fallback: 120, unit: _("seconds") }),
        numberField(bound, at("max_calls"), _("Calls at once, at most"), { hint: _("To these numbers; what the others get is under General.") })),
      orders(draft, bound, entry)),
    el("fieldset", {}, el("legend", {}, _("What callers hear meanwhile")),
      el("div", { class: "fields" },
        selectField(bound, at("ringback"), _("While agents ring"), [
          { value: "ringing", label: _("Ringing tone") }, { value: "music", label: _("Music") }, { value: "silence", label: _("Silence") },
        ], { fallback: "ringing" }),
        only(textField(bound, at("music_class"), _("Class of the music"), { ltr: true, placeholder: "default", hint: _("Of Asterisk's musiconhold.conf") }), () => entry().ringback === "music"),
        checkField(bound, at("early_media"), _("Play messages and music before the call is answered"), {
          hint: _("Callers pay only for a talk; not every provider lets it through."),
        }))),
    el("fieldset", {}, el("legend", {}, _("Skills for these calls")),
      el("div", { class: "fields" },
        levelsField(bound, at("required_skills"), _("Required: who has less is not rung"), { list: "skill-names" }),
        levelsField(bound, at("preferred_skills"), _("Preferred: who has it goes first"), { list: "skill-names" }))),
    el("fieldset", {}, el("legend", {}, _("When nobody takes the call")), followOnList(bound, at("follow_on"), name, false)),
    el("fieldset", {}, el("legend", {}, _("When it is closed, after the closed message")), followOnList(bound, at("follow_on_closed"), name, true)));
  return () => bound.refresh();
}

/** How many more agents each wave rings, as `2, 3`. */
function waveSizes(bound, path) {
  const field = textField({
    ...proxy(bound),
    value: (where) => listOf(bound.value(where)).join(", ") || undefined,
    set: (where, typed, what) => {
      const sizes = String(typed ?? "").split(/[\s,;،]+/).filter(Boolean).map((each) => (/^\d+$/.test(each) ? Number(each) : each));
      bound.set(where, sizes.length ? sizes : undefined, what);
    },
  }, path, _("How many more each wave rings"), { ltr: true, placeholder: "2", hint: _("2, 3: first two agents, then three more, then all that are left") });
  return field;
}

/** A Bound with another way of reading and writing. */
function proxy(bound) {
  return {
    mayEdit: bound.mayEdit, draft: bound.draft,
    problems: (...given) => bound.problems(...given), show: (...given) => bound.show(...given),
  };
}

/** Who of a group is first is set with the group: said here, with the way there. */
function orders(draft, bound, entry) {
  const list = el("p", { class: "hint" });
  return bound.show(list, () => {
    const groups = [...new Set(listOf(entry().call_handling_schedule).flatMap(groupsOf).filter(Boolean))];
    list.replaceChildren(...groups.flatMap((group, place) => [
      place ? " · " : _("Who is first:"), place ? "" : " ",
      el("a", { href: `/groups/${encodeURIComponent(group)}` }, el("bdi", {}, group)), ` ${orderWord(entryOf(draft.document, "agent_groups", group).order ?? "listed")}`,
    ]));
  });
}

function skills(document_) {
  return namesIn(document_, "agents").flatMap((agent) => Object.keys(entryOf(document_, "agents", agent).skills ?? {}));
}
