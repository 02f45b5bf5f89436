"""How long somebody waits after wrong passwords. Pure; the clock is an argument.

Law: a try is counted as wrong before its password is looked at, so that many at once are no way
around it; a try that has to wait is not counted, so that nobody can be kept out for ever by tries
alone.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

FREE = 4
"""So many wrong passwords cost nothing: people mistype."""

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=24)

_MOST_WATCHED = 10_000


@dataclass(frozen=True, slots=True)
class Attempts:
    """Wrong passwords in a row, and until when the next is not tried."""

    failures: int = 0
    locked_until: datetime | None = None

    def wait(self, now: datetime) -> timedelta:
        """How long until a password is tried again; zero where one may be now."""
        return max(timedelta(0), (self.locked_until or now) - now)

    def charged(self, now: datetime) -> "Attempts":
        """With one more."""
        until = self.locked_until
        forgotten = until is not None and now - until >= FORGOTTEN_AFTER
        failures = 1 if forgotten else self.failures + 1
        return Attempts(failures, now + wait_after(failures))


def wait_after(failures: int) -> timedelta:
    """0, 0, 0, 0, then 5 s, 10 s, 20 s … and 15 minutes at most."""
    if failures <= FREE:
        return timedelta(0)
    doubled = 1 << min(failures - FREE - 1, 20)
    return min(LONGEST_WAIT, FIRST_WAIT * doubled)


class UnknownNames:
    """Tries with names that nobody has: they wait as well, so that waiting tells nothing."""

    def __init__(self) -> None:
        self._attempts: OrderedDict[bytes, Attempts] = OrderedDict()

    def charge(self, name: bytes, now: datetime) -> timedelta:
        """Count a try with the name whose digest this is; how long it has to wait, if it has."""
        attempts = self._attempts.pop(name, Attempts())
        wait = attempts.wait(now)
        self._attempts[name] = attempts if wait else attempts.charged(now)
        if len(self._attempts) > _MOST_WATCHED:
            self._attempts.popitem(last=False)
        return wait
