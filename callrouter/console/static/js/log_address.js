// What a form of the call log's filters makes of its address. No DOM: it is tried with node.

const SEPARATOR = /\s*,\s*/;

/**
 * The query string with the parts `names` replaced by `entries` ([name, value] pairs); empty values
 * go, and values of the names in `several` are split at their commas.
 */
export function withFilter(query, names, entries, several = []) {
  const replaced = new Set(names);
  const kept = [...new URLSearchParams(query)].filter(([name]) => !replaced.has(name));
  const given = entries
    .flatMap(([name, value]) => (several.includes(name) ? value.split(SEPARATOR) : [value]).map((each) => [name, each.trim()]))
    .filter(([, value]) => value !== "");
  return new URLSearchParams([...kept, ...given]).toString();
}

/** The row `by` places after the one at `at` (-1: none yet) of `count`; -1 where there are none. */
export function nextRow(at, by, count) {
  if (count === 0) return -1;
  if (at < 0) return by > 0 ? 0 : count - 1;
  return Math.min(Math.max(at + by, 0), count - 1);
}
