"""The call log's pages: the table with its filters, more of it, its totals, and one call."""

from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.call_timeline import timeline_of
from callrouter.commands.fact_words import timeline as facts_in_words
from callrouter.commands.why_words import sentence
from callrouter.console.api.calls import call_asked_for
from callrouter.console.call_query import read_cursor, written_cursor
from callrouter.console.pages.call_drawing import drawing_of
from callrouter.console.pages.log_rows import (
    COLUMNS,
    ENDED,
    IN_PROGRESS,
    OUTCOMES,
    PARTIES,
    Row,
    elsewhere,
    exported_columns,
    left_where,
    look_of,
    row_of,
    shown_columns,
)
from callrouter.console.pages.log_state import LIVE, STATUSES, LogState
from callrouter.console.pages.rendering import Reader, render, signed_in
from callrouter.console.problems import ApiProblem
from callrouter.console.rights import Identity, Right
from callrouter.console.shown_calls import shown_to
from callrouter.db.call_log import Page, page_of
from callrouter.db.call_totals import totals_of
from callrouter.db.engine import snapshot
from callrouter.db.saved_views import views_for
from callrouter.facts import Disposition

router = APIRouter(include_in_schema=False)

ROWS = 50
COLUMNS_COOKIE = "callrouter_log_columns"
MOST_CHOICES = 200
"""Of more, what is meant has to be typed: a page of a thousand agents helps nobody."""

LogReader = Annotated[Identity, Depends(signed_in(Right.READ_CALLS))]
Cursor = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for calls, understood."""

    who: Identity
    reader: Reader
    state: LogState
    now: datetime
    engine: AsyncEngine

    @classmethod
    def of(cls, request: Request, who: Identity) -> "Asked":
        state = LogState.read(request.query_params.multi_items(), who)
        engine = request.app.state.engine
        return cls(who, Reader.of(request), state, datetime.now(UTC), engine)

    async def page(self, cursor: str = "") -> tuple[Page, list[Row], list[Row]]:
        """The page after the cursor, with its live and its ended calls as rows."""
        wanted = self.state.wanted(self.who, self.reader.timezone, self.now)
        after = read_cursor(cursor) if cursor else None
        async with snapshot(self.engine) as connection:
            page = await page_of(connection, wanted, self.now, limit=ROWS, after=after)
        words, zone = self.reader.words, self.reader.timezone
        live, ended = (
            [row_of(shown_to(self.who, call), words, zone, self.now) for call in calls]
            for calls in (page.live, page.ended)
        )
        return page, live, ended


@router.get("/calls")
async def call_log(request: Request, who: LogReader) -> HTMLResponse:
    """The whole page; for a script that changed a filter, only what depends on it."""
    asked = Asked.of(request, who)
    context = await _first_page(request, asked)
    template = "calls_log.html" if request.headers.get("HX-Request") else "calls.html"
    return render(request, who, template, active="calls", **context)


@router.get("/calls/rows")
async def more_rows(request: Request, who: LogReader, cursor: Cursor = "") -> HTMLResponse:
    """The rows after those that are shown; without a cursor the first ones, as they are now."""
    asked = Asked.of(request, who)
    page, live, ended = await asked.page(cursor)
    template = "calls_more.html" if cursor else "calls_table.html"
    return render(request, who, template, live=live, rows=ended, **_around(request, asked, page))


@router.get("/calls/totals")
async def log_totals(request: Request, who: LogReader) -> HTMLResponse:
    """What the calls of these filters amount to."""
    asked = Asked.of(request, who)
    wanted = asked.state.wanted(who, asked.reader.timezone, asked.now)
    async with snapshot(asked.engine) as connection:
        totals = await totals_of(connection, wanted, asked.now, asked.reader.timezone)
    return render(request, who, "calls_totals.html", totals=totals, looks=ENDED)


@router.get("/calls/{call_id}")
async def one_call(request: Request, call_id: str, who: LogReader) -> HTMLResponse:
    """One call: as a page, and for a script as what is in the panel beside the log."""
    try:
        call = await call_asked_for(request, call_id, who)
    except ApiProblem as problem:
        if problem.status not in (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT):
            raise
        return render(request, who, "call_not_found.html", active="calls", status=problem.status)
    reader, now = Reader.of(request), datetime.now(UTC)
    record = call.record
    drawing = drawing_of(timeline_of(record, call.facts, now), reader.words)
    template = "call_body.html" if request.headers.get("HX-Request") else "call.html"
    return render(
        request,
        who,
        template,
        active="calls",
        call=call,
        record=record,
        row=row_of(call, reader.words, reader.timezone, now),
        look=look_of(record),
        why=sentence(record),
        drawing=drawing,
        outcomes=OUTCOMES,
        parties=PARTIES,
        left=left_where(record, reader.words),
        elsewhere=elsewhere(record, reader.words, reader.timezone),
        facts=facts_in_words(call.facts) if call.facts else [],
        now=now,
    )


async def _first_page(request: Request, asked: Asked) -> dict[str, Any]:
    page, live, ended = await asked.page()
    async with snapshot(asked.engine) as connection:
        views = await views_for(connection, asked.who.user)
    return {
        "live": live,
        "rows": ended,
        "views": views,
        "choices": await _choices(request, asked.state),
        "looks": {str(word): look for word, look in ENDED.items()} | {LIVE: IN_PROGRESS},
        "statuses": STATUSES,
        **_around(request, asked, page),
    }


def _around(request: Request, asked: Asked, page: Page) -> dict[str, Any]:
    """What every piece of the log needs beside its rows."""
    columns = shown_columns(request.cookies.get(COLUMNS_COOKIE, ""))
    state, zone = asked.state, asked.reader.timezone
    return {
        "state": state,
        "columns": columns,
        "all_columns": COLUMNS,
        "export": f"{state.for_api(zone, asked.now)}&columns={exported_columns(columns)}",
        "next": written_cursor(page.next) if page.next else "",
        "searched_to": page.searched_to,
        "now": asked.now,
        "LIVE": LIVE,
        "Disposition": Disposition,
    }


async def _choices(request: Request, state: LogState) -> dict[str, list[tuple[str, str]]]:
    """What can be chosen in a filter: value and name; what is chosen already is among it."""
    try:
        table = await request.app.state.configuration.table(request.app.state.engine)
    except ApiProblem:  # the log can be read without any configuration
        found: dict[str, list[tuple[str, str]]] = {name: [] for name in _CHOSEN}
    else:
        found = {
            "number": [(number, settings) for number, settings in table.numbers.items()],
            "group": [(name, "") for name in table.agent_groups],
            "agent": [(each.id, each.name) for each in table.agents.values()],
            "settings": [(name, "") for name in table.settings],
        }
    for name, pairs in found.items():
        if len(pairs) > MOST_CHOICES:
            pairs.clear()
        known = {value for value, _ in pairs}
        pairs += [(value, "") for value in state.values.get(name, ()) if value not in known]
    return found


_CHOSEN = ("number", "group", "agent", "settings")
