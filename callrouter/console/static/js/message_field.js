// One message of callers: a text with its language, or a sound file; to be listened to as callers hear it.

import { el, icon } from "./base.js";
import { listenButton } from "./listen.js";
import { labelled, nextId } from "./labels.js";
import { _ } from "./words.js";

const REOPENS = "{reopens_at}";

/**
 * The field of the message at `path`. Options: label, hint, reopens (whether it may say when it
 * opens again), settings (whose clock that is), language() (what holds where none is written).
 */
export function messageField(bound, path, { label, hint, reopens = false, settings = null, language }) {
  const written = () => bound.value(path);
  const parts = () => {
    const value = written();
    return value !== null && typeof value === "object" ? value : { text: value ?? "" };
  };
  const write = (value, what = label) => bound.set(path, value, what);
  const text = el("textarea", {
    rows: "3", maxlength: "2000", dir: "auto", readonly: !bound.mayEdit, onchange: () => {
      const typed = text.value.trim();
      const own = parts().language;
      write(typed ? (own ? { text: typed, language: own } : typed) : undefined);
    },
  });
  const own = el("input", {
    type: "text", class: "short", dir: "ltr", maxlength: "35", readonly: !bound.mayEdit, id: nextId(), autocomplete: "off", onchange: () => {
      const said = parts().text ?? "";
      if (said) write(own.value.trim() ? { text: said, language: own.value.trim() } : said);
    },
  });
  const sound = el("input", {
    type: "text", dir: "ltr", maxlength: "1000", readonly: !bound.mayEdit, id: nextId(), list: "sound-files", placeholder: "greeting.wav", autocomplete: "off",
    onchange: () => write(sound.value.trim() ? { sound: sound.value.trim() } : undefined),
  });
  const useSound = (yes) => {
    chosen = yes;
    follow();
    (yes ? sound : text).focus();
  };
  let chosen = null;
  const kind = el("button", { type: "button", class: "button small", disabled: !bound.mayEdit, onclick: () => useSound(soundPart.hidden) });
  const insert = reopens && bound.mayEdit ? el("button", {
    type: "button", class: "button small", title: _("The time it opens again, spoken"), onclick: () => {
      text.setRangeText(REOPENS, text.selectionStart, text.selectionEnd, "end");
      text.dispatchEvent(new Event("change"));
      text.focus();
    },
  }, icon("clock"), el("bdi", { dir: "ltr" }, REOPENS)) : null;
  const languagePart = labelled(_("Language"), own);
  const textPart = el("div", {}, el("div", { class: "buttons" }, insert, languagePart));
  const soundPart = labelled(_("Sound file"), sound);
  const listen = listenButton(() => {
    const { text: said, sound: file, language: spoken } = parts();
    if (file) return { sound: file };
    if (!said) return null;
    return { text: said, language: spoken ?? language(), ...(settings ? { settings, document: bound.document } : {}) };
  });
  const whole = labelled(label, text, { hint, problems: bound.problems(path, text), wide: true });
  const follow = () => {
    const value = parts();
    const asSound = chosen ?? value.sound !== undefined;
    soundPart.hidden = !asSound;
    textPart.hidden = asSound;
    text.hidden = asSound;
    kind.replaceChildren(icon(asSound ? "edit" : "speaker"), asSound ? _("Write a text instead") : _("Play a sound file instead"));
    if (document.activeElement !== text) text.value = value.text ?? "";
    if (document.activeElement !== own) own.value = value.language ?? "";
    if (document.activeElement !== sound) sound.value = value.sound ?? "";
    own.placeholder = language();
  };
  whole.append(textPart, soundPart, el("div", { class: "buttons message-buttons" }, kind, listen.button), listen.place);
  return bound.show(el("div", { class: "card message-card" }, whole), follow);
}
