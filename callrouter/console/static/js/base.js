// What every page does: requests with proof that they are ours, toasts, menus, keys, clocks.

import { _ } from "./words.js";

const root = document.documentElement;

/** An answer that says what went wrong (RFC 9457); `problem` is its whole body. */
export class ApiProblem extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? String(status));
    this.status = status;
    this.detail = this.message;
    this.problem = problem;
  }
}

/**
 * Asks the API: `api("POST", "/agents/amina/pause", { reason: "lunch" })`.
 * Returns the JSON, or null where there is none; throws ApiProblem.
 */
export async function api(method, path, body = undefined, headers = {}) {
  return (await ask(method, path, body, headers)).json;
}

/** As `api`, with the whole answer: `{ json, headers, status }`. */
export async function ask(method, path, body = undefined, headers = {}) {
  const sent = { Accept: "application/json", "X-CSRF-Token": root.dataset.csrf, ...headers };
  if (body !== undefined && !(body instanceof FormData)) sent["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(`/api/v1${path}`, {
      method,
      headers: sent,
      body: body === undefined || body instanceof FormData ? body : JSON.stringify(body),
    });
  } catch {
    throw new ApiProblem(0, { detail: _("The console cannot be reached. Is it running?") });
  }
  if (answer.status === 401) {
    location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
  const json = (answer.headers.get("Content-Type") ?? "").includes("json") ? await answer.json() : null;
  if (!answer.ok) throw new ApiProblem(answer.status, json ?? { title: answer.statusText });
  return { json, headers: answer.headers, status: answer.status };
}

/** A short message at the edge of the page; `kind`: note, ok, warn or bad. */
export function toast(text, kind = "note") {
  const shown = document.createElement("div");
  shown.className = `toast ${kind}`;
  const words = document.createElement("span");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "plain";
  close.setAttribute("aria-label", _("Close"));
  close.append(icon("cross"));
  close.addEventListener("click", () => shown.remove());
  const icons = { ok: "check", warn: "warning", bad: "error", note: "info" };
  shown.append(icon(icons[kind] ?? "info"), words, close);
  document.getElementById("toasts").append(shown);
  if (kind !== "bad") setTimeout(() => shown.remove(), 6000);
}

/**
 * For each question asked, what draws its answers into `place`. Of an earlier question nothing is
 * drawn any more, though it may be answered later.
 */
export function newestInto(place) {
  let newest = 0;
  return () => {
    const mine = ++newest;
    return (...nodes) => {
      if (mine === newest) place.replaceChildren(...nodes);
    };
  };
}

/** An icon of `icons.svg`. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${root.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

/**
 * An element with attributes and children: `el("button", { class: "button", onclick }, _("Save"))`.
 * Texts are texts, never HTML; `null` children are left out.
 */
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name in made && typeof value !== "string") made[name] = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return made;
}

/** `0:07`, `12:30`, `1:02:03`. */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** Asks before something that cannot be taken back; whether to go on. */
export function confirmed(question, action) {
  return new Promise((resolve) => {
    const dialog = el("dialog", { class: "dialog", "aria-label": question },
      el("p", {}, question),
      el("form", { method: "dialog", class: "dialog-end" },
        el("button", { class: "button", value: "" }, _("Cancel")),
        el("button", { class: "button danger", value: "yes" }, action)));
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes");
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Elements with `data-since` (ISO time) show how long that is ago, every second. */
function tick() {
  for (const clock of document.querySelectorAll("[data-since]")) {
    const seconds = (Date.now() + clockOffset - Date.parse(clock.dataset.since)) / 1000;
    const text = duration(seconds);
    if (clock.textContent !== text) clock.textContent = text;
  }
}

let clockOffset = 0;

/** The server's clock, so that running times are right where this machine's clock is not. */
export function serverTime(iso) {
  clockOffset = Date.parse(iso) - Date.now();
}

function remember(name, value) {
  document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=31536000; SameSite=Lax`;
}

/** What somebody chose, for this browser and, where he is signed in, for his account. */
async function choose(cookie, field, value) {
  remember(cookie, value);
  if (root.dataset.csrf) {
    try {
      await api("PATCH", "/me", { [field]: value });
    } catch {
      // The browser's own choice holds all the same.
    }
  }
}

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRF-Token"] = root.dataset.csrf;
});
document.addEventListener("htmx:responseError", (event) => {
  let text = _("This did not work.");
  try {
    text = JSON.parse(event.detail.xhr.responseText).detail ?? text;
  } catch {
    // No problem document: a page of its own.
  }
  toast(text, "bad");
});
document.addEventListener("htmx:sendError", () => toast(_("The console cannot be reached. Is it running?"), "bad"));

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const themed = event.target.closest("[data-theme-next]");
  if (themed) {
    const dark = root.dataset.theme === "dark" || (root.dataset.theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
    root.dataset.theme = dark ? "light" : "dark";
    choose("callrouter_theme", "theme", root.dataset.theme);
  }
  const language = event.target.closest("[data-set-language]");
  if (language) choose("callrouter_language", "language", language.dataset.setLanguage).then(() => location.reload());
  if (event.target.closest("[data-shortcuts]")) document.getElementById("shortcuts").showModal();
});

let going = false;

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  }
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (going) {
    going = false;
    const link = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
    if (link) {
      event.preventDefault();
      link.click();
    }
  } else if (event.key === "g") {
    going = true;
    setTimeout(() => (going = false), 1500);
  } else if (event.key === "?") {
    document.getElementById("shortcuts").showModal();
  } else if (event.key === "/") {
    const search = document.querySelector("[data-search]");
    if (search) {
      event.preventDefault();
      search.focus();
      search.select?.();
    }
  }
});

remember("callrouter_timezone", Intl.DateTimeFormat().resolvedOptions().timeZone);
setInterval(tick, 1000);
tick();
document.addEventListener("htmx:afterSwap", tick);
