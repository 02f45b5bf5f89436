// The editor of one number: what it is dialled by, who is on duty, and its tabs.

import { ApiProblem, confirmed, el, icon, toast } from "./base.js";
import { Bound } from "./bound.js";
import { entryOf, listOf, namesIn } from "./document.js";
import { openDraft } from "./draft.js";
import { dutyChip, onDuty, untilText } from "./duty.js";
import { holidaysTab } from "./holidays_tab.js";
import { labelled, nextId, suggestions } from "./labels.js";
import { messagesTab } from "./messages_tab.js";
import { typedNumbers } from "./new_number.js";
import { pageOf } from "./object_pages.js";
import { previewTab } from "./preview_tab.js";
import { askForName } from "./rename_dialog.js";
import { ringingTab } from "./ringing_tab.js";
import { scheduleTab } from "./schedule_tab.js";
import { yamlTab } from "./yaml_tab.js";
import { _ } from "./words.js";

const SECTION = "incoming_call_settings";
const place = document.getElementById("number");
const mayEdit = Boolean(document.getElementById("configuration-bar").dataset.mayEdit);
const weekDays = JSON.parse(document.getElementById("week-days").textContent);

const TABS = [
  ["schedule", () => _("Schedule"), scheduleTab],
  ["ringing", () => _("How it rings"), ringingTab],
  ["messages", () => _("Messages"), messagesTab],
  ["holidays", () => _("Holidays and overrides"), holidaysTab],
  ["preview", () => _("Preview"), previewTab],
  ["yaml", () => _("YAML"), yamlTab],
];

try {
  const draft = await openDraft();
  start(draft, place.dataset.name);
} catch (error) {
  if (!(error instanceof ApiProblem)) throw error;
  place.replaceChildren(el("p", { class: "bad-text" }, error.detail));
}

function start(draft, name) {
  place.removeAttribute("aria-busy");
  const exists = () => namesIn(draft.document, SECTION).includes(name);
  let shown = null;
  const follow = () => {
    if (exists() === shown) return;
    shown = exists();
    place.replaceChildren(...(shown ? editor(draft, name) : missing(name)));
  };
  draft.addEventListener("change", follow);
  follow();
}

function missing(name) {
  return [el("div", { class: "empty" }, icon("phone-off"),
    el("p", { class: "empty-title" }, _("There is no number %(name)s in this draft.", { name })),
    el("p", {}, _("It may have been renamed or deleted.")),
    el("a", { class: "button", href: "/numbers" }, _("All numbers")))];
}

function editor(draft, name) {
  const bound = new Bound(draft, mayEdit);
  const context = { draft, bound, name, mayEdit, weekDays, path: [SECTION, name] };
  return [head(context), suggestions("zone-names", zones()), tabs(context)];
}

function head({ draft, bound, name, path }) {
  const duty = el("p", { class: "duty-now", role: "status" });
  const follow = async () => {
    const of = draft.document;
    if (!draft.ready) return;
    try {
      const found = (await onDuty(draft)).get(name);
      if (of !== draft.document || !found) return;
      duty.replaceChildren(dutyChip(found), " ", found.open ? el("span", { lang: "en", dir: "ltr" }, found.text) : "",
        found.until === null ? "" : el("span", { class: "muted" }, " ", _("until %(time)s", { time: untilText(found.until) })));
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error; // mistakes are told by the bar
    }
  };
  draft.addEventListener("problems", follow);
  setInterval(follow, 60_000);
  follow();
  const numbers = el("input", {
    type: "text", dir: "ltr", autocomplete: "off", spellcheck: "false", readonly: !mayEdit, placeholder: "+381111234567",
    onchange: () => {
      const list = typedNumbers(numbers.value);
      bound.set([...path, "numbers"], list.length ? list : undefined, _("Phone numbers"));
    },
  });
  const labelledNumbers = labelled(_("Phone numbers"), numbers, { problems: bound.problems([...path, "numbers"], numbers) });
  bound.show(labelledNumbers, () => (numbers.value = listOf(entryOf(draft.document, SECTION, name).numbers).join(", ")));
  return el("div", {},
    el("div", { class: "page-head" },
      el("a", { class: "button small", href: "/numbers", "aria-label": _("All numbers") }, flipped("arrow")),
      el("h1", {}, el("bdi", {}, name)), duty,
      el("div", { class: "end" },
        el("a", { class: "button", href: `/simulate?number=${encodeURIComponent(listOf(entryOf(draft.document, SECTION, name).numbers)[0] ?? "")}` }, icon("play"), _("Try a call")),
        mayEdit ? el("button", { type: "button", class: "button", onclick: () => rename(draft, name) }, icon("tag"), _("Rename")) : null,
        mayEdit ? el("button", { type: "button", class: "button danger", onclick: () => remove(draft, name) }, icon("trash"), _("Delete")) : null)),
    el("div", { class: "number-fields" }, labelledNumbers,
      textOf(bound, [...path, "timezone"], _("Time zone"), { list: "zone-names", placeholder: draft.document.timezone ?? "UTC" }),
      textOf(bound, [...path, "language"], _("Language of its messages"), { placeholder: draft.document.language ?? "en" })));
}

function textOf(bound, path, label, attributes) {
  const input = el("input", {
    type: "text", dir: "ltr", autocomplete: "off", spellcheck: "false", readonly: !mayEdit, id: nextId(), ...attributes,
    onchange: () => bound.set(path, input.value.trim() || undefined, label),
  });
  const whole = labelled(label, input, { problems: bound.problems(path, input) });
  return bound.show(whole, () => (input.value = bound.value(path) ?? ""));
}

function tabs(context) {
  const panels = new Map();
  const list = el("div", { class: "tabs", role: "tablist", "aria-label": _("What is set for this number") });
  const holder = el("div", {});
  for (const [key, title] of TABS) {
    list.append(el("button", {
      type: "button", role: "tab", id: `tab-${key}`, "aria-controls": `panel-${key}`, "data-tab": key, onclick: () => location.replace(`#${key}`),
    }, title()));
  }
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -TABS.length, End: TABS.length }[event.key];
    if (!step) return;
    event.preventDefault();
    const way = getComputedStyle(list).direction === "rtl" && event.key.startsWith("Arrow") ? -step : step;
    const now = TABS.findIndex(([key]) => key === event.target.dataset.tab);
    const next = Math.min(Math.max(now + way, 0), TABS.length - 1);
    location.replace(`#${TABS[next][0]}`);
    list.children[next].focus();
  });
  const show = () => {
    const wanted = TABS.find(([key]) => key === location.hash.slice(1)) ?? TABS[0];
    for (const [key, , make] of TABS) {
      const here = key === wanted[0];
      const tab = list.querySelector(`[data-tab="${key}"]`);
      tab.setAttribute("aria-selected", String(here));
      tab.tabIndex = here ? 0 : -1;
      if (here && !panels.has(key)) {
        const panel = el("section", { role: "tabpanel", id: `panel-${key}`, "aria-labelledby": `tab-${key}`, tabindex: "-1" });
        panels.set(key, { panel, shown: make(context, panel) });
        holder.append(panel);
      }
      if (panels.has(key)) panels.get(key).panel.hidden = !here;
    }
    panels.get(wanted[0]).shown?.();
  };
  addEventListener("hashchange", show);
  queueMicrotask(show);
  return el("div", {}, list, holder);
}

async function rename(draft, name) {
  const wanted = await askForName(draft, SECTION, name);
  if (wanted !== null && draft.rename(SECTION, name, wanted)) location.replace(pageOf([SECTION, wanted]));
}

async function remove(draft, name) {
  const used = [...new Set(draft.uses(SECTION, name).map(({ path }) => String(path[1] ?? path[0])))];
  const question = used.length
    ? _("Delete %(name)s? It is referred to by: %(where)s.", { name, where: used.join(_(", ")) })
    : _("Delete %(name)s? Nothing refers to it.", { name });
  if (!(await confirmed(question, _("Delete")))) return;
  draft.remove(_("%(name)s deleted", { name }), SECTION, name);
  toast(_("%(name)s deleted", { name }));
}

function flipped(name) {
  const shown = icon(name);
  shown.classList.add("mirror", "back");
  return shown;
}

function zones() {
  return typeof Intl.supportedValuesOf === "function" ? ["UTC", ...Intl.supportedValuesOf("timeZone")] : ["UTC"];
}
