// What callers get who are not let in, in words.

import { _ } from "./words.js";

/** A word of the configuration (`busy`) as people say it. */
export function answerWord(answer) {
  return {
    rejected: _("Turned away (403)"),
    busy: _("Busy tone (486)"),
    congestion: _("No way now (503)"),
    message: _("A message"),
    safety_net: _("The safety net"),
  }[answer] ?? answer;
}
