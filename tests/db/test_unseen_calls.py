"""Calls that Asterisk handled by itself come into the call log once, whatever dies meanwhile."""

import asyncio
import logging
import os
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter import unseen_calls
from callrouter.ari.events import Channel, ChannelRef
from callrouter.asterisk_log.files import NotesFolder, looked_until, note_looked
from callrouter.asterisk_log.places import CDR, NOTES
from callrouter.calls.names import call_id_of
from callrouter.db.engine import DatabaseUnavailable, make_engine
from callrouter.db.new_calls import store_new_calls
from callrouter.facts import Arrived, Disposition, Stage
from callrouter.listening.history import Unheard
from callrouter.unseen_calls import UnseenCalls
from tests.db.stored import all_rows, stored, stored_ids
from tests.test_asterisk_log import AMINA, ARRIVED, NOON, OWN, PLAN, SETTINGS, TALK, line, row

pytestmark = pytest.mark.postgres

ENDED = line(3, "ended", "16", OWN, OWN)
NOWHERE = "postgresql://callrouter@127.0.0.1:1/calls"


class OneAsterisk:
    """Asterisk and the record writer, as far as they are asked."""

    entity_id = "asterisk-1"
    spooled = False

    def __init__(self) -> None:
        self.alive: list[str] = []
        self.known: set[UUID] = set()

    async def channels(self) -> Collection[Channel]:
        return [Channel(each) for each in self.alive]

    def knows(self, call_id: UUID) -> bool:
        return call_id in self.known


class Listener:
    """Who hears Asterisk, and has not heard it for a while."""

    def __init__(self, unheard: Unheard | None) -> None:
        self.ready = asyncio.Event()
        self.ready.set()
        self.unheard = unheard


@pytest.fixture
def there() -> OneAsterisk:
    return OneAsterisk()


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Asterisk writes its notes."""
    monkeypatch.setattr(unseen_calls, "WRITERS_SECONDS", 0.0)
    (tmp_path / "cdr-csv").mkdir()
    return tmp_path / NOTES


@pytest.fixture
def unseen(engine: AsyncEngine, notes: Path, there: OneAsterisk) -> UnseenCalls:
    return UnseenCalls(notes.parents[1], there, "callrouter", engine, there)


def call(number: int, *, ended: bool = True) -> bytes:
    whole = ARRIVED + SETTINGS + PLAN + AMINA + (ENDED if ended else b"")
    return whole.replace(b"1795.1", b"1795.%d" % number)


def id_of(number: int) -> UUID:
    return call_id_of(ChannelRef("asterisk-1", f"1795.{number}"))


def left(notes: Path) -> list[Path]:
    return sorted(notes.parent.glob(f"*{notes.name}*"))


async def test_they_are_stored_and_then_removed(
    engine: AsyncEngine, notes: Path, unseen: UnseenCalls
) -> None:
    numbers = range(120)  # more than one piece
    write(notes, b"".join(map(call, numbers)))

    assert await unseen.look() == 120
    assert await stored_ids(engine) == sorted(map(id_of, numbers))
    found = (await stored(engine, id_of(7))).record
    assert found.disposition is Disposition.ABANDONED
    assert found.handled_by_asterisk
    assert left(notes) == []
    assert await unseen.look() == 0


@pytest.mark.parametrize("dies_in", ["keep", "remove", "store"])
async def test_killed_in_between_nothing_is_lost_and_nothing_double(
    engine: AsyncEngine,
    notes: Path,
    unseen: UnseenCalls,
    there: OneAsterisk,
    monkeypatch: pytest.MonkeyPatch,
    dies_in: str,
) -> None:
    there.alive = ["1795.3"]
    write(notes, call(1) + call(2) + call(3, ended=False))
    with monkeypatch.context() as patch:
        if dies_in == "store":
            patch.setattr(unseen_calls, "CALLS_AT_ONCE", 1)
            patch.setattr(unseen_calls, "store_new_calls", dying_at_the_second())
        else:
            patch.setattr(NotesFolder, dies_in, dies)
        with pytest.raises(asyncio.CancelledError):
            await unseen.look()

    again = UnseenCalls(notes.parents[1], there, "callrouter", engine, there)
    await again.look()
    assert await stored_ids(engine) == sorted([id_of(1), id_of(2)])
    rows = await all_rows(engine, exact=True)
    write(notes, ENDED.replace(b"1795.1", b"1795.3"))
    assert await again.look() == 1
    assert await stored_ids(engine) == sorted(map(id_of, (1, 2, 3)))
    third = await stored(engine, id_of(3))
    assert len(third.facts) == len((await stored(engine, id_of(1))).facts)
    now = await all_rows(engine, exact=True)
    assert all(before in now["calls"] for before in rows["calls"])
    assert left(notes) == []


def dies(*_: object) -> None:
    raise asyncio.CancelledError


def dying_at_the_second() -> object:
    stored: list[object] = []

    async def store(engine: AsyncEngine, calls: dict[UUID, list[Arrived]]) -> int:
        if stored:
            raise asyncio.CancelledError
        stored.append(calls)
        return await store_new_calls(engine, calls)

    return store


async def test_what_is_known_is_skipped(
    engine: AsyncEngine, notes: Path, unseen: UnseenCalls, there: OneAsterisk
) -> None:
    there.known = {id_of(1)}
    write(notes, call(1) + call(2))

    assert await unseen.look() == 1
    assert await stored_ids(engine) == [id_of(2)]


async def test_while_postgresql_is_away_they_wait(
    notes: Path, there: OneAsterisk, unseen: UnseenCalls, engine: AsyncEngine
) -> None:
    write(notes, call(1))
    nowhere = make_engine(NOWHERE)
    with pytest.raises(DatabaseUnavailable):
        await UnseenCalls(notes.parents[1], there, "callrouter", nowhere, there).look()
    await nowhere.dispose()

    assert len(left(notes)) == 1
    assert await unseen.look() == 1


async def test_who_has_no_last_note_and_is_gone_was_interrupted(
    engine: AsyncEngine, notes: Path, unseen: UnseenCalls
) -> None:
    write(notes, call(1, ended=False) + SETTINGS.replace(b"1795.1", b"1795.9"))

    assert await unseen.look() == 0  # the last note may be on its way
    assert await unseen.look() == 1
    assert (await stored(engine, id_of(1))).record.disposition is Disposition.INTERRUPTED
    assert left(notes) == []


async def test_a_folder_that_is_not_there_is_told_once(
    engine: AsyncEngine,
    tmp_path: Path,
    there: OneAsterisk,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(unseen_calls, "LOOK_SECONDS", 0.01)
    following = UnseenCalls(tmp_path / "nowhere", there, "callrouter", engine, there).follow(
        Listener(None)
    )
    with caplog.at_level(logging.ERROR), pytest.raises(TimeoutError):
        await asyncio.wait_for(following, 0.3)

    (told,) = caplog.records
    assert "CALLROUTER_ASTERISK_LOG_DIR" in told.getMessage()


async def test_the_end_that_no_router_saw_is_found(unseen: UnseenCalls, notes: Path) -> None:
    talk = row("1.1", "2026-11-22 12:00:08", peer="PJSIP/1001-1", answer="2026-11-22 12:00:00")
    records, later = notes.parents[1] / CDR, NOON + timedelta(hours=1)
    write(records, talk)
    os.utime(records, (later.timestamp(), later.timestamp()))
    elsewhere = msgspec.structs.replace(TALK[0], entity_id="another")
    ours = msgspec.structs.replace(TALK[0], entity_id="asterisk-1")
    calls = {id_of(1): [ours, *TALK[1:]], id_of(2): [elsewhere, *TALK[1:]]}

    found = await unseen.endings(calls, later, later)
    ((call_id, (learned, _)),) = found.items()
    assert call_id == id_of(1)
    assert learned.at == NOON + timedelta(seconds=8)


async def test_who_came_and_left_unheard_is_in_the_call_log_once(
    unseen: UnseenCalls,
    notes: Path,
    engine: AsyncEngine,
    there: OneAsterisk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """But nobody whose call is known, who left before or after, or was not at our door."""
    monkeypatch.setattr(unseen_calls, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(unseen_calls, "WRITTEN_BY_THEN", timedelta(0))
    noon = NOON - timedelta(days=1)
    ends = {1: 8, 2: 8, 3: 1, 4: 8, 5: 31}
    rows = [row(f"1795.{n}", f"{NOON + timedelta(seconds=end):%F %T}") for n, end in ends.items()]
    rows[3] = rows[3].replace(b"callrouter,incoming", b"callrouter,code")
    past = b"".join(rows).replace(f"{NOON:%F}".encode(), f"{noon:%F}".encode())
    write(notes.parents[1] / CDR, past + b'"torn')
    there.known = {id_of(2)}
    unheard = Unheard(noon + timedelta(seconds=5))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(unseen.follow(Listener(unheard)), 0.2)
    assert await stored_ids(engine) == [], "it is not over yet"

    listener = Listener(replace(unheard, until=noon + timedelta(seconds=30)))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(unseen.follow(listener), 0.5)
    assert listener.unheard is None
    assert await stored_ids(engine) == [id_of(1)]
    record = (await stored(engine, id_of(1))).record
    assert record.disposition is Disposition.ABANDONED
    assert (record.number, record.caller_number) == ("700", "+38160111")
    assert record.caller_name == "Jelena"
    assert record.left_during is Stage.ARRIVAL
    assert record.waiting_seconds == 8.0


async def test_who_came_unheard_is_found_by_the_first_router_that_lives_long_enough(
    unseen: UnseenCalls, notes: Path, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those in between died before they could look; a mark says how far the last one came."""
    monkeypatch.setattr(unseen_calls, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(unseen_calls, "WRITTEN_BY_THEN", timedelta(0))
    log_dir, now = notes.parents[1], datetime.now(UTC).replace(microsecond=0)
    left, since = now - timedelta(minutes=30), now - timedelta(minutes=5)
    written = f"{left:%F %T}"
    content = row("1795.1", written, answer=written)
    write(log_dir / CDR, content.replace(f"{NOON:%F %T}".encode(), written.encode()))
    minute = timedelta(minutes=1)
    for looked, found in ((left + minute, []), (left - minute, [id_of(1)])):
        note_looked(log_dir, looked)
        listener = Listener(Unheard(since, now))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(unseen.follow(listener), 0.4)
        assert listener.unheard is None
        assert await stored_ids(engine) == found
    assert (await stored(engine, id_of(1))).record.answered_at == left
    heard_all = looked_until(log_dir)
    assert heard_all is not None
    assert now - timedelta(minutes=1) < heard_all < datetime.now(UTC)


async def test_the_very_first_router_may_have_died_before_it_could_look(
    unseen: UnseenCalls, notes: Path, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unseen_calls, "LOOK_SECONDS", 0.01)
    log_dir, now = notes.parents[1], datetime.now(UTC).replace(microsecond=0)
    left = now - timedelta(minutes=30)
    content = row("1795.1", f"{left:%F %T}").replace(
        f"{NOON:%F %T}".encode(), f"{left:%F %T}".encode()
    )
    write(log_dir / CDR, content)
    first = Listener(Unheard(left - timedelta(minutes=1)))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(unseen.follow(first), 0.2)
    later = Listener(Unheard(now - timedelta(minutes=5), now - timedelta(minutes=1)))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(unseen.follow(later), 0.4)
    assert await stored_ids(engine) == [id_of(1)]


def write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
