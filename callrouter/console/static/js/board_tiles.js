// The big tiles, what is wrong, the overrides, and the health of everything.

import { _, locale, ngettext } from "./words.js";
import { duration, el, icon } from "./base.js";
import { endOverride } from "./board_actions.js";
import { shareKind, waitingKind } from "./board_state.js";
import { activityWord, alarmWord, incidentWord, isolated, percent } from "./board_words.js";
import { forWhom, kindWord, untilWord, whatItSays } from "./override_words.js";
import { say, since } from "./keyed.js";
import { dateTime } from "./times.js";

/** The tiles; returns `update(board)` and `tick(now)` for what only time changes. */
export function tiles(place) {
  const waiting = tile(place, _("Calls waiting"));
  const talking = tile(place, _("Talking now"));
  const level = tile(place, _("Service level today"));
  const abandoned = tile(place, _("Abandoned today"));
  const agents = tile(place, _("Agents free"));
  const clock = el("span", { class: "ltr tabular" });
  const longest = el("span", {}, _("longest"), " ", clock);
  let board = null;
  function update(told) {
    board = told;
    const { now, today, agents: doing } = board.totals;
    const { targets } = board;
    waiting.value(String(now.waiting));
    since(clock, now.longest_since);
    const aim = _("target: at most %(time)s", { time: duration(targets.longest_wait_seconds) });
    waiting.text(...(now.longest_since ? [longest] : []), el("span", {}, aim));
    talking.value(String(now.talking));
    talking.text(ngettext("%(num)s call rings", "%(num)s calls ring", now.ringing));
    level.value(percent(today.service_level, locale()));
    level.text(_("%(count)s of %(offered)s within %(seconds)s s · target %(target)s", {
      count: today.in_time, offered: today.offered, seconds: targets.answer_within_seconds, target: percent(targets.service_level, locale()),
    }));
    level.kind(shareKind(today.service_level, targets.service_level));
    abandoned.value(String(today.abandoned));
    abandoned.text(_("%(share)s of %(offered)s · target: at most %(target)s", {
      share: percent(today.abandoned_share, locale()), offered: today.offered, target: percent(targets.most_abandoned, locale()),
    }));
    abandoned.kind(shareKind(today.abandoned_share, targets.most_abandoned, { atMost: true }));
    agents.value(String(doing.free));
    agents.text(...Object.entries(doing).filter(([activity, count]) => count && activity !== "free").map(([activity, count]) => {
      const { word, kind, icon: image } = activityWord(activity);
      return el("span", { class: `status ${kind}` }, icon(image), `${count} ${word}`);
    }));
    tick();
  }
  function tick() {
    if (board === null) return;
    const { longest_since: began } = board.totals.now;
    const seconds = began ? (Date.now() - Date.parse(began)) / 1000 : null;
    waiting.kind(waitingKind(seconds, board.targets));
  }
  return { update, tick };
}

function tile(place, title) {
  const value = el("p", { class: "tile-value" }, "–");
  const text = el("p", { class: "tile-text muted small" });
  const element = el("div", { class: "tile" }, el("h2", { class: "tile-title" }, title), value, text);
  place.append(element);
  let shown = "";
  return {
    value: (said) => say(value, said),
    text(...children) {
      const key = children.map((child) => (typeof child === "string" ? child : child.outerHTML)).join();
      if (key === shown) return;
      shown = key;
      text.replaceChildren(...children);
    },
    kind(kind) {
      const name = kind ? `tile ${kind}` : "tile";
      if (element.className !== name) element.className = name;
    },
  };
}

/** What is wrong, each a notice; only said again where it is another one. */
export function incidentList(place) {
  let shown = "";
  return ({ incidents, timezone }) => {
    const key = JSON.stringify(incidents);
    if (key === shown) return;
    shown = key;
    place.replaceChildren(...incidents.map((incident) => {
      const { kind, text } = incidentWord(incident);
      const began = incident.since ? el("span", { class: "muted" }, _("since %(time)s", { time: dateTime(incident.since, timezone) })) : null;
      return el("div", { class: `notice ${kind}` }, icon(kind === "bad" ? "error" : "warning"), el("span", {}, text, " ", began));
    }));
  };
}

/** `{ element, update([override, board]) }` for an override in force or to come. */
export function overrideLine(id, { maySet }) {
  const status = el("span");
  const words = el("span");
  const reason = el("bdi", { class: "muted" });
  const end = maySet ? el("button", { type: "button", class: "button small", onclick: () => endOverride(id) }, icon("stop"), _("End")) : null;
  const element = el("div", { class: "override-line" }, status, words, reason, end);
  function update([override, { timezone }]) {
    const { word, kind, icon: image } = kindWord(override.kind);
    status.className = `status ${override.in_force ? kind : "off"}`;
    status.replaceChildren(icon(image), word);
    const begins = override.in_force ? "" : _("from %(time)s", { time: dateTime(override.from_at, timezone) });
    const to = override.targets.length ? whatItSays(override) : "";
    say(words, [forWhom(override.settings), begins, untilWord(override.until_at ?? null, timezone), to].filter(Boolean).join(" · "));
    say(reason, [override.author, override.reason].filter(Boolean).map(isolated).join(" · "));
    if (end) end.hidden = !override.live;
  }
  return { element, update };
}

/** Dots with words: the database, each router, each Asterisk. */
export function healthList(place) {
  let shown = "";
  return ({ database, routers, configuration, timezone }) => {
    const key = JSON.stringify([database, routers, configuration]);
    if (key === shown) return;
    shown = key;
    const dots = [dot(_("Database"), database ? "ok" : "bad", database ? _("answers") : _("does not answer"))];
    for (const [name, router] of Object.entries(routers)) {
      dots.push(dot(_("Router %(name)s", { name: isolated(name) }), ...routerWord(router, name)));
      for (const { url, connected, error } of router.asterisk) {
        const word = connected ? _("connected") : error ? `${_("not connected")}: \u2066${error}\u2069` : _("not connected");
        dots.push(dot(_("Asterisk %(url)s", { url: `\u2066${url}\u2069` }), connected ? "ok" : "bad", word));
      }
    }
    if (configuration) {
      const followed = Object.values(routers).some(({ heard, version }) => heard && version === configuration.version);
      const about = _("version %(number)s by %(author)s, %(time)s", {
        number: configuration.number, author: isolated(configuration.author), time: dateTime(configuration.at, timezone),
      });
      dots.push(dot(_("Configuration"), followed ? "ok" : "warn", followed ? about : _("%(version)s, not followed yet", { version: about })));
    }
    place.replaceChildren(...dots);
  };
}

function routerWord(router, name) {
  if (!router.heard) return ["bad", _("not heard")];
  if (router.stopping) return ["warn", _("stops: takes no new calls")];
  if (router.problems.length) return ["warn", _("refuses the newest configuration")];
  if (router.records_waiting) return ["warn", ngettext("%(num)s record waits", "%(num)s records wait", router.records_waiting)];
  if (router.alarms?.length) return ["warn", alarmWord(router.alarms[0], name)];
  if (router.late_seconds) return ["warn", _("busy: %(seconds)s s late", { seconds: router.late_seconds })];
  return ["ok", _("is heard")];
}

function dot(title, kind, word) {
  const images = { ok: "check", warn: "warning", bad: "error" };
  return el("li", {}, el("span", { class: `status ${kind}` }, icon(images[kind]), el("span", {}, `${title}: ${word}`)));
}
