"""Everything that can be wrong with a router, by the code under which it is told everywhere.

`docs/alarms.md` says of each what it means and what to do; a test compares the two.
"""

from enum import StrEnum


class Alarm(StrEnum):
    """What health, metrics and the log call it."""

    STARTING = "starting"
    STOPPING = "stopping"
    ASTERISK_AWAY = "asterisk_away"
    OVERLOAD = "overload"
    EVENTS_LATE = "events_late"
    LOOP_LATE = "loop_late"
    DATABASE_AWAY = "database_away"
    RECORDS_REFUSED = "records_refused"
    SPOOL_FILLING = "spool_filling"
    SPOOL_REFUSED = "spool_refused"
    CONFIGURATION_REFUSED = "configuration_refused"
    NET_STALE = "net_stale"
    DISK_LOW = "disk_low"
    DISK_FULL = "disk_full"
    LOG_REFUSED = "log_refused"
    DESCRIPTORS_LOW = "descriptors_low"
    CLOCK_STEPPED = "clock_stepped"


class State(StrEnum):
    """How a part is: `down` where it cannot do its work, `degraded` where it needs somebody."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"
