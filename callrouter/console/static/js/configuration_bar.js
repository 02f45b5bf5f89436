// The bar of every configuration page: how much is not saved, problems, undo, review and save.

import { ApiProblem, confirmed, el, icon, toast } from "./base.js";
import { merge } from "./conflict_dialog.js";
import { followVersions } from "./configuration_stream.js";
import { openDialog } from "./dialogs.js";
import { openDraft } from "./draft.js";
import { problemCount, problemList } from "./problem_list.js";
import { review } from "./review_dialog.js";
import { _, ngettext } from "./words.js";

const bar = document.getElementById("configuration-bar");
const mayEdit = Boolean(bar.dataset.mayEdit);

try {
  const draft = await openDraft();
  start(draft);
} catch (error) {
  if (!(error instanceof ApiProblem)) throw error;
  toast(error.detail, "bad");
}

function start(draft) {
  const draw = () => show(draft);
  for (const event of ["change", "problems", "conflict", "stored"]) draft.addEventListener(event, draw);
  draft.addEventListener("stored", ({ detail }) => {
    if (!detail.mine && detail.author) {
      toast(_("%(name)s saved version %(number)s: this page shows it now.", { name: detail.author, number: detail.number }));
    }
  });
  draft.addEventListener("unkept", () =>
    toast(_("This browser has no room to keep the changes: save them before you leave."), "warn"));
  draft.addEventListener("unchecked", ({ detail }) => toast(detail.detail ?? String(detail), "bad"));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) draft.refresh().catch(() => {}); // the next request will tell
  });
  document.addEventListener("keydown", (event) => keys(event, draft));
  followVersions(draft);
  draw();
}

function show(draft) {
  const { problems, conflict, count, changed } = draft;
  const errors = problems.some((each) => each.level === "error");
  const rows = [];
  if (conflict) rows.push(conflictNotice(draft));
  if (changed && !draft.editable && draft.whyNot) {
    rows.push(el("p", { class: "small warn-text" }, icon("lock"), " ", el("span", { lang: "en", dir: "ltr" }, draft.whyNot)));
  }
  if (changed || draft.mayUndo || draft.mayRedo || problems.length) {
    rows.push(el("div", { class: "bar-row" },
      el("span", { class: "bar-count", role: "status" }, changed
        ? ngettext("%(num)s change not saved", "%(num)s changes not saved", count)
        : _("Nothing to save")),
      problems.length ? el("button", { type: "button", class: `button small ${errors ? "danger" : ""}`, onclick: () => showProblems(draft) },
        icon(errors ? "error" : "warning"), problemCount(problems)) : null,
      el("span", { class: "bar-end" },
        el("button", { type: "button", class: "button small", disabled: !draft.mayUndo, title: draft.mayUndo, onclick: () => draft.undo() }, icon("undo"), el("span", { class: "bar-word" }, _("Undo"))),
        el("button", { type: "button", class: "button small", disabled: !draft.mayRedo, title: draft.mayRedo, onclick: () => draft.redo() }, icon("redo"), el("span", { class: "bar-word" }, _("Redo"))),
        changed ? el("button", { type: "button", class: "button small", onclick: () => discard(draft) }, icon("trash"), el("span", { class: "bar-word" }, _("Discard"))) : null,
        changed ? el("button", { type: "button", class: "button small primary", id: "review-and-save", onclick: () => open(draft) }, icon("check"), _("Review and save")) : null)));
  }
  const focused = document.activeElement?.closest("#configuration-bar button")?.textContent;
  bar.replaceChildren(...rows);
  bar.hidden = rows.length === 0;
  if (focused) [...bar.querySelectorAll("button:not(:disabled)")].find((each) => each.textContent === focused)?.focus();
}

function conflictNotice(draft) {
  const { author, number } = draft.conflict;
  return el("div", { class: "notice warn", role: "alert" }, icon("warning"),
    el("span", {}, number
      ? _("%(name)s saved version %(number)s while you were editing. Your changes are kept.", { name: author || "?", number })
      : _("The configuration was changed while you were editing. Your changes are kept.")),
    el("span", { class: "end buttons" },
      el("button", { type: "button", class: "button small primary", onclick: () => merge(draft) }, _("Merge")),
      el("a", { class: "button small", href: number ? `/history/${number}` : "/history" }, _("Look at theirs"))));
}

function showProblems(draft) {
  const dialog = openDialog(_("Problems"), [
    problemList(draft.problems),
    el("form", { method: "dialog", class: "dialog-end" }, el("button", { class: "button" }, _("Close"))),
  ], { wide: true });
  dialog.addEventListener("click", (event) => {
    if (event.target.closest("a")) dialog.close();
  });
}

async function discard(draft) {
  const sure = await confirmed(
    ngettext("Discard %(num)s change that is not saved?", "Discard %(num)s changes that are not saved?", draft.count), _("Discard"));
  if (sure) await draft.discard();
}

async function open(draft) {
  await review(draft, mayEdit);
  show(draft);
}

function keys(event, draft) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || document.querySelector("dialog[open]")) return;
  const key = event.key.toLowerCase();
  if (key === "s") {
    event.preventDefault();
    if (draft.changed) open(draft);
    return;
  }
  if (event.target.closest("input, textarea, [contenteditable]")) return; // there it is the browser's own
  if (key === "z") {
    event.preventDefault();
    if (event.shiftKey) draft.redo();
    else draft.undo();
  } else if (key === "y") {
    event.preventDefault();
    draft.redo();
  }
}
