// A button that plays a message as a caller hears it: the very sound, made by the router's own code.

import { _ } from "./words.js";
import { ApiProblem, el, icon } from "./base.js";

let playing = null;

/** The sound of a message; `asked` is the API's `{ text, language, settings }` or `{ sound }`. */
export async function soundOf(asked) {
  let answer;
  try {
    answer = await fetch("/api/v1/configuration/prompts/listen", {
      method: "POST",
      headers: { Accept: "audio/wav", "Content-Type": "application/json", "X-CSRF-Token": document.documentElement.dataset.csrf },
      body: JSON.stringify(asked),
    });
  } catch {
    throw new ApiProblem(0, { detail: _("The console cannot be reached. Is it running?") });
  }
  if (!answer.ok) throw new ApiProblem(answer.status, await answer.json().catch(() => ({ title: answer.statusText })));
  return answer.blob();
}

/** `asked()` gives what to play, null where there is nothing yet. The player appears below it. */
export function listenButton(asked, { label = _("Listen") } = {}) {
  const button = el("button", { type: "button", class: "button small" }, icon("play"), label);
  const place = el("div", { class: "listening", "aria-live": "polite" });
  button.addEventListener("click", async () => {
    const wanted = asked();
    if (wanted === null) {
      place.replaceChildren(el("p", { class: "hint" }, _("Write something first: then you can listen to it.")));
      return;
    }
    button.disabled = true;
    try {
      const address = URL.createObjectURL(await soundOf(wanted));
      const player = el("audio", { controls: true, src: address, "aria-label": _("The message as callers hear it") });
      place.replaceChildren(player);
      playing?.pause();
      playing = player;
      await player.play().catch(() => null); // a browser may want a click on the player itself
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      place.replaceChildren(el("p", { class: "field-error" }, icon("error"), el("span", { lang: "en", dir: "ltr" }, error.detail)));
    } finally {
      button.disabled = false;
      if (document.activeElement === document.body) button.focus();
    }
  });
  return { button, place };
}
