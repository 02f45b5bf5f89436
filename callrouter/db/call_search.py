"""How to find the calls that are wanted among millions, without asking PostgreSQL to guess.

Its statistics say how frequent a value is, not whether it is among the newest, nor that two never
come together. So each filter is counted in its own index, up to some thousands. The rarest one
leads: only its calls are read, and the other filters look at them alone. Where all have very many,
the calls are read newest first, and soon enough of them are found.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    Select,
    Subquery,
    Text,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.db.models import LOG_COLUMNS, OF_AN_AGENT, Call
from callrouter.db.wanted import (
    EVERY_CALL,
    Wanted,
    agents_of,
    filters_of_ended,
    has_text,
    has_trigrams,
    in_text_index,
    meets,
    numbers_of,
    of_ended,
    spans_of,
)

MANY = 20_000
"""A filter that so many calls meet leads to nothing: the calls are read newest first."""

_FEW = 1000
"""So many are read at once, of all times."""

_DEAR = 2 * _FEW
"""A filter whose calls cannot be counted quickly (by an index alone, which has them in the order
of their arrival) leads to nothing from so many on."""

_READ = {*LOG_COLUMNS, "id", "arrived_at", "number", "caller_number", "caller_name"}

_FIRST_STRETCH = timedelta(days=4)
_TIMES_LONGER = 4
_LOOKED_AT = 2000
_COMMON = 5
_ONE_BY_ONE = """
SELECT set_config('enable_bitmapscan', 'off', true),
    set_config('max_parallel_workers_per_gather', '0', true)
"""


Moment = datetime | BindParameter[datetime] | None
"""One of a statement that is run for many is a parameter."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Arrivals in `[since, until)`; `first` is the newest stretch."""

    since: datetime
    until: datetime
    first: bool


@dataclass(frozen=True, slots=True)
class Search:
    """How ended calls that are wanted are found: by `leading`, a filter with an index, if any.

    `few` says that there are few, so that they are best read all at once. `narrowed` are filters
    that the leading one's index answers too, so that the calls which fail them are never read.
    """

    wanted: Wanted
    leading: ColumnElement[bool] | None = None
    few: bool = False
    narrowed: Wanted | None = None

    def within(
        self, since: Moment, until: Moment, *, whole: bool = False
    ) -> tuple[Any, ColumnElement[bool]]:
        """Columns of a table, and the condition that its wanted calls arrived in `[since, until)`.

        They are those which filters, places and totals read, with `whole` all of them.
        """
        if self.leading is None:
            return Call, of_ended(self.wanted) & within(Call, since, until)
        columns = [each for each in Call.__table__.c if whole or each.name in _READ]
        led = (Call.ended_at.is_not(None), within(Call, since, until), self.leading)
        if self.narrowed is None:
            some = select(*columns).where(*led)
        else:
            answered = (each for each in columns if each.name in OF_AN_AGENT)
            index = _fenced(select(*answered).where(*led)).c
            ids = _fenced(select(index.id).where(meets(self.narrowed, index)))
            some = select(*columns).join(ids, ids.c.id == Call.id)
        rows = _fenced(some).c
        return rows, meets(self.wanted, rows)


async def search_for(
    connection: AsyncConnection, wanted: Wanted, since: datetime | None, until: datetime | None
) -> Search | None:
    """How to find them among those that arrived in `[since, until)`; None where there are none.

    `wanted` must be `resolved`.
    """
    everywhere = (Call.ended_at.is_not(None), within(Call, since, until))
    filters = [(each, MANY) for each in filters_of_ended(wanted)]
    filters += [(each, _DEAR) for each in (*numbers_of(wanted), *spans_of(wanted))]
    counted = await _counted(connection, filters, everywhere)
    least, leading = min(counted, key=lambda each: each[0], default=(MANY, None))
    if least == 0:
        return None
    if least >= _FEW and await _text_is_rare(connection, wanted):
        return Search(wanted, has_text(wanted) & in_text_index(wanted), few=True)
    if least == MANY:
        return Search(wanted)
    return Search(wanted, leading, least < _FEW, _narrowed(wanted, leading))


def _fenced(rows: Select[Any]) -> Subquery:
    """OFFSET 0 keeps PostgreSQL from mixing other filters in, and choosing another index."""
    return rows.offset(0).subquery()


def _narrowed(wanted: Wanted, leading: ColumnElement[bool] | None) -> Wanted | None:
    """Of the agents' filter, if it leads and calls must be read for others beside it."""
    narrowed = Wanted(dispositions=wanted.dispositions, agent_groups=wanted.agent_groups)
    read = replace(wanted, dispositions=(), agent_groups=(), agents=(), extensions=())
    read = replace(read, since=None, until=None, live=False)  # every index answers these
    if narrowed == EVERY_CALL or read == EVERY_CALL or leading is None:
        return None
    return narrowed if any(leading.compare(each) for each in agents_of(wanted)) else None


async def resolved(connection: AsyncConnection, wanted: Wanted) -> Wanted:
    """The same with each of `agents` known for what it is: an id, or else an extension."""
    if not wanted.agents:
        return wanted
    asked = func.unnest(literal(list(wanted.agents), ARRAY(Text()))).column_valued("asked")
    ids = select(asked).where(select(Call.id).where(Call.agent == asked).exists())
    known = set(await connection.scalars(ids))
    return replace(
        wanted,
        agents=tuple(each for each in wanted.agents if each in known),
        extensions=tuple(each for each in wanted.agents if each not in known),
    )


async def stretches(
    connection: AsyncConnection, since: datetime | None, until: datetime | None, *, few: bool
) -> AsyncIterator[Stretch]:
    """The period from its newest ended call to its oldest, in ever longer stretches.

    With `few` it is one stretch.
    """
    bounds = select(func.max(Call.arrived_at), func.min(Call.arrived_at)).where(
        Call.ended_at.is_not(None), within(Call, since, until)
    )
    row: Any = (await connection.execute(bounds)).one()
    newest, oldest = row
    if newest is None:
        return
    end = newest + timedelta(microseconds=1)
    if few:
        yield Stretch(oldest, end, first=True)
        return
    length = _FIRST_STRETCH
    yield Stretch(max(newest - length, oldest), end, first=True)
    while newest - length > oldest:
        end = newest - length
        length *= _TIMES_LONGER
        yield Stretch(max(newest - length, oldest), end, first=False)


def within(rows: Any, since: Moment, until: Moment) -> ColumnElement[bool]:
    """The condition that calls of this table arrived in `[since, until)`."""
    condition: ColumnElement[bool] = literal(True)
    if since is not None:
        condition &= rows.arrived_at >= since
    if until is not None:
        condition &= rows.arrived_at < until
    return condition


async def plan_each_time(connection: AsyncConnection) -> None:
    """Of a value that three calls have and one that millions have, each has a plan of its own."""
    await connection.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))


async def _counted(
    connection: AsyncConnection,
    filters: list[tuple[ColumnElement[bool], int]],
    everywhere: Iterable[ColumnElement[bool]],
) -> Iterator[tuple[int, ColumnElement[bool] | None]]:
    """Each filter with the number of its calls; MANY is that many or more, or more than is read."""
    if not filters:
        return iter(())
    counts = []
    for each, most in filters:
        some = select(literal(1)).where(*everywhere, each).limit(most).subquery()
        counts.append(select(func.count()).select_from(some).scalar_subquery())
    async with connection.begin_nested() as counting:
        # Whoever counts some of very many must not begin with a list of all.
        await connection.execute(text(_ONE_BY_ONE))
        row = (await connection.execute(select(*counts))).one()
        await counting.rollback()
    return (
        (number if number < most else MANY, each)
        for number, (each, most) in zip(row, filters, strict=True)
    )


async def _text_is_rare(connection: AsyncConnection, wanted: Wanted) -> bool:
    """Whether hardly any of the newest calls have the text: then its index finds them."""
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
    return (found or 0) < _COMMON
