// The Preview tab: the real hours of the days to come, with holidays, overrides, changes of clocks, gaps.

import { ApiProblem, api, el, icon, newestInto } from "./base.js";
import { waiting } from "./dialogs.js";
import { labelled, nextId } from "./labels.js";
import { DAY_MINUTES, minutesOf } from "./row_times.js";
import { Schedule } from "./schedule.js";
import { day as dayText } from "./times.js";
import { _ } from "./words.js";

const DAYS = 14;

/** Fills the panel; returns what to do when it is shown again. */
export function previewTab({ draft, name, weekDays }, panel) {
  const schedule = new Schedule(draft, name, weekDays);
  const strip = el("div", { class: "preview", "aria-live": "polite" });
  const from = el("input", { type: "date", id: nextId(), dir: "ltr", onchange: () => draw() });
  panel.append(el("div", { class: "preview-tools" }, labelled(_("From"), from),
    el("button", { type: "button", class: "button", onclick: () => step(-DAYS) }, _("Two weeks earlier")),
    el("button", { type: "button", class: "button", onclick: () => step(DAYS) }, _("Two weeks later")),
    el("p", { class: "hint" }, _("What will really hold, draft included: rows, holidays, overrides, changes of the clocks; by the clock of %(zone)s.", { zone: schedule.zone }))), strip);
  const asked = newestInto(strip);

  function step(days) {
    const first = from.value ? new Date(`${from.value}T12:00Z`) : new Date();
    first.setUTCDate(first.getUTCDate() + days);
    from.value = first.toISOString().slice(0, 10);
    draw();
  }

  async function draw() {
    const show = asked();
    if (!strip.children.length) show(waiting(_("Laying out the days …")));
    if (!draft.ready) {
      show(el("p", { class: "muted" }, _("The days can be laid out when the errors are mended.")));
      return;
    }
    try {
      const found = await api("POST", "/configuration/preview", { document: draft.document, settings: name, days: DAYS, ...(from.value ? { from: from.value } : {}) });
      show(...found.days.map((each) => dayOf(schedule, each)));
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      show(el("p", { class: "bad-text" }, error.detail));
    }
  }

  draft.addEventListener("problems", () => panel.isConnected && !panel.hidden && draw());
  return draw;
}

function dayOf(schedule, { date, periods, clock_change: change, holiday }) {
  const moment = `${date}T12:00:00Z`;
  const overrides = [...new Set(periods.filter((each) => each.by === "override").map((each) => each.because))];
  return el("div", { class: `preview-day ${holiday ? "holiday" : ""}` },
    el("div", { class: "preview-head" }, el("strong", {}, dayText(moment, "UTC")),
      holiday ? el("span", { class: "status note" }, icon("calendar"), el("bdi", {}, holiday)) : null,
      overrides.map((each) => el("span", { class: "status warn" }, icon("clock"), el("span", { lang: "en", dir: "ltr" }, each))),
      change ? el("span", { class: "status live" }, icon("clock"), el("span", { lang: "en", dir: "ltr" }, change)) : null),
    el("div", { class: "preview-strip", "aria-hidden": "true" }, periods.map((each) => period(schedule, each))),
    el("ul", { class: "preview-list" }, periods.filter((each) => each.open).map((each) => el("li", {},
      el("bdi", { dir: "ltr", class: "tabular" }, `${each.from}–${each.to}`), " ",
      el("span", { lang: "en", dir: "ltr", title: each.because ?? null }, each.text),
      each.nobody ? el("span", { class: "status bad" }, icon("warning"), _("Nobody there")) : null)),
    periods.some((each) => each.open) ? null : el("li", { class: "muted" }, icon("lock"), " ", _("Closed all day"))));
}

function period(schedule, { from, to, open, nobody, groups, text }) {
  const [start, end] = [minutesOf(from) ?? 0, minutesOf(to) ?? DAY_MINUTES];
  const shown = el("span", {
    class: `preview-period ${open ? `g-${schedule.colourOf(groups[0])}` : "closed"} ${open && nobody ? "bad" : ""}`, title: `${from}–${to} ${text}`,
  }, open ? el("bdi", {}, groups[0] ?? text) : null);
  shown.style.insetInlineStart = `${(start / DAY_MINUTES) * 100}%`;
  shown.style.inlineSize = `${(Math.max(end - start, 0) / DAY_MINUTES) * 100}%`;
  return shown;
}
