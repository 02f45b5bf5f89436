// Who is on duty now, until when, and who comes next: asked of the API, shown in cells of a table.

import { api, el, icon } from "./base.js";
import { dateTime } from "./times.js";
import { _ } from "./words.js";

/** Of all settings, by name. Without changes it is asked of what is stored. */
export async function onDuty(draft) {
  const body = draft.changed ? { document: draft.document } : {};
  const { settings } = await api("POST", "/configuration/on-duty", body);
  return new Map(settings.map((each) => [each.settings, each]));
}

/** Three cells: now, until, then. */
export function dutyCells(duty) {
  if (!duty) return [el("td", { class: "muted" }, "…"), el("td", {}), el("td", {})];
  return [
    el("td", {}, dutyChip(duty), duty.open ? [" ", el("span", { lang: "en", dir: "ltr" }, duty.text)] : null, because(duty)),
    el("td", { class: "nowrap" }, duty.until === null ? el("span", { class: "muted" }, _("no change to come")) : _("until %(time)s", { time: untilText(duty.until) })),
    el("td", {}, duty.then === null ? null : [dutyChip(duty.then), duty.then.open ? [" ", el("span", { lang: "en", dir: "ltr", class: "muted" }, duty.then.text)] : null]),
  ];
}

/** Open, closed, or open with nobody there. */
export function dutyChip({ open, nobody }) {
  if (open && nobody) return el("span", { class: "status bad" }, icon("warning"), _("Nobody there"));
  return open
    ? el("span", { class: "status ok" }, icon("check"), _("Open"))
    : el("span", { class: "status off" }, icon("lock"), _("Closed"));
}

/** A moment with an offset as the clock there shows it. */
export function untilText(iso) {
  return dateTime(`${iso.slice(0, 16)}Z`, "UTC");
}

function because({ by, because: words }) {
  if (by !== "holiday" && by !== "override") return null;
  return el("div", { class: "small muted" }, by === "holiday" ? _("Holiday:") : _("Override:"), " ", el("bdi", { lang: "en" }, words ?? ""));
}
