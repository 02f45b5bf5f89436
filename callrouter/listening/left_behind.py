"""People whose router died while they talked: they go on talking, and when one leaves, so do all.

Without this the other would sit in silence, and the bridge stay for ever.
"""

import logging
from contextlib import suppress

from callrouter.ari import events
from callrouter.ari.client import AriClient
from callrouter.ari.errors import AriError
from callrouter.ari.events import Bridge, ChannelRef
from callrouter.calls.inbox import CallerLost, Inbox, RouterStopping, TakenOver
from callrouter.concurrency import all_of
from callrouter.switchboard import Switchboard

log = logging.getLogger(__name__)


class LeftBehind:
    """One bridge that no call in progress knows, and who is in it. Keeps no record."""

    def __init__(self, bridge: Bridge, client: AriClient, switchboard: Switchboard) -> None:
        self.bridge_id = bridge.id
        self.inbox = Inbox()
        self._client = client
        self._switchboard = switchboard
        self._refs = [ChannelRef(client.entity_id, channel) for channel in bridge.channels]
        for ref in self._refs:
            switchboard.claim(ref, self.inbox)

    async def run(self) -> None:
        """Until the first of them leaves. Touches nothing when the router has to let go."""
        try:
            if len(self._refs) > 1:
                log.info("bridge %s: its router died; they are left to talk", self.bridge_id)
                if not await self._somebody_leaves():
                    return
            channels = [self._client.hang_up(ref.channel_id) for ref in self._refs]
            await all_of(channels, expected=AriError)
            with suppress(AriError):
                await self._client.destroy_bridge(self.bridge_id)
        finally:
            for ref in self._refs:
                self._switchboard.release(ref)

    async def _somebody_leaves(self) -> bool:
        """False when it is no longer ours to know."""
        while True:
            match await self.inbox.next():
                case events.StasisEnd() | events.ChannelDestroyed() | events.ChannelHangupRequest():
                    return True
                case CallerLost():
                    return True
                case RouterStopping() | TakenOver():
                    return False
