"""The present, written by routers and read by consoles: who does what, and how routers are.

Times of being heard are PostgreSQL's own, so that no machine's clock makes a router look dead.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.db.engine import DataRefused
from callrouter.db.live_tables import PresenceRow, RouterRow
from callrouter.routing.presence import PhoneUse, Presence

CHANNEL = "callrouter_live"
"""Told, by routers only and at most a few times a second, what of the present has changed: the
name of a table. Routers themselves do not listen to it."""

HEARD_SECONDS = 10.0
"""A router that was not heard for so long is dead or cut off."""

FORGOTTEN_SECONDS = 600.0
"""What a router that was not heard for so long has told is deleted by the next that starts."""

_Row = dict[str, Any]

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


_STATUS = """
INSERT INTO router_status (router, run, started_at, seen_at, status)
SELECT router, run, started_at, clock_timestamp(), status
FROM jsonb_populate_record(NULL::router_status, $1::jsonb->'router_status')
ON CONFLICT (router) DO UPDATE SET run = excluded.run, started_at = excluded.started_at,
    seen_at = excluded.seen_at, status = excluded.status
WHERE router_status.started_at <= excluded.started_at
RETURNING router
"""


def _presence(only_where: str) -> str:
    columns = (*_KNOWN, "changed_at")
    names = ", ".join(("router", "agent", *columns))
    was, is_ = (
        ", ".join(f"{of}.{name}" for name in _KNOWN) for of in ("agent_presence", "excluded")
    )
    return (
        f"INSERT INTO agent_presence ({names}) SELECT {names} "  # noqa: S608
        "FROM jsonb_populate_recordset(NULL::agent_presence, $1::jsonb->'agent_presence') "
        f"WHERE {only_where} ON CONFLICT (router, agent) DO UPDATE SET "
        f"{', '.join(f'{name} = excluded.{name}' for name in columns)} "
        f"WHERE ({was}) IS DISTINCT FROM ({is_})"
    )


_PRESENCE = _presence("true")
_NOTIFY = (
    f"SELECT count(pg_notify('{CHANNEL}', name)) "  # noqa: S608
    "FROM jsonb_array_elements_text($1::jsonb->'changed') AS name"
)

TELL = (
    f"WITH told AS ({_STATUS}), present AS ({_presence('EXISTS (SELECT FROM told)')}) "  # noqa: S608
    f"SELECT router, ({_NOTIFY}) FROM told"
)
"""`tell_status`, `tell_presence` and `notify` in one, with one parameter, `as_json`.

Gives the router's name; or nothing, and nothing is written, where a newer process of that name has
told already. It is the same however many agents there are, so nobody has to compile or plan it
again: as several statements in a transaction the present cost the router at least thrice as much.
"""


def as_json(
    router: str,
    run: UUID,
    started_at: datetime,
    status: RouterStatus,
    news: Mapping[str, Presence],
    now: datetime,
    changed: Collection[str],
) -> str:
    """What `TELL` takes; `changed` are names of tables."""
    return _json(
        router_status=_status_row(router, run, started_at, status),
        agent_presence=_presence_rows(router, news, now),
        changed=changed,
    )


async def tell_status(
    connection: AsyncConnection, router: str, run: UUID, started_at: datetime, status: RouterStatus
) -> bool:
    """The router is alive, and how; False where a newer process of its name has told so already."""
    row = _json(router_status=_status_row(router, run, started_at, status))
    return (await connection.exec_driver_sql(_STATUS, (row,))).first() is not None


async def tell_presence(
    connection: AsyncConnection, router: str, news: Mapping[str, Presence], now: datetime
) -> None:
    """What the router knows of these agents now; who is as he was keeps his `changed_at`."""
    rows = _json(agent_presence=_presence_rows(router, news, now))
    await connection.exec_driver_sql(_PRESENCE, (rows,))


async def notify(connection: AsyncConnection, names: Collection[str]) -> None:
    """Tell consoles what has changed."""
    await connection.exec_driver_sql(_NOTIFY, (_json(changed=names),))


def _status_row(router: str, run: UUID, started_at: datetime, status: RouterStatus) -> _Row:
    return {"router": router, "run": run, "started_at": started_at, "status": status}


def _presence_rows(router: str, news: Mapping[str, Presence], now: datetime) -> list[_Row]:
    return [
        {"router": router, "agent": agent, "changed_at": now}
        | {name: getattr(presence, name) for name in _KNOWN}
        for agent, presence in sorted(news.items())
    ]


def _json(**told: Any) -> str:
    try:
        return msgspec.json.encode(told).decode()
    except UnicodeEncodeError as error:  # half a surrogate pair
        raise DataRefused(str(error)) from error


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
