// The board as it was told: patches put in, agents and calls in the order in which they are shown.
// Pure.

const ORDER = ["ringing", "talking", "other_call", "wrap_up", "resting", "free", "paused", "unreachable", "off_hours", "logged_out"];

/** RFC 7396: what the patch makes of it; null takes away. */
export function patched(before, patch) {
  const after = { ...before };
  for (const [name, value] of Object.entries(patch)) {
    if (name === "__proto__") continue;
    if (value === null) delete after[name];
    else if (isObject(value)) after[name] = patched(isObject(after[name]) ? after[name] : {}, value);
    else after[name] = value;
  }
  return after;
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `[id, agent]` by what they do, then by how long, then by name. */
export function agentsInOrder(agents, locale) {
  const names = new Intl.Collator(locale);
  return Object.entries(agents).sort(([, one], [, two]) =>
    ORDER.indexOf(one.activity) - ORDER.indexOf(two.activity)
    || (one.since ?? "").localeCompare(two.since ?? "")
    || names.compare(one.name, two.name));
}

/** `[id, call]`: who waits longest first, then those who hear a message, then who talks longest. */
export function callsInOrder(calls) {
  const rank = ({ waiting, stage }) => (waiting ? 0 : stage === "talking" ? 2 : 1);
  return Object.entries(calls).sort(([, one], [, two]) =>
    rank(one) - rank(two) || one.arrived_at.localeCompare(two.arrived_at));
}

/** What an agent can be asked to do: of pause, unpause, log_in, log_out. */
export function actionsFor(agent) {
  if (!agent.logged_in) return ["log_in"];
  return [agent.paused === undefined ? "pause" : "unpause", "log_out"];
}

/** `ok`, `warn` or `bad`: how the waiting is, with the longest wait in seconds (null: nobody waits). */
export function waitingKind(longest, targets) {
  if (longest === null) return "ok";
  return longest > targets.longest_wait_seconds ? "bad" : "warn";
}

/** How the share is against its target; empty where there is none yet. */
export function shareKind(share, target, { atMost = false } = {}) {
  if (share === undefined) return "";
  return (atMost ? share <= target : share >= target) ? "ok" : "bad";
}

/** Whether what is shown may be old: no word for so long, or the server says so. */
export function isStale(now, heardAt, fresh, limit = 10_000) {
  return !fresh || heardAt === null || now - heardAt > limit;
}
