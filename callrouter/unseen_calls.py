"""What one Asterisk did while no router was there, or none heard it, brought into the call log.

Calls of the safety net from its notes; from Asterisk's own records the ends of calls whose router
died, and callers who came and left unheard. All reading is in threads, in small pieces; nothing is
removed before it is stored, and what is known already is skipped: however often this is killed,
each call is there once.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.ari.errors import AriError
from callrouter.ari.events import Channel, ChannelRef
from callrouter.asterisk_log.cdr import ChannelEnd, at_the_door, ends_of, rotate
from callrouter.asterisk_log.files import NotesFolder, looked_until, note_looked, note_unlooked
from callrouter.asterisk_log.net_facts import broken_off, facts_of
from callrouter.asterisk_log.notes import CallsInNotes
from callrouter.asterisk_log.unseen import unheard_call, unseen_ending
from callrouter.calls.names import call_id_of
from callrouter.db.engine import DatabaseUnavailable
from callrouter.db.new_calls import store_new_calls
from callrouter.facts import Arrived, Fact
from callrouter.listening.history import Unheard

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""How often we look whether a call that Asterisk handles by itself has ended."""

WRITERS_SECONDS = 1.0
"""Whoever had the notes open when we took them has written after so long."""

WRITTEN_BY_THEN = timedelta(seconds=10)
"""What this or another router knows of a call is in the database so long after it ended."""

NOT_KNOWN_YET = WRITTEN_BY_THEN + timedelta(seconds=15)
"""A socket may be dead for so long before that is noticed, and what was heard be unwritten."""

LONGEST_UNLOOKED = timedelta(days=1)

HALF_A_SECOND = timedelta(seconds=0.5)

CALLS_AT_ONCE = 50


class Records(Protocol):
    """The record writer, as far as it matters here."""

    @property
    def spooled(self) -> bool: ...

    def knows(self, call_id: UUID) -> bool: ...


class Asterisk(Protocol):
    """What is asked of Asterisk here."""

    @property
    def entity_id(self) -> str: ...

    async def channels(self) -> Collection[Channel]: ...


class Listener(Protocol):
    """Who listens to this Asterisk."""

    ready: asyncio.Event
    unheard: Unheard | None


class UnseenCalls:
    """Of the Asterisk whose log folder is `log_dir`, as this process sees it.

    `app` is the Stasis application that callers enter.
    """

    def __init__(
        self, log_dir: Path, asterisk: Asterisk, app: str, engine: AsyncEngine, records: Records
    ) -> None:
        self._log_dir = log_dir
        self._folder = NotesFolder(log_dir)
        self._asterisk = asterisk
        self._app = app
        self._engine = engine
        self._records = records
        self._gone: set[str] = set()
        self._said = ""

    async def follow(self, listener: Listener) -> None:
        """For ever: look while `listener` hears Asterisk."""
        while True:
            await listener.ready.wait()
            try:
                await asyncio.to_thread(self._folder.check)
                if listener.unheard:  # now: this router may die before it has looked
                    await asyncio.to_thread(note_unlooked, self._log_dir, listener.unheard.since)
                await asyncio.to_thread(rotate, self._log_dir)
                if not self._records.spooled:  # what is there may be known, and not yet stored
                    await self.look()
                    await self._look_for_unheard(listener)
                self._said = ""
            except OSError as error:
                self._say(
                    logging.ERROR,
                    f"Asterisk's log folder cannot be used, calls it handles while no router is "
                    f"there do not come into the call log: {error}. The router needs to read and "
                    "write its folder cdr-csv; set CALLROUTER_ASTERISK_LOG_DIR accordingly.",
                )
            except DatabaseUnavailable as error:
                self._say(logging.WARNING, f"calls that Asterisk handled wait on disk: {error}")
            except AriError as error:
                log.debug("calls that Asterisk handled are looked at again: %s", error)
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> int:
        """Store every call of the net that has ended; returns how many are new.

        Raises DatabaseUnavailable, OSError and AriError; then nothing is lost, and it may be
        called again.
        """
        if await asyncio.to_thread(self._folder.take):
            await asyncio.sleep(WRITERS_SECONDS)
        files = await asyncio.to_thread(self._folder.taken)
        if not files:
            return 0
        calls = CallsInNotes()
        stored = 0
        async for batch in self._ended(calls, files):
            stored += await self._store(batch)
        stored += await self._store(await self._broken_off(calls))
        left = [note for own in calls.open.values() for note in own.values()]
        if left:
            await asyncio.to_thread(self._folder.keep, left)
        await asyncio.to_thread(self._folder.remove, files)
        if stored:
            log.warning(
                "calls that Asterisk handled while no router was there, now in the call log: %d",
                stored,
            )
        return stored

    async def _look_for_unheard(self, listener: Listener) -> None:
        """Store who came and left in a time in which Asterisk was not heard, once that is over.

        Not at once: what a router knows of its callers it has written by then, and better.
        """
        unheard, now = listener.unheard, datetime.now(UTC)
        if unheard is None:
            await asyncio.to_thread(note_looked, self._log_dir, now - NOT_KNOWN_YET)
            return
        if unheard.until is None or now < unheard.until + WRITTEN_BY_THEN:
            return
        since = await asyncio.to_thread(self._since, unheard, now)
        callers = await asyncio.to_thread(at_the_door, self._log_dir, self._app, since)
        entity_id = self._asterisk.entity_id
        calls = [
            unheard_call(entity_id, each)
            for each in callers.values()
            if each.ended_at <= unheard.until
        ]
        stored = 0
        for start in range(0, len(calls), CALLS_AT_ONCE):
            stored += await self._store(calls[start : start + CALLS_AT_ONCE])
        if stored:
            log.warning("callers who came and left unheard, now in the call log: %d", stored)
        if listener.unheard is unheard:
            listener.unheard = None

    def _since(self, unheard: Unheard, now: datetime) -> datetime:
        """When that time began: routers that died one after another have not looked either."""
        looked = looked_until(self._log_dir) or unheard.since
        return min(unheard.since, max(looked, now - LONGEST_UNLOOKED))

    async def ends(self, channels: Collection[str], since: datetime) -> dict[str, datetime]:
        """When these channels ended, by what Asterisk has written since; see `History`.

        In the middle of the second that is written.
        """
        ends = await self._ends_of(channels, since)
        return {channel: end.ended_at + HALF_A_SECOND for channel, end in ends.items()}

    async def endings(
        self, calls: Mapping[UUID, Sequence[Fact]], heard_again: datetime, now: datetime
    ) -> dict[UUID, tuple[Fact, ...]]:
        """How calls of this Asterisk ended whose router was dead by then, where it is known.

        Where Asterisk's records cannot be read, of none.
        """
        channels = {
            arrived.channel_id: call_id
            for call_id, (arrived, *_) in calls.items()
            if isinstance(arrived, Arrived) and arrived.entity_id == self._asterisk.entity_id
        }
        if not channels:
            return {}
        since = min(calls[call_id][-1].at for call_id in channels.values())
        found = {
            channels[channel]: unseen_ending(calls[channels[channel]], end, heard_again, now)
            for channel, end in (await self._ends_of(channels.keys(), since)).items()
        }
        return {call_id: facts for call_id, facts in found.items() if facts}

    async def _ends_of(self, channels: Collection[str], since: datetime) -> dict[str, ChannelEnd]:
        """What Asterisk's records say of these channels; nothing where they cannot be read."""
        try:
            return await asyncio.to_thread(ends_of, self._log_dir, channels, since)
        except OSError as error:
            log.warning("Asterisk's own call records cannot be read: %s", error)
            return {}

    async def _ended(
        self, calls: CallsInNotes, files: Sequence[Path]
    ) -> AsyncIterator[list[list[Fact]]]:
        ended = calls.ended(self._folder.notes(files))
        entity_id = self._asterisk.entity_id

        def next_batch() -> list[list[Fact]]:
            return [facts_of(entity_id, notes) for notes in islice(ended, CALLS_AT_ONCE)]

        while batch := await asyncio.to_thread(next_batch):
            yield batch

    async def _broken_off(self, calls: CallsInNotes) -> list[list[Fact]]:
        """The calls without an end whose channel is gone, at the second look: Asterisk died."""
        if not calls.open:
            self._gone.clear()
            return []
        alive = {channel.id for channel in await self._asterisk.channels()}
        gone = calls.open.keys() - alive
        over, self._gone = gone & self._gone, gone
        now = datetime.now(UTC)
        broken = []
        for channel in over:
            facts = facts_of(self._asterisk.entity_id, tuple(calls.open.pop(channel).values()))
            if facts:
                broken.append([*facts, *broken_off(facts, now)])
        return broken

    async def _store(self, calls: Sequence[Sequence[Fact]]) -> int:
        new = {}
        for facts in calls:
            match facts:
                case [Arrived(entity_id=entity_id, channel_id=channel_id), *_]:
                    call_id = call_id_of(ChannelRef(entity_id, channel_id))
                    if not self._records.knows(call_id):
                        new[call_id] = facts
        return await store_new_calls(self._engine, new)

    def _say(self, level: int, what: str) -> None:
        """Once, until something else happens."""
        if what != self._said:
            self._said = what
            log.log(level, "%s", what)
