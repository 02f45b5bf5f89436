"""Every number that the router tells of itself, for Prometheus; `docs/metrics.md` explains them.

Law: whoever asks pays; what a call pays for is in `call_meter` and `asterisk_meter`.
"""

import asyncio
import os
import platform
import resource
import time
from collections import Counter as Tally
from collections.abc import Iterator
from datetime import UTC, datetime

from callrouter import __version__
from callrouter.logs import lost_lines
from callrouter.monitoring.alarms import Alarm, State
from callrouter.monitoring.families import Family, gauge, gauges, info, total
from callrouter.monitoring.watch import Known, Watch, descriptors

_STARTED = time.time()


def families(watch: Watch) -> Iterator[Family]:
    """All of them, with the values of this moment."""
    known = watch.known()
    yield info(
        "callrouter_build_info",
        "Which callrouter and Python this is.",
        version=__version__,
        python=platform.python_version(),
    )
    yield from _alarms(watch, known)
    yield from _calls(watch)
    yield from watch.calls.families()
    yield from _asterisk(watch)
    yield from watch.asterisk.families()
    yield watch.loop_lag.family()
    yield from _records(watch)
    yield from _configuration(watch)
    yield from _machine(watch)
    yield from _process()


def _alarms(watch: Watch, known: list[Known]) -> Iterator[Family]:
    live = Tally(each.verdict.alarm for each in known if each.verdict.alarm is not None)
    yield gauges(
        "callrouter_alarms",
        "How many parts are in this alarm now (docs/alarms.md).",
        "alarm",
        ((code, live[code]) for code in Alarm),
    )
    yield gauge("callrouter_ready", "1 while calls can come, else 0.", watch.seen().ready)
    yield gauge(
        "callrouter_standby",
        "1 while it stands by, for the end of another router, else 0.",
        watch.standing_by,
    )


def _calls(watch: Watch) -> Iterator[Family]:
    router = watch.router
    waiting, since = watch.calls.waiting()
    longest = 0.0 if since is None else (datetime.now(UTC) - since).total_seconds()
    yield gauge(
        "callrouter_calls_in_progress", "Calls in progress.", 0 if router is None else router.calls
    )
    yield gauge("callrouter_callers_waiting", "Callers who wait for an agent.", waiting)
    yield gauge(
        "callrouter_longest_wait_seconds",
        "How long the caller has waited who waits longest now.",
        max(0.0, longest),
    )


def _asterisk(watch: Watch) -> Iterator[Family]:
    listeners = [] if watch.router is None else watch.router.listeners
    label = "asterisk"
    yield gauges(
        "callrouter_asterisk_up",
        "1 while this Asterisk is heard and prepared, else 0.",
        label,
        [(each.client.url, each.ready.is_set()) for each in listeners],
    )
    yield total(
        "callrouter_asterisk_reconnects_total",
        "How often the lost event socket was opened again.",
        label,
        [(each.client.url, max(0, each.client.connections - 1)) for each in listeners],
    )
    yield total(
        "callrouter_asterisk_events_total",
        "Events that came from Asterisk.",
        label,
        [(each.client.url, each.client.heard) for each in listeners],
    )


def _records(watch: Watch) -> Iterator[Family]:
    records, spool = watch.records, watch.seen().spool
    yield gauge(
        "callrouter_database_up", "1 while PostgreSQL can be used, else 0.", not records.away
    )
    yield gauge(
        "callrouter_records_waiting",
        "Calls in memory of which something is not committed yet.",
        records.waiting,
    )
    for name, text, count in (
        ("written", "Calls whose record is in PostgreSQL, complete.", records.written),
        ("refused", "Records that PostgreSQL will not take; the log has them.", records.refused),
        ("logged_only", "Records left to the log for want of room.", records.logged_only),
        ("commits", "Transactions with which records were written.", records.commits),
    ):
        yield total(f"callrouter_records_{name}_total", text, "", [("", count)])
    if spool is not None:
        yield gauge("callrouter_spool_bytes", "Bytes of records on disk.", spool.bytes)
        yield gauge("callrouter_spool_limit_bytes", "What the spool may hold.", spool.most_bytes)
        yield gauge("callrouter_spool_files", "Files of records on disk.", spool.files)
        yield gauge(
            "callrouter_spool_oldest_seconds",
            "For how long something has been on disk that PostgreSQL has not got.",
            spool.oldest_seconds,
        )


def _configuration(watch: Watch) -> Iterator[Family]:
    state = watch.configuration
    yield info("callrouter_configuration_info", "The live configuration.", version=state.version)
    since = 0.0 if state.since is None else state.since.timestamp()
    yield gauge(
        "callrouter_configuration_live_since_seconds",
        "Since when it is live (Unix time).",
        since,
    )
    yield gauge(
        "callrouter_configuration_problems",
        "What is wrong with a newer configuration that is refused; 0: nothing.",
        len(state.problems),
    )


def _machine(watch: Watch) -> Iterator[Family]:
    disks = watch.seen().disks
    yield gauges(
        "callrouter_disk_free_bytes",
        "Room where the router writes.",
        "place",
        [(each.place, each.free_bytes) for each in disks],
    )
    yield gauges(
        "callrouter_disk_writable",
        "1 where the router may write there, else 0.",
        "place",
        [(each.place, not each.trouble) for each in disks],
    )
    yield total(
        "callrouter_log_lines_lost_total",
        "Lines of the log that could not be written.",
        "",
        [("", lost_lines())],
    )


def _process() -> Iterator[Family]:
    tasks = len(asyncio.all_tasks())
    yield gauge("callrouter_tasks", "Tasks of the router: calls, and what serves them.", tasks)
    used = resource.getrusage(resource.RUSAGE_SELF)
    yield total(
        "process_cpu_seconds_total",
        "Processor time of the router.",
        "",
        [("", used.ru_utime + used.ru_stime)],
    )
    yield gauge("process_start_time_seconds", "When it was started (Unix time).", _STARTED)
    yield gauge("process_open_fds", "File descriptors in use.", descriptors())
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    yield gauge("process_max_fds", "File descriptors it may have.", limit)
    if (memory := _resident()) is not None:
        yield gauge("process_resident_memory_bytes", "Memory in use.", memory)


def _resident() -> int | None:
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return None


def status_of(known: list[Known], *, ready: bool, standing_by: bool) -> str:
    """`ok`, `degraded` where calls come but something is wrong, `standby`, or `not ready`."""
    if not ready:
        return "standby" if standing_by else "not ready"
    return "ok" if all(each.verdict.state is State.OK for each in known) else "degraded"
