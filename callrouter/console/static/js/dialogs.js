// A dialog made by a script: opened as modal, gone from the page when it closes.

import { el } from "./base.js";

let count = 0;

/** Opens it; the returned element has `closed`, a promise of its return value. */
export function openDialog(title, children, { wide = false, className = "" } = {}) {
  count += 1;
  const heading = el("h2", { id: `dialog-${count}` }, title);
  const dialog = el("dialog", { class: `dialog ${wide ? "wide" : ""} ${className}`, "aria-labelledby": heading.id }, heading, children);
  dialog.closed = new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue);
      dialog.remove();
    });
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Something that is being waited for. */
export function waiting(text) {
  return el("p", { class: "waiting", role: "status" }, el("span", { class: "spinner", "aria-hidden": "true" }), text);
}
