"""The watch: since when a part is as it is, what it says in the log, what it sees by itself."""

import asyncio
import logging
import os
import time
from pathlib import Path

import pytest

from callrouter.monitoring import watch as module
from callrouter.monitoring.alarms import Alarm, State
from callrouter.monitoring.checks import DiskSeen
from callrouter.monitoring.disks import look_at, look_at_spool
from callrouter.monitoring.watch import Known, Watch
from callrouter.monitoring.worst import Worst
from tests.monitoring.watched import listener, watch


def database(looked: Watch) -> Known:
    (found,) = (each for each in looked.known() if each.verdict.part.check == "database")
    return found


async def test_a_part_is_as_it_is_since_it_became_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    looked = watch(tmp_path, listener("http://one"))
    looked._judge()
    assert database(looked).since == looked.started_at
    records = looked.records
    records.away = True  # type: ignore[misc]
    with caplog.at_level(logging.WARNING):
        looked._judge()
        away = database(looked)
        assert away.verdict.alarm is Alarm.DATABASE_AWAY
        assert away.since > looked.started_at
        looked._judge()
        assert database(looked).since == away.since
        assert [each.verdict.alarm for each in looked.wrong()] == [Alarm.DATABASE_AWAY]
        records.away = False  # type: ignore[misc]
        looked._judge()
    assert database(looked).verdict.state is State.OK
    assert database(looked).since > away.since
    said = [each.getMessage() for each in caplog.records]
    assert len(said) == 2
    assert said[0].startswith("alarm database_away (database): PostgreSQL cannot be used;")
    assert said[1] == "alarm over: database_away (database) after 0 s"


async def test_a_loop_that_is_held_up_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TICK_SECONDS", 0.01)
    looked = watch(tmp_path, listener("http://one"))
    async with asyncio.TaskGroup() as group:
        running = group.create_task(looked.run())
        await asyncio.sleep(0.1)
        time.sleep(0.7)  # noqa: ASYNC251 - what must not happen, happens
        await asyncio.sleep(0.1)
        running.cancel()
    assert [each.verdict.alarm for each in looked.wrong()] == [Alarm.LOOP_LATE]
    assert looked.seen().loop_late > 0.5
    assert looked.seen().disks
    assert looked.loop_lag.family().samples[-1].value > 1


async def test_a_clock_that_is_set_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TICK_SECONDS", 0.001)
    looked = watch(tmp_path, listener("http://one"))
    await looked._tick()
    assert looked.seen().clock_step == 0.0
    really, moves = time.time, iter([0.0, 90.0])
    monkeypatch.setattr(time, "time", lambda: really() + next(moves, 90.0))
    await looked._tick()
    assert round(looked.seen().clock_step) == 90


async def test_what_goes_wrong_in_the_watch_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "TICK_SECONDS", 0.001)
    looked = watch(tmp_path)
    monkeypatch.setattr(looked, "_judge", lambda: 1 / 0)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(looked.run())
        await asyncio.sleep(0.1)
        assert not running.done()
        running.cancel()
    assert "the router cannot look at itself" in caplog.text


def test_the_spool_on_disk(tmp_path: Path) -> None:
    assert look_at_spool(tmp_path / "none", 100, time.time(), refuses=False).files == 0
    for name, size, age in (("1-1-1.facts", 10, 60), ("2-1-2.facts", 0, 90), ("notes", 9, 99)):
        (tmp_path / name).write_bytes(b"x" * size)
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    seen = look_at_spool(tmp_path, 100, time.time(), refuses=True)
    assert (seen.bytes, seen.most_bytes, seen.files, seen.refuses) == (10, 100, 1, True)
    assert round(seen.oldest_seconds) == 60


def test_room_is_looked_for_where_a_folder_would_be_made(tmp_path: Path) -> None:
    (seen,) = look_at([("spool", tmp_path / "not" / "yet")])[:1]
    assert (seen.place, seen.trouble) == ("spool", "")
    assert 0 < seen.free_bytes <= seen.total_bytes


def test_a_folder_of_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere
    (seen,) = look_at([("spool", tmp_path)])[:1]
    assert seen.trouble == f"{tmp_path} cannot be written to."


def test_a_file_system_that_only_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    really = os.statvfs("/")
    monkeypatch.setattr(
        os,
        "statvfs",
        lambda _: os.statvfs_result((*really[:8], os.ST_RDONLY, *really[9:])),
    )
    (seen, *_) = look_at([("spool", Path("/tmp"))])  # noqa: S108
    assert seen == DiskSeen("spool", "/tmp", seen.free_bytes, seen.total_bytes, seen.trouble)  # noqa: S108
    assert "only reads" in seen.trouble


def test_the_worst_is_forgotten_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    worst = Worst()
    for moment, value in ((0, 1.0), (10, 5.0), (20, 2.0), (65, 3.0)):
        clock[0] = 100.0 + moment
        worst.note(value)
    assert worst.value == 5.0
    clock[0] += 10
    assert worst.value == 3.0
    clock[0] += 60
    assert worst.value == 0.0
