// One call, on its page or in the panel: the places of its ticks, copying, going back.

import { _ } from "./words.js";
import { toast } from "./base.js";

/** Puts the ticks of the timeline where they belong. */
export function drawn(within) {
  for (const tick of within.querySelectorAll(".tick[data-place]")) {
    tick.style.insetInlineStart = `${tick.dataset.place}%`;
  }
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(_("Copied."), "ok");
  } catch {
    toast(_("This browser does not let the page copy."), "warn");
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button.dataset.copy);
  const back = event.target.closest("[data-back]");
  // Back to the log as it was, with its filters, where one comes from there.
  if (back && document.referrer.startsWith(`${location.origin}/calls`) && history.length > 1) {
    event.preventDefault();
    history.back();
  }
});

drawn(document);
