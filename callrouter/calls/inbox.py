"""One call's events, in order, and the few that Asterisk does not send."""

import asyncio
import math
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from callrouter.ari.events import CallEvent
from callrouter.ari.requests import HEAR_SECONDS, STOOD_STILL_SECONDS
from callrouter.call_requests import Answer
from callrouter.routing.model import RoutingTable, Target


@dataclass(frozen=True, slots=True)
class CallerLost:
    """The caller's channel vanished while we could not hear Asterisk.

    `late` is how many seconds ago, where Asterisk's own records tell.
    """

    late: float | None = None


@dataclass(frozen=True, slots=True)
class RouterStopping:
    """The router ends and has waited long enough for this call."""


@dataclass(frozen=True, slots=True)
class TakenOver:
    """Another program now owns our calls: keep the hands off this one."""


@dataclass(frozen=True, slots=True, eq=False)
class Requested:
    """`by`, a supervisor, wants something of the call; `tell`, which never waits, says what came
    of it. `table` is the configuration of this moment.
    """

    by: str
    table: RoutingTable
    tell: Callable[[Answer], None]


@dataclass(frozen=True, slots=True, eq=False)
class EndRequested(Requested):
    """End the call."""


@dataclass(frozen=True, slots=True, eq=False)
class MoveRequested(Requested):
    """Move the call to `target`."""

    target: Target


InboxEvent = CallEvent | CallerLost | RouterStopping | TakenOver | EndRequested | MoveRequested


class Inbox:
    """Filled by the switchboard without waiting, emptied by the call's own task.

    `waited`: for so many seconds the last event lay here, as the task was at something else.

    No asyncio.Queue: a call waits ten times, and a timer and a future are all that this takes.
    """

    def __init__(self) -> None:
        self._events: deque[tuple[InboxEvent, float]] = deque()
        self._reader: asyncio.Future[None] | None = None
        self._time = asyncio.get_running_loop().time
        self.waited = 0.0

    def put(self, event: InboxEvent) -> None:
        self._events.append((event, self._time()))
        _wake(self._reader)

    def rest(self) -> Iterator[InboxEvent]:
        """What nobody has read, taken out of it."""
        while self._events:
            yield self._first()

    async def next(self, deadline: float | None = None) -> InboxEvent | None:
        """The next event; None when `deadline` (in the event loop's time) passes first."""
        if not self._events:
            await self._wait(math.inf if deadline is None else deadline)
        # What came by then counts, also to a process that stood still and reads it only now.
        if not self._events and deadline is not None:
            await self._what_is_on_its_way(deadline)
        return self._first() if self._events else None

    def _first(self) -> InboxEvent:
        event, came = self._events.popleft()
        self.waited = self._time() - came
        return event

    async def _wait(self, deadline: float) -> None:
        """Until there is something, or the deadline; others have run meanwhile."""
        loop = asyncio.get_running_loop()
        self._reader = loop.create_future()
        timer = None if deadline == math.inf else loop.call_at(deadline, _wake, self._reader)
        try:
            await self._reader
        finally:
            self._reader = None
            if timer is not None:
                timer.cancel()

    async def _what_is_on_its_way(self, deadline: float) -> None:
        """Who wakes long after the deadline stood still: what came by then is about to be heard."""
        now = asyncio.get_running_loop().time()
        if now - deadline > STOOD_STILL_SECONDS:
            await self._wait(now + HEAR_SECONDS)


def _wake(reader: asyncio.Future[None] | None) -> None:
    if reader is not None and not reader.done():
        reader.set_result(None)
