// What the server tells of the board: one stream, patches put together, and whether it is fresh.

import { serverTime } from "./base.js";
import { isStale, patched } from "./board_state.js";

const HIDDEN_MS = 60_000;

/**
 * Follows the board: `changed(board)` after each change, `freshness(stale, heardAt)` every second.
 * A page nobody looks at lets go of its stream after a minute, unless it is to `stay`.
 */
export function followBoard({ changed, freshness, signedOut, stay }) {
  let board = null;
  let source = null;
  let heardAt = null;
  let fresh = true;
  let hidden = null;

  function heard(at) {
    heardAt = Date.now();
    if (at) serverTime(at);
  }

  function open() {
    source = new EventSource("/api/v1/events?topics=board");
    source.addEventListener("snapshot", (event) => show(JSON.parse(event.data)));
    source.addEventListener("board", (event) => show(patched(board, JSON.parse(event.data))));
    source.addEventListener("ping", (event) => {
      const said = JSON.parse(event.data);
      fresh = said.fresh;
      heard(said.at);
    });
    source.addEventListener("goodbye", () => {
      source.close();
      signedOut();
    });
    source.addEventListener("error", () => {
      // Refused outright (signed out, console restarting): browsers do not try again by themselves.
      if (source.readyState === EventSource.CLOSED) setTimeout(again, 3000);
    });
  }

  async function again() {
    try {
      const answer = await fetch("/api/v1/health");
      if (answer.status === 401) return signedOut();
    } catch {
      // Not there yet: the next try will tell.
    }
    if (source?.readyState === EventSource.CLOSED) open();
    return undefined;
  }

  function show(next) {
    board = next;
    fresh = board.database;
    heard(board.at);
    changed(board);
  }

  document.addEventListener("visibilitychange", () => {
    clearTimeout(hidden);
    if (document.visibilityState === "hidden") {
      if (!stay) hidden = setTimeout(() => { source.close(); source = null; }, HIDDEN_MS);
    } else if (source === null) {
      open();
    }
  });
  setInterval(() => freshness(isStale(Date.now(), heardAt, fresh), heardAt), 1000);
  open();
}
