"""The bridges of one Asterisk: made when none is free, and used again by the next call.

To make one and to take it away again costs Asterisk more than to put two people into it.

The law: a bridge is free only when Asterisk says that it is empty, or the next caller would be
with strangers (a phone may have taken somebody's place in it unheard). Any other is taken away.
"""

import asyncio
import logging
from contextlib import suppress
from typing import Protocol
from uuid import uuid4

from callrouter.ari.errors import AriError, Gone
from callrouter.concurrency import all_of

log = logging.getLogger(__name__)

BRIDGE_PREFIX = "callrouter-bridge-"

MOST_FREE = 100

LOOK_SECONDS = 0.25
"""How long bridges that calls have left wait for others, to be asked after in one request."""

WORTH_A_LIST = 8
"""A list of all bridges is cheaper than questions if it answers one for so many of its lines."""

CLEAR_SECONDS = 2.0


class MakesBridges(Protocol):
    """What is asked of Asterisk here."""

    async def create_bridge(self, bridge_id: str) -> None: ...

    async def destroy_bridge(self, bridge_id: str) -> None: ...

    async def bridge_is_empty(self, bridge_id: str) -> bool: ...

    async def empty_bridges(self) -> tuple[int, frozenset[str]]: ...


class BridgePool:
    """`ids` are all bridges that this router answers for, free or not."""

    def __init__(self, asterisk: MakesBridges) -> None:
        self._asterisk = asterisk
        self._free: list[str] = []
        self._left: list[str] = []  # by all of whom we know; not looked into yet
        self._are_left = asyncio.Event()
        self._listed = 0  # how many there were when all were last asked after, others' too
        self._run = uuid4().hex[:16]  # no other router's process has bridges of these names
        self._made = 0
        self.ids: set[str] = set()

    @property
    def free(self) -> frozenset[str]:
        """Those in which nobody is."""
        return frozenset(self._free)

    def take_free(self) -> str | None:
        """One that nobody else has, if it is there already."""
        return self._free.pop() if self._free else None

    async def take(self) -> str:
        """One that nobody else has. Raises AriError."""
        if (free := self.take_free()) is not None:
            return free
        self._made += 1
        bridge_id = f"{BRIDGE_PREFIX}{self._run}-{self._made:07}"
        self.ids.add(bridge_id)
        try:
            await self._asterisk.create_bridge(bridge_id)
        except AriError:
            self.ids.discard(bridge_id)
            raise
        self.ids.add(bridge_id)  # Asterisk may have been restarted before it was made
        return bridge_id

    def adopt(self, bridge_id: str) -> None:
        """Answer for a bridge of a router before us, in which somebody is."""
        self.ids.add(bridge_id)

    def lost(self, bridge_id: str) -> None:
        """Somebody else took it away."""
        self.ids.discard(bridge_id)

    async def give_back(self, bridge_id: str, *, empty: bool) -> None:
        """`empty`: everybody who is known to have been in it has left. Raises AriError."""
        if bridge_id not in self.ids or bridge_id in self._left or bridge_id in self._free:
            return  # it ended with its Asterisk, or two calls that were taken up had it
        if empty and len(self._free) + len(self._left) < MOST_FREE:
            self._left.append(bridge_id)
            self._are_left.set()
        else:
            await self._destroy(bridge_id)

    async def run(self) -> None:
        """Look into the bridges that calls have left, for ever."""
        if self._left:  # when Asterisk was last heard
            self._are_left.set()
        while True:
            await self._are_left.wait()
            await asyncio.sleep(LOOK_SECONDS)
            self._are_left.clear()
            try:
                await self.look()
            except Exception:  # a bug: it costs bridges, not the calls
                log.exception("bridges were not looked into")

    async def look(self) -> None:
        """Look into all that calls have left: they are free, or they are taken away."""
        left = tuple(self._left)
        empty = await self._empty_of(left)
        self._left = [each for each in self._left if each not in left]
        left = tuple(each for each in left if each in self.ids)
        self._free += (each for each in left if each in empty)
        taken_away = [self._destroy(each) for each in left if each not in empty]
        for error in filter(None, await all_of(taken_away, expected=AriError)):
            log.warning("a bridge is left behind: %s", error)

    async def _empty_of(self, left: tuple[str, ...]) -> frozenset[str]:
        if len(left) > 1 and len(left) * WORTH_A_LIST >= max(len(self.ids), self._listed):
            try:
                listed, empty = await self._asterisk.empty_bridges()
            except AriError as error:
                log.debug("no bridge may be empty: %s", error)
                return frozenset()
            self._listed = listed
            return empty
        self._listed = self._listed * 7 // 8  # those of others may have become fewer
        answers = await all_of(
            [self._asterisk.bridge_is_empty(each) for each in left], expected=AriError
        )
        return frozenset(each for each, empty in zip(left, answers, strict=True) if empty is True)

    async def _destroy(self, bridge_id: str) -> None:
        self.ids.discard(bridge_id)
        with suppress(Gone):
            await self._asterisk.destroy_bridge(bridge_id)

    def forget(self) -> None:
        """Asterisk was restarted: it has none of them any more."""
        self.ids.clear()
        self._free.clear()
        self._left.clear()

    async def clear(self) -> None:
        """Take away those that no call has, as far as that is done at once; never fails."""
        unused = [*self._free, *self._left]
        self._free, self._left = [], []
        try:
            async with asyncio.timeout(CLEAR_SECONDS):
                await all_of([self._destroy(each) for each in unused], expected=AriError)
        except TimeoutError:
            log.debug("bridges are left behind: the next router takes them away")
