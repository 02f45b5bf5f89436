"""PostgreSQL goes away and comes back while calls go on: nothing is lost and nothing doubled."""

import asyncio
import logging
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.call_record import record_of
from callrouter.concurrency import spawn
from callrouter.db.engine import DatabaseUnavailable, make_engine, transaction
from callrouter.db.records import RecordWriter
from callrouter.db.schema import upgrade
from callrouter.db.spool import Spool
from callrouter.local.postgres import PostgresServer
from tests.conftest import run_now
from tests.db.sample_calls import abandoned, answered, call_id, unavailable
from tests.db.stored import stored, stored_ids

pytestmark = pytest.mark.postgres


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """A server that only this test uses, for it is stopped in the middle."""
    with tempfile.TemporaryDirectory(prefix="callrouter-test-") as folder:
        Path(folder).chmod(0o711)  # root's server runs as nobody
        server = PostgresServer(Path(folder), durable=False)
        run_now(server.start())
        try:
            yield server
        finally:
            run_now(server.stop())


@pytest.fixture
async def running(engine: AsyncEngine) -> AsyncIterator[RecordWriter]:
    """A writer whose task runs."""
    async with asyncio.TaskGroup() as group:
        writer = RecordWriter(engine, batch_seconds=0.01)
        task = spawn(group, writer.run(), name="write records")
        yield writer
        task.cancel()


async def until_written(writer: RecordWriter) -> None:
    async with asyncio.timeout(15):
        while writer.waiting:  # noqa: ASYNC110 (asked from outside, as a monitor would)
            await asyncio.sleep(0.01)


async def test_database_stopped_in_the_middle(
    own_server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    engine = make_engine(own_server.url())
    await upgrade(engine)
    calls = {call_id(n): kind() for n, kind in enumerate((answered, abandoned, unavailable) * 5)}
    async with asyncio.TaskGroup() as group:
        writer = RecordWriter(engine, batch_seconds=0.005)
        task = spawn(group, writer.run(), name="write records")
        for step in range(max(map(len, calls.values()))):
            if step == 5:
                await own_server.stop()
            if step == 11:
                assert writer.away
                assert writer.waiting == len(calls)
                await own_server.start()
            for call, facts in calls.items():
                if step < len(facts):
                    writer.append(call, facts[step])
            await asyncio.sleep(0.03)
        await until_written(writer)
        task.cancel()
    for call, facts in calls.items():
        found = await stored(engine, call)
        assert list(found.facts) == facts
        assert found.record == record_of(facts)
    away, back = [record for record in caplog.records if record.name == "callrouter.db.outage"]
    assert away.getMessage().startswith("records wait (calls go on): PostgreSQL at /")
    assert back.getMessage().endswith("records waited: 15")
    assert not writer._held.calls
    await engine.dispose()


async def test_a_cut_connection_is_not_worth_a_word(
    engine: AsyncEngine,
    running: RecordWriter,
    postgres_server: PostgresServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    facts = answered()
    for fact in facts[:4]:
        running.append(call_id(1), fact)
    await until_written(running)
    other = make_engine(postgres_server.url(str(engine.url.database)))
    async with transaction(other) as connection:
        await connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    await other.dispose()
    for fact in facts[4:]:
        running.append(call_id(1), fact)
    await until_written(running)
    assert (await stored(engine, call_id(1))).record == record_of(facts)
    assert [r for r in caplog.records if r.levelno > logging.INFO] == []


async def test_a_writer_stopped_in_a_transaction_writes_the_rest_when_closed(
    engine: AsyncEngine,
) -> None:
    writer = RecordWriter(engine, batch_seconds=0)
    try:
        async with asyncio.timeout(0.004), asyncio.TaskGroup() as group:
            spawn(group, writer.run(), name="write records")
            for n in range(50):
                for fact in answered():
                    writer.append(call_id(n), fact)
    except TimeoutError:
        pass
    assert await writer.close(5) == 0
    assert await stored_ids(engine) == [call_id(n) for n in range(50)]


async def test_a_locked_table_delays_records_and_nothing_else(
    engine: AsyncEngine, running: RecordWriter
) -> None:
    async with transaction(engine) as connection:
        await connection.execute(text("LOCK TABLE calls IN ACCESS EXCLUSIVE MODE"))
        for fact in answered():
            running.append(call_id(1), fact)
        await asyncio.sleep(0.1)
        assert running.waiting == 1
    await until_written(running)
    assert (await stored(engine, call_id(1))).record == record_of(answered())


async def test_without_tables_records_wait_and_the_log_says_what_to_do(
    postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    engine = make_engine(postgres_url)
    writer = RecordWriter(engine)
    for fact in answered():
        writer.append(call_id(1), fact)
    assert not await writer.flush(1.0)
    assert "Run `callrouter migrate`." in caplog.text
    await upgrade(engine)
    assert await writer.flush(5)
    assert (await stored(engine, call_id(1))).record == record_of(answered())
    with pytest.raises(DatabaseUnavailable):
        await RecordWriter(make_engine("postgresql://x@127.0.0.1:1/x")).close_orphans(
            answered()[0].at
        )
    await engine.dispose()


async def test_away_records_go_to_disk_and_the_next_router_writes_them(
    own_server: PostgresServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    engine = make_engine(own_server.url())
    await upgrade(engine)
    calls = {call_id(n): kind() for n, kind in enumerate((answered, abandoned, unavailable) * 5)}
    spool = Spool(tmp_path)
    dying = RecordWriter(engine, spool=spool, batch_seconds=0.005)
    async with asyncio.TaskGroup() as group:
        task = spawn(group, dying.run(), name="write records")
        for call, facts in calls.items():
            for fact in facts[:3]:
                dying.append(call, fact)
        await until_written(dying)
        await own_server.stop()
        for call, facts in calls.items():
            for fact in facts[3:]:
                dying.append(call, fact)
        async with asyncio.timeout(10):
            while Spool(tmp_path).size() < 15_000:  # noqa: ASYNC110 (what the disk has)
                await asyncio.sleep(0.05)
        task.cancel()  # and no `close`: it was killed
    spool.close()  # as a death does

    after = RecordWriter(engine, spool=Spool(tmp_path), batch_seconds=0.005)
    async with asyncio.TaskGroup() as group:
        task = spawn(group, after.run(), name="write records")
        await asyncio.sleep(0.3)
        await own_server.start()
        async with asyncio.timeout(15):
            while after.spooled:  # noqa: ASYNC110 (asked from outside, as a monitor would)
                await asyncio.sleep(0.05)
        task.cancel()
    for call, facts in calls.items():
        found = await stored(engine, call)
        assert list(found.facts) == facts
        assert found.record == record_of(facts)
    assert Spool(tmp_path).size() == 0
    assert "calls whose records were on disk are written: 15" in caplog.text
    await engine.dispose()


async def test_a_router_that_ends_while_the_database_is_away_leaves_its_records_on_disk(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    nowhere = make_engine("postgresql://x@127.0.0.1:1/x")
    ending = RecordWriter(nowhere, spool=Spool(tmp_path))
    for fact in answered():
        ending.append(call_id(1), fact)
    for fact in answered()[:5]:
        ending.append(call_id(2), fact)
    assert await ending.close(0.2) == 0
    await nowhere.dispose()

    after = RecordWriter(engine, spool=Spool(tmp_path))
    assert await after.close_orphans(answered()[-1].at) == 1

    assert (await stored(engine, call_id(1))).record == record_of(answered())
    cut = (await stored(engine, call_id(2))).record
    assert cut.disposition == "interrupted"
    assert cut.arrived_at == answered()[0].at


async def test_of_very_many_ended_calls_memory_keeps_some_and_the_disk_all(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    nowhere = make_engine("postgresql://x@127.0.0.1:1/x")
    writer = RecordWriter(nowhere, spool=Spool(tmp_path), most_ended=10)
    for n in range(50):
        for fact in answered():
            writer.append(call_id(n), fact)
        await writer._keep()
    assert len(writer._held.calls) == 10
    assert await writer.close(0.1) == 0
    await nowhere.dispose()

    after = RecordWriter(engine, spool=Spool(tmp_path))
    assert await after.close_orphans(answered()[-1].at) == 0
    assert await stored_ids(engine) == [call_id(n) for n in range(50)]


async def test_a_disk_that_refuses_costs_nothing_that_memory_has(
    engine: AsyncEngine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "spool").write_text("this is no folder")
    writer = RecordWriter(engine, spool=Spool(tmp_path / "spool"))
    for fact in answered():
        writer.append(call_id(1), fact)
    async with asyncio.TaskGroup() as group:
        for _ in range(2):
            spawn(group, writer._keep(), name="keep")

    assert caplog.text.count("records cannot be put on disk") == 1
    assert await writer.close(5) == 0
    assert (await stored(engine, call_id(1))).record == record_of(answered())
