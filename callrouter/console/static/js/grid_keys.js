// The grid by keyboard: arrows lead through blocks and hours, with Shift they move a block, with Ctrl its end.

import { blocksOf, moved, removed, resized } from "./grid_model.js";
import { _ } from "./words.js";

const STEP = 15;
const FINE = 5;

/** Lets keys change a GridView. */
export function keysIn(view, { mayEdit, alone }) {
  view.body.addEventListener("keydown", (event) => {
    const item = event.target.closest(".block, .cell");
    if (!item) return;
    const arrow = arrowOf(event, getComputedStyle(view.body).direction === "rtl");
    if (arrow && item.block && mayEdit && (event.shiftKey || event.ctrlKey)) {
      event.preventDefault();
      change(view, item.block, arrow, event, alone());
    } else if (arrow && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      go(view, item, arrow);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      const detail = item.block ? { block: item.block } : { day: Number(item.dataset.day), minutes: Number(item.dataset.hour) * 60 };
      view.dispatchEvent(new CustomEvent(item.block ? "edit" : "cell", { detail }));
    } else if ((event.key === "Delete" || event.key === "Backspace") && item.block && mayEdit) {
      event.preventDefault();
      const { block } = item;
      view.schedule.write(_("Block removed"), removed(view.schedule.rows, block, alone()));
      cellAt(view, block.day, Math.floor(block.start / 60))?.focus();
    }
  });
}

/** Along the day is `along` 1 or -1, to another day is `days`. */
function arrowOf(event, rtl) {
  switch (event.key) {
    case "ArrowRight": return { along: rtl ? -1 : 1, days: 0 };
    case "ArrowLeft": return { along: rtl ? 1 : -1, days: 0 };
    case "ArrowDown": return { along: 0, days: 1 };
    case "ArrowUp": return { along: 0, days: -1 };
    default: return null;
  }
}

function change(view, block, { along, days }, event, alone) {
  const { schedule } = view;
  const step = event.altKey ? FINE : STEP;
  const before = schedule.rows;
  const rows = event.ctrlKey
    ? resized(before, block, "end", block.end + along * step, alone)
    : moved(before, block, days, along * step, alone);
  const what = event.ctrlKey ? _("Block resized") : _("Block moved");
  if (!schedule.write(what, rows, { together: `keys-${block.row}` })) return;
  const place = block.day * 1440 + block.start + (event.ctrlKey ? 0 : days * 1440 + along * step);
  const day = ((Math.floor(place / 1440) % 7) + 7) % 7;
  const found = blocksOf(schedule.rows).filter((each) => each.day === day).sort((one, other) =>
    Math.abs(one.row - block.row) - Math.abs(other.row - block.row))[0];
  if (found) view.elementOf(found)?.focus();
}

/** To the nearest block or hour in that direction. */
function go(view, item, { along, days }) {
  const box = item.getBoundingClientRect();
  const order = view.schedule.weekDays.map(({ day }) => day);
  const line = item.closest(".grid-line");
  const lines = order.map((day) => view.lines.get(day).line);
  const there = days ? lines[lines.indexOf(line) + days] : line;
  if (!there) return;
  const items = [...there.querySelectorAll(".block, .cell")].filter((each) => each.block || !covered(each, there));
  const rtl = getComputedStyle(view.body).direction === "rtl";
  const middle = (each) => {
    const own = each.getBoundingClientRect();
    return (rtl ? -1 : 1) * (own.left + own.width / 2) + (days ? 0 : own.top / 10_000);
  };
  const here = middle(item);
  const next = days
    ? items.sort((one, other) => Math.abs(middle(one) - here) - Math.abs(middle(other) - here))[0]
    : items.filter((each) => each !== item && along * (middle(each) - here) > 0).sort((one, other) => along * (middle(one) - middle(other)))[0];
  if (!next) return;
  item.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
  if (box.top !== next.getBoundingClientRect().top) next.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** Whether the middle of an hour lies under a block: then the block is the one to go to. */
function covered(cell, line) {
  const own = cell.getBoundingClientRect();
  const middle = own.left + own.width / 2;
  return [...line.querySelectorAll(".block")].some((each) => {
    const box = each.getBoundingClientRect();
    return box.left <= middle && middle <= box.right;
  });
}

function cellAt(view, day, hour) {
  return view.body.querySelector(`.cell[data-day="${day}"][data-hour="${hour}"]`);
}
