"""What a live board asks of the calls: those in progress, and what today has come to.

Today's figures are one scan of the calls since midnight, by the index on their arrival.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.db.models import Call, CallAttempt

MOST_LIVE = 2000
"""So many calls in progress are looked at, the newest of them."""


@dataclass(frozen=True, slots=True)
class Rung:
    """Somebody whom a call rings at this moment; an outside number has no name."""

    agent: str
    name: str
    agent_group: str
    since: datetime


@dataclass(frozen=True, slots=True)
class LiveCall:
    """A call in progress, as far as its record says; `fallback` is set once nobody takes it."""

    id: UUID
    entity_id: str
    direction: str
    number: str
    caller_number: str
    caller_name: str
    arrived_at: datetime
    settings: str | None
    agent_group: str | None
    answered_at: datetime | None
    first_ring_at: datetime | None
    talking_since: datetime | None
    agent: str | None
    fallback: str | None
    moved_by: str | None
    rung: tuple[Rung, ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """What a day's calls have come to.

    `offered` are those that somebody was to take, as far as they are decided: answered, abandoned,
    or turned away with the busy or unavailable message. `in_time` were answered soon enough.
    """

    offered: int = 0
    answered: int = 0
    in_time: int = 0
    abandoned: int = 0


@dataclass(frozen=True, slots=True)
class DayFigures:
    """In all, by settings, by agent group, and by the agent who has or had the call."""

    total: Figures = Figures()
    settings: Mapping[str, Figures] = field(default_factory=dict)
    groups: Mapping[str, Figures] = field(default_factory=dict)
    agents: Mapping[str, Figures] = field(default_factory=dict)


async def live_calls_now(connection: AsyncConnection) -> list[LiveCall]:
    """The calls in progress, the newest first, with those whom they ring."""
    columns = (
        *(Call.id, Call.entity_id, Call.direction, Call.number, Call.caller_number),
        *(Call.caller_name, Call.arrived_at, Call.settings, Call.agent_group, Call.answered_at),
        *(Call.first_ring_at, Call.talking_since, Call.agent, Call.rule.label("fallback")),
        Call.moved_by,
    )
    found = await connection.execute(
        select(*columns)
        .where(Call.ended_at.is_(None))
        .order_by(Call.arrived_at.desc())
        .limit(MOST_LIVE)
    )
    rows = found.all()
    rung: dict[UUID, list[Rung]] = {}
    if rows:
        attempts = await connection.execute(
            select(
                CallAttempt.call_id,
                *(CallAttempt.agent, CallAttempt.name, CallAttempt.agent_group),
                CallAttempt.started_at,
            )
            .where(CallAttempt.call_id.in_([row.id for row in rows]), CallAttempt.outcome.is_(None))
            .order_by(CallAttempt.call_id, CallAttempt.ordinal)
        )
        for call_id, agent, name, group, since in attempts:
            rung.setdefault(call_id, []).append(Rung(agent, name, group, since))
    return [LiveCall(**row._mapping, rung=tuple(rung.get(row.id, ()))) for row in rows]


_FIGURES = text("""
    SELECT GROUPING(settings, agent_group, agent) AS level, settings, agent_group, agent,
        count(*) FILTER (WHERE taken OR disposition IN ('abandoned', 'busy', 'unavailable')),
        count(*) FILTER (WHERE taken),
        count(*) FILTER (WHERE taken
            AND agent_answered_at - arrived_at <= make_interval(secs => :within)),
        count(*) FILTER (WHERE NOT taken AND disposition = 'abandoned')
    FROM (
        SELECT *, agent_answered_at IS NOT NULL AS taken FROM calls
        WHERE arrived_at >= :since AND direction = 'incoming'
    ) AS today
    GROUP BY GROUPING SETS ((), (settings), (agent_group), (agent))
    """)

_ALL, _BY_SETTINGS, _BY_GROUP, _BY_AGENT = 0b111, 0b011, 0b101, 0b110
"""As GROUPING numbers them: a bit for each column that is not grouped by."""


async def day_figures(
    connection: AsyncConnection, since: datetime, within_seconds: float
) -> DayFigures:
    """Of the calls that arrived since then; soon enough is within so many seconds of arrival."""
    levels: dict[int, dict[str, Figures]] = {}
    found = await connection.execute(_FIGURES, {"since": since, "within": within_seconds})
    for level, settings, group, agent, *counts in found:
        name = {_BY_SETTINGS: settings, _BY_GROUP: group, _BY_AGENT: agent}.get(level, "")
        if name is not None:
            levels.setdefault(level, {})[name] = Figures(*counts)
    return DayFigures(
        levels.get(_ALL, {}).get("", Figures()),
        levels.get(_BY_SETTINGS, {}),
        levels.get(_BY_GROUP, {}),
        levels.get(_BY_AGENT, {}),
    )
