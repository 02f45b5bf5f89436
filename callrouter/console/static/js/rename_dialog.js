// Another name for an object of the configuration; everything that refers to it follows.

import { el } from "./base.js";
import { openDialog } from "./dialogs.js";
import { namesIn } from "./document.js";
import { _ } from "./words.js";

/** Asks for a name that is not taken; null where the old one stays. */
export async function askForName(draft, section, name) {
  const input = el("input", { type: "text", value: name, maxlength: "64", dir: "auto", required: true, "aria-label": _("New name") });
  const wrong = el("p", { class: "field-error", role: "alert" });
  const form = el("form", { method: "dialog" }, input, wrong,
    el("p", { class: "hint" }, _("Everything that refers to it follows.")),
    el("div", { class: "dialog-end" },
      el("button", { type: "button", class: "button", onclick: () => dialog.close("") }, _("Cancel")),
      el("button", { class: "button primary", value: "rename" }, _("Rename"))));
  form.addEventListener("submit", (event) => {
    const wanted = input.value.trim();
    if (wanted === name || !namesIn(draft.document, section).includes(wanted)) return;
    event.preventDefault();
    wrong.textContent = _("%(name)s is taken.", { name: wanted });
  });
  const dialog = openDialog(_("Rename %(name)s", { name }), form);
  input.select();
  const wanted = (await dialog.closed) === "rename" ? input.value.trim() : "";
  return wanted && wanted !== name ? wanted : null;
}
