"""Writes what happens to calls into PostgreSQL, behind the calls: they never wait for it.

Law: a fact leaves memory only when it is committed, or when the log has it at error level.
PostgreSQL away costs memory, a record that it refuses costs that record's row; neither costs
another call anything.
"""

import asyncio
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.call_record import CallRecord
from callrouter.db.engine import DatabaseUnavailable, transaction
from callrouter.db.orphans import interrupt_without_facts, interrupted, live_calls
from callrouter.db.rows import Rows, rows_of, storable, write_rows
from callrouter.facts import Arrived, Ended, Fact

log = logging.getLogger(__name__)

FACTS_A_TRANSACTION = 1000
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0


@dataclass(slots=True)
class _Call:
    """A call of which something is in memory: all its facts, `written` of them committed."""

    id: UUID
    facts: list[Fact] = field(default_factory=list)
    written: int = 0
    stored: CallRecord | None = None
    logged: int = 0
    refused: bool = False
    ended: bool = False


class RecordWriter:
    """Takes facts from calls (`append`) and has one task (`run`) that writes them.

    `batch_seconds` is how long the first new fact waits for company. At most `most_ended` ended
    calls wait in memory while PostgreSQL is away (about 4 kB each); at half of it and at every
    call beyond it the log says so, and the record beyond it goes to the log, whole.
    """

    def __init__(
        self, engine: AsyncEngine, *, batch_seconds: float = 0.05, most_ended: int = 20_000
    ) -> None:
        self._engine = engine
        self._batch_seconds = batch_seconds
        self._most_ended = most_ended
        self._calls: dict[UUID, _Call] = {}
        self._waiting: dict[UUID, _Call] = {}  # those with unwritten facts, longest waiting first
        self._ended = 0
        self._wake = asyncio.Event()
        self._writing = asyncio.Lock()
        self._failures = 0
        self._away_since: float | None = None
        self._closed = False
        self.commits = 0
        """How often something of calls was written: tells whether anything is new."""

    @property
    def waiting(self) -> int:
        """How many calls have facts that are not committed yet."""
        return len(self._waiting)

    @property
    def away(self) -> bool:
        """Whether PostgreSQL could not be used when it was last tried."""
        return self._away_since is not None

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

    async def run(self) -> None:
        """Write what comes, for ever; cancel it, then `close`."""
        while True:
            await self._wake.wait()
            await asyncio.sleep(self._batch_seconds)
            self._wake.clear()
            try:
                await self._write_waiting()
            except DatabaseUnavailable as error:
                await asyncio.sleep(self._pause_after(error))
                self._wake.set()

    async def flush(self, within: float) -> bool:
        """Write all that waits, in at most `within` seconds; whether nothing waits any more."""
        try:
            async with asyncio.timeout(within):
                while self._waiting:
                    try:
                        await self._write_waiting()
                    except DatabaseUnavailable as error:
                        await asyncio.sleep(self._pause_after(error))
        except TimeoutError:
            pass
        return not self._waiting

    async def close(self, within: float) -> int:
        """`flush`; what could not be written goes to the log. Returns how many calls that were."""
        await self.flush(within)
        self._closed = True
        lost = len(self._waiting)
        if lost:
            log.critical("PostgreSQL is away at the end: %d records go to the log only", lost)
        for call in list(self._waiting.values()):
            self._log_facts(call, "not written")
            self._forget(call)
        return lost

    async def close_orphans(self, now: datetime) -> int:
        """End the calls that an earlier router left without an end, as interrupted.

        Returns how many. `now` is their end: when exactly the earlier router died, nobody knows.
        Calls of this router are never touched, so it may be called at any time; but never while
        another router is handling calls with the same database. Raises DatabaseUnavailable.
        """
        async with transaction(self._engine) as connection:
            found = await live_calls(connection, except_for=set(self._calls))
        found = {call: facts for call, facts in found.items() if call not in self._calls}
        for call_id, facts in found.items():
            if facts is None:
                async with transaction(self._engine) as connection:
                    await interrupt_without_facts(connection, call_id, now)
                continue
            self._calls[call_id] = _Call(call_id, facts, written=len(facts))
            for fact in interrupted(facts[-1].at, now):
                self.append(call_id, fact)
        await self._write_waiting()
        return len(found)

    async def _write_waiting(self) -> None:
        async with self._writing:
            waited = len(self._waiting)
            while batch := self._next_batch():
                await self._write(batch)
                self._back(waited)

    def _next_batch(self) -> list[_Call]:
        """The longest waiting calls, for one transaction; one that was refused before, alone."""
        batch: list[_Call] = []
        facts = 0
        for call in self._waiting.values():
            if call.refused:
                if not batch:
                    return [call]
                continue
            batch.append(call)
            facts += len(call.facts) - call.written
            if facts >= FACTS_A_TRANSACTION:
                break
        return batch

    async def _write(self, batch: list[_Call]) -> None:
        """One transaction; if it is refused, one for each call, so that only the bad one fails."""
        prepared = list(self._prepared(batch))
        if not prepared:
            return
        try:
            async with transaction(self._engine) as connection:
                await write_rows(connection, [rows for _, rows in prepared])
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

    def _prepared(self, batch: list[_Call]) -> Iterator[tuple[_Call, Rows]]:
        for call in batch:
            try:
                rows = rows_of(call.id, call.facts, call.written, call.stored)
            except Exception as error:  # the border of one call
                self._refuse(call, error)
            else:
                yield call, rows

    def _wrote(self, call: _Call, rows: Rows) -> None:
        call.written, call.stored = rows.fact_count, rows.record
        call.refused = False
        if rows.fact_count == len(call.facts):
            self._waiting.pop(call.id, None)
            if call.ended:
                self._forget(call)

    def _refuse(self, call: _Call, error: Exception) -> None:
        """Last resort for a record that PostgreSQL will never take: the log has it."""
        self._log_facts(call, f"refused ({type(error).__name__}: {error})")
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
        if self._ended == self._most_ended // 2:
            log.error(
                "%d ended calls wait for PostgreSQL in memory; beyond %d they go to the log only",
                self._ended,
                self._most_ended,
            )
        while self._ended > self._most_ended:
            oldest = next(call for call in self._calls.values() if call.ended)
            log.critical("too many calls wait for PostgreSQL: call %s goes to the log", oldest.id)
            self._log_facts(oldest, "not written")
            self._forget(oldest)

    def _pause_after(self, error: DatabaseUnavailable) -> float:
        """Seconds to wait before the next try. The log hears it once, at the second failure: the
        first may be a connection that died unnoticed while PostgreSQL is well."""
        self._failures += 1
        if self._failures == 1:
            log.debug("PostgreSQL failed, trying again at once: %s", error)
            return 0.0
        if self._away_since is None:
            self._away_since = time.monotonic()
            log.error("records wait in memory (calls go on): %s", error)
        return float(
            min(FIRST_PAUSE_SECONDS * 2 ** min(self._failures - 2, 10), LONGEST_PAUSE_SECONDS)
        )

    def _back(self, waited: int) -> None:
        self._failures = 0
        if self._away_since is not None:
            seconds = time.monotonic() - self._away_since
            self._away_since = None
            log.warning(
                "PostgreSQL is back after %.1f s; calls whose records waited: %d", seconds, waited
            )


def _json(fact: Fact) -> str:
    """A fact for the log, whatever is wrong with it."""
    try:
        return storable(fact)[1]
    except Exception:  # the border of one call: what has no JSON is shown as Python shows it
        return ascii(fact)
