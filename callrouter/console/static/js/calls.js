// The call log: filters change the address, the keyboard walks the rows, live calls stay true.

import { _ } from "./words.js";
import { api, confirmed, el, serverTime, toast } from "./base.js";
import { nextRow, withFilter } from "./log_address.js";
import { drawn } from "./call.js";

const COLUMNS_COOKIE = "callrouter_log_columns";
const PANEL_FROM = 1100;
const SETTLED_MS = 700;
const POLL_MS = 15_000;
const AT_THE_TOP = 300;

const log = document.getElementById("log");
const panel = document.getElementById("panel");
let busy = false;

const query = () => document.getElementById("calls").dataset.query;

/** Shows the log of another address. */
async function go(address, { push = true } = {}) {
  const focused = document.activeElement?.id;
  const caret = document.activeElement?.selectionStart;
  await window.htmx.ajax("GET", address, { target: "#log", swap: "innerHTML" });
  if (push) history.pushState({}, "", address);
  const again = focused && document.getElementById(focused);
  if (again) {
    again.focus();
    if (again.type === "search") again.setSelectionRange(caret, caret);
  }
  close(panel);
  fresh();
}

function close(shown) {
  shown.hidden = true;
  shown.replaceChildren();
  shown.parentElement.classList.remove("open");
}

/** After anything was swapped: the server's clock, the sums of days. */
function fresh() {
  const calls = document.getElementById("calls");
  if (calls) serverTime(calls.dataset.now);
  for (const sums of document.querySelectorAll("[data-sums-of]")) {
    const day = document.querySelector(`.day[data-day="${sums.dataset.sumsOf}"] .day-sums`);
    if (day) day.textContent = sums.textContent;
  }
  // A page boundary within a day repeats its heading: one is enough.
  const seen = new Set();
  for (const day of document.querySelectorAll(".day[data-day]")) {
    if (seen.has(day.dataset.day)) day.remove();
    seen.add(day.dataset.day);
  }
}

function apply(form) {
  const names = (form.dataset.names ?? "text").split(" ");
  const fields = [...form.elements];
  const several = fields.filter((field) => "several" in field.dataset).map((field) => field.name);
  const entries = [...new FormData(form)].filter(([name]) => name !== "period");
  return go(`/calls?${withFilter(query(), names, entries, several)}`);
}

log.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-filter]");
  if (!form) return;
  event.preventDefault();
  apply(form);
});

let typing;
log.addEventListener("input", (event) => {
  if (event.target.name === "text") {
    clearTimeout(typing);
    typing = setTimeout(() => apply(event.target.form), SETTLED_MS);
  }
  if ("narrow" in event.target.dataset) {
    const wanted = event.target.value.toLowerCase();
    for (const choice of event.target.closest("form").querySelectorAll("label.check")) {
      choice.hidden = !choice.textContent.toLowerCase().includes(wanted);
    }
  }
});

log.addEventListener("change", (event) => {
  const form = event.target.closest("[data-columns]");
  if (!form) return;
  const chosen = [...form.querySelectorAll("input:checked")].map((box) => box.value);
  document.cookie = `${COLUMNS_COOKIE}=${chosen.join(".")}; path=/; max-age=31536000; SameSite=Lax`;
  refresh();
});

log.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const link = event.target.closest("a[data-log]");
  if (link) {
    event.preventDefault();
    go(link.getAttribute("href"));
  } else if (event.target.closest("[data-save-view]")) saveView();
  else if (event.target.closest("[data-delete-view]")) deleteView(event.target.closest("[data-delete-view]"));
  else if (event.target.closest("[data-refresh]")) refresh();
  else if (!event.target.closest("button, summary, input, a:not(.row-link)")) {
    const row = event.target.closest(".call-row");
    if (row && !String(getSelection())) {
      event.preventDefault();
      open(row);
    }
  }
});

/** One call: beside the log where there is room, else on its own page. */
async function open(row) {
  const address = row.querySelector(".row-link").getAttribute("href");
  if (innerWidth < PANEL_FROM) {
    location.assign(address);
    return;
  }
  await window.htmx.ajax("GET", address, { target: "#panel", swap: "innerHTML" });
  panel.hidden = false;
  panel.parentElement.classList.add("open");
  for (const each of log.querySelectorAll(".call-row[aria-selected]")) each.removeAttribute("aria-selected");
  row.setAttribute("aria-selected", "true");
  drawn(panel);
}

panel.addEventListener("click", (event) => {
  if (event.target.closest("[data-close-panel]")) {
    close(panel);
    log.querySelector(".call-row[aria-selected] .row-link")?.focus();
  }
});

function saveView() {
  const name = el("input", { type: "text", name: "name", required: true, maxlength: "64", id: "view-name" });
  const shared = el("input", { type: "checkbox", name: "shared" });
  const dialog = el("dialog", { class: "dialog", "aria-labelledby": "save-view-title" },
    el("h2", { id: "save-view-title" }, _("Save this view")),
    el("form", { method: "dialog" },
      el("label", { class: "field", for: "view-name" }, _("Name"), name),
      el("label", { class: "check" }, shared, _("Show it to everybody")),
      el("div", { class: "dialog-end" },
        el("button", { class: "button", value: "", formnovalidate: true }, _("Cancel")),
        el("button", { class: "button primary", value: "save" }, _("Save")))));
  dialog.addEventListener("close", async () => {
    dialog.remove();
    if (dialog.returnValue !== "save") return;
    try {
      await api("POST", "/saved-views", { name: name.value, query: query(), shared: shared.checked });
      toast(_("The view is saved."), "ok");
      go(`/calls?${query()}`, { push: false });
    } catch (problem) {
      toast(problem.message, "bad");
    }
  });
  document.body.append(dialog);
  dialog.showModal();
}

async function deleteView(button) {
  if (!(await confirmed(_("Delete the view %(name)s?", { name: button.dataset.name }), _("Delete")))) return;
  try {
    await api("DELETE", `/saved-views/${button.dataset.deleteView}`);
    go(`/calls?${query()}`, { push: false });
  } catch (problem) {
    toast(problem.message, "bad");
  }
}

/** The same log as it is now. */
function refresh() {
  return go(`/calls?${query()}`, { push: false });
}

/** What is on top now: calls in progress always, the rest where nobody is reading further down. */
async function look() {
  if (busy || document.hidden || document.querySelector("details[data-menu][open], dialog[open]")) return;
  busy = true;
  try {
    const asked = query();
    const answer = await fetch(`/calls/rows?${asked}`, { headers: { "HX-Request": "true" } });
    if (!answer.ok || asked !== query()) return;
    const read = new DOMParser().parseFromString(await answer.text(), "text/html");
    show(read.getElementById("calls"));
  } catch {
    // Not reached: the next time will tell.
  } finally {
    busy = false;
  }
}

function show(now) {
  const calls = document.getElementById("calls");
  const rows = (within) => [...within.querySelectorAll(".ended-rows .call-row")].map((row) => row.dataset.call);
  const before = rows(calls);
  const after = rows(now);
  const changed = after.some((id, place) => id !== before[place]) || (after.length === 0) !== (before.length === 0);
  const reading = scrollY > AT_THE_TOP || before.length > after.length + 1 || calls.contains(document.activeElement);
  if (changed && !reading) {
    calls.replaceWith(document.importNode(now, true));
    window.htmx.process(document.getElementById("calls"));
    window.htmx.trigger(document.getElementById("totals"), "load");
    window.htmx.ajax("GET", `/calls/totals?${query()}`, { target: "#totals", swap: "innerHTML" });
  } else {
    const live = calls.querySelector(".live-rows");
    const selected = live?.querySelector("[aria-selected]")?.dataset.call;
    const news = now.querySelector(".live-rows");
    if (live && news && !live.contains(document.activeElement)) {
      live.replaceChildren(...document.importNode(news, true).children);
      live.querySelector(`[data-call="${selected}"]`)?.setAttribute("aria-selected", "true");
    }
    document.querySelector("[data-refresh]").hidden = !changed;
  }
  fresh();
}

let soon;
function heard() {
  clearTimeout(soon);
  soon = setTimeout(look, SETTLED_MS);
}

const events = new EventSource("/api/v1/events?topics=calls");
events.addEventListener("calls", heard);
setInterval(() => {
  if (events.readyState !== EventSource.OPEN) look();
}, POLL_MS);
addEventListener("pagehide", () => events.close());

addEventListener("popstate", () => go(location.pathname + location.search, { push: false }));
document.addEventListener("htmx:afterSettle", fresh);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape" && !panel.hidden && !document.querySelector("details[data-menu][open]")) {
    panel.querySelector("[data-close-panel]").click();
    return;
  }
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (event.key === "j" || event.key === "k") move(event.key === "j" ? 1 : -1);
  else if (event.key === "e" || event.key === "x") openExport();
  else if (event.key === "r") refresh();
  else return;
  event.preventDefault();
});

function move(by) {
  const rows = [...log.querySelectorAll(".call-row")];
  const at = rows.findIndex((row) => row.contains(document.activeElement) || row.hasAttribute("aria-selected"));
  const row = rows[nextRow(at, by, rows.length)];
  if (!row) return;
  row.querySelector(".row-link").focus();
  row.scrollIntoView({ block: "nearest" });
  if (!panel.hidden) open(row);
}

function openExport() {
  const menu = document.getElementById("export");
  if (!menu) return;
  menu.open = true;
  menu.querySelector("a").focus();
}

fresh();
