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

CLEAR_SECONDS = 2.0


class MakesBridges(Protocol):
    """What is asked of Asterisk here."""

    async def create_bridge(self, bridge_id: str) -> None: ...

    async def destroy_bridge(self, bridge_id: str) -> None: ...

    async def bridge_is_empty(self, bridge_id: str) -> bool: ...


class BridgePool:
    """`ids` are all bridges that this router answers for, free or not."""

    def __init__(self, asterisk: MakesBridges) -> None:
        self._asterisk = asterisk
        self._free: list[str] = []
        self._run = uuid4().hex[:16]  # no other router's process has bridges of these names
        self._made = 0
        self.ids: set[str] = set()

    @property
    def free(self) -> frozenset[str]:
        """Those in which nobody is."""
        return frozenset(self._free)

    async def take(self) -> str:
        """One that nobody else has. Raises AriError."""
        if self._free:
            return self._free.pop()
        self._made += 1
        bridge_id = f"{BRIDGE_PREFIX}{self._run}-{self._made:07}"
        self.ids.add(bridge_id)
        try:
            await self._asterisk.create_bridge(bridge_id)
        except AriError:
            self.ids.discard(bridge_id)
            raise
        return bridge_id

    def adopt(self, bridge_id: str) -> None:
        """Answer for a bridge of a router before us, in which somebody is."""
        self.ids.add(bridge_id)

    def lost(self, bridge_id: str) -> None:
        """Somebody else took it away."""
        self.ids.discard(bridge_id)

    async def give_back(self, bridge_id: str, *, empty: bool) -> None:
        """`empty`: everybody who is known to have been in it has left. Raises AriError."""
        if empty and len(self._free) < MOST_FREE and await self._is_empty(bridge_id):
            self._free.append(bridge_id)
        else:
            await self._destroy(bridge_id)

    async def _is_empty(self, bridge_id: str) -> bool:
        try:
            return await self._asterisk.bridge_is_empty(bridge_id) and bridge_id in self.ids
        except AriError as error:
            log.debug("bridge %s may not be empty: %s", bridge_id, error)
            return False

    async def _destroy(self, bridge_id: str) -> None:
        self.ids.discard(bridge_id)
        with suppress(Gone):
            await self._asterisk.destroy_bridge(bridge_id)

    def forget(self) -> None:
        """Asterisk was restarted: it has none of them any more."""
        self.ids.clear()
        self._free.clear()

    async def clear(self) -> None:
        """Take the free ones away, as far as that is done at once; never fails."""
        free, self._free = self._free, []
        try:
            async with asyncio.timeout(CLEAR_SECONDS):
                await all_of([self._destroy(each) for each in free], expected=AriError)
        except TimeoutError:
            log.debug("bridges are left behind: the next router takes them away")
