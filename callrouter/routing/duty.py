"""Who is on duty for certain settings at a moment: overrides, then holidays, then rows.

Pure and wordless; `decide` says it in sentences.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from callrouter.routing.edges import row_edges, windows
from callrouter.routing.model import (
    Holiday,
    IncomingCallSettings,
    Override,
    OverrideKind,
    Prompt,
    RoutingTable,
    ScheduleRow,
    Target,
    TargetKind,
)
from callrouter.routing.schedule import Clock, row_on_duty


@dataclass(frozen=True, slots=True)
class Because:
    """What won: an override, a holiday or a row; nothing of it where no row covers the time.

    `row` is also given where an override opens by the row that comes next.
    """

    row: ScheduleRow | None = None
    holiday: Holiday | None = None
    override: Override | None = None


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is to take calls, the preferred first, and because of what; closed without targets.

    `message` is what whoever finds it closed hears, where the override or the holiday has one of
    its own. `worked_through` is a holiday that is a day like any other here.
    """

    because: Because
    targets: tuple[Target, ...] = ()
    message: Prompt | None = None
    worked_through: Holiday | None = None


def on_duty(table: RoutingTable, settings: IncomingCallSettings, clock: Clock) -> Duty:
    """Who is on duty at the clock's moment."""
    for override in settings.overrides:
        if override.holds(clock.now):
            return _overridden(settings, override, clock)
    holiday = holiday_at(table, settings, clock)
    if holiday is not None and not holiday.is_open:
        return Duty(Because(holiday=holiday), groups(holiday.agent_groups), holiday.message)
    row = row_on_duty(settings.call_handling_schedule, settings.timezone, clock)
    targets = () if row is None else groups(row.agent_groups)
    return Duty(Because(row=row), targets, worked_through=holiday)


def _overridden(settings: IncomingCallSettings, override: Override, clock: Clock) -> Duty:
    if override.kind is OverrideKind.CLOSED:
        return Duty(Because(override=override), message=override.message)
    if override.targets:
        return Duty(Because(override=override), override.targets)
    row = row_to_come(settings.call_handling_schedule, settings.timezone, clock)
    targets = () if row is None else groups(row.agent_groups)
    return Duty(Because(row=row, override=override), targets)


def holiday_at(table: RoutingTable, settings: IncomingCallSettings, clock: Clock) -> Holiday | None:
    """The holiday that rules at this moment, by the clock of the settings' zone."""
    if not settings.holidays:
        return None
    local = clock.local(settings.timezone)
    day = local.toordinal()
    seconds = local.hour * 3600 + local.minute * 60 + local.second
    for name in settings.holidays:
        for holiday in table.calendars[name].days.get(day, ()):
            if holiday.from_time <= seconds < holiday.to_time:
                return holiday
    return None


def row_to_come(rows: Sequence[ScheduleRow], timezone: str, clock: Clock) -> ScheduleRow | None:
    """The row that is on duty now or begins next, holidays aside; the first listed of several."""
    if (row := row_on_duty(rows, timezone, clock)) is not None:
        return row
    for start, end in windows(clock.now):
        for moment in sorted(row_edges(rows, timezone, start, end)):
            if start <= moment < end:
                row = row_on_duty(rows, timezone, Clock(moment))
                if row is not None:
                    return row
    return None


def can_ring(table: RoutingTable, targets: Sequence[Target]) -> bool:
    """Whether there is anybody among them: not only groups without members."""
    return any(
        target.kind is not TargetKind.AGENT_GROUP or table.agent_groups[target.name].members
        for target in targets
    )


def groups(names: Sequence[str]) -> tuple[Target, ...]:
    return tuple(Target(TargetKind.AGENT_GROUP, name) for name in names)


def members_of(table: RoutingTable, target: Target) -> tuple[str, ...]:
    """The agents a target may ring; none for an outside number or other settings."""
    if target.kind is TargetKind.AGENT_GROUP:
        return table.agent_groups[target.name].members
    return (target.name,) if target.kind is TargetKind.AGENT else ()
