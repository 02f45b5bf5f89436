// What there is to choose from, asked once a page: zones, languages, countries, sounds.

import { ApiProblem, api } from "./base.js";
import { locale } from "./words.js";

let asked = null;
let sounds = null;

/** The API's choices; empty lists where it cannot say. */
export function choices() {
  asked ??= api("GET", "/configuration/choices").catch((error) => {
    if (!(error instanceof ApiProblem)) throw error;
    return { timezones: [], languages: [], countries: [] };
  });
  return asked;
}

/** The sounds of the folder: `[{ name, seconds, etag, used_by }]`. `again` asks anew. */
export function soundsThere({ again = false } = {}) {
  if (again || sounds === null) {
    sounds = api("GET", "/configuration/sounds").then((found) => found.sounds).catch((error) => {
      if (!(error instanceof ApiProblem)) throw error;
      return [];
    });
  }
  return sounds;
}

/** A code's name in the page's language; `type` is language or region. */
export function nameOf(type, code, fallback = code) {
  try {
    const found = new Intl.DisplayNames(locale(), { type }).of(code);
    return found && found !== code ? found : fallback;
  } catch {
    return fallback; // no code of the kind the browser knows
  }
}

/** Codes as options of a select field, by name: `[{ value, label }]`. */
export function named(type, codes) {
  const options = codes.map(({ code, name }) => ({ value: code, label: `${nameOf(type, code, name)} (${code})` }));
  return options.sort((one, other) => one.label.localeCompare(other.label, locale()));
}
