"""The present, written by routers and read by consoles: who does what, and how routers are.

Times of being heard are PostgreSQL's own, so that no machine's clock makes a router look dead.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.db.live_tables import PresenceRow, RouterRow
from callrouter.routing.presence import PhoneUse, Presence

CHANNEL = "callrouter_live"
"""Told, by routers only and at most a few times a second, what of the present has changed: the
name of a table. Routers themselves do not listen to it."""

HEARD_SECONDS = 10.0
"""A router that was not heard for so long is dead or cut off."""

FORGOTTEN_SECONDS = 600.0
"""What a router that was not heard for so long has told is deleted by the next that starts."""

_KNOWN = tuple(field.name for field in fields(Presence) if field.name != "changed_at")


class AsteriskStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One Asterisk as its router finds it; `error` says why it cannot be used."""

    url: str
    entity_id: str = ""
    connected: bool = False
    error: str = ""


class RouterStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How a router is. `late_seconds`: how late its own clock woke it of late, at most.

    `alarms` are the codes of what is wrong with it (`docs/alarms.md`), each once.
    """

    callrouter: str
    asterisk: tuple[AsteriskStatus, ...] = ()
    calls: int = 0
    version: str = ""
    source: str = ""
    since: datetime | None = None
    problems: tuple[str, ...] = ()
    refused_since: datetime | None = None
    records_away: bool = False
    records_waiting: int = 0
    stopping: bool = False
    late_seconds: float = 0.0
    alarms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RouterSeen:
    """A router and when it was last heard; `silent_seconds` ago."""

    router: str
    started_at: datetime
    seen_at: datetime
    silent_seconds: float
    status: RouterStatus

    @property
    def heard(self) -> bool:
        return self.silent_seconds < HEARD_SECONDS


async def tell_status(
    connection: AsyncConnection, router: str, run: UUID, started_at: datetime, status: RouterStatus
) -> bool:
    """The router is alive, and how; False where a newer process of its name has told so already."""
    statement = insert(RouterRow).values(
        router=router,
        run=run,
        started_at=started_at,
        seen_at=func.clock_timestamp(),
        status=msgspec.to_builtins(status),
    )
    told = await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["router"],
            set_={
                name: statement.excluded[name]
                for name in ("run", "started_at", "seen_at", "status")
            },
            where=RouterRow.started_at <= statement.excluded.started_at,
        )
    )
    return bool(told.rowcount)


async def tell_presence(
    connection: AsyncConnection, router: str, news: Mapping[str, Presence], now: datetime
) -> None:
    """What the router knows of these agents now; who is as he was keeps his `changed_at`."""
    if not news:
        return
    rows = [
        {"router": router, "agent": agent, "changed_at": now}
        | {name: getattr(presence, name) for name in _KNOWN}
        for agent, presence in sorted(news.items())
    ]
    await connection.execute(_UPSERT, rows)


def _upsert() -> Any:
    columns: Any = PresenceRow.__table__.columns
    statement = insert(PresenceRow)
    return statement.on_conflict_do_update(
        index_elements=["router", "agent"],
        set_={name: statement.excluded[name] for name in (*_KNOWN, "changed_at")},
        where=tuple_(*(columns[name] for name in _KNOWN)).is_distinct_from(
            tuple_(*(statement.excluded[name] for name in _KNOWN))
        ),
    )


_UPSERT = _upsert()


async def notify(connection: AsyncConnection, names: Collection[str]) -> None:
    """Tell consoles what has changed."""
    for name in names:
        await connection.execute(_NOTIFY, {"channel": CHANNEL, "name": name})


_NOTIFY = text("SELECT pg_notify(:channel, :name)")


async def forget_agents(connection: AsyncConnection, router: str, known: Collection[str]) -> None:
    """Only these agents are left in the router's configuration."""
    gone = delete(PresenceRow).where(
        PresenceRow.router == router, PresenceRow.agent.not_in(sorted(known))
    )
    await connection.execute(gone)


async def forget_dead(
    connection: AsyncConnection, router: str, entity_ids: Collection[str]
) -> None:
    """Delete what routers told that are long silent, or whose Asterisk `router` has taken over."""
    dead = [
        each.router
        for each in await routers_seen(connection)
        if each.router != router and _is_dead(each, set(entity_ids))
    ]
    await _forget(connection, dead)


def _is_dead(other: RouterSeen, ours: set[str]) -> bool:
    served = {asterisk.entity_id for asterisk in other.status.asterisk}
    taken_over = not other.heard and not ours.isdisjoint(served)
    return taken_over or other.silent_seconds > FORGOTTEN_SECONDS


async def say_goodbye(connection: AsyncConnection, router: str, run: UUID) -> None:
    """The router has stopped; what a newer process of its name told stays."""
    found = select(RouterRow.router).where(RouterRow.router == router, RouterRow.run == run)
    await _forget(connection, list(await connection.scalars(found)))
    await notify(connection, [RouterRow.__tablename__])


async def _forget(connection: AsyncConnection, routers: list[str]) -> None:
    if routers:
        await connection.execute(delete(PresenceRow).where(PresenceRow.router.in_(routers)))
        await connection.execute(delete(RouterRow).where(RouterRow.router.in_(routers)))


async def routers_seen(connection: AsyncConnection) -> list[RouterSeen]:
    """All routers, by their names."""
    silent = func.extract("epoch", func.clock_timestamp() - RouterRow.seen_at)
    columns = (RouterRow.router, RouterRow.started_at, RouterRow.seen_at, silent, RouterRow.status)
    found = await connection.execute(select(*columns).order_by(RouterRow.router))
    return [
        RouterSeen(name, started_at, seen_at, float(silence), msgspec.convert(status, RouterStatus))
        for name, started_at, seen_at, silence, status in found
    ]


async def presences(connection: AsyncConnection) -> dict[str, dict[str, Presence]]:
    """By router, then by agent."""
    columns = [getattr(PresenceRow, name) for name in (*_KNOWN, "changed_at")]
    found = await connection.execute(select(PresenceRow.router, PresenceRow.agent, *columns))
    known: dict[str, dict[str, Presence]] = {}
    for router, agent, phone, *others in found:
        known.setdefault(router, {})[agent] = Presence(PhoneUse(phone), *others)
    return known
