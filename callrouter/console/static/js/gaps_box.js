// Hours of the coming two weeks in which somebody should ring and nobody is there, and what the check says of cover.

import { ApiProblem, api, el, icon } from "./base.js";
import { untilText } from "./duty.js";
import { _ } from "./words.js";

const MOST = 12;

/** A box beside the schedule; `draw` asks anew. */
export function gapsBox(schedule) {
  const element = el("div", {});
  let asked = null;
  const draw = async () => {
    const { draft } = schedule;
    if (asked === draft.document) return;
    if (!draft.ready) {
      element.replaceChildren(); // its mistakes are told above
      return;
    }
    asked = draft.document;
    try {
      const { gaps, cover } = await api("POST", "/configuration/preview", { document: draft.document, settings: schedule.settings });
      if (asked === draft.document) element.replaceChildren(...shown(gaps, cover));
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      element.replaceChildren();
    }
  };
  return { element, draw };
}

function shown(gaps, cover) {
  if (!gaps.length && !cover.length) {
    return [el("p", { class: "ok-text small" }, icon("check"), " ", _("No gaps in the coming two weeks."))];
  }
  return [el("div", { class: "card" }, el("h3", {}, _("Gaps")),
    el("ul", { class: "problem-list" },
      gaps.slice(0, MOST).map((each) => el("li", {}, warning(), el("div", {},
        _("%(from)s to %(to)s", { from: untilText(each.from), to: untilText(each.to) }), el("br"),
        el("span", { lang: "en", dir: "ltr", class: "small muted" }, each.text)))),
      cover.slice(0, MOST).map((each) => el("li", {}, warning(), el("div", { lang: "en", dir: "ltr" },
        each.remedy ? `${each.message}: ${each.remedy}` : each.message)))))];
}

function warning() {
  const sign = icon("warning");
  sign.classList.add("warn-text");
  return sign;
}
