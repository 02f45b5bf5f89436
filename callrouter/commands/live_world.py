"""`simulate --live`: what the database knows now of overrides and agents, for the asking.

Which phones are registered or in use only the running router knows: they count as free.
"""

from dataclasses import replace
from datetime import datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.config.live import with_live_overrides
from callrouter.db.agent_states import agent_statuses
from callrouter.db.blocked_callers import live_blocked
from callrouter.db.engine import snapshot
from callrouter.db.histories import LastTalk, past_of
from callrouter.db.overrides import live_overrides
from callrouter.routing.admission import with_live_blocked
from callrouter.routing.availability import Situation
from callrouter.routing.model import RoutingTable
from callrouter.routing.plan import World
from callrouter.routing.schedule import local_time, wall_clock


async def live(
    engine: AsyncEngine, table: RoutingTable, now: datetime
) -> tuple[RoutingTable, World]:
    """The table with the overrides and blocked callers that people have set, and what agents
    said and did today.
    """
    midnight = datetime.combine(local_time(now, table.timezone).date(), time())
    since, _ = wall_clock(midnight, table.timezone)
    async with snapshot(engine) as connection:
        overrides = await live_overrides(connection, now)
        blocked = await live_blocked(connection, now)
        statuses = await agent_statuses(connection)
        past = await past_of(connection, table.agents, table.agent_groups, since, now)
    situations = {
        agent: Situation(
            logged_in=status.logged_in, paused=status.paused, status_since=status.since
        )
        for agent, status in statuses.items()
        if agent in table.agents
    }
    for agent, talk in past.last_talks.items():
        situations[agent] = replace(
            situations.get(agent, Situation()), wrap_up_until=_rests_until(table, talk)
        )
    world = World(situations, past.histories, past.last_first)
    known = with_live_blocked(table.blocked, blocked, table.number_plan)
    return replace(with_live_overrides(table, overrides), blocked=known), world


def _rests_until(table: RoutingTable, talk: LastTalk) -> datetime | None:
    group = table.agent_groups.get(talk.agent_group)
    return None if group is None else talk.ended_at + timedelta(seconds=group.wrap_up_seconds)
