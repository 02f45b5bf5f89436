// Drawing, moving and resizing blocks of the grid with mouse, pen or finger.
//
// Nothing is written before the pointer is let go; Esc takes back what is being dragged.

import { added, blocksOf, moved, resized, snapped } from "./grid_model.js";
import { DAY_MINUTES } from "./row_times.js";
import { _ } from "./words.js";

const STEP = 15;
const FINE = 5;
const FINEST = 1;
const CLICK_PIXELS = 4;
const HOLD_MS = 350; // a finger that moves sooner scrolls

/** Lets the pointer change a GridView; `alone()` says whether only the day dragged is meant, `group()` who a new block is for. */
export function dragsIn(view, { mayEdit, alone, group }) {
  view.body.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const begun = begin(view, event, alone);
    if (!begun) return;
    if (event.pointerType === "touch") held(event, () => follow(view, event, begun, mayEdit, group));
    else {
      event.preventDefault();
      follow(view, event, begun, mayEdit, group);
    }
  });
}

/** What the pointer took hold of. */
function begin(view, event, alone) {
  const shown = event.target.closest(".block");
  const place = view.placeAt(event.clientX, event.clientY);
  if (!place) return null;
  if (!shown) return event.target.closest(".cell") ? { kind: "draw", place, target: event.target.closest(".cell") } : null;
  const edge = event.target.closest("[data-edge]")?.dataset.edge ?? null;
  return { kind: edge ?? "move", place, block: shown.block, alone: alone() || event.shiftKey, target: shown };
}

/** Waits whether a finger stays: only then it drags, otherwise it scrolls or taps. */
function held(event, go) {
  const stop = new AbortController();
  const timer = setTimeout(() => {
    stop.abort();
    go();
  }, HOLD_MS);
  const cancel = () => {
    clearTimeout(timer);
    stop.abort();
  };
  for (const name of ["pointerup", "pointercancel", "pointermove"]) {
    addEventListener(name, (other) => {
      if (name !== "pointermove" || Math.hypot(other.clientX - event.clientX, other.clientY - event.clientY) > 8) cancel();
    }, { signal: stop.signal });
  }
}

function follow(view, event, begun, mayEdit, group) {
  const { schedule } = view;
  const rows = schedule.rows;
  const stop = new AbortController();
  let now = null;
  let far = false;
  const move = (other) => {
    far ||= Math.hypot(other.clientX - event.clientX, other.clientY - event.clientY) > CLICK_PIXELS;
    if (!far || !mayEdit) return;
    const place = view.placeAt(other.clientX, other.clientY) ?? { ...begun.place, ...(now?.place ?? {}) };
    const step = other.altKey ? (other.shiftKey ? FINEST : FINE) : STEP;
    now = { place, ...dragged(rows, begun, place, step, group()) };
    view.draw(now.rows);
    view.body.classList.add("dragging");
  };
  const end = (other) => {
    stop.abort();
    view.body.classList.remove("dragging");
    if (other.type === "pointerup" && now && mayEdit) {
      if (!schedule.write(now.what, now.rows)) view.draw();
      if (begun.kind === "draw") {
        const block = blocksOf(now.rows).findLast((each) => each.row === now.rows.length - 1);
        told(view, "edit", { block });
      }
    } else {
      if (now) view.draw();
      if (other.type === "pointerup" && !far) clicked(view, begun);
    }
  };
  addEventListener("pointermove", move, { signal: stop.signal });
  addEventListener("pointerup", end, { signal: stop.signal });
  addEventListener("pointercancel", end, { signal: stop.signal });
  addEventListener("touchmove", (other) => other.preventDefault(), { signal: stop.signal, passive: false });
  addEventListener("keydown", (other) => other.key === "Escape" && end(other), { signal: stop.signal });
}

function clicked(view, begun) {
  begun.target.focus?.();
  if (begun.kind === "draw") told(view, "cell", begun.place);
  else told(view, "edit", { block: begun.block });
}

/** When the pointer's own events are over: a popover opened before would be closed by them. */
function told(view, name, detail) {
  setTimeout(() => view.dispatchEvent(new CustomEvent(name, { detail })));
}

/** The rows as they are when the pointer has come to `place`, and what was done. */
function dragged(rows, { kind, place: from, block, alone }, place, step, group) {
  switch (kind) {
    case "draw": return drawn(rows, from, place, step, group);
    case "move": {
      const byMinutes = snapped(block.start + place.minutes - from.minutes, step) - block.start;
      return { what: _("Block moved"), rows: moved(rows, block, place.day - from.day, byMinutes, alone) };
    }
    default: {
      const days = ((place.day - from.day + 10) % 7) - 3;
      const was = kind === "start" ? block.start : block.end;
      const minutes = snapped(was + days * DAY_MINUTES + place.minutes - from.minutes, step);
      return { what: _("Block resized"), rows: resized(rows, block, kind, minutes, alone) };
    }
  }
}

/** From where the pointer came down to where it is, over midnight where that is on the next day. */
function drawn(rows, from, place, step, group) {
  const first = Math.min(snapped(from.minutes, step), DAY_MINUTES - step);
  const over = (place.day - from.day + 7) % 7 === 1 ? DAY_MINUTES : 0;
  const last = snapped(place.minutes, step) + over;
  const [start, end] = last > first ? [first, last] : [snapped(place.minutes, step), first + step];
  const long = Math.min(Math.max(end - start, step), DAY_MINUTES);
  return { what: _("Block drawn"), rows: added(rows, { days: [from.day], start, end: start + long, groups: group ? [group] : [] }) };
}
