// The patterns and orders of ringing, in the reader's words.

import { _ } from "./words.js";

/** A pattern's name, and what it does. */
export function patternWord(pattern) {
  switch (pattern) {
    case "Simultaneous": return { label: _("All at once"), hint: _("All free agents of a group ring together.") };
    case "Waves": return { label: _("In waves"), hint: _("Some ring first, then more and more; the earlier ones ring on.") };
    case "Adding up": return { label: _("Adding up"), hint: _("One more agent after each ring time; the earlier ones ring on.") };
    case "Staggered": return { label: _("Staggered"), hint: _("One more agent every few seconds, each for a ring time of his own.") };
    default: return { label: _("One after another"), hint: _("The next agent rings when the one before has not answered.") };
  }
}

/** Who of a group is first. */
export function orderWord(order) {
  switch (order) {
    case "round_robin": return _("in turn");
    case "longest_idle": return _("longest idle first");
    case "fewest_calls": return _("fewest calls first");
    case "least_talk_time": return _("least talking first");
    case "random": return _("at random");
    case "skills": return _("best skilled first");
    default: return _("as listed");
  }
}
