"""Calls whose end nobody saw: the log shows no time that nobody knows."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.call_record import record_of
from callrouter.commands.call import call_lines
from callrouter.commands.call_json import call_json
from callrouter.commands.calls import HEAD, log_lines
from callrouter.db.engine import transaction
from callrouter.db.queries import StoredCall
from callrouter.facts import Ended, Fact, Interrupted
from tests.db.sample_calls import answered, at, call_id, first_agent_does_not_answer
from tests.db.stored import store, stored

HOURS_LATER = at(7200)
CUT = [Interrupted(at=HOURS_LATER, reason="the router died"), Ended(at=HOURS_LATER)]
IN_TALK = [*answered()[:-2], *CUT]
WHILE_RINGING = [*first_agent_does_not_answer()[:-1], *CUT]


@pytest.mark.parametrize(
    ("facts", "waiting", "talking", "attempts"),
    [
        (IN_TALK, "0:28", "?", "dina skipped (on call) → amina no answer 20s → bojan answered"),
        (WHILE_RINGING, "?", "", "dina skipped (on call) → amina failed"),
    ],
    ids=["in talk", "while ringing"],
)
def test_the_log(facts: list[Fact], waiting: str, talking: str, attempts: str) -> None:
    call = StoredCall(call_id(1), record_of(facts), tuple(facts))
    head, row = log_lines([call], now=at(9000), terminal=False)
    cell = {name: row[head.index(name) :] for name in HEAD}
    assert cell["WAITING"][: len("WAITING")].strip() == waiting
    assert cell["TALKING"][: len("TALKING")].strip() == talking
    assert cell["ATTEMPTS"] == attempts
    story = "\n".join(call_lines(call, now=at(9000), terminal=False))
    assert "2:00:00" not in story
    assert "Our knowledge of it was cut: the router died." in story


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("facts", "waiting"), [(IN_TALK, 28.0), (WHILE_RINGING, None)], ids=["in talk", "while ringing"]
)
async def test_the_database(engine: AsyncEngine, facts: list[Fact], waiting: Any) -> None:
    await store(engine, call_id(1), facts)
    found = await stored(engine, call_id(1))
    assert found.record == record_of(facts)
    assert (call_json(found)["waiting_seconds"], call_json(found)["talking_seconds"]) == (
        waiting,
        None,
    )
    columns = text("SELECT waiting_seconds, talking_seconds, ended_at FROM calls")
    async with transaction(engine) as connection:
        assert tuple((await connection.execute(columns)).one()) == (waiting, None, HOURS_LATER)
