// Asking for a name, and before something is removed that others use.

import { el, icon } from "./base.js";
import { openDialog } from "./dialogs.js";
import { labelled } from "./labels.js";
import { placesOf } from "./used_in.js";
import { _, ngettext } from "./words.js";

const LONGEST_NAME = 64;
const MOST_SHOWN = 12;
const INVISIBLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

/**
 * Asks for texts: `fields` are `[{ name, label, hint, ltr, value, required }]`. `refused(values)`
 * says why they cannot be, or null. Resolves with the values by name, or null.
 */
export async function askFor(title, fields, action, refused) {
  const inputs = Object.fromEntries(fields.map((each) => [each.name, el("input", {
    type: "text", maxlength: String(LONGEST_NAME), dir: each.ltr ? "ltr" : "auto", autocomplete: "off", spellcheck: "false",
    value: each.value ?? "", required: each.required !== false,
  })]));
  const told = el("p", { class: "field-error", role: "alert" });
  const values = () => Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.value.trim()]));
  const form = el("form", {
    onsubmit: (event) => {
      event.preventDefault();
      const why = refused(values());
      if (why === null) dialog.close("done");
      else told.replaceChildren(icon("error"), el("span", {}, why));
    },
  },
    fields.map((each) => labelled(each.label, inputs[each.name], { hint: each.hint })),
    told,
    el("div", { class: "dialog-end" },
      el("button", { type: "button", class: "button", onclick: () => dialog.close() }, _("Cancel")),
      el("button", { class: "button primary" }, action)));
  const dialog = openDialog(title, form);
  const first = inputs[fields[0].name];
  first.focus();
  first.select();
  return (await dialog.closed) === "done" ? values() : null;
}

/** Why a name cannot be one, or null. */
export function nameRefused(name, taken) {
  if (!name) return _("Write a name.");
  if (Object.hasOwn(taken ?? {}, name)) return _("There is one with this name already.");
  return INVISIBLE.test(name) ? _("The name has an invisible character in it.") : null;
}

/** Whether to remove something; says where it is used, and what happens there. */
export async function askRemoval(title, uses) {
  const places = placesOf(uses);
  const shown = places.slice(0, MOST_SHOWN).map(({ text, href }) => el("li", {}, el("a", { href }, text)));
  if (places.length > MOST_SHOWN) shown.push(el("li", {}, ngettext("and %(num)s more", "and %(num)s more", places.length - MOST_SHOWN)));
  const dialog = openDialog(title, [
    places.length
      ? [el("p", {}, ngettext("It is used in %(num)s place, and will be taken out there:", "It is used in %(num)s places, and will be taken out there:", places.length)),
        el("ul", { class: "use-list" }, shown),
        el("p", { class: "muted" }, _("What cannot do without it is told as an error, to be mended before you save."))]
      : el("p", {}, _("It is used nowhere.")),
    el("form", { method: "dialog", class: "dialog-end" },
      el("button", { class: "button", value: "" }, _("Cancel")),
      el("button", { class: "button danger", value: "yes" }, icon("trash"), _("Delete"))),
  ].flat());
  return (await dialog.closed) === "yes";
}
