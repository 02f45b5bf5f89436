"""The calls of which the database has not got everything yet: what waits, and what became of it.

Law: a fact leaves memory only when it is committed, or on disk for later, or when the log has it at
error level.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

from callrouter.call_record import Course
from callrouter.db.fact_files import Kept, Noted
from callrouter.db.rows import Rows, rows_of, storable
from callrouter.facts import Arrived, Ended, Fact

log = logging.getLogger(__name__)

FACTS_A_TRANSACTION = 1000


@dataclass(slots=True)
class HeldCall:
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


class UnwrittenCalls:
    """At most `most_ended` ended ones; one beyond that is left to the disk, or goes to the log,
    whole, where the disk has not got it. `disk_refuses` tells whether there is none that takes it.
    """

    def __init__(self, most_ended: int, disk_refuses: Callable[[], bool]) -> None:
        self._most_ended = most_ended
        self._disk_refuses = disk_refuses
        self.calls: dict[UUID, HeldCall] = {}
        self.waiting: dict[UUID, HeldCall] = {}
        """Those with unwritten facts, the longest waiting first."""
        self.closed = False
        self._ended = 0
        self.written = self.refused = self.logged_only = 0

    def __contains__(self, call_id: UUID) -> bool:
        return call_id in self.calls

    def append(self, call_id: UUID, fact: Fact) -> None:
        """Take the next fact of a call."""
        call = self.calls.get(call_id)
        if call is None:
            if self.closed or not isinstance(fact, Arrived):
                log.error(
                    "call %s: a fact that belongs to no call in memory: %s", call_id, _json(fact)
                )
                return
            call = self.calls[call_id] = HeldCall(call_id)
        call.facts.append(fact)
        self.waiting[call_id] = call
        if isinstance(fact, Ended) and not call.ended:
            call.ended = True
            self._ended += 1
            self.mind_the_bound()

    def batches(self) -> Iterator[list[HeldCall]]:
        """Those that wait now, the longest first, for one transaction after another.

        One that was refused before is alone. What comes meanwhile waits for company again.
        """
        batch: list[HeldCall] = []
        facts = 0
        for call in list(self.waiting.values()):
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

    def prepared(self, batch: list[HeldCall]) -> Iterator[tuple[HeldCall, Rows]]:
        """What is to be written of each."""
        for call in batch:
            try:
                rows = rows_of(call.id, call.facts, call.written, call.stored)
            except Exception as error:  # the border of one call
                self.refuse(call, error)
            else:
                yield call, rows

    def wrote(self, call: HeldCall, rows: Rows) -> None:
        """PostgreSQL has these rows."""
        call.written, call.stored = rows.fact_count, rows.course
        call.refused = False
        if rows.fact_count == len(call.facts):
            self.waiting.pop(call.id, None)
            if call.ended:
                self.written += 1
                self.forget(call)

    def not_noted(self) -> Iterator[Noted]:
        """What waits and is not in the journal; now it is."""
        for call in self.waiting.values():
            for seq in range(max(call.written, call.noted), len(call.facts)):
                yield Noted(call.id, seq, call.facts[seq])
            call.noted = len(call.facts)

    def not_kept(self) -> tuple[list[Kept], list[tuple[HeldCall, int]]]:
        """What waits and is not on disk yet, a call's first time with all its facts.

        And how many facts of which call these make: `kept` tells when they are there.
        """
        fresh = [(call, len(call.facts)) for call in self.waiting.values() if not call.refused]
        return [
            Kept(call.id, seq, body)
            for call, count in fresh
            for seq in range(call.kept, count)
            if (body := self._body(call, seq)) is not None
        ], fresh

    def kept(self, fresh: list[tuple[HeldCall, int]]) -> None:
        """So many facts of these calls are on disk."""
        for call, count in fresh:
            call.kept = count
        self.mind_the_bound()

    def _body(self, call: HeldCall, seq: int) -> str | None:
        try:
            return storable(call.facts[seq])[1]
        except Exception as error:  # the border of one call
            self.refuse(call, error)
            return None

    def refuse(self, call: HeldCall, error: Exception) -> None:
        """Last resort for a record that PostgreSQL will never take: the log has it."""
        self.log_facts(call, f"refused ({type(error).__name__}: {error})")
        self.refused += 1
        call.refused = True
        self.waiting.pop(call.id, None)
        if call.ended:
            self.forget(call)

    def forget(self, call: HeldCall) -> None:
        self.waiting.pop(call.id, None)
        if self.calls.pop(call.id, None) and call.ended:
            self._ended -= 1

    def log_facts(self, call: HeldCall, why: str) -> None:
        """Those that nobody else has."""
        first = max(call.written, call.logged)
        facts = ",".join(_json(fact) for fact in call.facts[first:])
        log.error("call %s: record %s; facts from %d: [%s]", call.id, why, first, facts)
        call.logged = len(call.facts)

    def mind_the_bound(self) -> None:
        if self._ended == self._most_ended // 2 and self._disk_refuses():
            log.error(
                "%d ended calls wait for PostgreSQL in memory; beyond %d they go to the log only",
                self._ended,
                self._most_ended,
            )
        while self._ended > self._most_ended:
            oldest = next(call for call in self.calls.values() if call.ended)
            if oldest.kept == len(oldest.facts):
                self.forget(oldest)
                continue
            log.critical("too many calls wait for PostgreSQL: call %s goes to the log", oldest.id)
            self.logged_only += 1
            self.log_facts(oldest, "not written")
            self.forget(oldest)


def _json(fact: Fact) -> str:
    """A fact for the log, whatever is wrong with it."""
    try:
        return storable(fact)[1]
    except Exception:  # the border of one call: what has no JSON is shown as Python shows it
        return ascii(fact)
