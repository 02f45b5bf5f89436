"""Whose event is it? Every channel has at most one owner, the inbox of the call it belongs to.

The law: `deliver` only looks up and hands over; it never waits.
"""

import logging
from collections.abc import Callable

from callrouter.ari.events import CallEvent, ChannelRef, StasisStart
from callrouter.calls.inbox import Inbox

log = logging.getLogger(__name__)

LEG_ARGUMENT = "leg"
"""The first Stasis argument of channels that we dialled ourselves."""


class Switchboard:
    """Knows the owner of each channel; says `new_caller` or `orphan` of those that have none."""

    def __init__(
        self,
        new_caller: Callable[[StasisStart], None],
        orphan: Callable[[StasisStart], None],
    ) -> None:
        self._owners: dict[ChannelRef, Inbox] = {}
        self._new_caller = new_caller
        self._orphan = orphan

    def claim(self, ref: ChannelRef, inbox: Inbox) -> None:
        """From now on the channel's events go to `inbox`. Claim before you ask for the channel."""
        self._owners[ref] = inbox

    def release(self, ref: ChannelRef) -> None:
        self._owners.pop(ref, None)

    def owns(self, ref: ChannelRef) -> bool:
        """Whether somebody has claimed the channel."""
        return ref in self._owners

    def deliver(self, event: CallEvent) -> None:
        """Hand the event to its owner; a Stasis start without one is a new caller or an orphan."""
        owner = self._owners.get(event.ref)
        if owner is not None:
            owner.put(event)
        elif isinstance(event, StasisStart):
            stranger = self._orphan if event.args[:1] == (LEG_ARGUMENT,) else self._new_caller
            try:
                stranger(event)
            except Exception:  # a bug costs this channel, not the others' events
                log.exception("channel %s could not be taken in", event.channel.id)

    def owned(self, entity_id: str) -> dict[str, Inbox]:
        """The owned channels of one Asterisk, by channel id."""
        return {
            ref.channel_id: inbox
            for ref, inbox in self._owners.items()
            if ref.entity_id == entity_id
        }

    def __len__(self) -> int:
        return len(self._owners)
