"""The named questions and their answers."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.db.call_log import calls_since
from callrouter.db.engine import snapshot
from callrouter.db.queries import (
    CallNotFound,
    SeveralCalls,
    StoredCall,
    call_by_prefix,
    facts_of,
)
from callrouter.facts import Fact
from tests.db.sample_calls import abandoned, answered, at, call_id, greeted, rejected
from tests.db.stored import store, stored

pytestmark = pytest.mark.postgres


def later(facts: list[Fact], seconds: float) -> list[Fact]:
    return [msgspec.structs.replace(f, at=f.at + timedelta(seconds=seconds)) for f in facts]


@pytest.fixture
async def log(engine: AsyncEngine) -> AsyncEngine:
    """Calls 1 to 5, an hour apart; the second and the fourth are in progress."""
    kinds = (answered, greeted, abandoned, greeted, rejected)
    for number, kind in enumerate(kinds, start=1):
        await store(engine, call_id(number), later(kind(), 3600 * number))
    return engine


async def numbers(
    engine: AsyncEngine,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int | None = None,
) -> list[int]:
    async with snapshot(engine) as connection:
        calls = await calls_since(connection, since, until, limit=limit)
    return [number_of(call) for call in calls]


def number_of(call: StoredCall) -> int:
    return call.id.int >> 96


async def test_calls_in_progress_first_then_newest_first(log: AsyncEngine) -> None:
    assert await numbers(log) == [4, 2, 5, 3, 1]
    assert await numbers(log, limit=2) == [4, 2, 5, 3]


async def test_since_and_until_are_half_open(log: AsyncEngine) -> None:
    assert await numbers(log, since=at(3 * 3600)) == [4, 2, 5, 3]
    assert await numbers(log, since=at(3 * 3600 + 1)) == [4, 2, 5]
    assert await numbers(log, until=at(3 * 3600)) == [2, 1]
    assert await numbers(log, since=at(7200), until=at(4 * 3600)) == [2, 3]


async def test_a_call_comes_whole(log: AsyncEngine) -> None:
    call = await stored(log, call_id(1))
    assert [attempt.agent for attempt in call.record.attempts] == ["dina", "amina", "bojan"]
    assert list(call.facts) == later(answered(), 3600)
    async with snapshot(log) as connection:
        listed = await calls_since(connection)
    assert listed[-1].record == call.record
    assert listed[-1].facts == ()


async def test_a_call_is_found_by_the_beginning_of_its_id(engine: AsyncEngine) -> None:
    one = UUID("abcdef01-2345-4678-9abc-def012345678")
    other = UUID("abcdef01-2345-4678-9abc-def012345679")
    await store(engine, one, answered())
    await store(engine, other, rejected())
    async with snapshot(engine) as connection:
        assert (await call_by_prefix(connection, str(one))).id == one
        assert (await call_by_prefix(connection, other.hex.upper())).id == other
        for beginning in ("a", "abcdef01-2345", str(one)[:-1]):
            with pytest.raises(SeveralCalls) as several:
                await call_by_prefix(connection, beginning)
            assert set(several.value.ids) == {one, other}
        for wrong in ("", "b", "abcdef02", "xyz", "%", str(one) + "0", "٣"):
            with pytest.raises(CallNotFound):
                await call_by_prefix(connection, wrong)


async def test_more_calls_than_a_statement_has_parameters(engine: AsyncEngine) -> None:
    """PostgreSQL allows 32767 parameters; our lists of ids are one."""
    await store(engine, call_id(1), rejected())
    async with snapshot(engine) as connection:
        ids = [call_id(n) for n in range(40_000)]
        found = await facts_of(connection, ids)
    assert len(found[call_id(1)]) == len(rejected())
