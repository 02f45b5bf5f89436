// Trying a call: which number, from whom, when, and what agents are doing; the walk it would take.

import { ApiProblem, api, el, icon, newestInto } from "./base.js";
import { momentField, statesField } from "./call_form.js";
import { waiting } from "./dialogs.js";
import { entryOf, listOf, namesIn } from "./document.js";
import { openDraft } from "./draft.js";
import { labelled, nextId, suggestions } from "./labels.js";
import { walk } from "./walk.js";
import { _ } from "./words.js";

const place = document.getElementById("simulate");

try {
  const draft = await openDraft();
  start(draft, new URLSearchParams(location.search));
} catch (error) {
  if (!(error instanceof ApiProblem)) throw error;
  place.replaceChildren(el("p", { class: "bad-text" }, error.detail));
}

function start(draft, query) {
  place.removeAttribute("aria-busy");
  const number = input({ dir: "ltr", inputmode: "tel", required: true, maxlength: "60", list: "dialled", value: query.get("number") ?? "" });
  const caller = input({ dir: "ltr", inputmode: "tel", maxlength: "40", placeholder: "+381641234567", value: query.get("caller") ?? "" });
  const zone = () => zoneOf(draft.document, number.value.trim());
  const moment = momentField(zone);
  if (query.get("at") && !Number.isNaN(Date.parse(query.get("at")))) moment.set(query.get("at"));
  const states = statesField(draft.document);
  const usesDraft = el("input", { type: "checkbox", id: nextId(), checked: draft.changed });
  const withDraft = el("label", { class: "check", for: usesDraft.id }, usesDraft, _("With the changes that are not saved"));
  const follow = () => (withDraft.hidden = !draft.changed);
  draft.addEventListener("change", follow);
  follow();
  const answer = el("section", { class: "simulate-answer", "aria-live": "polite", "aria-label": _("What the call meets") });

  const asked = newestInto(answer);
  const run = async () => {
    const draw = asked();
    const at = moment.value();
    const call = { number: number.value.trim(), caller: caller.value.trim(), ...(at ? { at } : {}) };
    history.replaceState(null, "", `?${new URLSearchParams(Object.entries(call).filter(([, value]) => value))}`);
    draw(waiting(_("Trying …")));
    try {
      const found = await api("POST", "/simulate", {
        to: call.number, from: call.caller, ...(at ? { at } : {}), ...states.values(),
        ...(draft.changed && usesDraft.checked ? { document: draft.document } : {}),
      });
      draw(el("div", { class: "card" }, walk(found)));
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      draw(el("p", { class: "notice bad" }, icon("error"), el("span", { lang: "en", dir: "ltr" }, error.detail)));
    }
  };
  const form = el("form", {
    class: "card call-form", onsubmit: (event) => {
      event.preventDefault();
      run();
    },
  },
  labelled(_("Number dialled"), number, { hint: _("A number of yours, or an agent's extension") }), labelled(_("Caller's number"), caller), moment.element,
  withDraft,
  el("details", { class: "fold" }, el("summary", {}, _("Pretend that agents …")), states.element),
  el("button", { class: "button primary" }, icon("play"), _("Try")), numbersOf(draft.document));
  place.replaceChildren(el("div", { class: "simulate" }, form, answer));
  if (number.value) run();
  else number.focus();
}

function input(attributes) {
  return el("input", { type: "text", autocomplete: "off", spellcheck: "false", id: nextId(), ...attributes });
}

function numbersOf(document_) {
  const numbers = namesIn(document_, "incoming_call_settings").flatMap((name) => listOf(entryOf(document_, "incoming_call_settings", name).numbers));
  const extensions = namesIn(document_, "agents").map((name) => entryOf(document_, "agents", name).extension).filter((each) => each !== undefined);
  return suggestions("dialled", [...numbers, ...extensions].slice(0, 2000).map(String));
}

/** The zone of the settings with this number: times are of their clock. */
function zoneOf(document_, number) {
  const name = namesIn(document_, "incoming_call_settings").find((each) => listOf(entryOf(document_, "incoming_call_settings", each).numbers).includes(number));
  return entryOf(document_, "incoming_call_settings", name ?? "").timezone ?? document_.timezone ?? document.documentElement.dataset.timezone;
}
