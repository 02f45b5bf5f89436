// The Schedule tab: the week as a grid, beside it as a table; problems, gaps, and who rings when.

import { el, icon } from "./base.js";
import { dragsIn } from "./grid_drag.js";
import { keysIn } from "./grid_keys.js";
import { added, blocksOf, cleared, copiedTo, groupsOf } from "./grid_model.js";
import { GridView } from "./grid_view.js";
import { gapsBox } from "./gaps_box.js";
import { problemList } from "./problem_list.js";
import { RowEditor } from "./row_editor.js";
import { RowTable } from "./row_table.js";
import { daysOf } from "./row_times.js";
import { Schedule } from "./schedule.js";
import { whoRingsBox } from "./who_rings_box.js";
import { YamlView } from "./yaml_view.js";
import { _ } from "./words.js";

const LONG_HOUR = 60;

/** Fills the panel; returns what to do when it is shown again. */
export function scheduleTab({ draft, name, mayEdit, weekDays }, panel) {
  const schedule = new Schedule(draft, name, weekDays);
  const view = new GridView(schedule);
  const editor = new RowEditor(view, mayEdit);
  const table = new RowTable(schedule, mayEdit, (block) => editor.open(block));
  const yaml = new YamlView(draft, name, mayEdit);
  const gaps = gapsBox(schedule);
  const problems = el("div", {});
  const alone = el("input", { type: "checkbox", id: "one-day-only" });
  const legend = el("div", { class: "chips legend" });
  const group = () => lastGroup(schedule);
  const options = { mayEdit, alone: () => alone.checked, group };

  dragsIn(view, options);
  keysIn(view, options);
  view.addEventListener("edit", ({ detail }) => editor.open(detail.block));
  view.addEventListener("cell", ({ detail: { day, minutes } }) => {
    if (!mayEdit) return;
    const start = Math.floor(minutes / LONG_HOUR) * LONG_HOUR;
    const rows = added(schedule.rows, { days: [day], start, end: start + LONG_HOUR, groups: group() ? [group()] : [] });
    schedule.write(_("Block drawn"), rows);
    editor.open(blocksOf(rows).findLast((each) => each.row === rows.length - 1));
  });
  view.body.addEventListener("click", (event) => {
    const day = event.target.closest(".grid-day");
    if (day) dayMenu(schedule, Number(day.dataset.day), day, mayEdit);
  });

  const tools = el("div", { class: "grid-tools" }, legend,
    mayEdit ? el("label", { class: "check", for: "one-day-only" }, alone, _("Only the day I drag, not its whole row")) : null,
    el("span", { class: "hint" }, mayEdit ? _("Drag to draw, move or resize; Enter edits; times of %(zone)s.", { zone: schedule.zone }) : _("Times of %(zone)s.", { zone: schedule.zone })));
  const both = bothWays(table, yaml);
  panel.append(tools, view.element, el("div", { class: "split schedule-split" },
    both, el("aside", { class: "schedule-side" }, whoRingsBox(schedule), problems, gaps.element)));

  const draw = () => {
    view.draw();
    table.draw();
    yaml.draw();
    editor.draw();
    legend.replaceChildren(...legendOf(schedule));
    const own = draft.problemsAt(["incoming_call_settings", name]);
    problems.replaceChildren(...(own.length ? [el("div", { class: "card" }, el("h3", {}, _("Problems")), problemList(own))] : []));
  };
  draft.addEventListener("change", () => {
    if (!panel.isConnected) return;
    draw();
  });
  draft.addEventListener("problems", () => {
    if (!panel.isConnected) return;
    draw();
    if (!panel.hidden) gaps.draw();
  });
  draw();
  return () => {
    yaml.draw();
    gaps.draw();
  };
}

/** The table and the YAML: side by side where there is room, else one at a time. */
function bothWays(table, yaml) {
  const views = { table: table.element, yaml: yaml.element };
  const show = (wanted) => {
    for (const [key, element] of Object.entries(views)) element.hidden = wanted !== "both" && key !== wanted;
    for (const button of buttons.children) button.setAttribute("aria-pressed", String(button.dataset.view === wanted));
    whole.classList.toggle("both", wanted === "both");
    yaml.draw();
    try {
      localStorage.setItem("callrouter.schedule-view", wanted);
    } catch {
      // Then it is the table next time.
    }
  };
  const button = (key, text) => el("button", { type: "button", class: "chip", "data-view": key, onclick: () => show(key) }, text);
  const buttons = el("div", { class: "chips", role: "group", "aria-label": _("The same schedule") },
    button("table", _("Table")), button("yaml", _("YAML")), button("both", _("Both")));
  const whole = el("div", { class: "both-ways" }, buttons, table.element, yaml.element);
  let kept = null;
  try {
    kept = localStorage.getItem("callrouter.schedule-view");
  } catch {
    // Nothing is kept here.
  }
  queueMicrotask(() => show(["table", "yaml", "both"].includes(kept) ? kept : "table"));
  return whole;
}

function legendOf(schedule) {
  const used = [...new Set(schedule.rows.flatMap(groupsOf).filter(Boolean))];
  return used.map((group) => el("span", { class: `chip group-chip g-${schedule.colourOf(group)}` }, el("bdi", {}, group)));
}

/** Whom a new block is for: as the last row that was written. */
function lastGroup(schedule) {
  const named = schedule.rows.map((row) => groupsOf(row)[0]).filter(Boolean);
  return named.at(-1) ?? schedule.groups[0] ?? "";
}

/** What can be done with a whole day. */
function dayMenu(schedule, day, anchor, mayEdit) {
  const name = schedule.dayName(day);
  const item = (icon_, text, what, rows) => el("button", {
    type: "button", onclick: () => {
      menu.hidePopover();
      schedule.write(what, rows());
      anchor.focus();
    },
  }, icon(icon_), text);
  const others = schedule.weekDays.filter((each) => each.day !== day);
  const weekdays = [0, 1, 2, 3, 4].filter((each) => each !== day);
  const copied = (targets) => () => copiedTo(schedule.rows, day, targets);
  const begins = schedule.rows.some((row) => daysOf(row)?.includes(day));
  const menu = el("div", { class: "menu-body day-menu", popover: "auto" },
    el("strong", { class: "day-menu-title" }, name),
    item("copy", _("Copy to Monday to Friday"), _("%(day)s copied", { day: name }), copied(weekdays)),
    item("copy", _("Copy to every day"), _("%(day)s copied", { day: name }), copied(others.map((each) => each.day))),
    others.map((each) => item("copy", _("Copy to %(day)s", { day: each.name }), _("%(day)s copied", { day: name }), copied([each.day]))),
    begins ? item("trash", _("Clear %(day)s", { day: name }), _("%(day)s cleared", { day: name }), () => cleared(schedule.rows, day)) : null);
  if (!mayEdit) return;
  menu.addEventListener("toggle", (event) => event.newState === "closed" && menu.remove());
  document.body.append(menu);
  menu.showPopover();
  const box = anchor.getBoundingClientRect();
  const start = document.documentElement.dir === "rtl" ? innerWidth - box.right : box.left;
  menu.style.insetInlineStart = `${Math.max(8, Math.min(start, innerWidth - menu.offsetWidth - 8))}px`;
  menu.style.insetBlockStart = `${Math.max(8, Math.min(box.bottom + 4, innerHeight - menu.offsetHeight - 8))}px`;
  menu.querySelector("button").focus();
}
