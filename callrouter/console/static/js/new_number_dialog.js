// Adding a number in one short dialog; in an empty system it asks for the people who answer too.

import { el, icon } from "./base.js";
import { openDialog } from "./dialogs.js";
import { namesIn } from "./document.js";
import { labelled, nextId } from "./labels.js";
import { addNumber, taken, typedNumbers } from "./new_number.js";
import { _ } from "./words.js";

const NEW_GROUP = "\u0000";

/** Asks, adds the number to the draft, and returns its name; null where it was given up. */
export async function askForNumber(draft) {
  const { document: configuration } = draft;
  const groups = namesIn(configuration, "agent_groups");
  const isEmpty = namesIn(configuration, "incoming_call_settings").length === 0;
  const title = field({ dir: "auto", maxlength: "60", required: true, placeholder: _("Head office") });
  const numbers = field({ dir: "ltr", inputmode: "tel", required: true, placeholder: "+381111234567" });
  const group = el("select", { id: nextId() }, groups.map((each) => el("option", { value: each }, each)),
    el("option", { value: NEW_GROUP, selected: groups.length === 0 }, _("A new group …")));
  const people = peopleFields(configuration);
  const wrong = el("p", { class: "field-error", role: "alert", hidden: true });
  const place = configuration.timezone ? null : placeFields();
  const form = el("form", { method: "dialog", novalidate: true },
    labelled(_("Name"), title),
    labelled(_("Phone number"), numbers, { hint: _("As your provider sends it; several with commas between. An internal one such as 700 is good for trying.") }),
    groups.length ? labelled(_("Who answers"), group) : null,
    people.element, place?.element ?? null,
    el("p", { class: "hint" }, _("It opens Monday to Friday from 9 to 17 o'clock, with messages you can change. Nothing is live before you save.")),
    wrong,
    el("div", { class: "dialog-end" },
      el("button", { type: "button", class: "button", onclick: () => dialog.close("") }, _("Cancel")),
      el("button", { class: "button primary" }, icon("plus"), _("Add"))));
  const follow = () => (people.element.hidden = groups.length > 0 && group.value !== NEW_GROUP);
  group.addEventListener("change", follow);
  follow();

  let added = null;
  form.addEventListener("submit", (event) => {
    const asked = { title: title.value, numbers: numbers.value, group: group.value === NEW_GROUP ? "" : group.value };
    const reason = mistake(configuration, asked, people);
    wrong.textContent = reason?.text ?? "";
    wrong.hidden = reason === null;
    if (reason !== null) {
      event.preventDefault();
      reason.field.focus();
      return;
    }
    draft.change(_("Number %(name)s added", { name: asked.title.trim() }), (document_) => {
      added = addNumber(document_, { ...asked, people: people.values(), ...(place?.values() ?? {}) });
    });
  });
  const dialog = openDialog(isEmpty ? _("Your first number") : _("Add a number"), form);
  title.focus();
  await dialog.closed;
  return added;
}

/** What keeps it from working, and where; null where nothing does. */
function mistake(configuration, asked, people) {
  const form = people.element.closest("form");
  const [title, numbers] = form.querySelectorAll("input");
  if (!asked.title.trim()) return { text: _("Give it a name."), field: title };
  const wanted = typedNumbers(asked.numbers);
  if (wanted.length === 0) return { text: _("Write the number that is dialled."), field: numbers };
  const known = taken(configuration);
  const twice = wanted.find((each) => Object.hasOwn(known.numbers, each));
  if (twice) return { text: _("%(number)s belongs to %(name)s already.", { number: twice, name: known.numbers[twice] }), field: numbers };
  return people.element.hidden ? null : people.mistake(known.extensions);
}

/** The people of a new group: one line each, a name and an extension. */
function peopleFields(configuration) {
  const lines = el("div", { class: "people-lines" });
  const inputs = () => [...lines.children].map((line) => [...line.querySelectorAll("input")]);
  const add = () => {
    const name = field({ dir: "auto", maxlength: "64", placeholder: "Amina Haddad", "aria-label": _("Agent's name") });
    const extension = field({ dir: "ltr", inputmode: "tel", maxlength: "20", class: "short", placeholder: freeExtension(configuration, inputs().length), "aria-label": _("Extension") });
    lines.append(el("div", { class: "people-line" }, name, extension));
    return name;
  };
  add();
  const element = el("fieldset", {}, el("legend", {}, _("Who answers")),
    el("div", { class: "people-line people-head", "aria-hidden": "true" }, el("span", {}, _("Agent's name")), el("span", {}, _("Extension"))),
    lines, el("button", { type: "button", class: "button small", onclick: () => add().focus() }, icon("plus"), _("One more agent")));
  const filled = () => inputs().filter(([name, extension]) => name.value.trim() || extension.value.trim());
  return {
    element,
    values: () => filled().map(([name, extension]) => ({ name: name.value, extension: extension.value || extension.placeholder })),
    mistake: (extensions) => {
      if (filled().length === 0) return { text: _("Name at least one agent who answers."), field: inputs()[0][0] };
      for (const [name, extension] of filled()) {
        const number = (extension.value || extension.placeholder).trim();
        if (!name.value.trim()) return { text: _("Every agent needs a name."), field: name };
        if (!/^[0-9*#]{1,20}$/.test(number)) return { text: _("An extension is up to 20 digits, such as 1001."), field: extension };
        if (Object.hasOwn(extensions, number)) return { text: _("%(number)s belongs to %(name)s already.", { number, name: extensions[number] }), field: extension };
      }
      return null;
    },
  };
}

function freeExtension(configuration, more) {
  const { extensions } = taken(configuration);
  let number = 1001;
  for (let left = more; ; number += 1) {
    if (Object.hasOwn(extensions, String(number))) continue;
    if (left === 0) return String(number);
    left -= 1;
  }
}

/** In an empty configuration: the clock all times are of, and the language callers hear. */
function placeFields() {
  const root = document.documentElement;
  const zones = typeof Intl.supportedValuesOf === "function" ? Intl.supportedValuesOf("timeZone") : [];
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const list = el("datalist", { id: nextId() }, zones.map((value) => el("option", { value })));
  const zone = field({ dir: "ltr", value: own, list: list.id, required: true });
  const languages = [["en", "English"], ["ar", "العربية"], ["sr", "Srpski"]];
  const language = el("select", { id: nextId() }, languages.map(([value, name]) =>
    el("option", { value, selected: value === root.dataset.language }, name)));
  return {
    element: el("div", { class: "fields" }, labelled(_("Time zone"), zone), labelled(_("Language of the messages"), language), list),
    values: () => ({ timezone: zone.value.trim() || "UTC", language: language.value }),
  };
}

function field(attributes) {
  return el("input", { type: "text", autocomplete: "off", spellcheck: "false", id: nextId(), ...attributes });
}
