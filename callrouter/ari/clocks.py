"""Asterisk's clock beside ours: when did happen what this process hears of too late?

A process that stood still (SIGSTOP, a machine that slept) reads everything of that time at once
afterwards. Asterisk writes its own time into every event; how that clock differs from ours is known
from the last event that was read in time.
"""

import time
from datetime import datetime

from msgspec.structs import replace

from callrouter.ari.events import CallEvent, Event, sent_at


def lag_of(message: str | bytes) -> float | None:
    """From Asterisk's own time of an event until now, in seconds; None where it has no time."""
    try:
        return time.time() - datetime.fromisoformat(sent_at(message)).timestamp()
    except ValueError:
        return None


class Clocks:
    """One Asterisk's and ours."""

    def __init__(self) -> None:
        self._usual = 0.0

    def dated(self, event: Event | None, lag: float | None, stood: float) -> Event | None:
        """The event with how late it is: no later than the seconds this process `stood` still."""
        if lag is None:
            return event
        if not stood:
            self._usual = lag
        elif isinstance(event, CallEvent):
            return replace(event, late=min(max(0.0, lag - self._usual), stood))
        return event
