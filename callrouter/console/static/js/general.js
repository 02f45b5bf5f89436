// The page of what holds for all: time zone, language, outside line, codes, limits; and the whole as YAML.

import { ApiProblem, el, icon } from "./base.js";
import { Bound } from "./bound.js";
import { choices, nameOf, named } from "./choices.js";
import { openDraft } from "./draft.js";
import { selectField, textField } from "./fields.js";
import { nextId, suggestions } from "./labels.js";
import { callersPart, roomPart } from "./limits_parts.js";
import { columns, part } from "./object_page.js";
import { textsField } from "./texts_field.js";
import { wholeYaml } from "./whole_yaml.js";
import { _ } from "./words.js";

const place = document.getElementById("general");
const DIGITS = [..."0123456789"];

try {
  start(new Bound(await openDraft(), place.dataset.mayEdit === "true"));
} catch (error) {
  if (!(error instanceof ApiProblem)) throw error;
  place.replaceChildren(el("div", { class: "notice bad" }, icon("error"), el("span", { lang: "en", dir: "ltr" }, error.detail)));
}

function start(bound) {
  const yaml = part(_("Everything as YAML"), wholeYaml(bound));
  yaml.id = "yaml";
  place.replaceChildren(columns(
    [zonePart(bound), outsidePart(bound), roomPart(bound)],
    [codesPart(bound), reasonsPart(bound), callersPart(bound)],
  ), yaml);
  place.removeAttribute("aria-busy");
  if (location.hash === "#yaml") yaml.scrollIntoView();
}

function zonePart(bound) {
  const zones = nextId();
  const options = suggestions(zones, []);
  const language = el("div");
  const fill = (known) => language.replaceChildren(selectField(bound, ["language"], _("Language of messages"), known, {
    fallback: "en", hint: _("In which texts are spoken, unless a number or a message says otherwise."),
  }));
  fill([...new Set(["en", bound.value(["language"]) ?? "en"])].map((value) => ({ value, label: nameOf("language", value) })));
  choices().then(({ timezones, languages }) => {
    options.replaceChildren(...timezones.map((value) => el("option", { value })));
    if (languages.length) fill(named("language", languages));
  });
  return part(_("Time and language"),
    textField(bound, ["timezone"], _("Time zone"), { ltr: true, list: zones, placeholder: "Europe/Belgrade", hint: _("Of all times that name none. A number can have its own.") }),
    options, language);
}

function outsidePart(bound) {
  return part(_("Outside line"),
    el("p", { class: "hint" }, _("So that calls can be sent to numbers outside. Without it none are dialled.")),
    textField(bound, ["outside_line", "trunk"], _("Trunk"), { ltr: true, max: 64, placeholder: "provider", hint: _("The name of the provider's endpoint in pjsip.conf.") }),
    textsField(bound, ["outside_line", "allowed"], _("Numbers that may be dialled"), { ltr: true, placeholder: "+38111*\n+381641234567", hint: _("One a line; * at the end means all that begin so.") }));
}

function codesPart(bound) {
  const code = (name, label) => textField(bound, ["feature_codes", name], label, { ltr: true, max: 10, placeholder: "–" });
  return part(_("Feature codes"),
    el("p", { class: "hint" }, _("What agents dial on their own phones: * or #, then digits. Empty: not used.")),
    el("div", { class: "fields" },
      code("log_in", _("Log in")), code("log_out", _("Log out")),
      code("pause", _("Pause")), code("unpause", _("Go on")),
      code("close", _("Close")), code("reopen", _("Reopen"))));
}

function reasonsPart(bound) {
  const rows = DIGITS.map((digit) => {
    const field = textField(bound, ["pause_reasons", digit], _("Digit %(digit)s", { digit }), { max: 200, what: _("Pause reasons") });
    return bound.show(field, () => (field.dataset.used = String(bound.value(["pause_reasons", digit]) !== undefined)));
  });
  const used = rows.filter((row) => row.dataset.used === "true");
  const unused = rows.filter((row) => row.dataset.used !== "true");
  return part(_("Pause reasons"),
    el("p", { class: "hint" }, _("Dialled after the code of the pause, and chosen on the board.")),
    used, used.length && unused.length ? el("details", { class: "fold" }, el("summary", {}, _("More digits")), unused) : unused);
}
