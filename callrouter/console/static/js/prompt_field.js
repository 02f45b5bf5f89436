// A message to callers: a text in some language, a sound, or none; and how it is heard.
//
// Used for every message of the configuration: `promptField(bound, path, label, options)`.

import { el, icon } from "./base.js";
import { choices, nameOf, named, soundsThere } from "./choices.js";
import { labelled, nextId } from "./labels.js";
import { listenButton } from "./listen.js";
import { soundDrop } from "./upload.js";
import { _ } from "./words.js";

export const PLACEHOLDER = "{reopens_at}";

/** `{ kind: "none" | "text" | "sound", text, language, sound }` of what is written. */
export function messageOf(written) {
  if (written === undefined || written === null) return { kind: "none", text: "", language: "", sound: "" };
  if (typeof written === "string") return { kind: "text", text: written, language: "", sound: "" };
  const { text = "", language = "", sound = "" } = written;
  return { kind: sound ? "sound" : "text", text, language, sound };
}

/** A message as it is to be written; undefined where there is none. */
export function writtenMessage({ kind, text, language, sound }) {
  if (kind === "sound") return sound ? { sound } : undefined;
  if (kind === "none" || !text.trim()) return undefined;
  return language ? { text, language } : text;
}

/** The text with the placeholder put in where the cursor is. */
export function withPlaceholder(text, start, end) {
  const before = text.slice(0, start);
  const after = text.slice(end);
  const space = before && !/\s$/.test(before) ? " " : "";
  return `${before}${space}${PLACEHOLDER}${after}`;
}

/**
 * Options: settings (whose opening `{reopens_at}` tells), placeholder (whether it may be used),
 * hint, language (what holds where the message names none), none (what is heard without one).
 */
export function promptField(bound, path, label, options = {}) {
  const group = nextId();
  let now = messageOf(bound.value(path));
  let shown = null;
  const write = (change) => {
    now = { ...now, ...change };
    const written = writtenMessage(now);
    shown = JSON.stringify(written);
    bound.set(path, written, label);
  };
  const text = el("textarea", { rows: "3", maxlength: "2000", dir: "auto", readonly: !bound.mayEdit, "aria-label": label, onchange: () => write({ text: text.value }) });
  const language = el("select", { disabled: !bound.mayEdit, "aria-label": _("Language"), onchange: () => write({ language: language.value }) });
  const sound = el("select", { disabled: !bound.mayEdit, "aria-label": _("Sound"), onchange: () => write({ sound: sound.value }) });
  const kinds = { text: _("Text"), sound: _("Sound"), none: options.none ?? _("None") };
  const radios = Object.entries(kinds).map(([kind, word]) => {
    const radio = el("input", { type: "radio", name: group, value: kind, id: nextId(), disabled: !bound.mayEdit, onchange: () => choose(kind) });
    return el("label", { class: "check", for: radio.id }, radio, word);
  });
  const insert = options.placeholder && bound.mayEdit ? el("button", {
    type: "button", class: "button small",
    onclick: () => {
      text.value = withPlaceholder(text.value, text.selectionStart, text.selectionEnd);
      text.focus();
      write({ text: text.value });
    },
  }, icon("clock"), _("Insert when it reopens")) : null;
  const { button, place } = listenButton(asked);
  const textPart = el("div", {}, text);
  const tools = el("div", { class: "prompt-tools" }, button, language, insert);
  const soundPart = el("div", {}, labelled(_("Sound file"), sound), bound.mayEdit ? soundDrop(uploaded) : null);
  const whole = el("fieldset", { class: "prompt-field" }, el("legend", {}, label),
    options.hint ? el("p", { class: "hint" }, options.hint) : null,
    el("div", { class: "chips prompt-kinds" }, radios),
    textPart, soundPart, tools, place, bound.problems(path, text));

  function asked() {
    if (now.kind === "text" && text.value.trim()) {
      const spoken = now.language || options.language?.() || bound.document.language || "en";
      const { draft } = bound;
      return { text: text.value.trim(), language: spoken, settings: options.settings ?? null, ...(draft.changed ? { document: bound.document } : {}) };
    }
    return now.kind === "sound" && now.sound ? { sound: now.sound } : null;
  }

  function choose(kind) {
    write({ kind });
    draw();
    if (kind === "text") text.focus();
  }

  async function uploaded(name) {
    write({ kind: "sound", sound: name }); // at once: who presses "Listen" now hears it
    draw();
    await fillSounds({ again: true });
  }

  async function fillSounds(how) {
    const there = await soundsThere(how);
    const names = [...new Set(["", now.sound, ...there.map((each) => each.name)])].filter((name, index) => index === 0 || name);
    sound.replaceChildren(...names.map((name) => el("option", { value: name }, name || _("(choose one)"))));
    sound.value = now.sound;
  }

  async function fillLanguages() {
    drawLanguages([]);
    drawLanguages(named("language", (await choices()).languages));
  }

  function drawLanguages(known) {
    const usual = options.language?.() || bound.document.language || "en";
    const all = known.some(({ value }) => value === now.language) || !now.language ? known : [{ value: now.language, label: nameOf("language", now.language) }, ...known];
    const first = el("option", { value: "" }, _("As usual: %(language)s", { language: nameOf("language", usual) }));
    language.replaceChildren(first, ...all.map(({ value, label: name }) => el("option", { value }, name)));
    language.value = now.language;
  }

  function draw() {
    textPart.hidden = now.kind !== "text";
    soundPart.hidden = now.kind !== "sound";
    tools.hidden = now.kind === "none";
    language.hidden = now.kind !== "text";
    if (insert) insert.hidden = now.kind !== "text";
    if (now.kind === "none") place.replaceChildren();
    for (const { firstChild: radio } of radios) radio.checked = radio.value === now.kind;
    if (document.activeElement !== text) text.value = now.text;
    if (now.kind === "text" && !language.childElementCount) fillLanguages();
    if (now.kind === "sound" && !sound.childElementCount) fillSounds({});
    if (language.childElementCount) language.value = now.language;
    if (sound.childElementCount) sound.value = now.sound;
  }

  return bound.show(whole, () => {
    const written = JSON.stringify(bound.value(path));
    if (written === shown && shown !== null) return;
    shown = written ?? null;
    now = messageOf(bound.value(path));
    draw();
  });
}
