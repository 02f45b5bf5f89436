"""Looks at the router from within, several times a second: how late it is, how its parts are.

Law: it costs a few thousandths of a processor, asks nobody else, and whatever goes wrong in it
ends no call. What has become wrong, or well again, is a line in the log that begins with `alarm`.
"""

import asyncio
import logging
import os
import resource
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from callrouter.configuration import ConfigurationState
from callrouter.db.records import RecordWriter
from callrouter.db.spool import MOST_BYTES
from callrouter.logs import lost_lines
from callrouter.monitoring.alarms import State
from callrouter.monitoring.asterisk_meter import AsteriskMeter
from callrouter.monitoring.call_meter import CallMeter
from callrouter.monitoring.checks import (
    AsteriskSeen,
    DiskSeen,
    Part,
    Seen,
    SpoolSeen,
    Verdict,
    verdicts,
)
from callrouter.monitoring.disks import look_at, look_at_spool
from callrouter.monitoring.families import FAST, Histogram
from callrouter.monitoring.worst import Worst
from callrouter.router import Router
from callrouter.settings import Settings

log = logging.getLogger(__name__)

TICK_SECONDS = 0.25
JUDGED_EVERY = 4
"""Ticks from one judgement to the next."""

DISKS_SECONDS = 5.0
LATELY_SECONDS = 3600.0
STEP_SECONDS = 2.0
"""By so much a clock that is disciplined is never set at once."""


@dataclass(frozen=True, slots=True)
class Known:
    """A verdict and since when it is so."""

    verdict: Verdict
    since: datetime


class Watch:
    """`run` for as long as the process does. `calls` is where the calls' facts go."""

    def __init__(
        self, settings: Settings, records: RecordWriter, configuration: ConfigurationState
    ) -> None:
        self.calls = CallMeter(records)
        self.asterisk = AsteriskMeter()
        self.records = records
        self.configuration = configuration
        self.router: Router | None = None
        self.standing_by = False
        self.started_at = datetime.now(UTC)
        self.loop_lag = Histogram(
            "callrouter_event_loop_lag_seconds",
            "How much later than asked for the router was woken, four times a second.",
            FAST,
        )
        self._spool_folder = settings.spool_dir
        self._places: list[tuple[str, Path]] = [
            ("spool", settings.spool_dir),
            ("prompts", settings.prompts_dir),
        ]
        if settings.asterisk_conf_dir is not None:
            self._places.append(("asterisk", settings.asterisk_conf_dir))
        self._late = Worst()
        self._disks: tuple[DiskSeen, ...] = ()
        self._spool: SpoolSeen | None = None
        self._spooled_since: float | None = None
        self._stepped: tuple[float, float] | None = None
        self._refused, self._lost = _Lately(), _Lately()
        self._known: dict[Part, Known] = {}

    async def run(self) -> None:
        """For ever."""
        loop = asyncio.get_running_loop()
        await self._look_at_disks()
        looked_at, ticks = loop.time(), 0
        while True:
            try:
                await self._tick()
                if (ticks := ticks + 1) % JUDGED_EVERY == 0:
                    if loop.time() - looked_at >= DISKS_SECONDS:
                        await self._look_at_disks()
                        looked_at = loop.time()
                    self._judge()
            except Exception:  # nobody's call depends on it
                log.exception("the router cannot look at itself")

    def known(self) -> list[Known]:
        """How every part is now."""
        now = datetime.now(UTC)
        return [self._since(verdict, now) for verdict in verdicts(self.seen())]

    def wrong(self) -> list[Known]:
        """What was wrong when it was last judged."""
        return [each for each in self._known.values() if each.verdict.alarm is not None]

    def alarms(self) -> tuple[str, ...]:
        """The codes of what is wrong, each once."""
        return tuple(sorted({str(each.verdict.alarm) for each in self.wrong()}))

    def seen(self) -> Seen:
        router, state = self.router, self.configuration
        servers = () if router is None or self.standing_by else router.listeners
        return Seen(
            started=router is not None,
            standing_by=self.standing_by,
            stopping=router is not None and router.stopping,
            asterisk=tuple(
                AsteriskSeen(each.client.url, each.ready.is_set(), str(each.unusable or ""))
                for each in servers
            ),
            database_away=self.records.away,
            records_waiting=self.records.waiting,
            records_refused_lately=self._refused.count(self.records.refused),
            spool=None if self._spool is None else replace(self._spool, refuses=self.refuses),
            configuration=state.version,
            problems=state.problems,
            net_trouble=state.net_trouble,
            disks=self._disks,
            log_lines_lost_lately=self._lost.count(lost_lines()),
            overload=router is not None and router.gate.overload.on,
            loop_late=self._late.value,
            events_late=self.asterisk.late.value,
            descriptors=descriptors(),
            most_descriptors=resource.getrlimit(resource.RLIMIT_NOFILE)[0],
            clock_step=self._step(),
        )

    @property
    def refuses(self) -> bool:
        """Whether records wait in memory because the disk takes none; it is asked only then."""
        return self.records.away and self.records.spool_refuses

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        began, wall = loop.time(), time.time()
        await asyncio.sleep(TICK_SECONDS)
        passed = loop.time() - began
        late = max(0.0, passed - TICK_SECONDS)
        self.loop_lag.observe(late)
        self._late.note(late)
        step = time.time() - wall - passed
        if abs(step) > STEP_SECONDS:
            self._stepped = (loop.time(), step)

    async def _look_at_disks(self) -> None:
        now = time.time()
        self._disks, spool = await asyncio.to_thread(
            lambda: (
                look_at(self._places),
                look_at_spool(self._spool_folder, MOST_BYTES, now, refuses=False),
            )
        )
        if not spool.files:
            self._spooled_since = None
        elif self._spooled_since is None:
            self._spooled_since = now - spool.oldest_seconds
        since = self._spooled_since
        oldest = 0.0 if since is None else max(0.0, now - since)
        self._spool = replace(spool, oldest_seconds=oldest)

    def _step(self) -> float:
        if self._stepped is None or time.monotonic() - self._stepped[0] > LATELY_SECONDS:
            return 0.0
        return self._stepped[1]

    def _judge(self) -> None:
        before, now = self._known, datetime.now(UTC)
        self._known = {
            each.verdict.part: each
            for each in (self._since(verdict, now) for verdict in verdicts(self.seen()))
        }
        _tell(before, self._known.values(), now)

    def _since(self, verdict: Verdict, now: datetime) -> Known:
        """As long as a part is in the same state for the same reason, it is since the first."""
        before = self._known.get(verdict.part)
        if before is None:
            return Known(verdict, self.started_at if verdict.state is State.OK else now)
        same = (before.verdict.state, before.verdict.alarm) == (verdict.state, verdict.alarm)
        return Known(verdict, before.since if same else now)


class _Lately:
    """By how much a count that only grows has grown within the last hour, to the minute."""

    def __init__(self) -> None:
        self._known: deque[tuple[float, int]] = deque([(time.monotonic(), 0)])

    def count(self, total: int) -> int:
        now = time.monotonic()
        while len(self._known) > 1 and self._known[1][0] <= now - LATELY_SECONDS:
            self._known.popleft()
        if now - self._known[-1][0] >= LATELY_SECONDS / 60:
            self._known.append((now, total))
        return total - self._known[0][1]


def descriptors() -> int:
    """How many files and connections this process has open."""
    try:
        return len(os.listdir("/proc/self/fd")) - 1
    except OSError:  # where there is no /proc, or no descriptor left to look there
        return 0


def _tell(before: dict[Part, Known], known: Iterable[Known], now: datetime) -> None:
    """A line for each part that has become wrong or well, or wrong in another way."""
    for each in known:
        verdict = each.verdict
        name = " ".join(filter(None, verdict.part))
        was = before.get(verdict.part)
        alarm = None if was is None else was.verdict.alarm
        if verdict.alarm is alarm:
            continue
        if was is not None and alarm is not None:
            seconds = (now - was.since).total_seconds()
            log.warning("alarm over: %s (%s) after %.0f s", alarm, name, seconds)
        if verdict.alarm is not None:
            level = logging.ERROR if verdict.state is State.DOWN else logging.WARNING
            words = f"{verdict.says} {verdict.remedy}"
            log.log(level, "alarm %s (%s): %s", verdict.alarm, name, words)
