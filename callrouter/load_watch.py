"""How late the router is, and whether that is too late to take new calls.

Two things are measured, four times a second: how much longer than asked the event loop slept, and
how long Asterisk's answer to a ping waits behind the events that came before it. Neither asks a
clock that can be set.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Protocol

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.25
LOOKS_TO_BEGIN = 3
"""So many looks in a row must find us late. One hiccup refuses nobody: it makes two of them late,
the second by the answer to the ping that waited with us."""

CALM_SECONDS = 2.0
CALM_SHARE = 0.2
"""It is over when for so long every look found less than this share of the limit."""


class Heard(Protocol):
    """One Asterisk's event socket."""

    def ping(self) -> None:
        """Ask for an answer, unless one is waited for; never fails."""
        ...

    def behind(self) -> float:
        """How many seconds old what it says is, at most; each answer to a ping counts once."""
        ...


class Overload:
    """Whether new calls are to be refused; `late` is what the last look found, in seconds."""

    def __init__(self) -> None:
        self.on = False
        self.late = 0.0
        self.refused = 0
        self._in_a_row = 0
        self._calm_since = 0.0

    def look(self, late: float, limit: float, now: float) -> None:
        """`limit` 0 is none; `now` is the event loop's time."""
        self.late = late
        self._in_a_row = self._in_a_row + 1 if limit and late > limit else 0
        if not self.on:
            if self._in_a_row >= LOOKS_TO_BEGIN:
                self.on, self._calm_since, self.refused = True, now, 0
                log.error("overload: %.1f s behind, new calls are refused until that is over", late)
        elif not limit or late <= limit * CALM_SHARE:
            if now - self._calm_since >= CALM_SECONDS:
                self.on = False
                log.warning("the overload is over: %d calls were refused", self.refused)
        else:
            self._calm_since = now


class LoadWatch:
    """Looks for as long as it runs; `limit` says how late is too late."""

    def __init__(
        self, overload: Overload, limit: Callable[[], float], sockets: Sequence[Heard]
    ) -> None:
        self._overload = overload
        self._limit = limit
        self._sockets = sockets

    async def run(self) -> None:
        """For ever."""
        loop = asyncio.get_running_loop()
        while True:
            for socket in self._sockets:
                socket.ping()
            asleep = loop.time()
            await asyncio.sleep(LOOK_SECONDS)
            now = loop.time()
            late = max(now - asleep - LOOK_SECONDS, *(each.behind() for each in self._sockets))
            self._overload.look(late, self._limit(), now)
