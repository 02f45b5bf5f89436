"""What the wanted calls amount to, in all and day by day: the footer of the call log.

Law: exactly the calls that the list would show. The sums are made by PostgreSQL, stretch by
stretch from the newest on; where there are too many to be added up in time, they are exact for
the calls since a moment, and say so.
"""

import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, DateTime, Select, func, literal, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.db.call_log import OutOfTime, in_time
from callrouter.db.call_search import plan_each_time, resolved, search_for, stretches
from callrouter.db.models import Call
from callrouter.db.wanted import Wanted, of_live
from callrouter.facts import Disposition

TOTALS_SECONDS = 3.0
SOON_SECONDS = 20.0
"""Within which an agent should answer: what the service level counts."""

WAITED = frozenset(
    {Disposition.ANSWERED, Disposition.ABANDONED, Disposition.BUSY, Disposition.UNAVAILABLE}
)
"""Calls that were for an agent. Closed, refused, cut and failed ones say nothing about waiting."""


@dataclass(slots=True)
class Sums:
    """Ended calls added up; `by` counts them by how they ended. Times are in seconds."""

    calls: int = 0
    by: dict[Disposition, int] = field(default_factory=dict)
    waited: int = 0
    waiting: float = 0.0
    longest: float | None = None
    talking: float = 0.0
    soon: int = 0

    def add(self, other: "Sums") -> None:
        """Take the calls of `other` in too."""
        self.calls += other.calls
        for word, number in other.by.items():
            self.by[word] = self.by.get(word, 0) + number
        self.waited += other.waited
        self.waiting += other.waiting
        longest = [each for each in (self.longest, other.longest) if each is not None]
        self.longest = max(longest, default=None)
        self.talking += other.talking
        self.soon += other.soon

    @property
    def answered(self) -> int:
        return self.by.get(Disposition.ANSWERED, 0)

    @property
    def for_agents(self) -> int:
        """Calls that were for an agent, see WAITED."""
        return sum(number for word, number in self.by.items() if word in WAITED)

    @property
    def answered_share(self) -> float | None:
        """Answered calls of those that were for an agent, 0 to 1."""
        return self.answered / self.for_agents if self.for_agents else None

    @property
    def service_level(self) -> float | None:
        """Calls answered within SOON_SECONDS of those that were for an agent, 0 to 1."""
        return self.soon / self.for_agents if self.for_agents else None

    @property
    def average_wait(self) -> float | None:
        return self.waiting / self.waited if self.waited else None

    @property
    def average_talk(self) -> float | None:
        """Of answered calls."""
        return self.talking / self.answered if self.answered else None


@dataclass(frozen=True, slots=True)
class Totals:
    """`ended` in all and `days` by date, the newest first; and how many are in progress.

    `searched_to` is None where all were counted, else only calls since then were.
    """

    ended: Sums
    days: dict[date, Sums]
    waiting: int = 0
    talking: int = 0
    searched_to: datetime | None = None


async def totals_of(
    connection: AsyncConnection,
    wanted: Wanted,
    now: datetime,
    timezone: str,
    *,
    seconds: float = TOTALS_SECONDS,
) -> Totals:
    """Add up what is wanted, with days as they are in `timezone`; takes about `seconds` at most."""
    deadline = time.monotonic() + seconds
    await plan_each_time(connection)
    wanted = await resolved(connection, wanted)
    waiting = talking = 0
    if wanted.wants_live:
        answered = Call.agent_answered_at.is_not(None)
        counts = select(func.count(), func.count().filter(answered)).select_from(Call)
        live, talking = (await connection.execute(counts.where(of_live(wanted, now)))).one()
        waiting = live - talking
    days: dict[date, Sums] = {}
    searched_to = None
    if wanted.wants_ended:
        searched_to = await _add_up(connection, wanted, timezone, days, deadline)
    ended = Sums()
    for sums in days.values():
        ended.add(sums)
    return Totals(ended, dict(sorted(days.items(), reverse=True)), waiting, talking, searched_to)


async def _add_up(
    connection: AsyncConnection,
    wanted: Wanted,
    timezone: str,
    days: dict[date, Sums],
    deadline: float,
) -> datetime | None:
    """Into `days`; how far back it came where the time was over."""
    zone = ZoneInfo(timezone)
    search = await search_for(connection, wanted, wanted.since, wanted.until)
    if search is None:
        return None
    async for stretch in stretches(connection, wanted.since, wanted.until, few=search.few):
        first = stretch.since.astimezone(zone).date()
        last = stretch.until.astimezone(zone).date()
        dates = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        calls, condition = search.within(stretch.since, stretch.until)
        sums = _sums_of(calls, [_begins(day, zone) for day in dates]).where(condition)
        try:
            async with in_time(connection, deadline):
                found = await connection.execute(sums)
                rows = found.all()
        except OutOfTime:
            return stretch.until
        for row in rows:
            days.setdefault(dates[row[0] - 1], Sums()).add(_of_row(row))
    return None


def _sums_of(calls: Any, beginnings: list[datetime]) -> Select[Any]:
    """One row for each day, numbered from 1, and way of ending.

    To look a moment up among the beginnings of days costs a third of asking for its date in a
    zone.
    """
    days = literal(beginnings, ARRAY(DateTime(timezone=True)))
    return select(
        func.width_bucket(calls.arrived_at, days),
        calls.disposition,
        func.count(calls.id),
        func.count(calls.waiting_seconds),
        func.coalesce(func.sum(calls.waiting_seconds), 0.0),
        func.max(calls.waiting_seconds),
        func.coalesce(func.sum(calls.talking_seconds), 0.0),
        func.count(calls.id).filter(calls.waiting_seconds <= SOON_SECONDS),
    ).group_by(text("1, 2"))


def _begins(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, datetime.min.time(), zone).astimezone(UTC)


def _of_row(row: Any) -> Sums:
    _, word, calls, waited, waiting, longest, talking, soon = row
    ended = Disposition(word)
    sums = Sums(calls, {ended: calls})
    if ended in WAITED:
        sums.waited, sums.waiting, sums.longest = waited, waiting, longest
    if ended is Disposition.ANSWERED:
        sums.talking, sums.soon = talking, soon
    return sums
