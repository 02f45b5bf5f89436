// Going back to an earlier version: what changes and what it does to calls is shown before it is done.

import { ApiProblem, api, ask, el, icon, toast } from "./base.js";
import { openDialog, waiting } from "./dialogs.js";
import { changeTable } from "./history_words.js";
import { labelled } from "./labels.js";
import { _, ngettext } from "./words.js";

const DAYS = 7;

/** Shows the dialog for a version; `stored` is what is stored now. */
export async function rollBack(version, stored) {
  const changes = el("div", {}, waiting(_("Comparing …")));
  const replayed = el("div", {}, waiting(_("Sending last week's calls through …")));
  const note = el("input", { type: "text", maxlength: "500", dir: "auto", required: true, autocomplete: "off" });
  const told = el("div", { role: "alert" });
  const go = el("button", { class: "button primary" }, icon("history"), _("Roll back"));
  const form = el("form", { onsubmit: (event) => send(event) },
    el("h3", {}, _("What changes")), changes,
    el("h3", {}, _("The calls of last week with this version")), replayed,
    labelled(_("Why? A note for the history"), note),
    told,
    el("div", { class: "dialog-end" }, el("button", { type: "button", class: "button", onclick: () => dialog.close() }, _("Cancel")), go));
  const dialog = openDialog(_("Roll back to version %(number)s", { number: version.number }), form, { wide: true });
  note.focus();
  fill(changes, async () => changeTable((await api("GET", `/configuration/versions/${version.number}/diff?against=now`)).changes));
  fill(replayed, async () => words(await api("POST", "/configuration/replay", { document: version.document, days: DAYS })));

  async function send(event) {
    event.preventDefault();
    go.disabled = true;
    told.replaceChildren();
    try {
      const { json } = await ask("POST", `/configuration/versions/${version.number}/roll-back`, { note: note.value.trim() }, { "If-Match": `"${stored.mark}"` });
      dialog.close();
      toast(_("Version %(number)s is live", { number: json.number }), "ok");
      location.assign(`/history/${json.number}`);
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      go.disabled = error.status === 412;
      const changed = error.status === 412 ? el("p", {}, _("Somebody saved meanwhile: close this, and look again.")) : null;
      told.replaceChildren(...[el("p", { class: "field-error" }, icon("error"), el("span", { lang: "en", dir: "ltr" }, error.detail)), changed].filter(Boolean));
    }
  }
}

async function fill(place, make) {
  try {
    place.replaceChildren(await make());
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    place.replaceChildren(el("p", { class: "field-error" }, icon("error"), el("span", { lang: "en", dir: "ltr" }, error.detail)));
  }
}

function words({ calls, elsewhere, by_settings: bySettings }) {
  if (!calls) return el("p", { class: "muted" }, _("There were no calls in the last seven days."));
  const lines = [el("p", {}, ngettext("%(num)s of %(calls)s calls would have gone elsewhere.", "%(num)s of %(calls)s calls would have gone elsewhere.", elsewhere, { calls }))];
  const touched = bySettings.filter((each) => each.elsewhere);
  if (touched.length) lines.push(el("ul", { class: "use-list" }, touched.slice(0, 10).map((each) => el("li", {}, el("bdi", {}, each.settings ?? "–"), ` ${each.elsewhere} / ${each.calls}`))));
  return el("div", {}, lines);
}
