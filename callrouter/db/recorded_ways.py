"""Where recorded calls went, streamed: for `config replay`, which asks for very many."""

from collections.abc import AsyncIterator
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.replay import RecordedCall, Way

_AT_A_TIME = 1000

# The first decision is the call's; those after it are of settings it followed on to.
_ASKED = """
    SELECT id, arrived_at, number, caller_number, caller_name, settings_version,
           decision, settings, agent_group, routed.targets
      FROM calls LEFT JOIN LATERAL (
           SELECT body -> 'targets' AS targets FROM call_facts
            WHERE call_id = calls.id AND kind = 'routed' ORDER BY seq LIMIT 1
      ) AS routed ON true
     WHERE arrived_at >= :since AND arrived_at < :until
       AND direction = 'incoming' AND decision IS NOT NULL
     ORDER BY arrived_at {0}, id {0} LIMIT :limit
    """
_OLDEST_FIRST = text(_ASKED.format("")).columns(targets=JSONB())
_NEWEST_FIRST = text(_ASKED.format("DESC")).columns(targets=JSONB())


async def recorded_calls(
    connection: AsyncConnection, since: datetime, until: datetime, newest: int | None = None
) -> AsyncIterator[RecordedCall]:
    """The calls that arrived in `[since, until)` and came as far as a decision, oldest first.

    With `newest` only so many, and the newest first.
    """
    rows = await connection.stream(
        _OLDEST_FIRST if newest is None else _NEWEST_FIRST,
        {"since": since, "until": until, "limit": newest},
        execution_options={"yield_per": _AT_A_TIME},
    )
    async for row in rows:
        targets = row.targets or ([f"group {row.agent_group}"] if row.agent_group else [])
        yield RecordedCall(
            row.id,
            row.arrived_at,
            row.number,
            row.caller_number,
            row.caller_name,
            row.settings_version or "",
            Way(row.decision, row.settings, tuple(targets)),
        )
