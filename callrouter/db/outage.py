"""PostgreSQL away: how long to wait before it is tried again, and what the log hears of it."""

import logging
import time

from callrouter.db.engine import DatabaseUnavailable

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0


class Outage:
    """The log hears of it once, at the second failure: the first may be a connection that died
    unnoticed while PostgreSQL is well.
    """

    def __init__(self) -> None:
        self._failures = 0
        self._since: float | None = None

    @property
    def lasts(self) -> bool:
        """Whether PostgreSQL could not be used when it was last tried."""
        return self._since is not None

    def goes_on(self, error: DatabaseUnavailable) -> float:
        """It failed; returns the seconds to wait before the next try."""
        self._failures += 1
        if self._failures == 1:
            log.debug("PostgreSQL failed, trying again at once: %s", error)
            return 0.0
        if self._since is None:
            self._since = time.monotonic()
            log.error("records wait (calls go on): %s", error)
        doubled = min(self._failures - 2, 10)
        return float(min(FIRST_PAUSE_SECONDS * 2**doubled, LONGEST_PAUSE_SECONDS))

    def over(self, waited: int) -> None:
        """It is well; the records of so many calls have waited."""
        self._failures = 0
        if self._since is not None:
            seconds, self._since = time.monotonic() - self._since, None
            log.warning(
                "PostgreSQL is back after %.1f s; calls whose records waited: %d", seconds, waited
            )
