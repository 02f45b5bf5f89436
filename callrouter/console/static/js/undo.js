// Something was done with one click; one more click takes it back.

import { _ } from "./words.js";
import { ApiProblem, el, icon, toast } from "./base.js";

const OFFERED_MS = 12_000;

let offered = null;

/** Says what was done, with a button that takes it back for a while; only the last deed's. */
export function offerUndo(text, takeBack) {
  offered?.remove();
  const button = el("button", { type: "button", class: "button small" }, icon("undo"), _("Undo"));
  const shown = el("div", { class: "toast ok" }, icon("check"), el("span", {}, text), button);
  const gone = setTimeout(() => shown.remove(), OFFERED_MS);
  shown.addEventListener("focusin", () => clearTimeout(gone));
  button.addEventListener("click", async () => {
    clearTimeout(gone);
    shown.remove();
    await tried(takeBack);
  });
  offered = shown;
  document.getElementById("toasts").append(shown);
}

/** Does something that may fail; what went wrong is told. Says whether it went well. */
export async function tried(action) {
  try {
    await action();
    return true;
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    toast(error.detail, "bad");
    return false;
  }
}
