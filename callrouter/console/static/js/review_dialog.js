// Review and save: what changes in words, who rings when, last week's calls, problems, and a note.

import { ApiProblem, api, el, icon, toast } from "./base.js";
import { changedObjects } from "./differences.js";
import { openDialog, waiting } from "./dialogs.js";
import { problemList } from "./problem_list.js";
import { patchesBetween } from "./patches.js";
import { dateTime } from "./times.js";
import { _, ngettext } from "./words.js";

const SECTION_WORDS = {
  agents: () => _("Agent"),
  agent_groups: () => _("Group"),
  holiday_calendars: () => _("Holiday calendar"),
  incoming_call_settings: () => _("Number"),
};
const MOST_SHOWN = 200;
const DAYS_BACK = 7;

/** Opens the dialog; resolves when it is closed, to whether the draft was saved. */
export async function review(draft, mayEdit) {
  const document_ = draft.document;
  const shown = { problems: el("div", {}), rings: el("div", {}), replay: el("div", {}) };
  const note = el("textarea", { id: "save-note", rows: "2", maxlength: "500", dir: "auto", required: draft.summary === "", placeholder: draft.summary });
  const why = el("p", { class: "field-error", role: "alert", hidden: true });
  const save = el("button", { type: "submit", class: "button primary" }, icon("check"), _("Save"));
  const form = el("form", { class: "review" },
    shown.problems,
    el("h3", {}, _("What changes")), changes(draft),
    el("h3", {}, _("Who rings when, in the coming two weeks")), shown.rings,
    el("h3", {}, _("The calls of last week with these changes")), shown.replay,
    el("div", { class: "field" },
      el("label", { for: "save-note" }, _("Why? A note for the history")), note), why,
    el("div", { class: "dialog-end" },
      el("button", { type: "button", class: "button", onclick: () => dialog.close("") }, _("Back")), save));
  const dialog = openDialog(_("Review and save"), form, { wide: true });
  note.focus();

  const blocked = () => {
    if (!mayEdit) return _("Your role may look and try things out, but not save.");
    if (!draft.editable) return draft.whyNot;
    if (draft.conflict) return _("Somebody else has saved meanwhile: merge first.");
    if (draft.usable) return "";
    const errors = draft.problems.filter((each) => each.level === "error");
    return errors.every((each) => each.known)
      ? _("These errors were there before your changes. No router follows a configuration with them: mend them too.")
      : _("There are errors: mend them first.");
  };
  const allow = () => {
    const reason = blocked();
    save.disabled = reason !== "";
    why.textContent = reason;
    why.hidden = reason === "";
  };

  allow();
  fill(shown.problems, _("Checking …"), async () => {
    const found = await draft.check();
    allow();
    return found.problems.length
      ? [el("h3", {}, _("Problems")), el("div", { class: "scroll review-object" }, problemList(found.problems))]
      : el("p", { class: "ok-text" }, icon("check"), " ", _("No problems found."));
  });
  const usable = async (asked) => ((await draft.check()).usable ? asked() : el("p", { class: "muted" }, _("This can be told when the errors are mended.")));
  fill(shown.rings, _("Working out who rings …"), () => usable(async () =>
    whoRings(await api("POST", "/configuration/diff", { document: document_ }))));
  fill(shown.replay, _("Sending last week's calls through …"), () => usable(async () =>
    replay(await api("POST", "/configuration/replay", { document: document_, days: DAYS_BACK }))));

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    save.disabled = true;
    try {
      const saved = await draft.save(note.value.trim() || draft.summary);
      dialog.close("saved");
      toast(_("Version %(number)s is live", { number: saved.number }), "ok");
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      if (error.status === 412) dialog.close("conflict");
      why.textContent = error.detail;
      why.hidden = false;
      save.disabled = false;
    }
  });
  return (await dialog.closed) === "saved";
}

/** What is there while it is waited for, then what came, or what went wrong. */
async function fill(place, text, made) {
  place.replaceChildren(waiting(text));
  try {
    place.replaceChildren(...[await made()].flat());
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    place.replaceChildren(el("p", { class: "muted" }, el("span", { lang: "en", dir: "ltr" }, error.detail)));
  }
}

function changes(draft) {
  const objects = changedObjects(patchesBetween(draft.base.document, draft.document));
  const list = el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": _("What changes") },
    objects.slice(0, MOST_SHOWN).map(changedObject));
  if (objects.length > MOST_SHOWN) list.append(el("p", { class: "review-object muted" },
    ngettext("and %(num)s more", "and %(num)s more", objects.length - MOST_SHOWN)));
  return list;
}

function changedObject({ section, name, kind, fields }) {
  const what = SECTION_WORDS[section]?.() ?? section;
  const title = el("p", {}, what, name === null ? null : " ", name === null ? null : el("bdi", {}, name), " ",
    el("span", { class: `status ${{ added: "ok", removed: "bad" }[kind] ?? ""}` }, kindWord(kind)));
  const lines = fields.flatMap(({ field, before, after }) => [
    el("dt", {}, el("bdi", { dir: "ltr" }, field)),
    el("dd", {},
      before === null ? null : el("del", {}, el("bdi", {}, before)),
      before !== null && after !== null ? " → " : null,
      after === null ? null : el("ins", {}, el("bdi", {}, after))),
  ]);
  return el("div", { class: "review-object" }, title, lines.length ? el("dl", { class: "review-fields" }, lines) : null);
}

function kindWord(kind) {
  switch (kind) {
    case "added": return _("new");
    case "removed": return _("removed");
    case "order": return _("another order");
    default: return _("changed");
  }
}

function whoRings({ who_rings: stretches, complete = true }) {
  if (!stretches.length) return el("p", { class: "muted" }, _("Nothing changes in who rings when."));
  const rows = stretches.slice(0, MOST_SHOWN).map((each) => {
    return el("tr", {},
      el("td", {}, el("bdi", {}, each.settings)),
      el("td", { class: "nowrap" }, local(each.from)), el("td", { class: "nowrap" }, local(each.to)),
      el("td", {}, each.before ? english(each.before) : el("span", { class: "muted" }, _("no number"))), el("td", {}, english(each.after)));
  });
  return [
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": _("Who rings when") },
      el("table", { class: "table" },
        el("thead", {}, el("tr", {}, [_("Number"), _("From"), _("To"), _("Until now"), _("From now on")].map((each) => el("th", { scope: "col" }, each)))),
        el("tbody", {}, rows))),
    complete && stretches.length <= MOST_SHOWN ? null : el("p", { class: "hint" }, _("There is more; these are the first.")),
  ].filter(Boolean);
}

/** Times with an offset are shown as they read there, whatever zone this browser is in. */
function local(iso) {
  return dateTime(`${iso.slice(0, 16)}Z`, "UTC");
}

function english(text) {
  return el("span", { lang: "en", dir: "ltr" }, text);
}

function replay({ calls, elsewhere, by_settings: bySettings, examples, complete = true }) {
  if (!calls) return el("p", { class: "muted" }, _("There were no calls in the last seven days."));
  const sentence = ngettext(
    "%(num)s of %(calls)s calls would have gone elsewhere.", "%(num)s of %(calls)s calls would have gone elsewhere.",
    elsewhere, { calls });
  const counted = bySettings.filter((each) => each.elsewhere);
  return [
    el("p", {}, el("strong", {}, sentence), complete ? null : " ", complete ? null : _("Only the newest calls could be looked at in the time.")),
    counted.length ? el("p", { class: "chips" }, counted.map((each) =>
      el("span", { class: "status" }, el("bdi", {}, each.settings ?? "–"), ` ${each.elsewhere}/${each.calls}`))) : null,
    examples.length ? el("details", { class: "fold" }, el("summary", {}, _("Which calls")),
      el("div", { class: "scroll" }, el("table", { class: "table" },
        el("thead", {}, el("tr", {}, [_("Time"), _("Number"), _("Caller"), _("Then"), _("Now")].map((each) => el("th", { scope: "col" }, each)))),
        el("tbody", {}, examples.map((each) => el("tr", {},
          el("td", { class: "nowrap" }, el("a", { href: `/calls/${each.id}` }, dateTime(each.at, document.documentElement.dataset.timezone))),
          el("td", {}, el("bdi", { dir: "ltr" }, each.number ?? "")), el("td", {}, el("bdi", { dir: "ltr" }, each.caller ?? "")),
          el("td", {}, english(each.then)), el("td", {}, english(each.now)))))))) : null,
  ].filter(Boolean);
}
