// The page of prompts: every message to callers, to be read, heard and changed in its place; the sounds.

import { ApiProblem, api, confirmed, el, icon, toast } from "./base.js";
import { Bound } from "./bound.js";
import { soundsThere } from "./choices.js";
import { entryOf, isBelow } from "./document.js";
import { openDraft } from "./draft.js";
import { listenButton } from "./listen.js";
import { emptyPage, found } from "./object_list.js";
import { pageOf } from "./object_pages.js";
import { messageOf, promptField } from "./prompt_field.js";
import { promptPlaces } from "./prompt_places.js";
import { soundDrop } from "./upload.js";
import { _, ngettext } from "./words.js";

const place = document.getElementById("prompts");
const search = document.getElementById("search");
const soundPlace = document.getElementById("sounds");
const mayEdit = place.dataset.mayEdit === "true";
const MOST = 60;

try {
  start(new Bound(await openDraft(), mayEdit));
} catch (error) {
  if (!(error instanceof ApiProblem)) throw error;
  place.replaceChildren(el("div", { class: "notice bad" }, icon("error"), el("span", { lang: "en", dir: "ltr" }, error.detail)));
}

function start(bound) {
  let shown = null;
  let limit = MOST;
  const draw = () => {
    const all = promptPlaces(bound.document, { all: true });
    const typed = search.value.trim();
    const matching = typed ? all.filter((each) => found(typed, wordsOf(each))) : all;
    const key = JSON.stringify([matching.slice(0, limit).map(({ path }) => path), matching.length]);
    if (key === shown) return;
    shown = key;
    const groups = Map.groupBy(matching.slice(0, limit), ({ section, owner }) => `${section}\n${owner}`);
    const parts = [...groups.values()].map((prompts) => group(bound, prompts));
    if (!all.length) parts.push(emptyPage("speaker", _("There are no messages yet."), _("Messages belong to numbers: add a number first, then write what its callers hear."), el("a", { class: "button", href: "/numbers" }, _("Numbers"))));
    else if (!matching.length) parts.push(el("p", { class: "muted" }, _("Nothing is found.")));
    if (matching.length > limit) {
      parts.push(el("button", { type: "button", class: "button", onclick: () => {
        limit += MOST;
        draw();
      } }, ngettext("Show more (%(num)s)", "Show more (%(num)s)", matching.length - limit)));
    }
    place.replaceChildren(...parts);
  };
  search.addEventListener("input", draw);
  bound.show(place, draw);
  place.removeAttribute("aria-busy");
  drawSounds();
  const asked = new URLSearchParams(location.search).get("at");
  if (asked) document.getElementById(asked)?.scrollIntoView();
}

function wordsOf({ owner, title, written }) {
  const { text, sound } = messageOf(written);
  return [owner, title, text, sound].join(" ");
}

function group(bound, prompts) {
  const [{ section, owner }] = prompts;
  const numbers = section === "incoming_call_settings" ? entryOf(bound.document, section, owner).numbers ?? [] : [];
  const heading = owner === null
    ? el("h2", {}, _("Overrides of the configuration"))
    : el("h2", {}, el("a", { href: pageOf([section, owner]) }, el("bdi", {}, owner)), " ", el("bdi", { dir: "ltr", class: "muted small" }, [numbers].flat().join(" ")));
  const users = section === "holiday_calendars" ? calendarUse(bound, owner) : null;
  return el("section", { class: "card prompt-group" }, heading, users, el("div", { class: "prompt-grid" }, prompts.map((prompt) => one(bound, prompt))));
}

function calendarUse(bound, name) {
  const uses = bound.draft.uses("holiday_calendars", name).filter(({ path }) => isBelow(path, ["incoming_call_settings"]));
  const links = uses.map(({ path: [, settings] }) => el("a", { href: pageOf(["incoming_call_settings", settings]) }, el("bdi", {}, settings)));
  return el("p", { class: "hint" }, uses.length ? [_("Heard on:"), " ", ...links.flatMap((link, index) => (index ? [", ", link] : [link]))] : _("No number uses this calendar."));
}

function one(bound, { path, title, none, placeholder, settings, owner, section }) {
  const language = () => (section === "incoming_call_settings" ? entryOf(bound.document, section, owner).language : null) ?? bound.document.language ?? "en";
  return promptField(bound, path, title, { none, placeholder, settings: settings ?? userOf(bound, section, owner), language });
}

/** Settings that hear a calendar's messages: they say what the placeholder tells. */
function userOf(bound, section, owner) {
  if (section !== "holiday_calendars") return null;
  const use = bound.draft.uses(section, owner).find(({ path }) => path[0] === "incoming_call_settings");
  return use ? use.path[1] : null;
}

async function drawSounds() {
  const sounds = await soundsThere({ again: true });
  const rows = sounds.map((sound) => {
    const { button, place: listening } = listenButton(() => ({ sound: sound.name }));
    const uses = sound.used_by.map((path) => el("a", { href: pageOf(path) }, el("bdi", { dir: "ltr" }, path.join("."))));
    const remove = mayEdit && !uses.length ? el("button", { type: "button", class: "plain", "aria-label": _("Delete %(name)s", { name: sound.name }), onclick: () => removeSound(sound) }, icon("trash")) : null;
    return el("tr", {},
      el("th", { scope: "row" }, el("bdi", { dir: "ltr" }, sound.name)),
      el("td", { class: "num" }, sound.seconds === null ? "–" : _("%(seconds)s s", { seconds: Math.round(sound.seconds) })),
      el("td", {}, uses.length ? uses.flatMap((link, index) => (index ? [", ", link] : [link])) : el("span", { class: "muted" }, _("nowhere"))),
      el("td", {}, button, listening), el("td", {}, remove));
  });
  const table = el("div", { class: "table-box" }, el("table", { class: "table object-table" },
    el("thead", {}, el("tr", {}, [_("Sound"), _("Length"), _("Used in"), _("Listen"), ""].map((title, index) => (index === 4 ? el("td", {}) : el("th", { scope: "col" }, title))))),
    el("tbody", {}, rows)));
  const drop = mayEdit ? soundDrop(() => drawSounds()) : null;
  const kept = soundPlace.querySelector(".drop");
  soundPlace.replaceChildren(...[rows.length ? table : el("p", { class: "muted" }, _("No sounds yet: messages are spoken from their texts.")), kept ?? drop].filter(Boolean));
}

async function removeSound({ name, etag }) {
  if (!(await confirmed(_("Delete the sound %(name)s for good?", { name: `\u2068${name}\u2069` }), _("Delete")))) return;
  try {
    await api("DELETE", `/configuration/sounds/${encodeURIComponent(name)}`, undefined, { "If-Match": `"${etag}"` });
    await drawSounds();
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    toast(error.detail, "bad");
  }
}
