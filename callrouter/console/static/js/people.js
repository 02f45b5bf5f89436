// The pages about people and tokens: copying what is shown once, and asking before what hurts.
// Without scripts they are forms like any others.

import { confirmed, toast } from "./base.js";
import { _ } from "./words.js";

document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]");
  if (!copy) return;
  const shown = document.getElementById(copy.dataset.copy);
  try {
    await navigator.clipboard.writeText(shown.textContent);
    toast(_("Copied."), "ok");
  } catch {
    // Only pages that came by https or from this machine may: then one copies by hand.
    getSelection().selectAllChildren(shown);
  }
});

document.addEventListener("submit", async (event) => {
  const asking = event.submitter?.closest("[data-confirm]");
  if (!asking || asking.dataset.confirmed) return;
  event.preventDefault();
  if (await confirmed(asking.dataset.confirm, asking.textContent.trim())) {
    asking.dataset.confirmed = "yes";
    event.target.requestSubmit(asking);
  }
});
