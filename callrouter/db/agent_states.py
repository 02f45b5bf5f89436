"""Which agents are logged out or paused: read, and changed in one place for everybody who asks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.db.models import AgentState
from callrouter.routing.status import AgentStatus, StatusChange, changed

NOBODY_SAID = AgentStatus()


async def agent_statuses(connection: AsyncConnection) -> dict[str, AgentStatus]:
    """Of every agent who ever said anything; who is not in it is logged in and not paused."""
    rows = await connection.execute(select(*_columns()))
    return {row.agent: _status(row) for row in rows}


async def agent_status(connection: AsyncConnection, agent: str) -> AgentStatus:
    """Of one agent; until the transaction ends nobody else changes it."""
    row = (
        await connection.execute(
            select(*_columns()).where(_columns().agent == agent).with_for_update()
        )
    ).one_or_none()
    return NOBODY_SAID if row is None else _status(row)


async def change_status(
    connection: AsyncConnection,
    agent: str,
    change: StatusChange,
    now: datetime,
    by: str,
    reason: str = "",
) -> AgentStatus:
    """Change an agent's status; returns the new one. Raises ChangeRefused; see `status.changed`."""
    before = await agent_status(connection, agent)
    if before.since is not None:  # another machine's clock may be ahead of this one's
        now = max(now, before.since)
    after = changed(before, change, now, by, reason)
    if after is not before:
        await write_statuses(connection, {agent: after})
    return after


async def write_statuses(connection: AsyncConnection, statuses: Mapping[str, AgentStatus]) -> None:
    """Store what agents have said; what somebody said later stays as it is."""
    for agent, status in statuses.items():
        values = {
            "logged_in": status.logged_in,
            "paused": status.paused,
            "since": status.since,
            "changed_by": status.changed_by,
        }
        statement = insert(AgentState).values(agent=agent, **values)
        await connection.execute(
            statement.on_conflict_do_update(
                index_elements=["agent"],
                set_=values,
                where=_columns().since <= statement.excluded.since,
            )
        )


def _columns() -> Any:
    return AgentState.__table__.columns


def _status(row: Row[Any]) -> AgentStatus:
    return AgentStatus(row.logged_in, row.paused, row.since, row.changed_by)
