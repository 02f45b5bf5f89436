"""Migrations with calls in the tables: what an older version stored is there in the newer one."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.call_record import record_of
from callrouter.db.engine import make_engine, transaction
from callrouter.db.schema import downgrade, upgrade
from callrouter.facts import Disposition, Ended, Fact, FallbackChosen, Message, Routed
from tests.db.sample_calls import answered, arrived, at, call_id, followed_on
from tests.db.stored import store, stored

pytestmark = pytest.mark.postgres

CLOSED: list[Fact] = [
    arrived(),
    Routed(
        at=at(0.1),
        decision="closed",
        version="v",
        settings="office",
        timezone="Europe/Belgrade",
        holiday="Christmas",
    ),
    FallbackChosen(
        at=at(1), disposition=Disposition.CLOSED, rule="Closed.", message=Message.CLOSED
    ),
    Ended(at=at(2)),
]


async def test_calls_survive_the_way_down_and_up_again(postgres_url: str) -> None:
    engine = make_engine(postgres_url)
    await upgrade(engine)
    for number, facts in enumerate((answered(), followed_on(), CLOSED), 1):
        await store(engine, call_id(number), facts)
    assert await downgrade(engine, "0001") == "0001"
    assert await messages(engine) == ["agent_unavailable_message"], "as it was told before"
    await upgrade(engine)
    for number, facts in enumerate((answered(), followed_on(), CLOSED), 1):
        call = await stored(engine, call_id(number))
        assert list(call.facts) == facts, "the facts are never touched"
        was = record_of(facts)
        assert call.record.arrived_at == was.arrived_at
        assert [a.agent for a in call.record.attempts] == [a.agent for a in was.attempts]
        assert call.record.schedule_row is None, "what the older tables lack is not known any more"
        assert {a.detail for a in call.record.attempts} <= {""}
    await engine.dispose()


async def messages(engine: AsyncEngine) -> list[str]:
    async with transaction(engine) as connection:
        found = await connection.scalars(text("SELECT DISTINCT message FROM calls ORDER BY 1"))
        return [message for message in found if message is not None]


async def test_why_a_call_went_where_it_went_is_stored_in_columns(engine: AsyncEngine) -> None:
    await store(engine, call_id(1), answered())
    await store(engine, call_id(2), CLOSED)
    async with transaction(engine) as connection:
        calls = await connection.execute(
            text("SELECT timezone, schedule_row, holiday, override FROM calls ORDER BY id")
        )
        assert [tuple(row) for row in calls] == [
            ("Europe/Belgrade", "Monday 09:00-17:00", None, None),
            ("Europe/Belgrade", None, "Christmas", None),
        ]
        attempts = await connection.execute(
            text("SELECT name, agent_group, sorted_by, detail FROM attempts ORDER BY ordinal")
        )
        assert [tuple(row) for row in attempts] == [
            ("Dina Kos", "sales", "0 calls today", "on a call since 08:51"),
            ("Amina Haddad", "sales", "0 calls today", ""),
            ("Bojan Ilić", "sales", "1 call today", ""),
        ]
