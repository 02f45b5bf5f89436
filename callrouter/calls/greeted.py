"""Whom we have greeted lately, so that who calls again need not hear it all once more.

Kept in memory and bounded: after a restart everybody is greeted again.
"""

from datetime import datetime, timedelta

from callrouter.routing.model import IncomingCallSettings

_MOST = 10_000


class Greeted:
    """Callers by settings and number. Who hides his number is nobody we know: always greeted."""

    def __init__(self) -> None:
        self._at: dict[tuple[str, str], datetime] = {}

    def lately(self, settings: IncomingCallSettings, caller_number: str, now: datetime) -> bool:
        """Whether the caller heard the greeting within `skip_greeting_minutes` before `now`."""
        at = self._at.get((settings.name, caller_number))
        return at is not None and now - at < timedelta(minutes=settings.skip_greeting_minutes)

    def note(self, settings: IncomingCallSettings, caller_number: str, now: datetime) -> None:
        """He has heard it to its end."""
        if settings.skip_greeting_minutes > 0 and any(c.isdigit() for c in caller_number):
            key = settings.name, caller_number
            self._at.pop(key, None)  # the newest are last
            self._at[key] = now
            if len(self._at) > _MOST:
                del self._at[next(iter(self._at))]
