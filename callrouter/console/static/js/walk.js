// What a simulated call meets, step by step. Sentences of the router are English, and marked so.

import { duration, el, icon } from "./base.js";
import { patternWord } from "./ringing_words.js";
import { dateTime } from "./times.js";
import { _ } from "./words.js";

/** The answer of POST /simulate for people; `short` leaves out the reasons and the messages. */
export function walk(found, { short = false } = {}) {
  return el("div", { class: "walk" },
    headline(found),
    found.prompts?.greeting && !short ? heard(_("The caller hears the greeting"), found.prompts.greeting) : null,
    found.targets.map((each) => target(each)),
    found.targets.length === 0 && found.decision === "closed" && found.prompts?.closed && !short ? heard(_("The caller hears"), found.prompts.closed) : null,
    found.follow_on.length ? [el("h4", {}, _("When nobody takes the call")), found.follow_on.map((each) => target(each))] : null,
    short ? null : ending(found),
    el("details", { class: "fold", open: !short }, el("summary", {}, _("Why")),
      el("ol", { class: "trace", lang: "en", dir: "ltr" }, found.trace.map((line) => el("li", {}, line)))));
}

function headline(found) {
  const [kind, sign, word] = decisionWord(found.decision);
  const when = found.local_time ? dateTime(`${found.local_time.slice(0, 16)}Z`, "UTC") : null;
  return el("p", { class: "walk-head" },
    el("span", { class: `status ${kind}` }, icon(sign), word), " ",
    found.settings ? el("a", { href: `/numbers/${encodeURIComponent(found.settings)}` }, el("bdi", {}, found.settings)) : null,
    when ? el("span", { class: "muted" }, ` · ${when} `, found.timezone ? el("bdi", { dir: "ltr" }, found.timezone) : null) : null,
    found.holiday ? el("span", { class: "status note" }, icon("calendar"), el("bdi", {}, found.holiday)) : null,
    found.override ? el("span", { class: "status note" }, icon("clock"), el("span", { lang: "en", dir: "ltr" }, found.override.words)) : null,
    found.reopens_at ? el("span", {}, " ", _("Opens again %(time)s.", { time: dateTime(`${found.reopens_at.slice(0, 16)}Z`, "UTC") })) : null);
}

function decisionWord(decision) {
  switch (decision) {
    case "ring": return ["ok", "ringing", _("Rings")];
    case "closed": return ["off", "lock", _("Closed")];
    case "unavailable": return ["bad", "phone-missed", _("Nobody can be rung")];
    default: return ["bad", "error", _("Unknown number")];
  }
}

/** One group, agent or number, and who of it rings when. */
function target({ kind, name, call_routing: pattern, message, agents }) {
  const ringing = agents.filter((each) => each.rings);
  const skipped = agents.filter((each) => !each.rings);
  return el("div", { class: "walk-step" },
    message ? heard(_("The caller hears"), message) : null,
    el("p", {}, icon(kind === "agent_group" ? "people" : kind === "outside_number" ? "phone-out" : "person"), " ",
      el("strong", {}, el("bdi", { dir: kind === "outside_number" ? "ltr" : null }, name)),
      " ", agents.length > 1 ? el("span", { class: "muted small" }, patternWord(pattern).label) : null),
    ringing.length ? el("ol", { class: "walk-agents" }, ringing.map((each) => el("li", {},
      el("bdi", {}, each.name), " ", each.extension ? el("bdi", { dir: "ltr", class: "muted tabular" }, each.extension) : null, " ",
      el("span", { class: "small muted tabular" }, rings(each))))) : null,
    skipped.length ? el("ul", { class: "walk-skipped" }, skipped.map((each) => el("li", {},
      icon("minus"), " ", el("bdi", {}, each.name), ": ", el("span", { lang: "en", dir: "ltr" }, each.skipped ?? each.skip_reason ?? "")))) : null,
    agents.length === 0 && kind === "agent_group" ? el("p", { class: "warn-text" }, icon("warning"), " ", _("Nobody is in this group.")) : null);
}

function rings({ from_seconds: from, until_seconds: until }) {
  if (from === null || from === undefined) return "";
  if (until === null || until === undefined) return _("rings from %(from)s", { from: duration(from) });
  return _("rings from %(from)s to %(to)s", { from: duration(from), to: duration(until) });
}

function heard(label, { text, sound, language }) {
  return el("p", { class: "walk-heard" }, icon("speaker"), " ", `${label}: `,
    sound ? el("bdi", { dir: "ltr", class: "mono" }, sound) : el("q", { lang: language ?? null, dir: "auto" }, text ?? ""));
}

function ending({ nobody_answers: nobody, prompts }) {
  if (!nobody) return null;
  const message = prompts?.[nobody.message];
  return el("div", { class: "walk-step" },
    el("p", {}, icon("phone-off"), " ", nobody.message === "busy"
      ? _("If nobody answers: the busy message.") : _("If nobody answers: the unavailable message."), " ",
    el("span", { class: "small muted", lang: "en", dir: "ltr" }, nobody.rule)),
    message ? heard(_("The caller hears"), message) : el("p", { class: "muted" }, _("No message is set: the caller hears nothing.")));
}
