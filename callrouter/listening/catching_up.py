"""What happened while we could not hear: calls learn what they missed, and nothing is left over.

While the event socket is away Asterisk goes on: channels end, agents answer. None of those events
is sent again, so after every connection we look at everything once. Callers who left are told of
before any call asks something again. On all else a second look, a moment later, decides: what we
just asked for may not be there yet, and the event of somebody who just came may still be on its
way. People who talk are never touched.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from callrouter.ari.client import AriClient
from callrouter.ari.errors import Gone
from callrouter.ari.events import (
    Bridge,
    Channel,
    ChannelDestroyed,
    ChannelRef,
    ChannelStateChange,
    StasisEnd,
    StasisStart,
)
from callrouter.calls.inbox import CallerLost, Inbox
from callrouter.calls.names import LEG_PREFIX
from callrouter.calls.remains import Remains
from callrouter.listening.history import History
from callrouter.listening.inheritance import Inheritance
from callrouter.switchboard import LEG_ARGUMENT, Switchboard

log = logging.getLogger(__name__)

SECOND_LOOK_SECONDS = 1.0
LONGEST_UNHEARD = timedelta(hours=1)
"""What Asterisk has written longer ago is not read again."""


def report_restart(switchboard: Switchboard, entity_id: str) -> None:
    """Asterisk has ended meanwhile, and every channel with it."""
    owned = switchboard.owned(entity_id)
    if owned:
        log.warning("%s was restarted: %d channels are lost", entity_id, len(owned))
    _report_lost(owned, owned, entity_id, {}, restarted=True)


@dataclass(frozen=True, slots=True)
class CatchingUp:
    """`bridges_in_use` are those of this router; `adopt` gets the others, if people are in.

    `inheritance` are the calls of a router before us, and `take_up` gets those that are here.
    `history` is what Asterisk itself has written down.
    `heard_before`: callers nobody knows have come while this router could not hear. Otherwise,
    unless all calls before us are known, they have waited long enough.
    """

    client: AriClient
    switchboard: Switchboard
    bridges_in_use: Callable[[], Collection[str]]
    adopt: Callable[[Bridge], None]
    inheritance: Inheritance
    take_up: Callable[[Remains], None]
    history: History
    heard_before: bool

    async def tell(self) -> set[str]:
        """Who left, and what phones did, before calls ask anything again. Raises AriError.

        Returns the channels of which it was told that they are gone.
        """
        told: set[str] = set()
        if before := set(self._owned()):
            channels = await self.client.channels()
            told = await self._tell_of_callers_who_left(before & self._missing(channels))
            self._tell_of_progress(channels, before)
        self.client.go_on()
        return told

    async def run(self, told: set[str]) -> None:
        """All else; of `told` it is known already. Raises AriError; it may then be run again."""
        await self.inheritance.read()
        channels = await self.client.channels()
        bridges = await self.client.bridges()
        taken = self.inheritance.take(self.client.entity_id, channels, bridges)
        inherited = await self._with_ends(taken)
        for remains in inherited:
            self.take_up(remains)
        self._tell_of_progress(channels, _of(inherited))
        missing = self._missing(channels)
        strangers = self._strangers(channels, bridges)
        if missing or strangers or inherited:
            await asyncio.sleep(SECOND_LOOK_SECONDS)
            channels = await self.client.channels()
            bridges = await self.client.bridges()
            missing = (missing | _of(inherited)) & self._missing(channels)
            strangers &= self._strangers(channels, bridges)
        missing -= told
        late = await self._how_late(missing)
        _report_lost(missing, self._owned(), self.client.entity_id, late, restarted=False)
        for bridge in bridges:
            await self._ignoring_gone(self._adopt_or_destroy(bridge))
        for channel in channels:
            if channel.id in strangers:
                await self._ignoring_gone(self._take_or_dismiss(channel))

    async def _tell_of_callers_who_left(self, missing: Collection[str]) -> set[str]:
        """Those of whom it is certain: a caller whose channel is missing was there once."""
        owned = self._owned()
        late = await self._how_late(missing)
        certain = set()
        for caller in (each for each in missing if not each.startswith(LEG_PREFIX)):
            theirs = {each for each in missing if owned[each] is owned[caller]}
            if caller in late or theirs == {caller}:
                certain |= theirs
        _report_lost(certain, owned, self.client.entity_id, late, restarted=False)
        return certain

    async def _how_late(self, missing: Collection[str]) -> dict[str, float]:
        """How many seconds ago callers among these ended, where Asterisk has written it.

        Of a leg it only writes until when it was alone.
        """
        callers = [each for each in missing if not each.startswith(LEG_PREFIX)]
        if not callers:
            return {}
        now, ends = datetime.now(UTC), await self._ends(callers)
        return {
            channel: max(0.0, (now - ended_at).total_seconds())
            for channel, ended_at in ends.items()
        }

    async def _with_ends(self, inherited: Sequence[Remains]) -> list[Remains]:
        """With the time at which callers left who are here no more."""
        gone = [each.arrived.channel_id for each in inherited if each.caller is None]
        ends = await self._ends(gone) if gone else {}
        return [replace(each, left_at=ends.get(each.arrived.channel_id)) for each in inherited]

    async def _ends(self, callers: Collection[str]) -> Mapping[str, datetime]:
        return await self.history.ends(callers, datetime.now(UTC) - LONGEST_UNHEARD)

    def _owned(self) -> dict[str, Inbox]:
        return self.switchboard.owned(self.client.entity_id)

    def _missing(self, channels: Collection[Channel]) -> set[str]:
        """Owned channels that are not there, or not yet."""
        return set(self._owned()) - {channel.id for channel in channels}

    def _strangers(self, channels: Collection[Channel], bridges: Collection[Bridge]) -> set[str]:
        """Channels of ours that no call knows, and whom nobody talks to."""
        owned = self._owned()
        in_bridge = {channel for bridge in bridges for channel in bridge.channels}
        return {
            channel.id
            for channel in channels
            if channel.id not in owned
            and channel.id not in in_bridge
            and (channel.id.startswith(LEG_PREFIX) or self._is_for_us(channel))
        }

    def _tell_of_progress(self, channels: Collection[Channel], ours: Collection[str]) -> None:
        """Phones that began to ring or answered unheard. Hearing it twice does no harm."""
        owned = self._owned()
        for channel in channels:
            if channel.id in ours and channel.id in owned and channel.id.startswith(LEG_PREFIX):
                if channel.state == "Ringing":
                    owned[channel.id].put(ChannelStateChange(channel, self.client.entity_id))
                elif channel.state == "Up":
                    owned[channel.id].put(self._start(channel))

    async def _take_or_dismiss(self, channel: Channel) -> None:
        ref = ChannelRef(self.client.entity_id, channel.id)
        if ref.channel_id in self._owned():
            return
        if channel.id.startswith(LEG_PREFIX):
            log.info("leg %s: nobody's; hung up", channel.id)
            await self.client.hang_up(channel.id)
        elif self.heard_before or self.inheritance.complete:
            self.switchboard.deliver(self._start(channel))
        else:
            log.info("channel %s: its router died; it goes on in the dialplan", channel.id)
            await self.client.continue_in_dialplan(channel.id, channel.dialplan.exten)

    async def _adopt_or_destroy(self, bridge: Bridge) -> None:
        if not bridge.id.startswith(LEG_PREFIX) or bridge.id in self.bridges_in_use():
            return
        if bridge.channels:
            self.adopt(bridge)
        else:
            log.info("bridge %s: nobody's; destroyed", bridge.id)
            await self.client.destroy_bridge(bridge.id)

    def _start(self, channel: Channel) -> StasisStart:
        if channel.id.startswith(LEG_PREFIX):
            arguments: tuple[str, ...] = (LEG_ARGUMENT,)
        else:
            arguments = tuple(channel.dialplan.app_data.split(",")[1:])
        return StasisStart(channel, self.client.entity_id, arguments)

    def _is_for_us(self, channel: Channel) -> bool:
        position = channel.dialplan
        return position.app_name == "Stasis" and position.app_data.split(",")[0] == self.client.app

    async def _ignoring_gone(self, request: Awaitable[None]) -> None:
        with suppress(Gone):
            await request


def _of(inherited: Collection[Remains]) -> set[str]:
    """Their channels: the event of one who left just before he was claimed went nowhere."""
    callers = {remains.caller.id for remains in inherited if remains.caller}
    return callers | {leg.id for remains in inherited for leg in remains.legs}


def _report_lost(
    missing: Collection[str],
    owned: dict[str, Inbox],
    entity_id: str,
    late: Mapping[str, float],
    *,
    restarted: bool,
) -> None:
    """Tell each call which of its channels are gone; of callers how `late` (seconds) we are.

    A caller alone has hung up: when an agent does, the caller stays until we let him go. Caller
    and agent both: nobody knows who was first; the call is interrupted, unless it is known when.
    """
    by_call: defaultdict[Inbox, list[str]] = defaultdict(list)
    for channel_id in missing:
        if channel_id in owned:
            by_call[owned[channel_id]].append(channel_id)
    for inbox, channels in by_call.items():
        legs = [each for each in channels if each.startswith(LEG_PREFIX)]
        callers = [each for each in channels if each not in legs]
        for caller in callers:  # first: an agent's end would otherwise be the end of the call
            known = not legs and not restarted
            left = StasisEnd(Channel(caller), entity_id, late=late.get(caller, 0.0))
            inbox.put(left if known else CallerLost(late.get(caller)))
        for leg in legs:
            inbox.put(ChannelDestroyed(Channel(leg), entity_id))
