"""Who is logged out or paused, as the database keeps it."""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.db.agent_states import agent_statuses, change_status, write_statuses
from callrouter.db.engine import snapshot, transaction
from callrouter.routing.status import AgentStatus, ChangeRefused, StatusChange
from tests.db.sample_calls import NINE

pytestmark = pytest.mark.postgres


async def change(
    engine: AsyncEngine, what: StatusChange, seconds: float = 0, reason: str = ""
) -> AgentStatus:
    async with transaction(engine) as connection:
        at = NINE + timedelta(seconds=seconds)
        return await change_status(connection, "amina", what, at, "boss", reason)


async def all_of(engine: AsyncEngine) -> dict[str, AgentStatus]:
    async with snapshot(engine) as connection:
        return await agent_statuses(connection)


async def test_nobody_said_anything(engine: AsyncEngine) -> None:
    assert await all_of(engine) == {}


async def test_paused_for_lunch_until_unpaused(engine: AsyncEngine) -> None:
    paused = AgentStatus(True, "lunch", NINE, "boss")
    assert await change(engine, StatusChange.PAUSE, 0, "lunch") == paused
    assert await all_of(engine) == {"amina": paused}
    await change(engine, StatusChange.PAUSE, 60, "lunch")
    assert await all_of(engine) == {"amina": paused}, "still the same pause"
    await change(engine, StatusChange.UNPAUSE, 90)
    after = AgentStatus(True, None, NINE + timedelta(seconds=90), "boss")
    assert await all_of(engine) == {"amina": after}


async def test_logged_out_and_in(engine: AsyncEngine) -> None:
    await change(engine, StatusChange.PAUSE, 0, "lunch")
    assert not (await change(engine, StatusChange.LOG_OUT, 1)).logged_in
    with pytest.raises(ChangeRefused):
        await change(engine, StatusChange.PAUSE, 2)
    assert await change(engine, StatusChange.LOG_IN, 3) == AgentStatus(
        True, None, NINE + timedelta(seconds=3), "boss"
    )


async def test_who_changes_it_by_a_clock_that_is_slow_changes_it(engine: AsyncEngine) -> None:
    await change(engine, StatusChange.PAUSE, 10, "lunch")
    assert (await change(engine, StatusChange.LOG_OUT, 8)).since == NINE + timedelta(seconds=10)
    assert not (await all_of(engine))["amina"].logged_in


async def test_a_late_write_does_not_undo_what_was_said_after_it(engine: AsyncEngine) -> None:
    await change(engine, StatusChange.PAUSE, 10, "lunch")
    late = AgentStatus(False, None, NINE, "amina's phone")
    newer = AgentStatus(False, None, NINE + timedelta(seconds=20), "amina's phone")
    async with transaction(engine) as connection:
        await write_statuses(connection, {"amina": late, "bojan": late})
    assert (await all_of(engine))["amina"].paused == "lunch"
    assert (await all_of(engine))["bojan"] == late
    async with transaction(engine) as connection:
        await write_statuses(connection, {"amina": newer})
    assert (await all_of(engine))["amina"] == newer
