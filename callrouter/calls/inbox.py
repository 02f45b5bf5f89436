"""One call's events, in order, and the few that Asterisk does not send."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
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
    """Filled by the switchboard without waiting, emptied by the call's own task."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[InboxEvent] = asyncio.Queue()

    def put(self, event: InboxEvent) -> None:
        self._queue.put_nowait(event)

    def rest(self) -> Iterator[InboxEvent]:
        """What nobody has read, taken out of it."""
        while not self._queue.empty():
            yield self._queue.get_nowait()

    async def next(self, deadline: float | None = None) -> InboxEvent | None:
        """The next event; None when `deadline` (in the event loop's time) passes first."""
        if not self._queue.empty():
            return self._queue.get_nowait()
        try:
            async with asyncio.timeout_at(deadline):
                return await self._queue.get()
        except TimeoutError:
            # What came by then counts, also to a process that stood still and reads it only now.
            if not self._queue.empty():
                return self._queue.get_nowait()
            return await self._on_its_way(deadline or 0.0)

    async def _on_its_way(self, deadline: float) -> InboxEvent | None:
        """Who wakes long after the deadline stood still: what came by then is about to be heard."""
        if asyncio.get_running_loop().time() - deadline > STOOD_STILL_SECONDS:
            with suppress(TimeoutError):
                async with asyncio.timeout(HEAR_SECONDS):
                    return await self._queue.get()
        return None
