// Somebody else saved meanwhile: both sets of changes together, field by field where they differ.

import { ApiProblem, el, toast } from "./base.js";
import { text } from "./differences.js";
import { openDialog } from "./dialogs.js";
import { copyOf, put } from "./document.js";
import { _, ngettext } from "./words.js";

/** Puts the draft on top of what is stored now; asks where both changed the same. */
export async function merge(draft) {
  try {
    for (let tries = 0; tries < 3; tries += 1) {
      const merged = await draft.merged();
      const chosen = merged.conflicts.length ? await choose(draft, merged) : merged.document;
      if (chosen === null) return false;
      if (await draft.mergeInto(merged.mark, chosen)) {
        toast(_("Both changes are in the draft now. It is not saved yet."), "ok");
        return true;
      }
    }
    toast(_("Others are saving all the time; try again in a moment."), "warn");
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    toast(error.detail, "bad");
  }
  return false;
}

/** The document with what was chosen; null where nothing was. */
async function choose(draft, merged) {
  const author = draft.conflict?.author || _("the other version");
  const fields = merged.conflicts.map((each, index) => {
    const option = (value, label, content, checked) => el("label", {},
      el("input", { type: "radio", name: `conflict-${index}`, value, checked }), el("strong", {}, label),
      el("span", {}, content === undefined || content === null ? _("(nothing)") : el("bdi", {}, text(content))));
    return el("fieldset", { class: "conflict-field" },
      el("legend", {}, el("bdi", { dir: "ltr", class: "mono" }, pathOf(each).join(" › "))),
      option("ours", _("Mine"), each.ours, true), option("theirs", author, each.theirs, false));
  });
  const form = el("form", { method: "dialog" },
    el("p", {}, ngettext(
      "%(num)s value was changed by both of you. Which one is to hold?",
      "%(num)s values were changed by both of you. Which ones are to hold?", merged.conflicts.length)),
    fields,
    el("div", { class: "dialog-end" },
      el("button", { class: "button", value: "" }, _("Cancel")),
      el("button", { class: "button primary", value: "merge" }, _("Merge"))));
  const dialog = openDialog(_("Merge"), form, { wide: true, className: "review" });
  if ((await dialog.closed) !== "merge") return null;
  const document_ = copyOf(merged.document);
  merged.conflicts.forEach((each, index) => {
    const mine = form.elements[`conflict-${index}`].value === "ours";
    put(document_, pathOf(each), (mine ? each.ours : each.theirs) ?? undefined);
  });
  return document_;
}

function pathOf({ path }) {
  return Array.isArray(path) ? path : path.split(".");
}
