"""What is seen of the router, judged: each part with a state, and what to do. Pure.

Law: nothing secret is ever in it, as anybody who reaches the port reads it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from callrouter.monitoring.alarms import Alarm, State

LATE_EVENTS_SECONDS = 1.0
LATE_LOOP_SECONDS = 0.5
FILLING_SHARE = 0.5
LOW_BYTES = 256 * 1024 * 1024
"""What the spool may come to hold."""

FULL_BYTES = 16 * 1024 * 1024
DESCRIPTORS_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class AsteriskSeen:
    """One Asterisk; `error` says why it cannot be used, where that is known."""

    url: str
    connected: bool
    error: str = ""


@dataclass(frozen=True, slots=True)
class DiskSeen:
    """Where something is written; `trouble` says why nothing can be."""

    place: str
    folder: str
    free_bytes: int = 0
    total_bytes: int = 0
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class SpoolSeen:
    """`refuses` says that the disk took nothing when it was last asked."""

    folder: str
    bytes: int = 0
    most_bytes: int = 0
    files: int = 0
    oldest_seconds: float = 0.0
    refuses: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """The router at one moment. `late` are the worst of the last minute, in seconds.

    One that stands by listens to no Asterisk: that is another router's.
    """

    started: bool = False
    standing_by: bool = False
    stopping: bool = False
    asterisk: tuple[AsteriskSeen, ...] = ()
    database_away: bool = False
    records_waiting: int = 0
    records_refused_lately: int = 0
    spool: SpoolSeen | None = None
    configuration: str = ""
    problems: tuple[str, ...] = ()
    net_trouble: str = ""
    disks: tuple[DiskSeen, ...] = ()
    log_lines_lost_lately: int = 0
    overload: bool = False
    loop_late: float = 0.0
    events_late: float = 0.0
    descriptors: int = 0
    most_descriptors: int = 0
    clock_step: float = 0.0

    @property
    def ready(self) -> bool:
        """Whether calls can come, and may."""
        return not self.stopping and any(server.connected for server in self.asterisk)


class Part(NamedTuple):
    """What is looked at: `asterisk` at `http://one`; a part that is alone has no subject."""

    check: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a part is; where it is not ok, under which code, in words, and what to do."""

    part: Part
    state: State = State.OK
    alarm: Alarm | None = None
    says: str = ""
    remedy: str = ""


def verdicts(seen: Seen) -> list[Verdict]:
    """Every part, also those that are well."""
    return [
        _router(seen),
        *(_asterisk(server) for server in seen.asterisk),
        _database(seen),
        *_records(seen),
        _configuration(seen),
        _net(seen),
        *(_disk(disk) for disk in seen.disks),
        *_machine(seen),
    ]


def _router(seen: Seen) -> Verdict:
    part = Part("router")
    if seen.stopping:
        says = "No new calls are taken; those in progress are finished."
        remedy = "Nothing, if it was told to stop."
        return Verdict(part, State.DOWN, Alarm.STOPPING, says, remedy)
    if not seen.started:
        says = "It has not begun to listen: the configuration or the database is waited for."
        remedy = "If it lasts: read the log's last lines, or run `callrouter doctor`."
        return Verdict(part, State.DOWN, Alarm.STARTING, says, remedy)
    return Verdict(part)


def _asterisk(server: AsteriskSeen) -> Verdict:
    part = Part("asterisk", server.url)
    if server.connected:
        return Verdict(part)
    return Verdict(
        part,
        State.DOWN,
        Alarm.ASTERISK_AWAY,
        server.error or "It is not heard; its callers get the safety net.",
        "Start Asterisk, or mend the way to it; the router connects by itself.",
    )


def _database(seen: Seen) -> Verdict:
    part = Part("database")
    if not seen.database_away:
        return Verdict(part)
    return Verdict(
        part,
        State.DOWN,
        Alarm.DATABASE_AWAY,
        f"PostgreSQL cannot be used; calls go on, {seen.records_waiting} records wait.",
        "Start PostgreSQL, or mend the way to it; what waits is written by itself.",
    )


def _records(seen: Seen) -> Iterator[Verdict]:
    part = Part("records")
    if seen.records_refused_lately:
        says = f"PostgreSQL refused {seen.records_refused_lately} records within the last hour."
        remedy = "The log has them at level ERROR, with the reason; report it as a bug."
        yield Verdict(part, State.DEGRADED, Alarm.RECORDS_REFUSED, says, remedy)
    else:
        yield Verdict(part)
    if seen.spool is not None:
        yield _spool(seen.spool)


def _spool(spool: SpoolSeen) -> Verdict:
    part = Part("spool")
    if spool.refuses:
        says = f"Nothing can be put into {spool.folder}; records wait in memory only."
        remedy = "Make room on that disk, or start PostgreSQL; then it goes on by itself."
        return Verdict(part, State.DOWN, Alarm.SPOOL_REFUSED, says, remedy)
    if spool.most_bytes and spool.bytes > spool.most_bytes * FILLING_SHARE:
        share = 100 * spool.bytes // spool.most_bytes
        says = f"{share} % of what {spool.folder} may hold is used."
        remedy = "Start PostgreSQL, or mend the way to it: then the spool is emptied."
        return Verdict(part, State.DEGRADED, Alarm.SPOOL_FILLING, says, remedy)
    return Verdict(part)


def _configuration(seen: Seen) -> Verdict:
    part = Part("configuration")
    if not seen.problems:
        return Verdict(part)
    more = len(seen.problems) - 1
    words = seen.problems[0] + (f" (and {more} more)" if more else "")
    says = f"The newest is refused, {seen.configuration or 'none'} goes on: {words}"
    remedy = "Correct it: `callrouter check` says what is wrong, and where."
    return Verdict(part, State.DEGRADED, Alarm.CONFIGURATION_REFUSED, says, remedy)


def _net(seen: Seen) -> Verdict:
    part = Part("safety_net")
    if not seen.net_trouble:
        return Verdict(part)
    says = f"Asterisk's files are not those of the configuration: {seen.net_trouble}"
    remedy = "Make the folder writable, or run `callrouter asterisk-conf`; it is tried again."
    return Verdict(part, State.DEGRADED, Alarm.NET_STALE, says, remedy)


def _disk(disk: DiskSeen) -> Verdict:
    part = Part("disk", disk.place)
    remedy = f"Make room for {disk.folder}; the router goes on by itself."
    if disk.trouble:
        remedy = f"Make {disk.folder} writable for the router's user."
        return Verdict(part, State.DOWN, Alarm.DISK_FULL, disk.trouble, remedy)
    if disk.free_bytes < FULL_BYTES:
        says = f"The disk of {disk.folder} is full."
        return Verdict(part, State.DOWN, Alarm.DISK_FULL, says, remedy)
    if disk.free_bytes < LOW_BYTES:
        says = f"The disk of {disk.folder} has {disk.free_bytes // 1024 // 1024} MB left."
        return Verdict(part, State.DEGRADED, Alarm.DISK_LOW, says, remedy)
    return Verdict(part)


def _machine(seen: Seen) -> Iterator[Verdict]:
    yield _if(
        seen.overload,
        "load",
        Alarm.OVERLOAD,
        "It is too late for what comes: new calls are refused until that is over.",
        "Nothing, if it is a short rush; else see what takes the processors, or give it more.",
    )
    late = seen.loop_late > LATE_LOOP_SECONDS
    yield _if(
        late,
        "event_loop",
        Alarm.LOOP_LATE,
        f"The router was held up for {seen.loop_late:.1f} s within the last minute.",
        "Look for what takes the processors (top), or for a machine that was suspended.",
    )
    yield _if(
        seen.events_late > LATE_EVENTS_SECONDS,
        "events",
        Alarm.EVENTS_LATE,
        f"Asterisk's events came up to {seen.events_late:.1f} s late within the last minute.",
        "Look at the load of both machines, the network between them, and their clocks.",
    )
    yield _if(
        seen.log_lines_lost_lately > 0,
        "log",
        Alarm.LOG_REFUSED,
        f"{seen.log_lines_lost_lately} lines of the log could not be written in the last hour.",
        "Make room where the log is kept; calls go on, lines are written again by themselves.",
    )
    share = seen.descriptors / seen.most_descriptors if seen.most_descriptors else 0.0
    yield _if(
        share > DESCRIPTORS_SHARE,
        "descriptors",
        Alarm.DESCRIPTORS_LOW,
        f"{seen.descriptors} of {seen.most_descriptors} file descriptors are in use.",
        "Start the router with a higher limit (ulimit -n, LimitNOFILE=).",
    )
    yield _if(
        seen.clock_step != 0.0,
        "clock",
        Alarm.CLOCK_STEPPED,
        f"This machine's clock was set by {seen.clock_step:+.1f} s within the last hour.",
        "Let it be disciplined (chrony, ntpd); schedules go by it.",
    )


def _if(wrong: bool, check: str, alarm: Alarm, says: str, remedy: str) -> Verdict:
    part = Part(check)
    return Verdict(part, State.DEGRADED, alarm, says, remedy) if wrong else Verdict(part)
