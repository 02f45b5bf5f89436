"""Listening to one Asterisk: hand its events on, and after a deaf time find out what was missed.

While the event socket is away Asterisk goes on: channels end, agents answer, phones register.
None of those events is sent again, so after every connection we look at everything once.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from callrouter.ari import events
from callrouter.ari.client import AriClient
from callrouter.ari.errors import AriError, Gone
from callrouter.ari.events import Channel, ChannelRef
from callrouter.calls.agents import AgentBoard
from callrouter.calls.call import LEG_PREFIX
from callrouter.calls.inbox import CallerLost
from callrouter.concurrency import all_of, spawn
from callrouter.switchboard import LEG_ARGUMENT, Switchboard

log = logging.getLogger(__name__)

SECOND_LOOK_SECONDS = 1.0
"""A channel we just asked for may not be there yet: it counts as lost when missing twice."""

_STATES_AT_ONCE = 40


class OtherRouter(Exception):
    """Another program has taken over our Stasis application: we must stop acting."""


class AsteriskListener:
    """Listens to one Asterisk for as long as it runs; `ready` is set while we hear it."""

    def __init__(
        self,
        client: AriClient,
        switchboard: Switchboard,
        agents: AgentBoard,
        phones: Callable[[], tuple[str, ...]],
    ) -> None:
        self.client = client
        self.ready = asyncio.Event()
        self._switchboard = switchboard
        self._agents = agents
        self._phones = phones
        self._heard_before = False

    async def run(self) -> None:
        """Raises `OtherRouter`, and `AriError` where this Asterisk can never be used."""
        async with asyncio.TaskGroup() as group:
            preparing: asyncio.Task[None] | None = None
            last_reason = ""
            async for event in self.client.events():
                match event:
                    case events.Connected():
                        log.info("%s: connected, %s", self.client.url, self.client.entity_id)
                        last_reason = ""
                        name = f"prepare {self.client.url}"
                        preparing = spawn(group, self._prepare(), name=name)
                    case events.Disconnected():
                        if event.reason != last_reason:
                            log.warning("%s: not connected: %s", self.client.url, event.reason)
                        last_reason = event.reason
                        self.ready.clear()
                        if preparing is not None:
                            preparing.cancel()
                    case events.ApplicationReplaced():
                        raise OtherRouter(f"{self.client.url}: another router has taken over")
                    case events.DeviceStateChanged(device_state=device):
                        self._agents.set_state(self.client.entity_id, device.name, device.state)
                    case _:
                        self._switchboard.deliver(event)

    async def watch_phones(self) -> None:
        """Subscribe to the agents' phones and read their present states."""
        phones = self._phones()
        await self.client.subscribe_devices(phones)
        for start in range(0, len(phones), _STATES_AT_ONCE):
            await all_of(
                [self._read_state(phone) for phone in phones[start : start + _STATES_AT_ONCE]]
            )

    async def _read_state(self, phone: str) -> None:
        """Read a phone's state, unless an event has told us a newer one meanwhile."""
        entity_id = self.client.entity_id
        changes = self._agents.changes(entity_id, phone)
        state = await self.client.device_state(phone)
        if self._agents.changes(entity_id, phone) == changes:
            self._agents.set_state(entity_id, phone, state)

    async def _prepare(self) -> None:
        try:
            await self.client.filter_events()
            await self.watch_phones()
            await self._look_around()
        except AriError as error:
            log.error("%s: could not be prepared: %s", self.client.url, error)
            return
        self._heard_before = True
        self.ready.set()

    async def _look_around(self) -> None:
        """Tell calls what they missed, and find owners for channels that have none."""
        missing = await self._missing()
        if missing:
            await asyncio.sleep(SECOND_LOOK_SECONDS)
            missing &= await self._missing()
        for channel_id in missing:
            self._report_lost(channel_id)
        bridged = {channel for bridge in await self.client.bridges() for channel in bridge.channels}
        for channel in await self.client.channels():
            await self._claim_or_dismiss(channel, in_bridge=channel.id in bridged)

    async def _missing(self) -> set[str]:
        owned = set(self._switchboard.owned(self.client.entity_id))
        return owned - {channel.id for channel in await self.client.channels()}

    def _report_lost(self, channel_id: str) -> None:
        inbox = self._switchboard.owned(self.client.entity_id).get(channel_id)
        if inbox is None:
            return
        if channel_id.startswith(LEG_PREFIX):
            inbox.put(events.ChannelDestroyed(Channel(channel_id), self.client.entity_id))
        else:
            inbox.put(CallerLost())

    async def _claim_or_dismiss(self, channel: Channel, *, in_bridge: bool) -> None:
        """Owned legs that answered unheard are told so; what nobody owns is not left behind.

        Channels in a bridge are people talking: never touched.
        """
        ours = channel.id.startswith(LEG_PREFIX)
        ref = ChannelRef(self.client.entity_id, channel.id)
        start = events.StasisStart(channel, ref.entity_id, (LEG_ARGUMENT,) if ours else ())
        if ref.channel_id in self._switchboard.owned(ref.entity_id):
            if ours and channel.state == "Up":
                self._switchboard.deliver(start)
        elif in_bridge:
            return
        elif ours:
            await self._ignoring_gone(self.client.hang_up(channel.id))
        elif channel.dialplan.app_name == "Stasis" and self._is_for_us(channel):
            if self._heard_before:
                self._switchboard.deliver(start)
            else:
                await self._ignoring_gone(
                    self.client.continue_in_dialplan(channel.id, channel.dialplan.exten)
                )

    def _is_for_us(self, channel: Channel) -> bool:
        return channel.dialplan.app_data.split(",")[0] == self.client.app

    async def _ignoring_gone(self, request: Awaitable[None]) -> None:
        with suppress(Gone):
            await request
