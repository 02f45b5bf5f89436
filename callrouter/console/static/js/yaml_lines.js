// Where in the YAML of one settings a value stands: enough to say in which line a problem is. Pure.

/** The YAML of a document that has only these settings, as the settings' own fields. */
export function ownLines(yaml) {
  const lines = yaml.replace(/\n+$/, "").split("\n").slice(2);
  return lines.map((line) => (line.startsWith("    ") ? line.slice(4) : line)).join("\n");
}

/** The other way round: a document with these settings; its lines are `HEAD_LINES` further down. */
export function wholeYaml(name, own) {
  const body = own.split("\n").map((line) => (line ? `    ${line}` : line)).join("\n");
  return `incoming_call_settings:\n  ${JSON.stringify(name)}:\n${body}\n`;
}

export const HEAD_LINES = 2;

/** The line, counted from 1, of the value at `path` within the settings; 0 where it is not found. */
export function lineOf(text, path) {
  const lines = text.split("\n");
  const [field, index] = path;
  const first = lines.findIndex((line) => fieldIn(line) === folded(field ?? ""));
  if (first < 0) return 0;
  if (typeof index !== "number") return first + 1;
  let indent = null;
  let count = -1;
  for (let place = first + 1; place < lines.length; place += 1) {
    const line = lines[place];
    if (/^\s*(#|$)/.test(line)) continue;
    const dash = /^(\s*)-(?=\s|$)/.exec(line);
    if (!dash && /^\S/.test(line)) break; // the next field
    if (!dash) continue;
    indent ??= dash[1].length;
    if (dash[1].length < indent) break;
    if (dash[1].length === indent && (count += 1) === index) return place + 1;
  }
  return first + 1;
}

/** Field names may be written without underscores, in other case, in quotes. */
function fieldIn(line) {
  const match = /^["']?([A-Za-z][\w -]*?)["']?\s*:(\s|$)/.exec(line);
  return match ? folded(match[1]) : null;
}

function folded(name) {
  return String(name).replace(/[_\- ]/g, "").toLowerCase();
}
