// What scripts say, in the reader's language: the same catalogues as the templates.

const address = document.documentElement.dataset.words;
const catalogue = address ? await (await fetch(address)).json() : { plural: "(n != 1)", words: {} };

const LOCALES = { en: "en-GB", ar: "ar-u-nu-latn", "sr-Latn": "sr-Latn" };
const counted = new Intl.NumberFormat(locale());

/** The language of dates and numbers: that of the page. */
export function locale() {
  const tag = document.documentElement.lang || "en";
  return LOCALES[tag] ?? tag;
}

/** Replaces %(name)s by its value. */
function filled(text, values) {
  return text.replace(/%\((\w+)\)s/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** The text in the reader's language; `values` fill its %(placeholders)s. */
export function _(message, values = {}) {
  return filled(catalogue.words[message]?.[0] ?? message, values);
}

/** The form for `num` things; %(num)s is the number. Counts are written as the reader writes them: 12,345. */
export function ngettext(one, several, num, values = {}) {
  const forms = catalogue.words[one];
  const text = forms?.[form(num)] ?? (num === 1 ? one : several);
  const counts = Object.entries({ num, ...values }).map(([name, value]) => [name, typeof value === "number" ? count(value) : value]);
  return filled(text, Object.fromEntries(counts));
}

/** A count as the reader writes it. */
export function count(number) {
  return counted.format(number);
}

const rule = parse(catalogue.plural);

function form(num) {
  return Number(rule(Math.abs(Math.trunc(num))));
}

/** A gettext plural rule (C's ?:, ||, &&, comparisons, %, n) as a function; no eval. */
export function parse(text) {
  const tokens = text.match(/\d+|n|\|\||&&|[=!<>]=|[<>?:%()]/g) ?? [];
  let place = 0;
  const levels = [["||"], ["&&"], ["==", "!="], ["<", ">", "<=", ">="], ["%"]];
  const apply = {
    "||": (a, b) => a || b, "&&": (a, b) => a && b, "==": (a, b) => a === b, "!=": (a, b) => a !== b,
    "<": (a, b) => a < b, ">": (a, b) => a > b, "<=": (a, b) => a <= b, ">=": (a, b) => a >= b,
    "%": (a, b) => a % b,
  };
  function choice() {
    const condition = binary(0);
    if (tokens[place] !== "?") return condition;
    place += 1;
    const yes = choice();
    place += 1; // the colon
    const no = choice();
    return (n) => (condition(n) ? yes(n) : no(n));
  }
  function binary(level) {
    if (level === levels.length) return single();
    let left = binary(level + 1);
    while (levels[level].includes(tokens[place])) {
      const operator = apply[tokens[place]];
      place += 1;
      const before = left;
      const right = binary(level + 1);
      left = (n) => operator(before(n), right(n));
    }
    return left;
  }
  function single() {
    const token = tokens[place];
    place += 1;
    if (token === "(") {
      const inner = choice();
      place += 1; // the closing one
      return inner;
    }
    if (token === "n") return (n) => n;
    const value = Number(token);
    return () => value;
  }
  return choice();
}
