"""The last moments of calls outlive a router that is killed; nobody waits for their disk."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.call_record import record_of
from callrouter.concurrency import beside
from callrouter.db import journal as journals
from callrouter.db import records
from callrouter.db.fact_files import Noted
from callrouter.db.journal import Journal, LeftBehind
from callrouter.db.kept_connection import KeptConnection
from callrouter.db.records import RecordWriter
from callrouter.facts import Fact
from tests.db.sample_calls import abandoned, answered, call_id, unavailable
from tests.db.stored import store, stored, stored_ids


def noted(call: UUID, facts: list[Fact], first: int = 0) -> list[Noted]:
    return [Noted(call, seq, facts[seq]) for seq in range(first, len(facts))]


def left_in(folder: Path) -> dict[UUID, dict[int, Fact]]:
    left = LeftBehind(folder)
    left.close()
    return left.calls


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_a_killed_process_noted_is_there_for_the_next(tmp_path: Path) -> None:
    program = """
import os, signal, sys, time
from pathlib import Path
from callrouter.db.fact_files import Noted
from callrouter.db.journal import Journal
from tests.db.sample_calls import answered, call_id
journal = Journal(Path(sys.argv[1]))
for seq, fact in enumerate(answered()):
    journal.note([Noted(call_id(1), seq, fact)])
while len(b"".join(each.read_bytes() for each in Path(sys.argv[1]).iterdir()).splitlines()) <= seq:
    time.sleep(0.01)
os.kill(os.getpid(), signal.SIGKILL)
"""
    died = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False, timeout=30)
    assert died.returncode == -9

    left = LeftBehind(tmp_path)
    assert left.calls == {call_id(1): dict(enumerate(answered()))}
    assert left_in(tmp_path) == {}, "it is being read"
    left.close()
    assert left_in(tmp_path), "not stored yet: it is still there"
    left = LeftBehind(tmp_path)
    left.remove()
    left.close()
    assert not list(tmp_path.iterdir())


def test_a_living_routers_journal_is_left_alone(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.note(noted(call_id(1), answered()))
    until(lambda: any(path.stat().st_size for path in tmp_path.iterdir()))
    assert left_in(tmp_path) == {}
    journal.close(stored=False)
    assert left_in(tmp_path) == {call_id(1): dict(enumerate(answered()))}


def test_what_postgresql_has_is_removed_a_file_at_a_time(tmp_path: Path) -> None:
    journal = Journal(tmp_path, file_bytes=1)
    for number in range(4):
        journal.note(noted(call_id(number), abandoned()))
    journal.stored(3)
    journal.close(stored=False)
    assert list(left_in(tmp_path)) == [call_id(3)]


def test_what_postgresql_has_stays_no_longer_on_disk(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.note(noted(call_id(1), answered()))
    until(lambda: lines_in(tmp_path) > 0)
    journal.stored(1)
    until(lambda: lines_in(tmp_path) == 0)
    journal.note(noted(call_id(2), abandoned()))
    journal.close(stored=False)
    assert left_in(tmp_path) == {call_id(2): dict(enumerate(abandoned()))}


def test_nothing_is_left_by_a_router_that_ends_in_order(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.note(noted(call_id(1), answered()))
    journal.close(stored=True)
    assert not list(tmp_path.iterdir())
    Journal(tmp_path / "never used").close(stored=True)
    assert not (tmp_path / "never used").exists()


def test_a_disk_that_refuses_is_told_of_once_and_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journals, "AGAIN_SECONDS", 0.05)
    folder = tmp_path / "journal"
    folder.write_text("this is no folder")
    journal = Journal(folder)
    for number in range(3):
        journal.note(noted(call_id(number), answered()))
    until(lambda: not journal.works)
    assert caplog.text.count("the last moments of calls are not kept on disk") == 1
    until(lambda: journal.works)  # it is worth another try
    folder.unlink()
    journal.note(noted(call_id(9), answered()))
    journal.close(stored=False)
    assert list(left_in(folder)) == [call_id(9)]


def test_a_disk_that_hangs_is_given_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs = asyncio.Event()
    began: list[float] = []

    def slow(*_: object) -> bytes:
        began.append(time.monotonic())
        while not hangs.is_set():
            time.sleep(0.01)
        return b""

    monkeypatch.setattr(journals, "_line", slow)
    journal = Journal(tmp_path)
    try:
        journal.note(noted(call_id(1), answered()))
        until(lambda: bool(began))
        for _ in range(journals.MOST_UNWRITTEN):
            assert journal.works
            journal.note(noted(call_id(1), answered()))
        assert not journal.works
    finally:
        hangs.set()
        journal.close(stored=True)


@pytest.fixture
async def dying(
    engine: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[RecordWriter]:
    """A writer that writes once, and then no more."""
    monkeypatch.setattr(records, "WRITES_APART", 1000.0)
    journal = Journal(tmp_path)
    writer = RecordWriter(engine, journal=journal, batch_seconds=0.01)
    async with beside(writer.run(), name="write"):
        yield writer
    journal.close(stored=False)


def append_all(writer: RecordWriter, number: int, facts: Sequence[Fact]) -> None:
    for fact in facts:
        writer.append(call_id(number), fact)


async def on_disk(folder: Path, lines: int) -> None:
    async with asyncio.timeout(5):
        while lines_in(folder) < lines:  # noqa: ASYNC110 (what the disk has)
            await asyncio.sleep(0.01)


def no_file_in(folder: Path) -> bool:
    return not list(folder.iterdir())


def lines_in(folder: Path) -> int:
    return sum(len(each.read_bytes().splitlines()) for each in folder.iterdir())


@pytest.mark.postgres
async def test_the_next_router_has_the_last_moments_too(
    engine: AsyncEngine, tmp_path: Path, dying: RecordWriter
) -> None:
    append_all(dying, 1, answered()[:4])
    append_all(dying, 2, unavailable()[:3])
    append_all(dying, 3, abandoned())
    async with asyncio.timeout(5):
        while dying.waiting:  # noqa: ASYNC110 (asked from outside, as a monitor would)
            await asyncio.sleep(0.01)
    append_all(dying, 1, answered()[4:6])
    append_all(dying, 2, unavailable()[3:])
    append_all(dying, 4, answered()[:2])
    await on_disk(tmp_path, 2 + len(unavailable()) - 3 + 2)
    assert (await stored(engine, call_id(1))).facts == tuple(answered()[:4])
    dying._journal.close(stored=False)  # type: ignore[union-attr]  # as a death does

    after = RecordWriter(engine, journal=Journal(tmp_path))
    calls, complete = await after.unfinished()

    assert complete
    assert calls == {call_id(1): answered()[:6], call_id(4): answered()[:2]}
    found = await stored(engine, call_id(2))
    assert (list(found.facts), found.record) == (unavailable(), record_of(unavailable()))
    assert no_file_in(tmp_path)


@pytest.mark.postgres
async def test_what_is_between_lost_ends_the_call_there_and_is_told(
    engine: AsyncEngine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await store(engine, call_id(1), answered()[:3])
    await store(engine, call_id(3), abandoned())
    journal = Journal(tmp_path)
    journal.note(noted(call_id(1), answered(), 4))
    journal.note(noted(call_id(2), abandoned(), 1))
    journal.note(noted(call_id(3), abandoned()[:2]))
    journal.close(stored=False)

    after = RecordWriter(engine, journal=Journal(tmp_path))
    calls, _ = await after.unfinished()

    assert calls == {call_id(1): answered()[:3]}
    assert await stored_ids(engine) == [call_id(1), call_id(3)]
    assert caplog.text.count("are lost") == 2


@pytest.mark.postgres
async def test_writes_are_apart_and_the_first_comes_at_once(
    engine: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrote: list[float] = []
    execute = KeptConnection.execute

    async def write(self: KeptConnection, statement: str, parameter: str) -> object:
        wrote.append(time.monotonic())
        return await execute(self, statement, parameter)

    monkeypatch.setattr(KeptConnection, "execute", write)
    writer = RecordWriter(engine, journal=Journal(tmp_path), batch_seconds=0.01)
    async with beside(writer.run(), name="write"):
        began = time.monotonic()
        for number in range(60):
            append_all(writer, number, answered())
            await asyncio.sleep(0.01)
        async with asyncio.timeout(5):
            while writer.waiting:  # noqa: ASYNC110 (asked from outside, as a monitor would)
                await asyncio.sleep(0.01)
    await writer.close(5)
    assert all(late - early >= records.WRITES_APART for early, late in pairwise(wrote))
    assert wrote[0] - began < records.WRITES_APART, "of a single call everybody knows at once"
    assert len(await stored_ids(engine)) == 60
    assert no_file_in(tmp_path)


@pytest.mark.postgres
async def test_without_its_disk_records_are_written_as_before(
    engine: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "WRITES_APART", 1000.0)
    (tmp_path / "journal").write_text("this is no folder")
    writer = RecordWriter(engine, journal=Journal(tmp_path / "journal"), batch_seconds=0.01)
    async with beside(writer.run(), name="write"):
        for number in range(5):
            append_all(writer, number, answered())
            async with asyncio.timeout(5):
                while writer.waiting:  # noqa: ASYNC110 (asked from outside, as a monitor would)
                    await asyncio.sleep(0.01)
    assert len(await stored_ids(engine)) == 5
