"""Writes what happens to calls into PostgreSQL, behind the calls: they never wait for it.

Law: a fact leaves memory only when it is committed, or on disk for later (`spool`), or when the log
has it at error level. PostgreSQL away costs disk, a record that it refuses costs that record's row;
neither costs another call anything.
"""

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.call_record import Course
from callrouter.db.engine import DatabaseUnavailable, snapshot, transaction
from callrouter.db.fact_files import Kept
from callrouter.db.journal import Journal, Noted
from callrouter.db.keeping import Keeping
from callrouter.db.kept_connection import KeptConnection
from callrouter.db.last_moments import last_moments
from callrouter.db.orphans import interrupt_without_facts, interrupted, live_calls
from callrouter.db.outage import Outage
from callrouter.db.rows import WRITE_ROWS, Rows, as_json, rows_of, storable
from callrouter.db.spool import Spool
from callrouter.facts import Arrived, Ended, Fact

log = logging.getLogger(__name__)

FACTS_A_TRANSACTION = 1000
CALLS_A_TRANSACTION = 100
KEEP_SECONDS = 1.0
"""While PostgreSQL is away, the disk has what is older than this."""

WRITES_APART = 0.25
"""Seconds, at least. A write costs both sides more than the facts in it: beside writes every
twentieth of a second this saves half of what PostgreSQL takes for a call.
"""


Endings = Callable[[Mapping[UUID, Sequence[Fact]]], Awaitable[Mapping[UUID, Sequence[Fact]]]]
"""How calls ended that have no end: the facts that end them, of those of which it is known."""


@dataclass(slots=True)
class _Call:
    """A call of which something is in memory: all its facts, `written` of them committed."""

    id: UUID
    facts: list[Fact] = field(default_factory=list)
    written: int = 0
    noted: int = 0  # in the journal
    kept: int = 0  # on disk, while PostgreSQL is away
    stored: Course | None = None  # where the committed facts have brought it
    logged: int = 0
    refused: bool = False
    ended: bool = False


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
        self._most_ended = most_ended
        self._calls: dict[UUID, _Call] = {}
        self._waiting: dict[UUID, _Call] = {}  # those with unwritten facts, longest waiting first
        self._found: dict[UUID, int] = {}
        self._ended = 0
        self._wake = asyncio.Event()
        self._writing = asyncio.Lock()
        self._outage = Outage()
        self._wrote_at = -math.inf
        self._running = self._closed = False
        self.commits = 0
        """How often something of calls was written: tells whether anything is new."""
        self.written = self.refused = self.logged_only = 0
        """Calls: whole in PostgreSQL, refused by it, and left to the log for want of room."""

    @property
    def waiting(self) -> int:
        """How many calls have facts that are not committed yet."""
        return len(self._waiting)

    @property
    def away(self) -> bool:
        """Whether PostgreSQL could not be used when it was last tried."""
        return self._outage.lasts

    def append(self, call_id: UUID, fact: Fact) -> None:
        """Take the next fact of a call; returns at once, whatever the database does."""
        call = self._calls.get(call_id)
        if call is None:
            if self._closed or not isinstance(fact, Arrived):
                log.error(
                    "call %s: a fact that belongs to no call in memory: %s", call_id, _json(fact)
                )
                return
            call = self._calls[call_id] = _Call(call_id)
        call.facts.append(fact)
        self._waiting[call_id] = call
        if isinstance(fact, Ended) and not call.ended:
            call.ended = True
            self._ended += 1
            self._mind_the_bound()
        self._wake.set()

    def knows(self, call_id: UUID) -> bool:
        """Whether something of this call is in memory; what is written whole is not."""
        return call_id in self._calls

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
            noted = list(self._not_noted())
            if noted:
                self._journal.note(noted)

    def _not_noted(self) -> Iterator[Noted]:
        for call in self._waiting.values():
            for seq in range(max(call.written, call.noted), len(call.facts)):
                yield call.id, seq, call.facts[seq]
            call.noted = len(call.facts)

    async def _wait_keeping(self, seconds: float) -> None:
        """A pause in which what waits is put on disk."""
        until = time.monotonic() + seconds
        while self.away and (left := until - time.monotonic()) > 0:
            await self._keep()
            await asyncio.sleep(min(left, KEEP_SECONDS))

    async def _keep(self) -> None:
        """Put on disk what waits and is not there yet; a call's first time with all its facts."""
        fresh = [(call, len(call.facts)) for call in self._waiting.values() if not call.refused]
        kept = [
            Kept(call.id, seq, body)
            for call, count in fresh
            for seq in range(call.kept, count)
            if (body := self._body(call, seq)) is not None
        ]
        if kept and await self._keeping.keep(kept):
            for call, count in fresh:
                call.kept = count
            self._mind_the_bound()

    def _body(self, call: _Call, seq: int) -> str | None:
        try:
            return storable(call.facts[seq])[1]
        except Exception as error:  # the border of one call
            self._refuse(call, error)
            return None

    async def _deliver(self) -> None:
        """Write what is on disk; what is in memory has been written before."""
        if not self._keeping.holds:
            return
        delivered = 0
        async with self._keeping.taken() as batches:
            async for batch in batches:
                gone = [_Call(id_, facts) for id_, facts in batch.items() if id_ not in self._calls]
                async with self._writing:
                    for first in range(0, len(gone), CALLS_A_TRANSACTION):
                        await self._write(gone[first : first + CALLS_A_TRANSACTION])
                delivered += len(gone)
        if delivered:
            log.warning("calls whose records were on disk are written: %d", delivered)

    async def _learn_last_moments(self) -> None:
        """Write what routers that were killed had in their journals only."""
        if self._journal is None:
            return
        async with last_moments(self._engine, self._journal.folder) as found:
            gone = [_Call(*each) for each in found if each.call not in self._calls]
            for first in range(0, len(gone), CALLS_A_TRANSACTION):
                async with self._writing:
                    await self._write(gone[first : first + CALLS_A_TRANSACTION])

    async def flush(self, within: float) -> bool:
        """Write all that waits, in at most `within` seconds; whether nothing waits any more."""
        try:
            async with asyncio.timeout(within):
                while self._waiting:
                    try:
                        await self._write_waiting()
                    except DatabaseUnavailable as error:
                        await asyncio.sleep(self._outage.goes_on(error))
        except TimeoutError:
            pass
        return not self._waiting

    async def close(self, within: float) -> int:
        """`flush`; what could not be written is left on disk, or where it cannot goes to the log.

        Returns how many calls are in the log only.
        """
        await self.flush(within)
        if self._waiting:
            await self._keep()
        self._keeping.close()
        self._closed = True
        left = [call for call in self._waiting.values() if call.kept == len(call.facts)]
        for call in left:
            self._forget(call)
        if left:
            log.error(
                "PostgreSQL is away at the end: %d records are in %s, the next router writes them",
                *(len(left), self._keeping.place),
            )
        lost = len(self._waiting)
        if self._journal is not None:
            await asyncio.to_thread(self._journal.close, stored=not lost)
        if lost:
            log.critical("PostgreSQL is away at the end: %d records go to the log only", lost)
        for call in list(self._waiting.values()):
            self._log_facts(call, "not written")
            self._forget(call)
        return lost

    def resume(self, call_id: UUID, facts: Sequence[Fact]) -> None:
        """Go on with a call of an earlier router's process, whose facts `unfinished` gave."""
        written = self._found.pop(call_id, 0)
        self._calls[call_id] = _Call(call_id, list(facts), written)

    async def unfinished(self) -> tuple[dict[UUID, list[Fact]], bool]:
        """The calls without an end that an earlier router's process left, with their facts.

        And whether these are all: with PostgreSQL away only those are known that are on disk.
        """
        known: dict[UUID, list[Fact]] = {}
        try:
            await self._deliver()
            await self._learn_last_moments()
            async with snapshot(self._engine) as connection:
                found = await live_calls(connection, except_for=set(self._calls))
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
            found = await live_calls(connection, except_for=set(self._calls))
        found = {call: facts for call, facts in found.items() if call not in self._calls}
        whole = {call: facts for call, facts in found.items() if facts is not None}
        ended = {} if endings is None else await endings(whole)
        for call_id, facts in found.items():
            if facts is None:
                async with transaction(self._engine) as connection:
                    await interrupt_without_facts(connection, call_id, now)
                continue
            self._calls[call_id] = _Call(call_id, facts, written=len(facts))
            for fact in ended.get(call_id) or interrupted(facts[-1].at, now):
                self.append(call_id, fact)
        await self._write_waiting()
        return len(found)

    async def _write_waiting(self) -> None:
        async with self._writing:
            waited, noted = len(self._waiting), self._journal.pieces if self._journal else 0
            for batch in self._batches():
                await self._write(batch)
                self._outage.over(waited)
            self._wrote_at = asyncio.get_running_loop().time()
            if self._journal is not None:
                self._journal.stored(noted)

    def _batches(self) -> Iterator[list[_Call]]:
        """Those that wait now, the longest first, for one transaction after another.

        One that was refused before is alone. What comes meanwhile waits for company again.
        """
        batch: list[_Call] = []
        facts = 0
        for call in list(self._waiting.values()):
            if call.refused:
                yield [call]
                continue
            batch.append(call)
            facts += len(call.facts) - call.written
            if facts >= FACTS_A_TRANSACTION:
                yield batch
                batch, facts = [], 0
        if batch:
            yield batch

    async def _write(self, batch: list[_Call]) -> None:
        """One transaction; if it is refused, one for each call, so that only the bad one fails."""
        prepared = list(self._prepared(batch))
        if not prepared:
            return
        try:
            await self._connection.execute(WRITE_ROWS, as_json(rows for _, rows in prepared))
        except DatabaseUnavailable:
            raise
        except Exception as error:  # the border of one call
            if len(prepared) == 1:
                self._refuse(prepared[0][0], error)
                return
            for call, _ in prepared:
                await self._write([call])
        else:
            self.commits += 1
            for call, rows in prepared:
                self._wrote(call, rows)
        finally:
            if not self._running:
                await self._connection.close()

    def _prepared(self, batch: list[_Call]) -> Iterator[tuple[_Call, Rows]]:
        for call in batch:
            try:
                rows = rows_of(call.id, call.facts, call.written, call.stored)
            except Exception as error:  # the border of one call
                self._refuse(call, error)
            else:
                yield call, rows

    def _wrote(self, call: _Call, rows: Rows) -> None:
        call.written, call.stored = rows.fact_count, rows.course
        call.refused = False
        if rows.fact_count == len(call.facts):
            self._waiting.pop(call.id, None)
            if call.ended:
                self.written += 1
                self._forget(call)

    def _refuse(self, call: _Call, error: Exception) -> None:
        """Last resort for a record that PostgreSQL will never take: the log has it."""
        self._log_facts(call, f"refused ({type(error).__name__}: {error})")
        self.refused += 1
        call.refused = True
        self._waiting.pop(call.id, None)
        if call.ended:
            self._forget(call)

    def _forget(self, call: _Call) -> None:
        self._waiting.pop(call.id, None)
        if self._calls.pop(call.id, None) and call.ended:
            self._ended -= 1

    def _log_facts(self, call: _Call, why: str) -> None:
        first = max(call.written, call.logged)
        facts = ",".join(_json(fact) for fact in call.facts[first:])
        log.error("call %s: record %s; facts from %d: [%s]", call.id, why, first, facts)
        call.logged = len(call.facts)

    def _mind_the_bound(self) -> None:
        if self._ended == self._most_ended // 2 and self._keeping.refuses:
            log.error(
                "%d ended calls wait for PostgreSQL in memory; beyond %d they go to the log only",
                self._ended,
                self._most_ended,
            )
        while self._ended > self._most_ended:
            oldest = next(call for call in self._calls.values() if call.ended)
            if oldest.kept == len(oldest.facts):
                self._forget(oldest)
                continue
            log.critical("too many calls wait for PostgreSQL: call %s goes to the log", oldest.id)
            self.logged_only += 1
            self._log_facts(oldest, "not written")
            self._forget(oldest)


def _json(fact: Fact) -> str:
    """A fact for the log, whatever is wrong with it."""
    try:
        return storable(fact)[1]
    except Exception:  # the border of one call: what has no JSON is shown as Python shows it
        return ascii(fact)
