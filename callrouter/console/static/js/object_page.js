// A page of agents, groups or calendars: the list, or the editor of one with its name, copy, removal.

import { ApiProblem, el, icon, toast } from "./base.js";
import { Bound } from "./bound.js";
import { copyOf, define, freshName } from "./document.js";
import { openDraft } from "./draft.js";
import { askFor, askRemoval, nameRefused } from "./object_dialogs.js";
import { emptyPage, objectList } from "./object_list.js";
import { placesOf } from "./used_in.js";
import { _, ngettext } from "./words.js";

const MOST_USES = 30;

/**
 * `options`: section, address, title, one (what one of them is called), list(bound) (as of objectList),
 * icon, emptyText, addLabel, fields (what is asked for a new one, `name` first), create(values) →
 * `{ key, entry }`, editor(bound, name) → elements, titleOf(name, entry).
 */
export async function objectPage(options) {
  const place = document.getElementById("object-page");
  const mayEdit = place.dataset.mayEdit === "true";
  let draft;
  try {
    draft = await openDraft();
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    place.replaceChildren(el("div", { class: "notice bad" }, icon("error"), el("span", { lang: "en", dir: "ltr" }, error.detail)));
    return null;
  }
  const bound = new Bound(draft, mayEdit);
  const name = place.dataset.name;
  if (name) showEditor(bound, place, name, options);
  else showList(bound, place, options);
  place.removeAttribute("aria-busy");
  return bound;
}

function showList(bound, place, options) {
  const search = document.getElementById("search");
  const add = () => create(bound, options);
  const button = document.getElementById("add");
  if (button) {
    button.hidden = false;
    button.addEventListener("click", add);
    document.addEventListener("keydown", (event) => {
      if (event.key !== "n" || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.closest("input, textarea, select, [contenteditable]") || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      add();
    });
  }
  const first = bound.mayEdit ? el("button", { type: "button", class: "button primary", onclick: add }, icon("plus"), options.addLabel) : null;
  const empty = emptyPage(options.icon, options.emptyTitle, options.emptyText, first);
  const list = objectList(bound, { ...options.list(bound), section: options.section, address: options.address, name: options.title, search, empty });
  place.replaceChildren(empty, list);
  place.list = list;
}

async function create(bound, options) {
  const taken = bound.document[options.section] ?? {};
  const values = await askFor(options.addLabel, options.fields, options.addLabel, (given) => {
    const { key } = options.create(given, taken);
    return nameRefused(key, taken) ?? options.refused?.(given, bound.document) ?? null;
  });
  if (values === null) return;
  const { key, entry } = options.create(values, taken);
  const what = _("%(name)s added", { name: key });
  bound.draft.change(what, (document) => {
    document[options.section] ??= {};
    define(document[options.section], key, entry);
  });
  location.assign(`${options.address}/${encodeURIComponent(key)}`);
}

function showEditor(bound, place, name, options) {
  const here = () => Object.hasOwn(bound.document[options.section] ?? {}, name);
  let shown = null;
  bound.show(place, () => {
    if (shown === here()) return;
    shown = here();
    if (shown) place.replaceChildren(head(bound, name, options), ...options.editor(bound, name).filter(Boolean));
    else place.replaceChildren(gone(bound, name, options));
  });
}

function gone(bound, name, options) {
  const back = el("a", { class: "button", href: options.address }, _("To the list"));
  return emptyPage(options.icon, _("%(name)s is not in the configuration.", { name: `\u2068${name}\u2069` }),
    _("It may have been removed or renamed; undo brings it back where it was you."), back);
}

function head(bound, name, options) {
  const title = el("bdi");
  bound.show(title, () => {
    title.textContent = options.titleOf?.(name, bound.value([options.section, name]) ?? {}) || name;
    document.title = `${title.textContent} · callrouter`;
  });
  const actions = bound.mayEdit ? [
    el("button", { type: "button", class: "button", onclick: () => rename(bound, name, options) }, icon("edit"), _("Rename …")),
    el("button", { type: "button", class: "button", onclick: () => duplicate(bound, name, options) }, icon("copy"), _("Duplicate")),
    el("button", { type: "button", class: "button danger", onclick: () => remove(bound, name, options) }, icon("trash"), _("Delete …")),
  ] : [];
  return el("div", {},
    el("nav", { class: "crumbs", "aria-label": _("Where you are") }, el("a", { href: options.address }, options.title), " › ", el("bdi", {}, name)),
    el("div", { class: "page-head" }, el("h1", {}, title), el("div", { class: "end" }, options.links?.(name) ?? [], actions)),
    bound.otherProblems([options.section, name]));
}

async function rename(bound, name, options) {
  const taken = bound.document[options.section] ?? {};
  const field = { name: "name", label: _("Name in the configuration"), value: name, hint: _("Everything that refers to it follows.") };
  const values = await askFor(_("Rename"), [field], _("Rename"), (given) => (given.name === name ? null : nameRefused(given.name, taken)));
  if (values === null || values.name === name) return;
  bound.draft.rename(options.section, name, values.name);
  location.assign(`${options.address}/${encodeURIComponent(values.name)}`);
}

function duplicate(bound, name, options) {
  const taken = bound.document[options.section];
  const key = freshName(taken, `${name.slice(0, 58)}-2`.replace(/-2-2$/, "-2"));
  const entry = options.copied ? options.copied(copyOf(taken[name]), bound.document) : copyOf(taken[name]);
  bound.draft.change(_("%(name)s added", { name: key }), (document) => define(document[options.section], key, entry));
  location.assign(`${options.address}/${encodeURIComponent(key)}`);
}

async function remove(bound, name, options) {
  const sure = await askRemoval(_("Delete %(name)s?", { name: `\u2068${name}\u2069` }), bound.draft.uses(options.section, name));
  if (!sure) return;
  bound.draft.remove(_("%(name)s deleted", { name }), options.section, name);
  toast(_("%(name)s is deleted. Undo is in the bar below.", { name: `\u2068${name}\u2069` }), "ok");
  location.assign(options.address);
}

/** A part of an editor with its heading. */
export function part(title, ...children) {
  return el("section", { class: "card part", "aria-label": title }, el("h2", {}, title), ...children);
}

/** Parts in columns that stay where they are when one of them grows. */
export function columns(...stacks) {
  return el("div", { class: "parts" }, stacks.map((parts) => el("div", { class: "stack" }, parts)));
}

/** Where it is used, with links; kept true. */
export function usedIn(bound, section, name) {
  const list = el("ul", { class: "use-list" });
  return part(_("Used in"), bound.show(list, () => {
    const places = placesOf(bound.draft.uses(section, name));
    const lines = places.slice(0, MOST_USES).map(({ text, href }) => el("li", {}, el("a", { href }, text)));
    if (places.length > MOST_USES) lines.push(el("li", {}, ngettext("and %(num)s more", "and %(num)s more", places.length - MOST_USES)));
    list.replaceChildren(...(lines.length ? lines : [el("li", { class: "muted" }, _("Nowhere yet."))]));
  }));
}
