// The parts of the general page that say who is let in: limits, and how numbers are written.

import { el } from "./base.js";
import { numberField, selectField, textField } from "./fields.js";
import { answerWord } from "./limit_words.js";
import { part } from "./object_page.js";
import { promptField } from "./prompt_field.js";
import { textsField } from "./texts_field.js";
import { _ } from "./words.js";

const words = (...answers) => answers.map((value) => ({ value, label: answerWord(value) }));

/** How many calls there may be at once, and what the others get. */
export function roomPart(bound) {
  const at = (name) => ["limits", name];
  return part(_("Room for calls"),
    el("div", { class: "fields" },
      numberField(bound, at("max_calls"), _("Calls at once, at most"), { hint: _("Empty: as many as come. A number can have its own limit.") }),
      numberField(bound, at("max_lag_seconds"), _("Take no new calls when late by"), { fallback: 1, unit: _("seconds"), hint: _("The router refuses new calls until it has caught up; 0: never.") }),
      selectField(bound, at("when_full"), _("Whoever has no room gets"), words("busy", "congestion", "message", "safety_net"), { fallback: "busy" })),
    promptField(bound, at("full_message"), _("Message when there is no room")));
}

/** How often one caller may call, and who is not let in. */
export function callersPart(bound) {
  const at = (name) => ["limits", name];
  return part(_("Callers"),
    el("div", { class: "fields" },
      numberField(bound, at("calls_per_minute"), _("Calls a minute from one number"), { hint: _("Empty: as many as come.") }),
      numberField(bound, at("anonymous_calls_per_minute"), _("Calls a minute without a number")),
      selectField(bound, at("too_many_calls"), _("Whoever calls too often gets"), words("busy", "congestion", "rejected"), { fallback: "busy" })),
    textsField(bound, at("never_limited"), _("Numbers that may call as often as they like"), { ltr: true, placeholder: "+38111*", hint: _("One a line; * at the end means all that begin so.") }),
    promptField(bound, at("blocked_message"), _("Message for blocked callers")),
    el("p", { class: "hint" }, el("a", { href: "/blocked" }, _("Who is blocked"))),
    el("div", { class: "fields" },
      textField(bound, ["country_code"], _("Country code"), { ltr: true, max: 5, placeholder: "+381", hint: _("So that 064… and +38164… are one caller.") }),
      textField(bound, ["national_prefix"], _("Prefix within the country"), { ltr: true, max: 4, placeholder: "0" })));
}
