"""What calls before a restart amount to: who took how many today, who is due to rest, whose turn.

So fairness survives a restart. Each question is one index probe an agent; the newest calls are
looked through once for all groups.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.routing.order import History

NEWEST_CALLS = 10_000
"""A group that had none of so many calls begins its round anew."""


@dataclass(frozen=True, slots=True)
class LastTalk:
    """When an agent's last talk ended, and for which group he was rung (empty: for none)."""

    ended_at: datetime
    agent_group: str


@dataclass(frozen=True, slots=True)
class Past:
    """`last_first` maps a group to the first agent its last call rang."""

    histories: Mapping[str, History]
    last_talks: Mapping[str, LastTalk]
    last_first: Mapping[str, str]


# A call that was moved has several talks, so it is the attempts that are asked. Talks that go on
# have no end yet: those are of calls that an earlier router left open, which are few.
_AGENTS = text("""
    SELECT wanted.agent, today.calls + coalesce(open.calls, 0) AS calls, today.talk_seconds,
        last.talk_ended_at AS ended_at, last.agent_group
    FROM unnest(CAST(:agents AS text[])) AS wanted (agent)
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE attempts.ended_at >= :midnight) AS calls,
            coalesce(sum(attempts.talking_seconds), 0) AS talk_seconds
        FROM attempts JOIN calls ON calls.id = attempts.call_id
        WHERE attempts.agent = wanted.agent AND talk_ended_at >= :midnight
            AND arrived_at < :before
    ) AS today
    LEFT JOIN LATERAL (
        SELECT talk_ended_at, attempts.agent_group
        FROM attempts JOIN calls ON calls.id = attempts.call_id
        WHERE attempts.agent = wanted.agent AND talk_ended_at IS NOT NULL
            AND arrived_at < :before
        ORDER BY talk_ended_at DESC LIMIT 1
    ) AS last ON true
    LEFT JOIN (
        SELECT attempts.agent, count(*) AS calls
        FROM calls JOIN attempts ON attempts.call_id = calls.id
        WHERE calls.ended_at IS NULL AND arrived_at < :before AND outcome = 'answered'
            AND talk_ended_at IS NULL AND attempts.ended_at >= :midnight
        GROUP BY attempts.agent
    ) AS open ON open.agent = wanted.agent
    """)

# A probe for each of the newest calls: joined, PostgreSQL would read every attempt there is.
_GROUPS = text("""
    SELECT DISTINCT ON (tried.agent_group) tried.agent_group, tried.agent
    FROM (
        SELECT id, arrived_at FROM calls
        WHERE arrived_at < :before ORDER BY arrived_at DESC LIMIT :newest
    ) AS newest
    CROSS JOIN LATERAL (
        SELECT agent_group, agent, outcome, ordinal FROM attempts
        WHERE call_id = newest.id AND agent_group = ANY(CAST(:groups AS text[]))
        OFFSET 0
    ) AS tried
    ORDER BY tried.agent_group, newest.arrived_at DESC, newest.id,
        (tried.outcome IS NOT DISTINCT FROM 'skipped'), tried.ordinal
    """)


async def past_of(
    connection: AsyncConnection,
    agents: Collection[str],
    groups: Collection[str],
    midnight: datetime,
    before: datetime,
) -> Past:
    """What the calls that arrived before `before` say of these agents and groups.

    Today began at `midnight`. Talks of interrupted calls count, their unknown length does not.
    """
    histories, last_talks = {}, {}
    found = await connection.execute(
        _AGENTS, {"agents": list(agents), "midnight": midnight, "before": before}
    )
    for row in found:
        histories[row.agent] = History(row.calls, row.talk_seconds, row.ended_at)
        if row.ended_at is not None:
            last_talks[row.agent] = LastTalk(row.ended_at, row.agent_group or "")
    first = await connection.execute(
        _GROUPS, {"groups": list(groups), "before": before, "newest": NEWEST_CALLS}
    )
    return Past(histories, last_talks, {row.agent_group: row.agent for row in first})
