// Problems of a check as a list: error or warning, where, what, and what to do about it.

import { el, icon } from "./base.js";
import { pageOf } from "./object_pages.js";
import { _, ngettext } from "./words.js";

/** The list; `links` leads to the pages that edit what is wrong. */
export function problemList(problems, { links = true } = {}) {
  return el("ul", { class: "problem-list" }, problems.map((each) => {
    const bad = each.level === "error";
    const where = each.field || (each.path ?? []).join(".");
    const place = where ? el("bdi", { dir: "ltr", class: "mono small" }, where) : null;
    const linked = place && links && each.path?.length ? el("a", { href: pageOf(each.path) }, place) : place;
    const sign = icon(bad ? "error" : "warning");
    sign.classList.add(bad ? "bad-text" : "warn-text");
    return el("li", {}, sign, el("div", {},
      el("span", { class: "visually-hidden" }, bad ? _("Error:") : _("Warning:")), " ",
      linked, linked ? " " : null,
      bad && each.known ? [el("span", { class: "status" }, _("There before your changes")), " "] : null,
      el("span", { lang: "en", dir: "ltr" }, each.remedy ? `${each.message}: ${each.remedy}` : each.message)));
  }));
}

/** `2 errors, 1 warning`; empty where there are none. */
export function problemCount(problems) {
  const errors = problems.filter((each) => each.level === "error").length;
  const warnings = problems.length - errors;
  const parts = [];
  if (errors) parts.push(ngettext("%(num)s error", "%(num)s errors", errors));
  if (warnings) parts.push(ngettext("%(num)s warning", "%(num)s warnings", warnings));
  return parts.join(" · ");
}

/** A status chip of the worst of these problems; null where there are none. */
export function problemChip(problems) {
  if (!problems.length) return null;
  const bad = problems.some((each) => each.level === "error");
  return el("span", { class: `status ${bad ? "bad" : "warn"}` }, icon(bad ? "error" : "warning"), problemCount(problems));
}
