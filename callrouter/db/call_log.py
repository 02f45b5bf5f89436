"""The call log, page by page, as quick at millions of calls as at ten.

The last days are searched first; they have enough of what many calls match. What fewer match is
looked up (`call_search`). Where neither is quick, the search stops at its time and says how far it
came; it never makes somebody wait for the whole past.
"""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, or_, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.db.call_search import (
    Search,
    Stretch,
    plan_each_time,
    resolved,
    search_for,
    stretches,
)
from callrouter.db.models import Call
from callrouter.db.queries import StoredCall, attempts_of, stored_call
from callrouter.db.wanted import EVERY_CALL, Wanted, of_live

PAGE_SECONDS = 0.5
"""How long the search for one page may take; most take a tenth of it."""

_QUERY_CANCELED = "57014"
_LAST_ID = UUID(int=2**128 - 1)
_AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the log: after the call with this arrival and id."""

    arrived_at: datetime
    id: UUID

    @classmethod
    def before(cls, moment: datetime) -> "Place":
        """Where the calls that arrived before `moment` begin."""
        return cls(moment, _LAST_ID)


@dataclass(frozen=True, slots=True)
class Page:
    """`live` calls, on the first page only, then `ended` ones, both newest first.

    `next` is where the next page begins, None on the last. `searched_to` is set where the search
    had to stop at its time: calls that arrived earlier were not looked at yet.
    """

    live: tuple[StoredCall, ...]
    ended: tuple[StoredCall, ...]
    next: Place | None = None
    searched_to: datetime | None = None


class OutOfTime(Exception):
    """The statement was not done within its time."""


async def page_of(
    connection: AsyncConnection,
    wanted: Wanted,
    now: datetime,
    *,
    limit: int,
    after: Place | None = None,
    seconds: float | None = PAGE_SECONDS,
    attempts: bool = True,
) -> Page:
    """At most `limit` ended calls after `after`; calls in progress where `after` is None.

    `seconds` None searches to the end, however long that takes.
    """
    await plan_each_time(connection)
    wanted = await resolved(connection, wanted)
    live: Sequence[Row[Any]] = []
    if after is None and wanted.wants_live:
        order = (Call.arrived_at.desc(), Call.id)
        found = select(*Call.__table__.columns).where(of_live(wanted, now)).order_by(*order)
        live = (await connection.execute(found)).all()
    ended: list[Row[Any]] = []
    searched_to = None
    if wanted.wants_ended:
        ended, searched_to = await _ended(connection, wanted, after, limit + 1, seconds)
    more = len(ended) > limit
    ended = ended[:limit]
    next_ = Place(ended[-1].arrived_at, ended[-1].id) if more else None
    if searched_to is not None:
        next_ = Place.before(searched_to)
    tried = await attempts_of(connection, [r.id for r in (*live, *ended)]) if attempts else {}
    return Page(
        tuple(stored_call(row, tried.get(row.id, ())) for row in live),
        tuple(stored_call(row, tried.get(row.id, ())) for row in ended),
        next_,
        searched_to,
    )


async def calls_since(
    connection: AsyncConnection,
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    limit: int | None = None,
    wanted: Wanted = EVERY_CALL,
) -> list[StoredCall]:
    """The calls in progress that arrived before `until`, then those that ended, newest first.

    Ended calls arrived in `[since, until)`; at most the `limit` newest of them.
    """
    wanted = replace(wanted, since=since, until=until)
    every = 2**31 if limit is None else limit
    page = await page_of(connection, wanted, datetime.now(UTC), limit=every, seconds=None)
    return [*page.live, *page.ended]


async def _ended(
    connection: AsyncConnection,
    wanted: Wanted,
    after: Place | None,
    count: int,
    seconds: float | None,
) -> tuple[list[Row[Any]], datetime | None]:
    """The rows, and how far back the search came where it had to stop."""
    deadline = None if seconds is None else time.monotonic() + seconds
    until = wanted.until if after is None else after.arrived_at + timedelta(microseconds=1)
    rows: list[Row[Any]] = []
    # The last days have enough of most: then nothing needs to be counted.
    if seconds is not None and not wanted.text:
        async for newest in stretches(connection, wanted.since, until, few=False):
            rows += await _of(connection, _asked(Search(wanted), after), newest, count)
            until = newest.since
            break
        if len(rows) >= count:
            return rows, None
    search = await search_for(connection, wanted, wanted.since, until)
    if search is None:
        return rows, None
    asked = _asked(search, after)
    async for stretch in stretches(connection, wanted.since, until, few=search.few):
        try:
            # The first is always searched: whoever goes on comes further each time.
            async with in_time(connection, None if stretch.first else deadline):
                rows += await _of(connection, asked, stretch, count - len(rows))
        except OutOfTime:
            return rows, stretch.until
        if len(rows) >= count:
            break
    return rows, None


def _asked(search: Search, after: Place | None) -> Select[Any]:
    """The first `count` that are wanted of a stretch, after a place: one statement for all."""
    calls, condition = search.within(bindparam("since"), bindparam("until"))
    found = select(calls.id, calls.arrived_at).where(condition)
    if after is not None:
        same = and_(calls.arrived_at == after.arrived_at, calls.id > after.id)
        found = found.where(or_(calls.arrived_at < after.arrived_at, same))
    newest = found.order_by(calls.arrived_at.desc(), calls.id)
    ids = newest.limit(bindparam("count")).subquery()
    # The ids come from an index alone; only the rows that are shown are read whole.
    whole = select(*Call.__table__.columns).join(ids, ids.c.id == Call.id)
    return whole.order_by(Call.arrived_at.desc(), Call.id)


async def _of(
    connection: AsyncConnection, asked: Select[Any], stretch: Stretch, count: int
) -> Sequence[Row[Any]]:
    values = {"since": stretch.since, "until": stretch.until, "count": count}
    found: Sequence[Row[Any]] = (await connection.execute(asked, values)).all()
    return found


@asynccontextmanager
async def in_time(connection: AsyncConnection, deadline: float | None) -> AsyncIterator[None]:
    """Statements that must be done by `deadline`, on the monotonic clock; raises OutOfTime."""
    if deadline is None:
        yield
        return
    left = int((deadline - time.monotonic()) * 1000)
    if left <= 0:
        raise OutOfTime
    try:
        async with connection.begin_nested():
            await connection.execute(text(f"SET LOCAL statement_timeout = {left}"))
            yield
            await connection.execute(text("SET LOCAL statement_timeout = 0"))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _QUERY_CANCELED:
            raise
        raise OutOfTime from None


async def every_call(
    connection: AsyncConnection, wanted: Wanted, now: datetime, *, attempts: bool
) -> AsyncIterator[list[StoredCall]]:
    """All that are wanted, as the pages would show them, some hundred at a time.

    PostgreSQL keeps the rest until it is asked for: memory does not grow with their number.
    """
    await plan_each_time(connection)
    wanted = await resolved(connection, wanted)
    if wanted.wants_live:
        async for batch in _streamed(connection, Call, of_live(wanted, now), attempts):
            yield batch
    if wanted.wants_ended:
        search = await search_for(connection, wanted, wanted.since, wanted.until)
        if search is not None:
            calls, condition = search.within(wanted.since, wanted.until, whole=True)
            async for batch in _streamed(connection, calls, condition, attempts):
                yield batch


async def _streamed(
    connection: AsyncConnection, calls: Any, condition: ColumnElement[bool], attempts: bool
) -> AsyncIterator[list[StoredCall]]:
    columns = [getattr(calls, column.name) for column in Call.__table__.columns]
    found = select(*columns).where(condition).order_by(calls.arrived_at.desc(), calls.id)
    rows = await connection.stream(found, execution_options={"yield_per": _AT_A_TIME})
    async for part in rows.partitions():
        tried = await attempts_of(connection, [row.id for row in part]) if attempts else {}
        yield [stored_call(row, tried.get(row.id, ())) for row in part]
