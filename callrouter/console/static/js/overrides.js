// The overrides page: what is in force and to come on top, what is over below; set and ended here.

import { _ } from "./words.js";
import { api, el, icon } from "./base.js";
import { followBoard } from "./board_stream.js";
import { again, forWhom, kindWord, untilWord, whatItSays } from "./override_words.js";
import { askOverride } from "./override_dialog.js";
import { listenButton } from "./listen.js";
import { offerUndo, tried } from "./undo.js";
import { dateTime, span } from "./times.js";

const page = document.getElementById("overrides");
const maySet = page.dataset.maySet === "true";
const PAGE = 30;
const MOST_ASKED = 200;
let choices = null;
let shown = "";
let heard = "";
let over = [];
let next = null;

/** Everything the page shows, asked anew; the past stays as far as it was unfolded. */
async function load() {
  try {
    await ask();
  } finally {
    document.getElementById("overrides").removeAttribute("aria-busy");
  }
}

async function ask() {
  const [listed, configured, chosen] = await Promise.all([
    api("GET", "/overrides"),
    api("GET", "/overrides/configured"),
    api("GET", "/overrides/choices"),
  ]);
  choices = chosen;
  const live = listed.filter((each) => each.state !== "over");
  const past = await api("GET", `/overrides/over?limit=${Math.min(MOST_ASKED, Math.max(PAGE, over.length))}`);
  over = past.overrides;
  next = past.next;
  const news = JSON.stringify([live, configured, past, chosen.settings]);
  if (news === shown) return;
  shown = news;
  const all = [...live, ...configured];
  draw("in-force", all.filter((each) => each.state === "in_force"), _("Nothing: every call follows its schedule."));
  draw("to-come", all.filter((each) => each.state === "to_come"), _("Nothing is planned."));
  drawPast();
}

function draw(id, overrides, empty) {
  const place = document.getElementById(id);
  const cards = overrides.map(card);
  place.replaceChildren(...(cards.length ? cards : [el("p", { class: "muted" }, empty)]));
}

function card(override) {
  const { word, kind, icon: image } = kindWord(override.kind);
  const zone = zoneOf(override);
  const head = el("div", { class: "override-head" },
    el("span", { class: `status ${kind}` }, icon(image), word),
    el("strong", {}, forWhom(override.settings)));
  const ends = [untilWord(override.until_at, zone)];
  if (override.state === "to_come") ends.unshift(_("from %(time)s", { time: dateTime(override.from_at, zone) }));
  const running = override.state === "to_come" ? override.from_at : override.until_at;
  const lines = [
    head,
    el("p", {}, el("span", {}, ends.join(" ")), " ", running ? el("span", { class: "running muted", "data-until": running, "data-begins": override.state === "to_come" || null }) : null),
    el("p", { class: "muted" }, whatItSays(override)),
  ];
  if (override.reason) lines.push(el("p", {}, el("bdi", {}, override.reason)));
  if (override.message) lines.push(messageLine(override));
  lines.push(el("p", { class: "muted small" }, authorLine(override, zone)));
  if (maySet && override.id) {
    const title = override.state === "to_come" ? _("Call off") : _("End now");
    lines.push(el("div", { class: "buttons" }, el("button", { type: "button", class: "button", onclick: () => end(override) }, icon("stop"), title)));
  }
  return el("article", { class: `card override ${kind}` }, lines);
}

function messageLine({ message, language, settings }) {
  const quote = el("blockquote", { dir: "auto" }, message);
  const asked = { text: message, language: language ?? choices.language, settings: settings[0] ?? null };
  const { button, place } = listenButton(() => asked);
  return el("div", {}, quote, button, place);
}

function authorLine(override, zone) {
  if (override.place) {
    const link = el("a", { href: override.settings.length ? `/numbers/${encodeURIComponent(override.settings[0])}` : "/general#yaml" }, _("From the configuration"));
    return [link, override.author ? ` · ${override.author}` : ""];
  }
  return _("Set by %(author)s on %(time)s", { author: `\u2068${override.author}\u2069`, time: dateTime(override.set_at, zone) });
}

function zoneOf({ settings }) {
  const zones = new Set(choices.settings.filter((each) => settings.includes(each.name)).map((each) => each.timezone));
  return zones.size === 1 ? [...zones][0] : choices.timezone;
}

async function end(override) {
  const done = await tried(() => api("DELETE", `/overrides/${override.id}`));
  if (!done) return;
  await load();
  offerUndo(_("The override has ended."), async () => {
    await api("POST", "/overrides", again(override));
    await load();
  });
}

function drawPast() {
  const rows = over.map((each) => {
    const zone = zoneOf(each);
    const { word, kind, icon: image } = kindWord(each.kind);
    const ended = each.ended_at
      ? _("%(time)s, ended by %(name)s", { time: dateTime(each.ended_at, zone), name: `\u2068${each.ended_by}\u2069` })
      : _("%(time)s, by itself", { time: dateTime(each.until_at, zone) });
    const remark = [each.targets.length ? whatItSays(each) : "", each.reason].filter(Boolean).join(" · ");
    return el("tr", {},
      el("td", {}, el("span", { class: `status ${kind}` }, icon(image), word)),
      el("td", {}, forWhom(each.settings)),
      el("td", { class: "nowrap" }, dateTime(each.from_at, zone)),
      el("td", {}, ended),
      el("td", {}, el("bdi", {}, each.author)),
      el("td", {}, el("bdi", {}, remark)));
  });
  document.getElementById("past-rows").replaceChildren(...rows);
  document.getElementById("past-box").hidden = rows.length === 0;
  document.getElementById("past-none").hidden = rows.length > 0;
  document.getElementById("past-more").hidden = next === null;
}

async function more() {
  const page = await api("GET", `/overrides/over?limit=${PAGE}&cursor=${encodeURIComponent(next)}`);
  over = [...over, ...page.overrides];
  next = page.next;
  drawPast();
}

function tick() {
  const now = Date.now();
  for (const each of page.querySelectorAll("[data-until]")) {
    const left = Date.parse(each.dataset.until) - now;
    const text = each.dataset.begins !== undefined ? _("begins in %(span)s", { span: span(left) }) : _("in %(span)s", { span: span(left) });
    if (each.textContent !== text) each.textContent = text;
    if (left <= 0) shown = "";
  }
}

async function set(kind, settings = []) {
  const made = await askOverride(kind, choices, settings);
  if (made === null) return;
  await load();
  offerUndo(_("The override is set."), async () => {
    await api("DELETE", `/overrides/${made.override.id}`);
    await load();
  });
}

const loaded = tried(load);
if (maySet) {
  for (const button of document.querySelectorAll("[data-set]")) {
    button.addEventListener("click", async () => (await loaded) && set(button.dataset.set));
  }
}
document.getElementById("past-more").addEventListener("click", () => tried(more));
await loaded;
tick();
setInterval(tick, 1000);
addEventListener("focus", () => load().catch(() => null));
followBoard({ changed: told, freshness: () => null, signedOut: () => location.reload(), stay: false });

/** The board knows at once what is set and ended, here and elsewhere, and what begins and expires. */
function told(board) {
  const news = JSON.stringify(board.overrides);
  if (news === heard) return;
  heard = news;
  load().catch(() => null);
}

const asked = new URLSearchParams(location.search);
if (maySet && choices && ["closed", "open", "send_to"].includes(asked.get("new"))) {
  history.replaceState(null, "", location.pathname);
  await set(asked.get("new"), asked.getAll("settings"));
}
