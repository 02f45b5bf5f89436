// The Messages tab: what callers of this number hear, and when they are greeted.

import { ApiProblem, api, el, icon } from "./base.js";
import { entryOf } from "./document.js";
import { untilText } from "./duty.js";
import { numberField, selectField } from "./fields.js";
import { usualMessages } from "./new_number.js";
import { nextOpening } from "./openings.js";
import { promptField } from "./prompt_field.js";
import { _ } from "./words.js";

/** Fills the panel; returns what to do when it is shown again. */
export function messagesTab({ draft, bound, path, name, mayEdit }, panel) {
  const at = (field) => [...path, field];
  const entry = () => entryOf(draft.document, "incoming_call_settings", name);
  const language = () => entry().language ?? draft.document.language ?? "en";
  const message = (field, label, hint, none, placeholder = false) =>
    promptField(bound, at(field), label, { hint, none, placeholder, language, settings: name });
  const opening = el("p", { class: "hint", "aria-live": "polite" });
  const usual = el("button", {
    type: "button", class: "button small", onclick: () => draft.change(_("Usual messages filled in"), (document_) => {
      const settings = document_.incoming_call_settings[name];
      for (const [field, text] of Object.entries(usualMessages(language()))) settings[field] ??= text;
    }),
  }, icon("edit"), _("Fill in the usual messages"));
  bound.show(usual, () => (usual.hidden = !mayEdit || Object.keys(usualMessages(language())).every((field) => entry()[field] !== undefined)));

  panel.append(
    usual,
    el("div", { class: "messages" },
      message("greeting_message", _("Greeting"), _("Heard at every hour, also before the closed message."), _("None: agents ring at once")),
      message("closed_message", _("Closed"), _("Heard when nobody is on duty."), _("None: the unavailable message"), true),
      message("agent_busy_message", _("All busy"), _("Heard when everybody who works is on the phone."), _("None: silence")),
      message("agent_unavailable_message", _("Nobody available"), _("Heard when nobody answers or can be rung."), _("None: silence"))),
    opening,
    el("fieldset", {}, el("legend", {}, _("Greeting")),
      el("div", { class: "fields" },
        selectField(bound, at("greet"), _("When callers are greeted"), [
          { value: "before_ringing", label: _("Before agents ring") }, { value: "while_ringing", label: _("While agents ring already") },
        ], { fallback: "before_ringing" }),
        numberField(bound, at("skip_greeting_minutes"), _("Not again within"), { fallback: 0, unit: _("minutes"), hint: _("0: every call is greeted") }))));

  return async () => {
    bound.refresh();
    const of = draft.document;
    if (!draft.ready) return;
    try {
      const { days } = await api("POST", "/configuration/preview", { document: of, settings: name });
      const next = nextOpening(days, draft.document.incoming_call_settings?.[name]?.timezone ?? draft.document.timezone ?? "UTC", Date.now());
      opening.textContent = next === null
        ? _("No opening in the coming two weeks: callers hear the unavailable message instead of one with a time.")
        : _("The next opening that a closed message would name: %(time)s.", { time: untilText(next) });
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      opening.textContent = "";
    }
  };
}
