// The whole configuration as YAML: read, copied, downloaded, changed and taken into the draft.

import { ApiProblem, api, el, icon, toast } from "./base.js";
import { waiting } from "./dialogs.js";
import { numberLines } from "./line_numbers.js";
import { problemList } from "./problem_list.js";
import { _, ngettext } from "./words.js";

const QUIET_MS = 500;
const MOST_BYTES = 5_000_000;
const MOST_LINES = 5_000;

/** Problems as a list shows them: with the line where they are. */
export function withLines(problems) {
  return problems.map((each) => ({ ...each, path: [], field: each.line ? _("line %(number)s", { number: each.line }) : each.field }));
}

/** The part of the page. */
export function wholeYaml(bound) {
  let typed = false;
  let found = null;
  let timer = 0;
  let round = 0;
  let of = null;
  const text = el("textarea", {
    class: "whole-yaml mono", dir: "ltr", rows: "24", spellcheck: "false", autocomplete: "off", autocapitalize: "off", wrap: "off",
    readonly: !bound.mayEdit, "aria-label": _("The configuration as YAML"), oninput: () => changed(), onscroll: () => (numbers.scrollTop = text.scrollTop),
  });
  const numbers = el("div", { class: "yaml-numbers mono", "aria-hidden": "true", dir: "ltr" });
  const told = el("div", { role: "status" });
  const file = el("input", { type: "file", accept: ".yaml,.yml,text/yaml", class: "visually-hidden", "aria-label": _("Import a file"), tabindex: "-1", onchange: () => importFile() });
  const take = el("button", { type: "button", class: "button primary", disabled: true, onclick: () => takeOver() }, icon("check"), _("Take into the draft"));
  const back = el("button", { type: "button", class: "button", hidden: true, onclick: () => reread() }, icon("undo"), _("Back to the draft"));
  const details = el("details", { class: "fold", open: location.hash === "#yaml", ontoggle: () => refresh() }, el("summary", {}, _("Show and edit")),
    el("p", { class: "hint" }, _("What is changed here is checked at once, and is in the draft when you take it over. It is saved with everything else.")),
    el("div", { class: "buttons" },
      el("button", { type: "button", class: "button", onclick: () => copy() }, icon("copy"), _("Copy")),
      el("button", { type: "button", class: "button", onclick: () => download() }, icon("download"), _("Download")),
      bound.mayEdit ? el("button", { type: "button", class: "button", onclick: () => file.click() }, icon("upload"), _("Import a file")) : null, file),
    el("div", { class: "whole-yaml-box", dir: "ltr" }, numbers, text), told,
    bound.mayEdit ? el("div", { class: "buttons" }, take, back) : null);

  async function refresh() {
    if (!details.open || typed || of === bound.document) return;
    of = bound.document;
    told.replaceChildren(waiting(_("Loading …")));
    try {
      found = await bound.draft.check();
      if (typed) return;
      text.value = found.yaml;
      told.replaceChildren(problemList(withLines(found.problems), { links: false }));
      number();
    } catch (error) {
      failed(error);
    }
  }

  function changed() {
    typed = true;
    take.disabled = true;
    back.hidden = false;
    number();
    clearTimeout(timer);
    timer = setTimeout(check, QUIET_MS);
  }

  async function check() {
    const asked = (round += 1);
    try {
      const answer = await api("POST", "/configuration/check", { yaml: text.value });
      if (asked !== round) return;
      found = answer;
      take.disabled = answer.document === null;
      const count = answer.problems.length;
      told.replaceChildren(
        el("p", { class: count ? "" : "ok-text" }, count ? ngettext("%(num)s problem", "%(num)s problems", count) : _("No problems found.")),
        problemList(withLines(answer.problems), { links: false }));
      number();
    } catch (error) {
      if (asked === round) failed(error);
    }
  }

  function failed(error) {
    if (!(error instanceof ApiProblem)) throw error;
    told.replaceChildren(el("p", { class: "field-error" }, icon("error"), el("span", { lang: "en", dir: "ltr" }, error.detail)));
  }

  function number() {
    const count = Math.min(MOST_LINES, text.value.split("\n").length);
    const wrong = new Map((found?.problems ?? []).map(({ line, level }) => [line, level]));
    numberLines(numbers, count, wrong);
    requestAnimationFrame(() => (numbers.scrollTop = text.scrollTop));
  }

  function takeOver() {
    bound.draft.replace(_("YAML edited"), found.document);
    toast(_("It is in the draft: review and save it."), "ok");
    reread();
  }

  function reread() {
    typed = false;
    of = null;
    back.hidden = true;
    take.disabled = true;
    return refresh();
  }

  async function copy() {
    await refresh();
    await navigator.clipboard.writeText(text.value);
    toast(_("Copied."), "ok");
  }

  async function download() {
    details.open = true;
    await refresh();
    const link = el("a", { href: URL.createObjectURL(new Blob([text.value], { type: "application/yaml" })), download: "callrouter.yaml" });
    link.click();
    URL.revokeObjectURL(link.href);
  }

  async function importFile() {
    const [given] = file.files;
    file.value = "";
    if (!given) return;
    if (given.size > MOST_BYTES) {
      toast(_("The file is larger than 5 MB."), "bad");
      return;
    }
    details.open = true;
    text.value = await given.text();
    changed();
  }

  return bound.show(details, refresh);
}
