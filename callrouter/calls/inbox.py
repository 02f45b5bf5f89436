"""One call's events, in order, and the few that Asterisk does not send."""

import asyncio
from dataclasses import dataclass

from callrouter.ari.events import CallEvent


@dataclass(frozen=True, slots=True)
class CallerLost:
    """The caller's channel vanished while we could not hear Asterisk."""


@dataclass(frozen=True, slots=True)
class RouterStopping:
    """The router ends and has waited long enough for this call."""


@dataclass(frozen=True, slots=True)
class TakenOver:
    """Another program now owns our calls: keep the hands off this one."""


InboxEvent = CallEvent | CallerLost | RouterStopping | TakenOver


class Inbox:
    """Filled by the switchboard without waiting, emptied by the call's own task."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[InboxEvent] = asyncio.Queue()

    def put(self, event: InboxEvent) -> None:
        self._queue.put_nowait(event)

    async def next(self, deadline: float | None = None) -> InboxEvent | None:
        """The next event; None when `deadline` (in the event loop's time) passes first."""
        if not self._queue.empty():
            return self._queue.get_nowait()
        try:
            async with asyncio.timeout_at(deadline):
                return await self._queue.get()
        except TimeoutError:
            return None
