"""The writer: idempotent, in order, never in the way of a call, and nothing silently lost."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, text
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.call_record import record_of
from callrouter.concurrency import beside
from callrouter.db import unwritten
from callrouter.db.engine import make_engine, transaction
from callrouter.db.kept_connection import KeptConnection
from callrouter.db.models import CallFact
from callrouter.db.records import CALLS_A_TURN, RecordWriter
from callrouter.db.rows import WRITE_ROWS, Rows, rows_of, storable, write_rows
from callrouter.facts import (
    AgentRung,
    Connected,
    Disposition,
    Ended,
    Fact,
    HungUp,
    Interrupted,
    Party,
    Stage,
)
from tests.db.sample_calls import (
    KINDS,
    abandoned,
    answered,
    arrived,
    at,
    call_id,
    first_agent_does_not_answer,
    greeted,
    rejected,
    unavailable,
)
from tests.db.stored import all_rows, store, stored, stored_ids

pytestmark = pytest.mark.postgres

NOWHERE = "postgresql://callrouter@127.0.0.1:1/calls"


@pytest.fixture
def writer(engine: AsyncEngine) -> RecordWriter:
    return RecordWriter(engine)


def append_all(writer: RecordWriter, number: int, facts: list[Fact]) -> UUID:
    for fact in facts:
        writer.append(call_id(number), fact)
    return call_id(number)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
async def test_a_call_is_stored_as_it_was(
    engine: AsyncEngine, writer: RecordWriter, kind: Any
) -> None:
    facts = kind()
    call = append_all(writer, 1, facts)
    assert await writer.flush(5)
    found = await stored(engine, call)
    assert found.record == record_of(facts)
    assert list(found.facts) == facts
    assert writer.waiting == 0
    assert not writer._held.calls, "a finished call is forgotten"


async def test_what_comes_of_many_calls_within_a_batch_is_one_query(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def count(self: KeptConnection, statement: str, parameter: str) -> object:
        asked.append(statement)
        return await execute(self, statement, parameter)

    execute = KeptConnection.execute
    monkeypatch.setattr(KeptConnection, "execute", count)
    writer = RecordWriter(engine, batch_seconds=0.01)
    async with beside(writer.run(), name="write"):
        for part in (answered()[:3], answered()[3:9], answered()[9:]):
            for number in range(40):
                append_all(writer, number, part)
            async with asyncio.timeout(5):
                while writer.waiting:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
    assert asked == [WRITE_ROWS] * 3
    assert len(await stored_ids(engine)) == 40


async def test_others_have_their_turn_while_many_calls_are_prepared(
    writer: RecordWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = 0
    prepared: Counter[int] = Counter()

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    def count(*given: Any) -> Rows:
        prepared[turns] += 1
        return rows_of(*given)

    monkeypatch.setattr(unwritten, "rows_of", count)
    for number in range(60):
        append_all(writer, number, answered())
    async with beside(others(), name="other calls"):
        assert await writer.flush(5)
    assert sum(prepared.values()) == 60
    assert max(prepared.values()) <= CALLS_A_TURN


async def test_a_live_call_has_a_row_without_an_end(
    engine: AsyncEngine, writer: RecordWriter
) -> None:
    facts = answered()[:-2]
    call = append_all(writer, 1, facts)
    await writer.flush(5)
    record = (await stored(engine, call)).record
    assert record.ended_at is None
    assert record.disposition is None, "how it counts is said when it is over"
    assert record.agent == "bojan"
    append_all(writer, 1, answered()[-2:])
    await writer.flush(5)
    assert (await stored(engine, call)).record == record_of(answered())


async def test_the_same_again_changes_nothing(engine: AsyncEngine) -> None:
    await store(engine, call_id(1), answered())
    before = await all_rows(engine, exact=True)
    await store(engine, call_id(1), answered())
    await store(engine, call_id(1), greeted())
    assert await all_rows(engine, exact=True) == before


async def rows_when_written_at_once(engine: AsyncEngine, calls: list[list[Fact]]) -> Any:
    await clear(engine)
    for number, facts in enumerate(calls):
        await store(engine, call_id(number), facts)
    rows = await all_rows(engine)
    await clear(engine)
    return rows


async def clear(engine: AsyncEngine) -> None:
    async with transaction(engine) as connection:
        await connection.execute(text("DELETE FROM calls"))


# The database is the same for all examples; each begins with empty tables.
relaxed = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@relaxed
@given(data=st.data())
async def test_any_split_into_batches_ends_with_the_same_rows(
    engine: AsyncEngine, data: st.DataObject
) -> None:
    calls = [kind() for kind in data.draw(st.lists(st.sampled_from(KINDS), max_size=3))]
    expected = await rows_when_written_at_once(engine, calls)
    writer = RecordWriter(engine)
    ahead = [list(facts) for facts in calls]
    while any(ahead):
        number = data.draw(st.sampled_from([i for i, facts in enumerate(ahead) if facts]))
        writer.append(call_id(number), ahead[number].pop(0))
        if data.draw(st.booleans()):
            assert await writer.flush(5)
    assert await writer.flush(5)
    assert await all_rows(engine) == expected


@relaxed
@given(data=st.data())
async def test_beginnings_in_any_order_end_with_the_same_rows(
    engine: AsyncEngine, data: st.DataObject
) -> None:
    facts = data.draw(st.sampled_from(KINDS))()
    expected = await rows_when_written_at_once(engine, [facts])
    lengths = data.draw(st.lists(st.integers(1, len(facts)), max_size=6))
    for length in data.draw(st.permutations([*lengths, len(facts)])):
        async with transaction(engine) as connection:
            await write_rows(connection, [rows_of(call_id(0), facts[:length], 0, None)])
    assert await all_rows(engine) == expected


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (HungUp(at=at(4), by=Party.CALLER, stage=Stage.TALK, cause=2**40), "DataRefused"),
        (AgentRung(at=at(4), agent="a", extension=None, phones=()), "DataRefused"),  # type: ignore[arg-type]
        (AgentRung(at=at(4), agent="a", extension="1", phones=(object(),)), "TypeError"),  # type: ignore[arg-type]
        (HungUp(at=at(4), by="nobody", stage=Stage.TALK), "DataRefused"),  # type: ignore[arg-type]
    ],
    ids=["too large for its column", "null", "no JSON", "a word the table does not know"],
)
async def test_a_record_that_cannot_be_stored_is_logged_and_stops_no_other(
    engine: AsyncEngine,
    writer: RecordWriter,
    caplog: pytest.LogCaptureFixture,
    bad: Fact,
    why: str,
) -> None:
    before = append_all(writer, 1, answered())
    poisoned = append_all(writer, 2, [*greeted(), bad])
    after = append_all(writer, 3, abandoned())
    assert await writer.flush(5), "nothing waits behind it"
    assert await stored_ids(engine) == [before, after]
    [complaint] = caplog.messages
    assert complaint.startswith(f"call {poisoned}: record refused ({why}: ")
    assert '"kind":"arrived"' in complaint, "the log has the whole record"
    assert not writer.away

    append_all(writer, 2, [Ended(at=at(5))])
    append_all(writer, 4, unavailable())
    assert await writer.flush(5)
    assert (await stored(engine, call_id(4))).record.disposition is Disposition.UNAVAILABLE
    assert '"kind":"arrived"' not in caplog.messages[-1], "only what the log has not got yet"
    assert not writer._held.calls


async def test_what_a_hostile_caller_sends_is_stored(
    engine: AsyncEngine, writer: RecordWriter
) -> None:
    name = "Zoë\0 \ud800 \\u0000 '); DROP TABLE calls;-- \x1b[2J\u202e يوسف 😀"
    long = "9" * 100_000
    call = append_all(writer, 1, [arrived(number=long, caller=long, name=name), *rejected()[1:]])
    assert await writer.flush(5)
    record = (await stored(engine, call)).record
    assert record.caller_number == record.number == long
    assert record.caller_name == name.replace("\0", "␀").replace("\ud800", "�")


def test_only_what_cannot_be_stored_is_replaced() -> None:
    for name in ("", "Ђорђе", "\\u0000", "😀", "\x01\x1b"):
        fact = arrived(name=name)
        assert storable(fact)[0] == fact
    rung = AgentRung(at=at(0), agent="a\0", extension="", phones=("PJSIP/1\0", "\udfff"))
    assert storable(rung)[0] == msgspec.structs.replace(rung, agent="a␀", phones=("PJSIP/1␀", "�"))


async def test_orphans_are_ended_as_interrupted(engine: AsyncEngine, writer: RecordWriter) -> None:
    await store(engine, call_id(1), answered()[:-2])
    await store(engine, call_id(2), first_agent_does_not_answer())
    await store(engine, call_id(3), abandoned())
    append_all(writer, 4, greeted())
    await writer.flush(5)
    finished = (await stored(engine, call_id(3))).record

    now = at(600)
    assert await writer.close_orphans(now) == 2
    talked = await stored(engine, call_id(1))
    assert talked.record.disposition is Disposition.INTERRUPTED
    assert talked.record.ended_at == now
    assert talked.record.agent == "bojan"
    reason = "the router died during the call; its last known fact is of 2026-03-02T08:00:28.100000"
    assert talked.record.error == f"{reason}+00:00"
    *known, interrupted, ended = talked.facts
    assert known == answered()[:-2]
    assert isinstance(interrupted, Interrupted)
    assert ended == Ended(at=now)
    assert (await stored(engine, call_id(2))).record.disposition is Disposition.INTERRUPTED
    assert (await stored(engine, call_id(3))).record == finished
    assert (await stored(engine, call_id(4))).live, "a call of this router goes on"
    assert await writer.close_orphans(now) == 0


async def test_an_orphan_whose_facts_are_lost_ends_too(
    engine: AsyncEngine, writer: RecordWriter
) -> None:
    await store(engine, call_id(1), greeted())
    async with transaction(engine) as connection:
        await connection.execute(delete(CallFact))
    assert await writer.close_orphans(at(600)) == 1
    record = (await stored(engine, call_id(1))).record
    assert record.disposition is Disposition.INTERRUPTED
    assert record.error == "the router died during the call; its facts are lost"


@pytest.fixture
async def lost_writer() -> AsyncIterator[RecordWriter]:
    """A writer whose PostgreSQL is not there."""
    engine = make_engine(NOWHERE)
    yield RecordWriter(engine, most_ended=4)
    await engine.dispose()


async def test_too_many_ended_calls_are_announced_and_go_to_the_log(
    lost_writer: RecordWriter, caplog: pytest.LogCaptureFixture
) -> None:
    append_all(lost_writer, 1, greeted())
    for number in range(2, 6):
        append_all(lost_writer, number, rejected())
    [warning] = caplog.messages
    assert warning == (
        "2 ended calls wait for PostgreSQL in memory; beyond 4 they go to the log only"
    )
    append_all(lost_writer, 6, rejected())
    announced, record = caplog.messages[1:]
    assert announced == f"too many calls wait for PostgreSQL: call {call_id(2)} goes to the log"
    assert record.startswith(f"call {call_id(2)}: record not written; facts from 0: [{{")
    assert record.count('"kind"') == len(rejected())
    assert lost_writer.waiting == 5, "the call in progress and the four newest that ended"


async def test_at_the_end_the_log_gets_what_was_not_written(
    lost_writer: RecordWriter, caplog: pytest.LogCaptureFixture
) -> None:
    append_all(lost_writer, 1, rejected())
    assert not await lost_writer.flush(0.3)
    assert lost_writer.away
    assert await lost_writer.close(0.1) == 1
    assert [record.levelno for record in caplog.records] == [
        logging.ERROR,  # PostgreSQL is away
        logging.CRITICAL,
        logging.ERROR,  # the record
    ]
    assert "connection refused" in caplog.messages[0]
    assert caplog.messages[-1].count('"kind"') == len(rejected())
    append_all(lost_writer, 2, rejected())
    assert f"call {call_id(2)}: a fact that belongs to no call" in caplog.messages[-1]


async def test_a_fact_after_the_end_is_kept_or_logged(
    engine: AsyncEngine, writer: RecordWriter, caplog: pytest.LogCaptureFixture
) -> None:
    late = Connected(at=at(119) + timedelta(seconds=1), agent="bojan")
    append_all(writer, 1, [*answered(), late])
    await writer.flush(5)
    assert (await stored(engine, call_id(1))).facts[-1] == late
    writer.append(call_id(1), late)
    assert "belongs to no call in memory" in caplog.text
    assert '"kind":"connected"' in caplog.text
