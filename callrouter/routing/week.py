"""Who is on duty over some days: the plan of a week, with its gaps and its clock changes.

Pure. Readable by itself: times are local, in the settings' time zone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from callrouter.routing.availability import works_at
from callrouter.routing.clocks import DAY, clock_changes, midnight, moments_of
from callrouter.routing.duty import Because, Duty, members_of, on_duty
from callrouter.routing.edges import edges, hours_edges
from callrouter.routing.model import (
    IncomingCallSettings,
    RoutingTable,
    Target,
    TargetKind,
)
from callrouter.routing.schedule import Clock


class StretchKind(StrEnum):
    """By what somebody is on duty, or that nobody is."""

    ROW = "row"
    HOLIDAY = "holiday"
    OVERRIDE = "override"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Stretch:
    """`[from_at, until_at)`, aware and in the settings' zone, throughout which one thing holds.

    `kind` is by what it is open; CLOSED has no `targets`, whatever closes it (that is in
    `because`: a holiday, an override, or nothing where no row covers the time). `members` are
    the agents of all targets, each once, who work then; `off` those who by their own working
    hours do not.
    """

    from_at: datetime
    until_at: datetime
    kind: StretchKind
    because: Because
    targets: tuple[Target, ...]
    members: tuple[str, ...]
    off: tuple[str, ...] = ()

    @property
    def is_gap(self) -> bool:
        """Whether nobody can be rung: it is closed, or nobody in the groups on duty works."""
        elsewhere = (TargetKind.OUTSIDE_NUMBER, TargetKind.SETTINGS)
        return not self.members and all(each.kind not in elsewhere for each in self.targets)

    @property
    def seconds(self) -> float:
        """How long it lasts, by a clock that nobody changes."""
        return (self.until_at.astimezone(UTC) - self.from_at.astimezone(UTC)).total_seconds()


@dataclass(frozen=True, slots=True)
class ChangedDay:
    """A day on which the clocks in `timezone` (the settings' or a row's) go forward by `seconds`,
    or back where these are negative. `at` is the first moment after it, in that zone; `before`
    is what the clock would have shown then (naive)."""

    day: date
    timezone: str
    at: datetime
    seconds: int
    before: datetime

    def __str__(self) -> str:
        """`on Sunday 2026-03-29 at 02:00 clocks in Europe/Belgrade go forward to 03:00`."""
        way = "forward" if self.seconds > 0 else "back"
        other_day = "" if self.at.date() == self.before.date() else f" of {self.at:%Y-%m-%d}"
        return (
            f"on {self.before:%A %Y-%m-%d} at {self.before:%H:%M} "
            f"clocks in {self.timezone} go {way} to {self.at:%H:%M}{other_day}"
        )


@dataclass(frozen=True, slots=True)
class DutyPlan:
    """The days `[first, last]` in the settings' zone: stretches without a gap between them."""

    settings: str
    timezone: str
    first: date
    last: date
    stretches: tuple[Stretch, ...]
    changes: tuple[ChangedDay, ...]

    @property
    def gaps(self) -> tuple[Stretch, ...]:
        """Where nobody can be rung, in their order."""
        return tuple(each for each in self.stretches if each.is_gap)


def duty_plan(
    table: RoutingTable, settings: IncomingCallSettings, first: date, days: int = 7
) -> DutyPlan:
    """Who is on duty on so many days from `first` on, as `decide_by` says at each moment."""
    zone = ZoneInfo(settings.timezone)
    start = moments_of(midnight(first), settings.timezone)[0]
    end = moments_of(midnight(first + days * DAY), settings.timezone)[0]
    return DutyPlan(
        settings=settings.name,
        timezone=settings.timezone,
        first=first,
        last=first + (days - 1) * DAY,
        stretches=tuple(_joined(_stretches(table, settings, zone, start, end))),
        changes=tuple(_changes(settings, start, end)),
    )


def _stretches(
    table: RoutingTable,
    settings: IncomingCallSettings,
    zone: ZoneInfo,
    start: datetime,
    end: datetime,
) -> Iterator[Stretch]:
    """From each edge to the next, and within from one change of who works to the next."""
    at_edges = sorted({start, *edges(table, settings, start, end), end})
    duties = [on_duty(table, settings, Clock(moment)) for moment in at_edges[:-1]]
    shifts = _shifts(table, {target for duty in duties for target in duty.targets}, start, end)
    for (first, last), duty in zip(pairwise(at_edges), duties, strict=True):
        agents = _agents(table, duty.targets)
        within = [first, *(moment for moment in shifts if first < moment < last), last]
        for from_at, until_at in pairwise(within):
            working = {a for a in agents if works_at(table.agents[a], from_at, table.timezone)}
            yield Stretch(
                from_at.astimezone(zone),
                until_at.astimezone(zone),
                _kind(duty),
                duty.because,
                duty.targets,
                tuple(agent for agent in agents if agent in working),
                tuple(agent for agent in agents if agent not in working),
            )


def _shifts(
    table: RoutingTable, targets: set[Target], start: datetime, end: datetime
) -> list[datetime]:
    """Where working hours of these agents begin and end, in their order."""
    hours = {
        each for agent in _agents(table, targets) for each in table.agents[agent].working_hours
    }
    return sorted(hours_edges(hours, table.timezone, start, end))


def _kind(duty: Duty) -> StretchKind:
    if not duty.targets:
        return StretchKind.CLOSED
    if duty.because.override is not None:
        return StretchKind.OVERRIDE
    return StretchKind.HOLIDAY if duty.because.holiday is not None else StretchKind.ROW


def _agents(table: RoutingTable, targets: Iterable[Target]) -> list[str]:
    return list(dict.fromkeys(agent for each in targets for agent in members_of(table, each)))


def _joined(stretches: Iterator[Stretch]) -> Iterator[Stretch]:
    """Neighbours that say the same as one."""
    for _, same in groupby(stretches, lambda s: (s.because, s.targets, s.members, s.off)):
        first, *others = same
        yield replace(first, until_at=others[-1].until_at) if others else first


def _changes(
    settings: IncomingCallSettings, start: datetime, end: datetime
) -> Iterator[ChangedDay]:
    zones = {
        settings.timezone: None,
        **{row.hours.timezone: None for row in settings.call_handling_schedule},
    }
    for timezone in zones:
        if timezone is None:
            continue
        for change in clock_changes(timezone, start, end):
            at = change.at.astimezone(ZoneInfo(timezone))
            before = at.replace(tzinfo=None, fold=0) - change.seconds * (DAY / 86_400)
            yield ChangedDay(before.date(), timezone, at, change.seconds, before)
