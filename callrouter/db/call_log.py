"""The call log, page by page, as quick at millions of calls as at ten.

The past is searched in stretches, the newest first, each four times as long as the one before:
what many calls match is found in the first, what few match is looked up in an index of its own.
Where neither is quick, the search stops at its time and says how far it came; it never makes
somebody wait for the whole past.
"""

import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func, or_, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.db.models import Call
from callrouter.db.queries import StoredCall, attempts_of, stored_call
from callrouter.db.wanted import EVERY_CALL, Wanted, has_text, has_trigrams, of_ended, of_live

PAGE_SECONDS = 1.0
"""How long the search for one page may take; with an index it takes a hundredth of it."""

_FIRST_STRETCH = timedelta(days=4)
_TIMES_LONGER = 4
_A_CENTURY = timedelta(days=36500)
_QUERY_CANCELED = "57014"
_LAST_ID = UUID(int=2**128 - 1)
_LOOKED_AT = 2000
_MANY = 20
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
    common = await text_is_common(connection, wanted)
    condition = of_ended(wanted, trigrams=not common)
    # What an index of text finds, it finds of all times at once.
    longer = _TIMES_LONGER if common or not has_trigrams(wanted) else 10**6
    rows: list[Row[Any]] = []
    until = wanted.until if after is None else after.arrived_at + timedelta(microseconds=1)
    async for stretch in stretches(connection, wanted.since, until, longer):
        found = select(Call.id).where(condition, *stretch.conditions)
        if after is not None:
            found = found.where(
                or_(
                    Call.arrived_at < after.arrived_at,
                    and_(Call.arrived_at == after.arrived_at, Call.id > after.id),
                )
            )
        order = (Call.arrived_at.desc(), Call.id)
        ids = found.order_by(*order).limit(count - len(rows)).subquery()
        # The ids come from an index alone; only the rows that are shown are read whole.
        whole = select(*Call.__table__.columns).join(ids, ids.c.id == Call.id).order_by(*order)
        try:
            # The first is always searched: whoever goes on comes further each time.
            async with within(connection, None if stretch.first else deadline):
                rows += (await connection.execute(whole)).all()
        except OutOfTime:
            return rows, stretch.until
        if len(rows) >= count:
            break
    return rows, None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Arrivals in `[since, until)`; `first` is the newest stretch."""

    since: datetime
    until: datetime
    first: bool

    @property
    def conditions(self) -> Iterable[Any]:
        return period(self.since, self.until)


async def stretches(
    connection: AsyncConnection,
    since: datetime | None,
    until: datetime | None,
    longer: int = _TIMES_LONGER,
) -> AsyncIterator[Stretch]:
    """The period from its newest ended call to its oldest, in ever longer stretches."""
    bounds = select(func.max(Call.arrived_at), func.min(Call.arrived_at)).where(
        Call.ended_at.is_not(None), *period(since, until)
    )
    row: Any = (await connection.execute(bounds)).one()
    newest, oldest = row
    if newest is None:
        return
    length = _FIRST_STRETCH
    end = newest + timedelta(microseconds=1)
    yield Stretch(max(newest - length, oldest), end, first=True)
    while newest - length > oldest:
        end = newest - length
        length = min(length * longer, _A_CENTURY)
        yield Stretch(max(newest - length, oldest), end, first=False)


def period(since: datetime | None, until: datetime | None) -> Iterable[Any]:
    """The conditions that calls arrived in `[since, until)`."""
    if since is not None:
        yield Call.arrived_at >= since
    if until is not None:
        yield Call.arrived_at < until


async def text_is_common(connection: AsyncConnection, wanted: Wanted) -> bool:
    """Whether many of the newest calls have the text: then its index would find far too many."""
    if not has_trigrams(wanted):
        return False
    newest = (
        select(Call.number, Call.caller_number, Call.caller_name)
        .where(Call.ended_at.is_not(None))
        .order_by(Call.arrived_at.desc())
        .limit(_LOOKED_AT)
        .subquery()
    )
    found = await connection.scalar(
        select(func.count()).select_from(newest).where(has_text(wanted))
    )
    return (found or 0) >= _MANY


async def plan_each_time(connection: AsyncConnection) -> None:
    """Of a value that three calls have and one that millions have, each has a plan of its own."""
    await connection.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))


@asynccontextmanager
async def within(connection: AsyncConnection, deadline: float | None) -> AsyncIterator[None]:
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
    order = (Call.arrived_at.desc(), Call.id)
    asked = []
    if wanted.wants_live:
        asked.append(of_live(wanted, now))
    if wanted.wants_ended:
        common = await text_is_common(connection, wanted)
        ended = of_ended(wanted, trigrams=not common)
        asked.append(and_(ended, *period(wanted.since, wanted.until)))
    for condition in asked:
        found = select(*Call.__table__.columns).where(condition).order_by(*order)
        options = {"yield_per": _AT_A_TIME}
        rows = await connection.stream(found, execution_options=options)
        async for part in rows.partitions():
            tried = await attempts_of(connection, [row.id for row in part]) if attempts else {}
            yield [stored_call(row, tried.get(row.id, ())) for row in part]
