"""Writes what happens to calls into PostgreSQL, behind the calls: they never wait for it.

Law: a fact leaves memory only when it is committed, or on disk for later (`spool`), or when the log
has it at error level. PostgreSQL away costs disk, a record that it refuses costs that record's row;
neither costs another call anything.
"""

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.db.engine import DatabaseUnavailable, snapshot, transaction
from callrouter.db.journal import Journal
from callrouter.db.keeping import Keeping
from callrouter.db.kept_connection import KeptConnection
from callrouter.db.last_moments import last_moments
from callrouter.db.orphans import interrupt_without_facts, interrupted, live_calls
from callrouter.db.outage import Outage
from callrouter.db.rows import WRITE_ROWS, Rows, as_json
from callrouter.db.spool import Spool
from callrouter.db.unwritten import HeldCall, UnwrittenCalls
from callrouter.facts import Fact

log = logging.getLogger(__name__)

CALLS_A_TRANSACTION = 100
CALLS_A_TURN = 10
"""After preparing so many, half a millisecond's work, others have their turn of the event loop."""

KEEP_SECONDS = 1.0
"""While PostgreSQL is away, the disk has what is older than this."""

WRITES_APART = 0.25
"""Seconds, at least. A write costs both sides more than the facts in it: beside writes every
twentieth of a second this saves half of what PostgreSQL takes for a call.
"""


Endings = Callable[[Mapping[UUID, Sequence[Fact]]], Awaitable[Mapping[UUID, Sequence[Fact]]]]
"""How calls ended that have no end: the facts that end them, of those of which it is known."""


class RecordWriter:
    """Takes facts from calls (`append`) and has one task (`run`) that writes them.

    `batch_seconds` is how long the first new fact waits for company. With a `journal`, which has
    what waits meanwhile, writes are WRITES_APART. While PostgreSQL is away, what waits is put into
    the `spool` every KEEP_SECONDS. At most `most_ended` ended calls wait in memory (about 4 kB
    each); one beyond that is left to the spool, or goes to the log, whole, where there is none that
    could take it.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        spool: Spool | None = None,
        journal: Journal | None = None,
        batch_seconds: float = 0.05,
        most_ended: int = 20_000,
    ) -> None:
        self._engine = engine
        self._connection = KeptConnection(engine)
        self._keeping = Keeping(spool)
        self._journal = journal
        self._batch_seconds = batch_seconds
        self._held = UnwrittenCalls(most_ended, lambda: self._keeping.refuses)
        self._found: dict[UUID, int] = {}
        self._wake = asyncio.Event()
        self._writing = asyncio.Lock()
        self._outage = Outage()
        self._wrote_at = -math.inf
        self._running = False
        self.commits = 0
        """How often something of calls was written: tells whether anything is new."""

    @property
    def waiting(self) -> int:
        """How many calls have facts that are not committed yet."""
        return len(self._held.waiting)

    @property
    def written(self) -> int:
        """Calls that are whole in PostgreSQL."""
        return self._held.written

    @property
    def refused(self) -> int:
        """Calls that PostgreSQL refused."""
        return self._held.refused

    @property
    def logged_only(self) -> int:
        """Calls that were left to the log for want of room."""
        return self._held.logged_only

    @property
    def away(self) -> bool:
        """Whether PostgreSQL could not be used when it was last tried."""
        return self._outage.lasts

    def append(self, call_id: UUID, fact: Fact) -> None:
        """Take the next fact of a call; returns at once, whatever the database does."""
        self._held.append(call_id, fact)
        self._wake.set()

    def knows(self, call_id: UUID) -> bool:
        """Whether something of this call is in memory; what is written whole is not."""
        return call_id in self._held

    @property
    def spool_refuses(self) -> bool:
        """Whether the disk took nothing when it was last asked, or there is none to ask."""
        return self._keeping.refuses

    @property
    def spooled(self) -> bool:
        """Whether records may be on disk that PostgreSQL has not got."""
        return self._keeping.holds

    async def run(self) -> None:
        """Write what comes, for ever; cancel it, then `close`."""
        if self.spooled:
            self._wake.set()
        self._running = True
        try:
            while True:
                await self._wake.wait()
                await self._gather()
                self._wake.clear()
                try:
                    await self._write_waiting()
                    await self._deliver()
                except DatabaseUnavailable as error:
                    await self._wait_keeping(self._outage.goes_on(error))
                    self._wake.set()
        finally:
            self._running = False
            await self._connection.close()

    async def _gather(self) -> None:
        """Wait for what belongs into the same write; the journal has what waits for longer."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._batch_seconds)
            if self._journal is None or loop.time() >= self._wrote_at + WRITES_APART:
                return
            if not self._journal.works:
                return
            noted = list(self._held.not_noted())
            if noted:
                self._journal.note(noted)

    async def _wait_keeping(self, seconds: float) -> None:
        """A pause in which what waits is put on disk."""
        until = time.monotonic() + seconds
        while self.away and (left := until - time.monotonic()) > 0:
            await self._keep()
            await asyncio.sleep(min(left, KEEP_SECONDS))

    async def _keep(self) -> None:
        """Put on disk what waits and is not there yet; a call's first time with all its facts."""
        wanted, fresh = self._held.not_kept()
        if wanted and await self._keeping.keep(wanted):
            self._held.kept(fresh)

    async def _deliver(self) -> None:
        """Write what is on disk; what is in memory has been written before."""
        if not self._keeping.holds:
            return
        delivered = 0
        async with self._keeping.taken() as batches:
            async for batch in batches:
                gone = [
                    HeldCall(id_, facts) for id_, facts in batch.items() if id_ not in self._held
                ]
                await self._write_gone(gone)
                delivered += len(gone)
        if delivered:
            log.warning("calls whose records were on disk are written: %d", delivered)

    async def _learn_last_moments(self) -> None:
        """Write what routers that were killed had in their journals only."""
        if self._journal is None:
            return
        async with last_moments(self._engine, self._journal.folder) as found:
            await self._write_gone(
                [HeldCall(*each) for each in found if each.call not in self._held]
            )

    async def _write_gone(self, calls: list[HeldCall]) -> None:
        """Calls of which nothing is in memory otherwise."""
        for first in range(0, len(calls), CALLS_A_TRANSACTION):
            async with self._writing:
                await self._write(calls[first : first + CALLS_A_TRANSACTION])

    async def flush(self, within: float) -> bool:
        """Write all that waits, in at most `within` seconds; whether nothing waits any more."""
        try:
            async with asyncio.timeout(within):
                while self._held.waiting:
                    try:
                        await self._write_waiting()
                    except DatabaseUnavailable as error:
                        await asyncio.sleep(self._outage.goes_on(error))
        except TimeoutError:
            pass
        return not self._held.waiting

    async def close(self, within: float) -> int:
        """`flush`; what could not be written is left on disk, or where it cannot goes to the log.

        Returns how many calls are in the log only.
        """
        await self.flush(within)
        held = self._held
        if held.waiting:
            await self._keep()
        self._keeping.close()
        held.closed = True
        left = [call for call in held.waiting.values() if call.kept == len(call.facts)]
        for call in left:
            held.forget(call)
        if left:
            log.error(
                "PostgreSQL is away at the end: %d records are in %s, the next router writes them",
                *(len(left), self._keeping.place),
            )
        lost = len(held.waiting)
        if self._journal is not None:
            await asyncio.to_thread(self._journal.close, stored=not lost)
        if lost:
            log.critical("PostgreSQL is away at the end: %d records go to the log only", lost)
        for call in list(held.waiting.values()):
            held.log_facts(call, "not written")
            held.forget(call)
        return lost

    def resume(self, call_id: UUID, facts: Sequence[Fact]) -> None:
        """Go on with a call of an earlier router's process, whose facts `unfinished` gave."""
        written = self._found.pop(call_id, 0)
        self._held.calls[call_id] = HeldCall(call_id, list(facts), written)

    async def unfinished(self) -> tuple[dict[UUID, list[Fact]], bool]:
        """The calls without an end that an earlier router's process left, with their facts.

        And whether these are all: with PostgreSQL away only those are known that are on disk.
        """
        known: dict[UUID, list[Fact]] = {}
        try:
            await self._deliver()
            await self._learn_last_moments()
            async with snapshot(self._engine) as connection:
                found = await live_calls(connection, except_for=set(self._held.calls))
        except DatabaseUnavailable as error:
            log.error("calls of an earlier router are known from the disk only: %s", error)
            known = await self._keeping.unfinished()
            self._found = dict.fromkeys(known, 0)
            return known, False
        known = {call: facts for call, facts in found.items() if facts is not None}
        self._found = {call: len(facts) for call, facts in known.items()}
        return known, True

    async def close_orphans(self, now: datetime, endings: Endings | None = None) -> int:
        """End the calls that an earlier router left without an end.

        Returns how many. `endings` are asked how they ended; where that is not known they are
        interrupted, and `now` is their end: when exactly the earlier router died, nobody knows.
        Calls of this router are never touched, so it may be called at any time; but never while
        another router is handling calls with the same database. Raises DatabaseUnavailable.
        """
        await self._deliver()
        await self._learn_last_moments()
        async with transaction(self._engine) as connection:
            found = await live_calls(connection, except_for=set(self._held.calls))
        found = {call: facts for call, facts in found.items() if call not in self._held}
        whole = {call: facts for call, facts in found.items() if facts is not None}
        ended = {} if endings is None else await endings(whole)
        for call_id, facts in found.items():
            if facts is None:
                async with transaction(self._engine) as connection:
                    await interrupt_without_facts(connection, call_id, now)
                continue
            self._held.calls[call_id] = HeldCall(call_id, facts, written=len(facts))
            for fact in ended.get(call_id) or interrupted(facts[-1].at, now):
                self.append(call_id, fact)
        await self._write_waiting()
        return len(found)

    async def _write_waiting(self) -> None:
        async with self._writing:
            waited, noted = self.waiting, self._journal.pieces if self._journal else 0
            for batch in self._held.batches():
                await self._write(batch)
                self._outage.over(waited)
            self._wrote_at = asyncio.get_running_loop().time()
            if self._journal is not None:
                self._journal.stored(noted)

    async def _write(self, batch: list[HeldCall]) -> None:
        """One transaction; if it is refused, one for each call, so that only the bad one fails."""
        prepared: list[tuple[HeldCall, Rows]] = []
        for first in range(0, len(batch), CALLS_A_TURN):
            prepared += self._held.prepared(batch[first : first + CALLS_A_TURN])
            await asyncio.sleep(0)
        if not prepared:
            return
        try:
            await self._connection.execute(WRITE_ROWS, as_json(rows for _, rows in prepared))
        except DatabaseUnavailable:
            raise
        except Exception as error:  # the border of one call
            if len(prepared) == 1:
                self._held.refuse(prepared[0][0], error)
                return
            for call, _ in prepared:
                await self._write([call])
        else:
            self.commits += 1
            for call, rows in prepared:
                self._held.wrote(call, rows)
        finally:
            if not self._running:
                await self._connection.close()
