// The pages of versions: all of them, and one with what it changed, what it says, and going back to it.

import { ApiProblem, api, el, icon } from "./base.js";
import { changeTable, kindOf } from "./history_words.js";
import { emptyPage } from "./object_list.js";
import { rollBack } from "./roll_back.js";
import { dateTime } from "./times.js";
import { tried } from "./undo.js";
import { _ } from "./words.js";

const place = document.getElementById("history");
const mayEdit = place.dataset.mayEdit === "true";
const zone = document.documentElement.dataset.timezone;
const number = Number(place.dataset.number) || null;

try {
  await (number ? showOne() : showAll());
} catch (error) {
  if (!(error instanceof ApiProblem)) throw error;
  place.replaceChildren(el("div", { class: "notice bad" }, icon("error"), el("span", { lang: "en", dir: "ltr" }, error.detail)));
}
place.removeAttribute("aria-busy");

async function showAll() {
  const stored = await api("GET", "/configuration");
  const body = el("tbody");
  const more = el("button", { type: "button", class: "button", onclick: () => tried(load) }, _("Show more"));
  const chosen = [];
  const compare = el("button", { type: "button", class: "button", disabled: true, onclick: () => {
    const [newer, older] = [...chosen].sort((one, other) => other - one);
    location.assign(`/history/${newer}?against=${older}`);
  } }, icon("columns"), _("Compare two"));
  let next = null;

  async function load() {
    const page = await api("GET", `/configuration/versions${next ? `?cursor=${next}` : ""}`);
    next = page.next;
    more.hidden = next === null;
    body.append(...page.versions.map((version) => row(version)));
  }

  function row(version) {
    const box = el("input", { type: "checkbox", "aria-label": _("Compare version %(number)s", { number: version.number }), onchange: () => choose(version.number, box.checked) });
    const now = version.number === stored.number ? el("span", { class: "status ok" }, icon("check"), _("Now")) : null;
    const links = [el("a", { href: `/calls?version=${encodeURIComponent(version.version)}` }, _("Calls"))];
    return el("tr", {},
      el("td", {}, box),
      el("th", { scope: "row" }, el("a", { href: `/history/${version.number}` }, _("Version %(number)s", { number: version.number })), " ", now),
      el("td", { class: "nowrap" }, dateTime(version.at, zone)),
      el("td", {}, el("bdi", {}, version.author)),
      el("td", {}, el("bdi", {}, version.note ?? "")),
      el("td", {}, kindOf(version.kind)),
      el("td", {}, links));
  }

  /** Of three the first chosen is let go. */
  function choose(version, wanted) {
    if (wanted) chosen.push(version);
    else chosen.splice(chosen.indexOf(version), 1);
    if (chosen.length > 2) {
      const gone = chosen.shift();
      for (const each of body.querySelectorAll("tr")) if (each.querySelector("a").href.endsWith(`/${gone}`)) each.querySelector("input").checked = false;
    }
    compare.disabled = chosen.length !== 2;
  }

  await load();
  if (!body.childElementCount) {
    place.replaceChildren(emptyPage("history", _("There are no versions yet."), _("The first is written when a configuration is saved.")));
    return;
  }
  const titles = ["", _("Version"), _("When"), _("Who"), _("Note"), _("How"), ""];
  place.replaceChildren(
    el("div", { class: "buttons history-tools" }, compare, el("span", { class: "hint" }, _("Choose two versions to see what is different."))),
    el("div", { class: "table-box" }, el("table", { class: "table object-table" },
      el("thead", {}, el("tr", {}, titles.map((title) => (title ? el("th", { scope: "col" }, title) : el("td", {}))))), body)),
    el("p", {}, more));
}

async function showOne() {
  const asked = Number(new URLSearchParams(location.search).get("against")) || null;
  const [version, diff, stored] = await Promise.all([
    api("GET", `/configuration/versions/${number}`),
    api("GET", `/configuration/versions/${number}/diff${asked ? `?against=${asked}` : ""}`),
    api("GET", "/configuration"),
  ]);
  const now = version.number === stored.number;
  const actions = [el("a", { class: "button", href: `/calls?version=${encodeURIComponent(version.version)}` }, icon("calls"), _("Calls under this version"))];
  if (mayEdit && !now && stored.editable) {
    actions.push(el("button", { type: "button", class: "button", onclick: () => rollBack(version, stored) }, icon("history"), _("Roll back to this …")));
  }
  const against = diff.against === null ? _("What the first version says") : _("Against version %(number)s", { number: diff.against });
  place.replaceChildren(...[
    el("nav", { class: "crumbs", "aria-label": _("Where you are") }, el("a", { href: "/history" }, _("History")), " › ", String(number)),
    el("div", { class: "page-head" }, el("h1", {}, _("Version %(number)s", { number })), now ? el("span", { class: "status ok" }, icon("check"), _("Now")) : null, el("div", { class: "end" }, actions)),
    mayEdit && !stored.editable ? el("div", { class: "notice" }, icon("lock"), el("span", { lang: "en", dir: "ltr" }, stored.why_not ?? "")) : null,
    el("dl", { class: "dl card" },
      el("dt", {}, _("When")), el("dd", {}, dateTime(version.at, zone)),
      el("dt", {}, _("Who")), el("dd", {}, el("bdi", {}, version.author)),
      el("dt", {}, _("Note")), el("dd", {}, el("bdi", {}, version.note || "–")),
      el("dt", {}, _("How")), el("dd", {}, kindOf(version.kind)),
      el("dt", {}, _("Mark in the call log")), el("dd", {}, el("bdi", { dir: "ltr", class: "mono" }, version.version))),
    el("section", { class: "card part history-part" }, el("h2", {}, against), changeTable(diff.changes)),
    el("details", { class: "card fold history-part" }, el("summary", {}, _("What it says (YAML)")), el("pre", { class: "mono yaml-read", dir: "ltr", tabindex: "0" }, version.yaml)),
  ].filter(Boolean));
}
