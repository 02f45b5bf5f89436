// The week as a grid: a line a day, 24 hours along it; blocks of rows, the time now, cells to draw in.

import { el, icon } from "./base.js";
import { blocksOf, lanesOf, segmentsOf } from "./grid_model.js";
import { DAY_MINUTES, daysOf, timeOf } from "./row_times.js";
import { specialOf } from "./schedule.js";
import { _ } from "./words.js";
import { clockIn } from "./zones.js";

const HOURS = 24;
const FEW_LANES = 4;

/** Shows a Schedule; `element` is on the page. Fires `edit` ({block, from}) and `draw` ({day, start}). */
export class GridView extends EventTarget {
  /** @param {import("./schedule.js").Schedule} schedule */
  constructor(schedule) {
    super();
    this.schedule = schedule;
    this.lines = new Map();
    this.now = el("div", { class: "grid-now", "aria-hidden": "true" });
    this.nowText = el("span", { class: "grid-now-text tabular" });
    this.now.append(this.nowText);
    this.body = el("div", { class: "grid-body" }, schedule.weekDays.map((day) => this.#line(day)));
    this.element = el("div", { class: "grid-box" }, el("div", {
      class: "grid", role: "group", "aria-label": _("The week: who rings at which hour"),
    }, hours(), this.body));
    this.draw();
    this.tick();
    setInterval(() => this.tick(), 20_000);
  }

  /** Draws the blocks anew; `rows` are shown instead of the schedule's own while something is dragged. */
  draw(rows = this.schedule.rows) {
    const moment = Date.now();
    const focused = focusOf(this.body);
    const problems = this.schedule.problemsByRow();
    const shifts = rows.map((_row, index) => this.schedule.shiftOf(index, moment));
    segmentsOf(blocksOf(rows), (index) => shifts[index]).forEach((segments, day) => {
      const { line, track } = this.lines.get(day);
      const { placed, lanes } = lanesOf(segments);
      line.style.setProperty("--lanes", String(lanes));
      line.classList.toggle("crowded", lanes > FEW_LANES);
      for (const old of track.querySelectorAll(".block")) old.remove();
      track.append(...placed.map(({ segment, lane }) => this.#block(rows, segment, lane, problems.get(segment.block.row) ?? [])));
      line.classList.toggle("nobody", segments.length === 0);
    });
    if (focused) this.body.querySelector(focused)?.focus({ preventScroll: true });
    this.#rove();
  }

  /** The line of the time now. */
  tick() {
    const clock = clockIn(this.schedule.zone, Date.now());
    this.now.hidden = clock === null;
    if (clock === null) return;
    this.lines.get(clock.day).track.append(this.now);
    this.now.style.insetInlineStart = percent(clock.minutes);
    this.nowText.textContent = timeOf(Math.floor(clock.minutes));
    for (const [day, { line }] of this.lines) line.classList.toggle("today", day === clock.day);
  }

  /** The day and the minutes of a point on the page; null where it is beside the week. */
  placeAt(x, y) {
    for (const [day, { line, track }] of this.lines) {
      const box = line.getBoundingClientRect();
      if (y < box.top || y >= box.bottom) continue;
      const along = track.getBoundingClientRect();
      const rtl = getComputedStyle(track).direction === "rtl";
      const share = (rtl ? along.right - x : x - along.left) / along.width;
      return { day, minutes: Math.min(Math.max(share, 0), 1) * DAY_MINUTES };
    }
    return null;
  }

  /** The part of a block where it begins. */
  elementOf({ row, day }) {
    return this.body.querySelector(`.block[data-row="${row}"][data-day="${day}"]`);
  }

  /** Only one of all blocks and cells is reached with Tab; arrows lead to the others. */
  #rove() {
    const items = [...this.body.querySelectorAll(".block, .cell")];
    const one = items.find((each) => each === document.activeElement) ?? this.body.querySelector(".block") ?? items[0];
    for (const each of items) each.tabIndex = each === one ? 0 : -1;
  }

  #line({ day, name, short }) {
    const cells = Array.from({ length: HOURS }, (_hour, hour) => el("button", {
      type: "button", class: "cell", tabindex: "-1", "data-day": String(day), "data-hour": String(hour),
      "aria-label": _("%(day)s %(time)s: draw a block", { day: name, time: timeOf(hour * 60) }),
    }));
    const track = el("div", { class: "grid-track" }, el("div", { class: "cells" }, cells));
    const head = el("button", { type: "button", class: "grid-day", "data-day": String(day), "aria-haspopup": "menu", title: name },
      el("span", { class: "long" }, name), el("span", { class: "short", "aria-hidden": "true" }, short), icon("more"));
    const line = el("div", { class: "grid-line", role: "group", "aria-label": name }, head, track);
    this.lines.set(day, { line, track });
    return line;
  }

  #block(rows, segment, lane, problems) {
    const { block, from, to, begins, ends } = segment;
    const row = rows[block.row];
    const groups = this.schedule.groupsText(row);
    const times = `${row.from_time}–${row.to_time}`;
    const special = specialOf(row);
    const bad = problems.some((each) => each.level === "error");
    const days = daysOf(row);
    const label = [
      `${this.schedule.daysText(days)} ${times}`, groups, ...special,
      problems.length ? _("has problems") : null, begins ? null : _("began the day before"),
    ].filter(Boolean).join(_(", "));
    const shown = el("button", {
      type: "button", tabindex: "-1", "aria-label": label, title: label,
      class: [
        "block", `g-${this.schedule.colourOf(row.agent_group instanceof Array ? row.agent_group[0] : row.agent_group)}`,
        begins ? "begins" : "", ends ? "ends" : "", row.valid_from || row.valid_to ? "seasonal" : "",
        row.timezone ? "elsewhere" : "", problems.length ? (bad ? "bad" : "doubtful") : "", to - from < 150 ? "narrow" : "",
      ].join(" "),
      "data-row": String(block.row), "data-day": String(block.day), "data-part": begins ? "first" : "rest",
    },
    begins ? el("span", { class: "edge start", "data-edge": "start" }) : null,
    el("span", { class: "block-text" },
      problems.length ? icon(bad ? "error" : "warning") : null,
      begins ? null : el("span", { class: "block-from" }, "…"),
      el("bdi", { class: "block-groups" }, groups), el("bdi", { dir: "ltr", class: "block-times tabular" }, times),
      row.timezone ? icon("globe") : null, row.valid_from || row.valid_to ? icon("calendar") : null,
      days.length > 1 ? el("span", { class: "block-days" }, this.schedule.daysText(days)) : null),
    ends ? el("span", { class: "edge end", "data-edge": "end" }) : null);
    shown.style.insetInlineStart = percent(from);
    shown.style.inlineSize = percent(to - from);
    shown.style.setProperty("--lane", String(lane));
    shown.block = block;
    return shown;
  }
}

function hours() {
  const marks = Array.from({ length: HOURS / 2 + 1 }, (_unused, place) => {
    const mark = el("span", { class: "tabular" }, timeOf(place * 120, true));
    mark.style.insetInlineStart = percent(place * 120);
    return mark;
  });
  return el("div", { class: "grid-hours", "aria-hidden": "true" }, el("span", {}), el("div", { class: "marks" }, marks));
}

function percent(minutes) {
  return `${(minutes / DAY_MINUTES) * 100}%`;
}

function focusOf(body) {
  const { activeElement: active } = document;
  if (!body.contains(active) || active.dataset.row === undefined) return null;
  return `.block[data-row="${active.dataset.row}"][data-day="${active.dataset.day}"][data-part="${active.dataset.part}"]`;
}
