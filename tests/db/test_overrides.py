"""Overrides as the database keeps them: which still count, and which wins."""

import logging
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.db.engine import DataRefused, snapshot, transaction
from callrouter.db.overrides import (
    StoredOverride,
    end_overrides,
    live_overrides,
    set_override,
    stored_overrides,
)
from callrouter.routing.model import Override, OverrideKind, Prompt, Target, TargetKind
from tests.db.sample_calls import NINE

pytestmark = pytest.mark.postgres


def override(number: int, **fields: object) -> Override:
    values = {"from_at": NINE, "author": "amina", "live": True} | fields
    return Override(str(UUID(int=number)), OverrideKind.CLOSED, **values)  # type: ignore[arg-type]


async def put(engine: AsyncEngine, *overrides: Override) -> None:
    for seconds, each in enumerate(overrides):
        async with transaction(engine) as connection:
            await set_override(connection, each, NINE + timedelta(seconds=seconds))


async def ids(engine: AsyncEngine, after: timedelta) -> list[int]:
    async with snapshot(engine) as connection:
        return [UUID(o.id).int for o in await live_overrides(connection, NINE + after)]


async def listed(engine: AsyncEngine, after: timedelta) -> list[StoredOverride]:
    async with snapshot(engine) as connection:
        return await stored_overrides(connection, NINE + after)


async def test_what_was_set_is_what_is_in_force(engine: AsyncEngine) -> None:
    said = replace(
        override(1),
        kind=OverrideKind.SEND_TO,
        until_at=NINE + timedelta(hours=2),
        settings=("head-office", "sales"),
        targets=(Target(TargetKind.AGENT_GROUP, "night"), Target(TargetKind.AGENT, "bojan")),
        message=Prompt(text="Zatvoreno smo {reopens_at}.", language="sr"),
        reason="stocktaking",
    )
    await put(engine, said)
    async with snapshot(engine) as connection:
        assert await live_overrides(connection, NINE) == (said,)


async def test_the_newest_comes_first_and_those_to_come_count(engine: AsyncEngine) -> None:
    tomorrow = NINE + timedelta(days=1)
    await put(engine, override(1), override(2, from_at=tomorrow), override(3))
    assert await ids(engine, timedelta(minutes=1)) == [3, 2, 1]


async def test_it_is_over_at_its_end_and_not_before(engine: AsyncEngine) -> None:
    await put(engine, override(1, until_at=NINE + timedelta(hours=1)), override(2))
    hour = timedelta(hours=1)
    assert await ids(engine, hour - timedelta(microseconds=1)) == [2, 1]
    assert await ids(engine, hour) == [2]
    assert [UUID(each.override.id).int for each in await listed(engine, hour)] == [2, 1]
    assert [each.over(NINE + hour) for each in await listed(engine, hour)] == [False, True]


async def test_ended_by_somebody(engine: AsyncEngine) -> None:
    await put(engine, override(1), override(2))
    at = NINE + timedelta(minutes=5)
    wanted = [override(1).id, override(7).id]
    async with transaction(engine) as connection:
        assert await end_overrides(connection, wanted, at, "bojan") == 1
    async with transaction(engine) as connection:
        assert await end_overrides(connection, wanted, NINE + timedelta(hours=1), "carla") == 0
    assert await ids(engine, timedelta(minutes=10)) == [2]
    ended = (await listed(engine, timedelta(minutes=10)))[-1]
    assert (ended.ended_at, ended.ended_by) == (at, "bojan")


async def test_the_same_one_sent_twice_is_one(engine: AsyncEngine) -> None:
    await put(engine, override(1), override(1, author="somebody else"))
    (only,) = await listed(engine, timedelta())
    assert only.override.author == "amina"


async def test_a_row_that_means_nothing_is_left_out_and_named(
    engine: AsyncEngine, caplog: pytest.LogCaptureFixture
) -> None:
    written = (
        """targets = '[["moon", "x"]]'""",
        """targets = '[["outside_number", 381111234567]]'""",
        """targets = '[["agent", ["amina"]]]'""",
        """targets = '["agent"]'""",
        """targets = '7'""",
        "settings = '[7]'",
        """settings = '"head-office"'""",
        """settings = '{"head-office": 1}'""",
    )
    await put(engine, *(override(number) for number in range(len(written) + 1)))
    async with transaction(engine) as connection:
        for number, values in enumerate(written, 1):
            await connection.execute(
                text(f"UPDATE overrides SET {values} WHERE id = '{UUID(int=number)}'")  # noqa: S608
            )
    assert await ids(engine, timedelta()) == [0]
    errors = [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR]
    assert len(errors) == len(written)
    assert str(UUID(int=len(written))) in errors[0]


@pytest.mark.parametrize(
    "time",
    ["until_at = 'infinity'", "until_at = '10000-01-01'", "from_at = '-infinity'"],
)
async def test_a_moment_that_no_clock_shows_is_refused(engine: AsyncEngine, time: str) -> None:
    await put(engine, override(1))
    with pytest.raises(DataRefused, match="of_our_time"):
        async with transaction(engine) as connection:
            await connection.execute(text(f"UPDATE overrides SET {time}"))  # noqa: S608
