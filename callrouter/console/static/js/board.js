// The live board: follows what the server tells, and draws what has changed.

import { _, locale, ngettext } from "./words.js";
import { icon } from "./base.js";
import { agentTile, ownState } from "./board_agents.js";
import { agentsInOrder, callsInOrder } from "./board_state.js";
import { callRow } from "./board_calls.js";
import { followBoard } from "./board_stream.js";
import { groupRow, settingsRow } from "./board_strips.js";
import { healthList, incidentList, overrideLine, tiles } from "./board_tiles.js";
import { keyed, say } from "./keyed.js";
import { time } from "./times.js";

const page = document.getElementById("board");
const at = (id) => document.getElementById(id);
const can = (name) => page.dataset[name] === "true";
const wall = at("main").classList.contains("wall");

const big = tiles(at("tiles"));
const incidents = incidentList(at("incidents"));
const health = healthList(at("health"));
const calls = keyed(at("calls"), (id) => callRow(id, { steer: can("steerCalls") && !wall }));
const agents = keyed(at("agents"), (id) => agentTile(id, { steer: can("steerAgents") && !wall }));
const settings = keyed(at("settings"), settingsRow);
const groups = keyed(at("groups"), groupRow);
const overrides = keyed(at("overrides"), (id) => overrideLine(id, { maySet: can("setOverrides") && !wall }));
const own = page.dataset.own && !wall ? ownState(page.dataset.own, at("own-state"), at("own-actions")) : null;

function changed(board) {
  const withBoard = (entries) => entries.map(([key, value]) => [key, [value, board]]);
  big.update(board);
  incidents(board);
  health(board);
  const live = callsInOrder(board.calls);
  calls(withBoard(live));
  show("calls-scroll", live.length);
  show("calls-none", !live.length);
  const shown = agentsInOrder(board.agents, locale());
  agents(withBoard(shown));
  show("agents-none", !shown.length);
  settings(withBoard(Object.entries(board.settings)));
  show("settings-box", Object.keys(board.settings).length);
  groups(withBoard(Object.entries(board.groups)));
  show("groups-box", Object.keys(board.groups).length);
  const set = Object.entries(board.overrides).sort(([, one], [, two]) => Number(two.in_force) - Number(one.in_force));
  overrides(withBoard(set));
  show("overrides-box", set.length);
  if (own) {
    const mine = board.agents[page.dataset.own];
    show("own", mine);
    if (mine) own([mine, board]);
  }
  page.dataset.timezone = board.timezone;
  page.setAttribute("aria-busy", "false");
}

function show(id, whether) {
  if (at(id)) at(id).hidden = !whether;
}

let said = "";

function freshness(stale, heardAt) {
  big.tick();
  if (page.dataset.timezone) say(at("board-clock"), time(Date.now(), page.dataset.timezone));
  page.classList.toggle("stale", stale && heardAt !== null);
  const fresh = at("fresh");
  const kind = heardAt === null ? "off" : stale ? "bad" : "ok";
  if (kind !== said) {
    said = kind;
    const images = { off: "circle", bad: "warning", ok: "dot" };
    fresh.className = `status ${kind}`;
    fresh.replaceChildren(icon(images[kind]), document.createElement("span"));
  }
  const seconds = heardAt === null ? 0 : Math.floor((Date.now() - heardAt) / 1000);
  const old = seconds >= 10
    ? ngettext("Old: no news for %(num)s second", "Old: no news for %(num)s seconds", Math.floor(seconds / 10) * 10)
    : _("Old: the database does not answer");
  const words = { off: _("Connecting …"), bad: old, ok: _("Live") };
  say(fresh.lastElementChild, words[kind]);
}

function signedOut() {
  location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "w" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select") || document.querySelector("dialog[open]")) return;
  at("wall-link").click();
});

if (wall) {
  document.documentElement.classList.add("wall");
  document.addEventListener("dblclick", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen().catch(() => null);
  });
}

followBoard({ changed, freshness, signedOut, stay: wall });
