"""A disk that takes nothing more: an alarm says so, calls go on, and it mends by itself."""

import asyncio
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from uuid import UUID

import pytest

from callrouter.concurrency import spawn
from callrouter.db import records as records_module
from callrouter.db.engine import make_engine
from callrouter.db.records import RecordWriter
from callrouter.db.spool import Spool
from callrouter.facts import Fact
from callrouter.monitoring import watch as watch_module
from callrouter.monitoring.alarms import Alarm
from callrouter.monitoring.watch import Watch
from tests.db.sample_calls import answered, call_id
from tests.monitoring.watched import watch


@contextmanager
def full_disk(most_bytes: int) -> Iterator[None]:
    """No file of this process can grow beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[Watch, RecordWriter]]:
    """A record writer whose database is away, and the watch over it."""
    engine = make_engine("postgresql://nobody@127.0.0.1:1/none")
    writer = RecordWriter(engine, spool=Spool(folder / "spool"), batch_seconds=0.01)
    looked = watch(folder)
    looked.records = writer
    async with asyncio.TaskGroup() as group:
        tasks = [
            spawn(group, writer.run(), name="write records"),
            spawn(group, looked.run(), name="look"),
        ]
        yield looked, writer
        for task in tasks:
            task.cancel()
    await engine.dispose()


async def until(looked: Watch, alarm: Alarm, *, there: bool) -> None:
    async with asyncio.timeout(20):
        while (alarm in looked.alarms()) is not there:  # noqa: ASYNC110 - as one who watches
            await asyncio.sleep(0.01)


async def test_a_full_disk_is_an_alarm_that_ends_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(records_module, "KEEP_SECONDS", 0.05)
    monkeypatch.setattr(watch_module, "TICK_SECONDS", 0.01)
    facts = answered()
    async with running(tmp_path) as (looked, writer):
        with full_disk(700):  # in the middle of a call
            for fact in facts:
                writer.append(call_id(1), fact)
            await until(looked, Alarm.SPOOL_REFUSED, there=True)
            assert writer.waiting == 1
            for fact in facts:
                writer.append(call_id(2), fact)
            assert writer.waiting == 2
        await until(looked, Alarm.SPOOL_REFUSED, there=False)
        assert Alarm.DATABASE_AWAY in looked.alarms()
        async with asyncio.timeout(20):
            while not all(call.kept == len(facts) for call in writer._held.calls.values()):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await writer.close(0.0)
    kept: dict[UUID, list[Fact]] = {}
    for batch in Spool(tmp_path / "spool").calls():
        kept |= batch
    assert kept == {call_id(1): facts, call_id(2): facts}
    said = [each.getMessage() for each in caplog.records]
    assert sum("records cannot be put on disk" in each for each in said) == 1
    assert sum("records are put on disk again" in each for each in said) == 1
    (alarm,) = (each for each in said if each.startswith("alarm spool_refused (spool): "))
    assert "Make room on that disk" in alarm
    assert any(each.startswith("alarm over: spool_refused (spool)") for each in said)


async def test_a_spool_that_is_half_full_and_a_full_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_module, "MOST_BYTES", 1000)
    looked = watch(tmp_path)
    (tmp_path / "spool").mkdir()
    for size, alarm in ((400, False), (600, True), (0, False)):
        (tmp_path / "spool" / "00000001-1-1.facts").write_bytes(b"x" * size)
        await looked._look_at_disks()
        looked._judge()
        assert (Alarm.SPOOL_FILLING in looked.alarms()) is alarm
