"""The calls that a router before us left without an end: known by what it wrote down.

The law: each is taken up once, in the order in which the callers came.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from uuid import UUID

from callrouter.ari.events import Bridge, Channel
from callrouter.calls.names import LEG_PREFIX, prefix_of
from callrouter.calls.remains import Remains
from callrouter.facts import Arrived, Fact

log = logging.getLogger(__name__)

Left = tuple[Mapping[UUID, Sequence[Fact]], bool]
"""Calls without an end with their facts, and whether these are all."""

Unfinished = Callable[[], Awaitable[Left]]


async def nothing_unfinished() -> Left:
    """For a router that keeps no records: whoever is there was somebody's, nobody knows whose."""
    return {}, False


class Inheritance:
    """`complete` once it was read and nothing is missing: who is unknown then is a new caller."""

    def __init__(self, unfinished: Unfinished) -> None:
        self._unfinished = unfinished
        self._reading = asyncio.Lock()
        self._calls: dict[UUID, Sequence[Fact]] | None = None
        self.complete = False

    async def read(self) -> None:
        """Learn of them, once. To be called when the router before us does nothing any more."""
        async with self._reading:
            if self._calls is None:
                calls, self.complete = await self._unfinished()
                self._calls = dict(calls)

    def awaits(self, channel_id: str) -> bool:
        """Whether this leg may be one of a call that is not taken up yet."""
        if self._calls is None:
            return True
        return any(channel_id.startswith(f"{prefix_of(call)}-") for call in self._calls)

    def take(
        self, entity_id: str, channels: Collection[Channel], bridges: Collection[Bridge]
    ) -> list[Remains]:
        """Those of which this Asterisk has a channel, longest there first; once each.

        Where it is not the caller's, he has hung up.
        """
        calls = self._calls or {}
        known = {channel.id: channel for channel in channels}
        ours = [bridge for bridge in bridges if bridge.id.startswith(LEG_PREFIX)]
        found = []
        for call_id, facts in list(calls.items()):
            arrived = facts[0]
            if not isinstance(arrived, Arrived) or arrived.entity_id != entity_id:
                continue
            prefix = f"{prefix_of(call_id)}-"
            legs = tuple(each for each in channels if each.id.startswith(prefix))
            caller = known.get(arrived.channel_id)
            if caller is not None or legs:
                del calls[call_id]
                own = {arrived.channel_id, *(leg.id for leg in legs)}
                bridge = next((each for each in ours if own.intersection(each.channels)), None)
                found.append(Remains(arrived, tuple(facts), caller, legs, bridge))
        return sorted(found, key=lambda remains: remains.arrived.at)
