// The page of blocked callers: who is not let in, blocked and let in again here.

import { ApiProblem, api, el, icon } from "./base.js";
import { answerWord } from "./limit_words.js";
import { dateTime, momentOf } from "./times.js";
import { offerUndo, tried } from "./undo.js";
import { _ } from "./words.js";

const page = document.getElementById("blocked");
const form = document.getElementById("block");
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const ANSWERS = ["rejected", "busy", "congestion", "message"];

async function load() {
  const listed = await api("GET", "/blocked-callers");
  const now = listed.filter((each) => each.state === "blocked");
  const over = listed.filter((each) => each.state === "over");
  const none = document.getElementById("now-none");
  none.hidden = now.length > 0;
  none.textContent = _("Nobody is blocked.");
  document.getElementById("now-box").hidden = now.length === 0;
  document.getElementById("now-rows").replaceChildren(...now.map(row));
  document.getElementById("over").hidden = over.length === 0;
  document.getElementById("over-rows").replaceChildren(...over.map(overRow));
}

function row(blocked) {
  const until = blocked.until_at ? dateTime(blocked.until_at, zone) : _("somebody ends it");
  const by = blocked.id
    ? el("bdi", {}, blocked.author)
    : el("a", { href: "/general#yaml" }, _("From the configuration"));
  const end = page.dataset.maySet === "true" && blocked.id
    ? el("button", { type: "button", class: "button small", "aria-label": _("Let %(number)s in again", { number: numberWord(blocked.number) }), onclick: () => unblock(blocked) }, icon("check"), _("Let in again"))
    : null;
  return el("tr", {},
    el("td", {}, el("bdi", { dir: "ltr" }, numberWord(blocked.number))),
    el("td", {}, answerWord(blocked.answer)),
    el("td", {}, until),
    el("td", {}, by),
    el("td", {}, el("bdi", {}, blocked.note)),
    el("td", {}, end));
}

function overRow(blocked) {
  const ended = blocked.ended_at
    ? _("%(time)s, ended by %(name)s", { time: dateTime(blocked.ended_at, zone), name: `\u2068${blocked.ended_by}\u2069` })
    : _("%(time)s, by itself", { time: dateTime(blocked.until_at, zone) });
  return el("tr", {},
    el("td", {}, el("bdi", { dir: "ltr" }, numberWord(blocked.number))),
    el("td", {}, ended),
    el("td", {}, el("bdi", {}, blocked.author)),
    el("td", {}, el("bdi", {}, blocked.note)));
}

function numberWord(number) {
  return number === "anonymous" ? _("Callers without a number") : number;
}

async function block(given, key) {
  const made = await api("POST", "/blocked-callers", given, { "Idempotency-Key": key });
  await load();
  return made;
}

async function unblock(blocked) {
  if (!(await tried(async () => (await api("DELETE", `/blocked-callers/${blocked.id}`), true)))) return;
  await load();
  const { number, answer, note, until_at: until } = blocked;
  offerUndo(_("The caller is let in again."), () => block({ number, answer, note, until_at: until }, crypto.randomUUID()));
}

async function submitted(event) {
  event.preventDefault();
  const problem = document.getElementById("block-problem");
  const field = (name) => document.getElementById(`block-${name}`);
  const until = field("until").value ? momentOf(field("until").value, zone) : null;
  const given = { number: field("number").value.trim(), answer: field("answer").value, note: field("note").value.trim(), until_at: until };
  problem.hidden = true;
  try {
    const made = await block(given, crypto.randomUUID());
    form.reset();
    offerUndo(_("The caller is blocked."), async () => {
      await api("DELETE", `/blocked-callers/${made.id}`);
      await load();
    });
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    problem.replaceChildren(el("span", { lang: "en", dir: "ltr" }, error.detail));
    problem.hidden = false;
  }
}

if (form) {
  document.getElementById("block-answer").replaceChildren(...ANSWERS.map((value) => el("option", { value }, answerWord(value))));
  document.getElementById("block-number").value = new URLSearchParams(location.search).get("number") ?? "";
  form.addEventListener("submit", submitted);
}
await tried(load);
addEventListener("focus", () => load().catch(() => null));
