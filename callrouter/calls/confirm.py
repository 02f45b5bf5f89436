"""Whoever picks up a phone that must confirm is asked to press a key before he has the caller.

So a mobile's voicemail never takes a call: it presses nothing.
"""

import logging
from dataclasses import dataclass

from callrouter.ari.errors import AriError, Gone
from callrouter.calls.call import Call
from callrouter.calls.leg import DialledLeg
from callrouter.routing.model import Prompt

log = logging.getLogger(__name__)

CONFIRM_KEY = "1"

CONFIRM_SECONDS = 10.0
"""From picking up to the key."""

REPEAT_PAUSE_SECONDS = 1.0
"""Silence before the sentence is said again."""


@dataclass(slots=True)
class Asked:
    """Somebody who picked up and has not pressed a key yet; times are the event loop's."""

    leg: DialledLeg
    until: float
    playback_id: str | None = None
    repeat_at: float | None = None

    @property
    def next_time(self) -> float:
        """When there is something to do again."""
        return self.until if self.repeat_at is None else min(self.until, self.repeat_at)

    async def say(self, call: Call, sentence: Prompt | None) -> None:
        """Say what to do. Who cannot hear it may press the key all the same."""
        self.repeat_at = None
        if sentence is None or sentence.media is None:
            log.error("call %s: the sentence that asks for a key was never rendered", call.id)
            return
        self.playback_id = call.new_name()
        try:
            await call.commands.play(self.leg.channel_id, self.playback_id, sentence.media)
        except AriError as error:  # if he has left, his event says so
            self.playback_id = None
            log.debug("call %s: %s was not asked for a key: %s", call.id, self.leg.endpoint, error)

    def said(self, playback_id: str, now: float) -> None:
        """A playback has ended; ours is said again after a pause."""
        if playback_id == self.playback_id:
            self.playback_id = None
            self.repeat_at = now + REPEAT_PAUSE_SECONDS

    async def silence(self, call: Call) -> None:
        """Stop the sentence: he has pressed the key, and shall hear the caller."""
        if self.playback_id is not None:
            try:
                await call.commands.stop_playing(self.playback_id)
            except Gone:
                log.debug("call %s: the sentence was over already", call.id)
            self.playback_id = None
