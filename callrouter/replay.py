"""Recorded calls once more, through a draft: which would have gone elsewhere.

Pure: `decide` itself is asked, for each call at the moment of its arrival. The draft holds the live
overrides of that time (`db.overrides.past_overrides`): they were set on the phone, not in it.
"""

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from callrouter.routing.decide import IncomingCall, decide, targets_of
from callrouter.routing.explain import decision_name, what_won
from callrouter.routing.model import RoutingTable


@dataclass(frozen=True, slots=True)
class Way:
    """Where a call went: what was decided, by which settings, and who was to ring, in words."""

    decision: str
    settings: str | None = None
    targets: tuple[str, ...] = ()

    def __str__(self) -> str:
        rings = " then ".join(self.targets)
        said = self.decision.replace("_", " ") + (f" {rings}" if rings else "")
        return f"{self.settings}: {said}" if self.settings else said


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A call as it was recorded."""

    id: UUID
    arrived_at: datetime
    number: str
    caller_number: str
    caller_name: str
    version: str
    then: Way


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A call that would have gone elsewhere."""

    call: RecordedCall
    now: Way


def way(table: RoutingTable, call: RecordedCall) -> Way:
    """Where the table sends this call."""
    incoming = IncomingCall(call.number, call.caller_number, call.caller_name)
    decision = decide(table, incoming, call.arrived_at)
    return Way(
        decision_name(decision),
        what_won(decision).get("settings"),
        tuple(map(str, targets_of(decision))),
    )


async def replayed(
    table: RoutingTable, calls: AsyncIterable[RecordedCall]
) -> AsyncIterator[tuple[RecordedCall, Elsewhere | None]]:
    """Each call, and where it would have gone, if elsewhere."""
    async for call in calls:
        now = way(table, call)
        yield call, None if now == call.then else Elsewhere(call, now)
