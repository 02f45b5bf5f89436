"""Callers who were blocked while the router runs: blocked, let in again, listed.

Rows become `routing.admission.BlockedCaller` values here and stay here. What is valid,
`admission.checked` says.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.db.models import LiveBlockedCaller
from callrouter.routing.admission import BlockedCaller, Refuse
from callrouter.routing.numbers import named_caller

log = logging.getLogger(__name__)

RECENT = 20
MOST = 5_000
"""So many of those in force are looked at, the newest."""


@dataclass(frozen=True, slots=True)
class StoredBlockedCaller:
    """A blocked caller and what became of it; let in again before its time at `ended_at`.

    `set_at` is None only for one that the configuration holds.
    """

    blocked: BlockedCaller
    set_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None

    def over(self, now: datetime) -> bool:
        return self.ended_at is not None or not self.blocked.holds(now)


async def live_blocked(connection: AsyncConnection, now: datetime) -> tuple[BlockedCaller, ...]:
    """Those in force at `now`, the newest first: the one that wins."""
    rows = await connection.execute(_newest_first(_still_counts(now)).limit(MOST))
    return tuple(each.blocked for each in _readable(rows))


async def stored_blocked(
    connection: AsyncConnection, now: datetime, recent: int = RECENT
) -> list[StoredBlockedCaller]:
    """All that are in force, then the `recent` newest of those that are over."""
    counting = await connection.execute(_newest_first(_still_counts(now)).limit(MOST))
    over = await connection.execute(_newest_first(~_still_counts(now)).limit(recent))
    return list(_readable([*counting, *over]))


async def blocked_of(connection: AsyncConnection, id_: UUID) -> StoredBlockedCaller | None:
    """The one with this id, however long it has been over."""
    rows = await connection.execute(_newest_first(_columns().id == id_))
    return next(_readable(rows), None)


async def block(connection: AsyncConnection, blocked: BlockedCaller, now: datetime) -> bool:
    """Store one that was checked; its id is the text of a UUID, which may be sent twice.

    Says whether it is new.
    """
    stored = await connection.execute(
        insert(LiveBlockedCaller)
        .values(
            id=UUID(blocked.id),
            number=blocked.number,
            answer=str(blocked.refuse),
            note=blocked.note,
            author=blocked.author,
            set_at=now,
            until_at=blocked.until_at,
        )
        .on_conflict_do_nothing()
    )
    return bool(stored.rowcount)


async def unblock(connection: AsyncConnection, ids: Sequence[str], now: datetime, by: str) -> int:
    """End those of `ids` that are not over; says how many that were."""
    wanted = _columns().id.in_([UUID(each) for each in ids])
    ended = await connection.execute(
        update(LiveBlockedCaller)
        .where(and_(wanted, _still_counts(now)))
        .values(ended_at=now, ended_by=by)
    )
    return int(ended.rowcount)


def _columns() -> Any:
    return LiveBlockedCaller.__table__.columns


def _still_counts(now: datetime) -> ColumnElement[bool]:
    columns = _columns()
    return and_(columns.ended_at.is_(None), or_(columns.until_at.is_(None), columns.until_at > now))


def _newest_first(condition: ColumnElement[bool]) -> Any:
    columns = _columns()
    return select(*columns).where(condition).order_by(columns.set_at.desc(), columns.id)


def _readable(rows: Iterable[Row[Any]]) -> Iterator[StoredBlockedCaller]:
    """Without those that somebody wrote past us and that mean nothing."""
    for row in rows:
        number = named_caller(row.number)
        if number is None:
            log.error("blocked caller %s in the database: %r is no number", row.id, row.number)
            continue
        blocked = BlockedCaller(
            number, Refuse(row.answer), row.note, row.until_at, row.author, str(row.id), live=True
        )
        yield StoredBlockedCaller(blocked, row.set_at, row.ended_at, row.ended_by)
