"""The overrides that were set while the router runs: set, ended, listed, and those in force.

Rows become `routing.model.Override` values here and stay here. What is valid, `live_changes` says.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.db.models import LiveOverride
from callrouter.routing.model import Override, OverrideKind, Prompt, Target, TargetKind

log = logging.getLogger(__name__)

RECENT = 20


@dataclass(frozen=True, slots=True)
class StoredOverride:
    """An override and what became of it; ended before its time if `ended_at` is not None."""

    override: Override
    set_at: datetime
    ended_at: datetime | None = None
    ended_by: str | None = None

    def over(self, now: datetime) -> bool:
        """Whether it has ended or expired."""
        until = self.override.until_at
        return self.ended_at is not None or (until is not None and until <= now)


async def live_overrides(connection: AsyncConnection, now: datetime) -> tuple[Override, ...]:
    """Those in force at `now` and those to come, the newest first: the one that wins.

    Their messages are text that nobody has rendered yet.
    """
    rows = await connection.execute(_newest_first(_still_counts(now)))
    return tuple(each.override for each in _readable(rows))


async def past_overrides(connection: AsyncConnection, since: datetime) -> tuple[Override, ...]:
    """Those that were in force at some time after `since`, each for as long as it was.

    The newest first: at any moment the first that holds is the one that won then.
    """
    columns = _columns()
    ended = or_(columns.ended_at.is_(None), columns.ended_at > since)
    expired = or_(columns.until_at.is_(None), columns.until_at > since)
    rows = await connection.execute(_newest_first(and_(ended, expired)))
    return tuple(
        replace(
            each.override,
            from_at=max(each.override.from_at or each.set_at, each.set_at),
            until_at=min(filter(None, (each.override.until_at, each.ended_at)), default=None),
        )
        for each in _readable(rows)
    )


async def stored_overrides(
    connection: AsyncConnection, now: datetime, recent: int = RECENT
) -> list[StoredOverride]:
    """All that are in force or to come, then the `recent` newest of those that are over."""
    counting = await connection.execute(_newest_first(_still_counts(now)))
    over = await connection.execute(_newest_first(~_still_counts(now)).limit(recent))
    return list(_readable([*counting, *over]))


async def overrides_over(
    connection: AsyncConnection,
    now: datetime,
    limit: int,
    after: tuple[datetime, UUID] | None = None,
) -> list[StoredOverride]:
    """At most `limit` of those that are over, the newest set first.

    `after` is when the last of the page before was set, and its id.
    """
    columns = _columns()
    wanted = ~_still_counts(now)
    if after is not None:
        set_at, id_ = after
        later = and_(columns.set_at == set_at, columns.id > id_)
        wanted = and_(wanted, columns.set_at <= set_at, or_(columns.set_at < set_at, later))
    rows = await connection.execute(_newest_first(wanted).limit(limit))
    return list(_readable(rows))


async def override_of(connection: AsyncConnection, id_: UUID) -> StoredOverride | None:
    """The one with this id, however long it has been over."""
    rows = await connection.execute(_newest_first(_columns().id == id_))
    return next(_readable(rows), None)


async def set_override(connection: AsyncConnection, override: Override, now: datetime) -> bool:
    """Store an override that was checked; its id is the text of a UUID, which may be sent twice.

    Says whether it is new.
    """
    message = override.message
    stored = await connection.execute(
        insert(LiveOverride)
        .values(
            id=UUID(override.id),
            kind=str(override.kind),
            settings=list(override.settings),
            targets=[[str(target.kind), target.name] for target in override.targets],
            from_at=override.from_at or now,
            until_at=override.until_at,
            message=None if message is None else message.text,
            language=None if message is None else message.language,
            author=override.author,
            reason=override.reason,
            set_at=now,
        )
        .on_conflict_do_nothing()
    )
    return bool(stored.rowcount)


async def end_overrides(
    connection: AsyncConnection, ids: Sequence[str], now: datetime, by: str
) -> int:
    """End those of `ids` that are not over; says how many that were."""
    wanted = _columns().id.in_([UUID(each) for each in ids])
    ended = await connection.execute(
        update(LiveOverride)
        .where(and_(wanted, _still_counts(now)))
        .values(ended_at=now, ended_by=by)
    )
    return int(ended.rowcount)


def _columns() -> Any:
    return LiveOverride.__table__.columns


def _still_counts(now: datetime) -> ColumnElement[bool]:
    columns = _columns()
    return and_(columns.ended_at.is_(None), or_(columns.until_at.is_(None), columns.until_at > now))


def _newest_first(condition: ColumnElement[bool]) -> Any:
    columns = _columns()
    return select(*columns).where(condition).order_by(columns.set_at.desc(), columns.id)


def _readable(rows: Iterable[Row[Any]]) -> Iterator[StoredOverride]:
    """Without those that somebody wrote past us and that mean nothing."""
    for row in rows:
        try:
            yield _stored(row)
        except (ValueError, TypeError) as error:
            log.error("override %s in the database is not understood: %s", row.id, error)


def _stored(row: Row[Any]) -> StoredOverride:
    if not _are_texts(row.settings):
        raise ValueError("its settings are no list of names")
    if not (isinstance(row.targets, list) and all(map(_are_texts, row.targets))):
        raise ValueError('its targets are no list of pairs such as ["agent_group", "sales"]')
    message = None if row.message is None else Prompt(text=row.message, language=row.language)
    override = Override(
        id=str(row.id),
        kind=OverrideKind(row.kind),
        from_at=row.from_at,
        until_at=row.until_at,
        settings=tuple(row.settings),
        targets=tuple(Target(TargetKind(kind), name) for kind, name in row.targets),
        message=message,
        author=row.author,
        reason=row.reason,
        live=True,
    )
    return StoredOverride(override, row.set_at, row.ended_at, row.ended_by)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
