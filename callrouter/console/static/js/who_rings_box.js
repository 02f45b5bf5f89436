// "Who rings at …?": a moment, a caller, states of agents; answered with the draft, by the code that routes calls.

import { ApiProblem, api, el, icon, newestInto } from "./base.js";
import { momentField, statesField } from "./call_form.js";
import { entryOf, listOf } from "./document.js";
import { waiting } from "./dialogs.js";
import { groupsOf } from "./grid_model.js";
import { labelled, nextId } from "./labels.js";
import { walk } from "./walk.js";
import { _ } from "./words.js";

/** The box for a Schedule's settings. */
export function whoRingsBox(schedule) {
  const { draft } = schedule;
  const moment = momentField(() => schedule.zone);
  const caller = el("input", { type: "text", id: nextId(), dir: "ltr", inputmode: "tel", maxlength: "40", placeholder: "+381641234567" });
  const answer = el("div", { class: "who-answer", "aria-live": "polite" });
  const members = schedule.rows.flatMap(groupsOf).flatMap((group) => listOf(entryOf(draft.document, "agent_groups", group).members));
  const states = statesField(draft.document, [...new Set(members)]);
  const asked = newestInto(answer);
  const ask = async () => {
    const draw = asked();
    const number = listOf(schedule.entry.numbers)[0];
    if (number === undefined) {
      draw(el("p", { class: "muted" }, _("Give it a phone number first.")));
      return;
    }
    draw(waiting(_("Asking …")));
    try {
      const at = moment.value();
      const found = await api("POST", "/simulate", {
        to: String(number), from: caller.value.trim(), ...(at ? { at } : {}), document: draft.document, ...states.values(),
      });
      draw(walk(found, { short: true }));
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      draw(el("p", { class: "bad-text", lang: "en", dir: "ltr" }, error.detail));
    }
  };
  return el("form", {
    class: "card who-rings", onsubmit: (event) => {
      event.preventDefault();
      ask();
    },
  }, el("h3", {}, _("Who rings at …?")),
  moment.element,
  el("details", { class: "fold" }, el("summary", {}, _("Caller, and what agents are doing")),
    labelled(_("Caller's number"), caller), states.element),
  el("button", { class: "button primary" }, icon("ringing"), _("Ask")), answer);
}
