"""Where a call goes: `decide(table, call, now)`, one pure function for live calls and simulate.

What depends on the agents at the moment of ringing is not decided here but when their turn comes:
in `order` and `availability`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from callrouter.routing.model import (
    AgentGroup,
    Holiday,
    IncomingCallSettings,
    Override,
    OverrideKind,
    Prompt,
    RoutingTable,
    ScheduleRow,
    Target,
    TargetKind,
    normalize_number,
)
from callrouter.routing.opening import row_to_come
from callrouter.routing.schedule import (
    Clock,
    covers,
    describe_local_time,
    row_on_duty,
    started_on,
)


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """What is known of a call when it arrives, as Asterisk gave it."""

    number: str
    caller_number: str = ""
    caller_name: str = ""


@dataclass(frozen=True, slots=True)
class Because:
    """What won: an override, a holiday or a row; nothing of it where no row covers the time.

    `row` is also given where an override opens by the row that comes next.
    """

    row: ScheduleRow | None = None
    holiday: Holiday | None = None
    override: Override | None = None


@dataclass(frozen=True, slots=True)
class UnknownNumber:
    """No settings list the dialled number, and no agent has it: refuse the call."""

    trace: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Closed:
    """Nobody is on duty. `prompt` is what the caller hears, None is nothing."""

    settings: IncomingCallSettings
    local: datetime
    because: Because
    prompt: Prompt | None
    trace: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Somebody should be on duty, but the groups have no members."""

    settings: IncomingCallSettings
    local: datetime
    because: Because
    targets: tuple[Target, ...]
    trace: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring these targets, one after another, until somebody has the call.

    `direct` where the caller dialled an agent's own number.
    """

    settings: IncomingCallSettings
    local: datetime
    because: Because
    targets: tuple[Target, ...]
    trace: tuple[str, ...]
    direct: bool = False

    @property
    def agent_group(self) -> str | None:
        """The first group that is rung; None where it is none."""
        first = self.targets[0]
        return first.name if first.kind is TargetKind.AGENT_GROUP else None


Decision = UnknownNumber | Closed | Unavailable | Ring


def settings_for(table: RoutingTable, number: str) -> IncomingCallSettings | None:
    """The settings of a dialled number: as it was dialled, else in its normal form."""
    name = table.numbers.get(number) or table.numbers.get(normalize_number(number))
    return None if name is None else table.settings[name]


def decide(table: RoutingTable, call: IncomingCall, now: datetime) -> Decision:
    """Where this call goes at `now` (an aware datetime), and why."""
    settings = settings_for(table, call.number)
    if settings is not None:
        why = f"Number {call.number} belongs to {settings.name} (configuration {table.version})."
        return decide_by(table, settings, now, (why,))
    agent = table.extensions.get(call.number) or table.extensions.get(normalize_number(call.number))
    own = None if agent is None else table.agents[agent].settings
    if agent is None or own is None:
        return UnknownNumber((f"No incoming call settings list the number {call.number!r}.",))
    return _direct(table, agent, table.settings[own], call, now)


def decide_by(
    table: RoutingTable,
    settings: IncomingCallSettings,
    now: datetime,
    trace: tuple[str, ...] = (),
) -> Closed | Unavailable | Ring:
    """Where a call goes that these settings are for; `trace` is why they are."""
    clock = Clock(now)
    local = clock.local(settings.timezone)
    trace = (*trace, f"It is {describe_local_time(local, settings.timezone)}.")
    for override in settings.overrides:
        if override.holds(now):
            return _overridden(table, settings, override, clock, trace)
    holiday = holiday_at(table, settings, local)
    if holiday is not None:
        if not holiday.is_open:
            return _on_holiday(table, settings, holiday, local, trace)
        trace = (*trace, f"{holiday.name} is a day like any other here: the rows count.")
    row = row_on_duty(settings.call_handling_schedule, settings.timezone, clock)
    if row is None:
        covering = "covers this time" if settings.call_handling_schedule else "exists"
        return _closed(
            settings, local, Because(), None, (*trace, f"No schedule row {covering}: closed.")
        )
    trace = (*trace, *_why_this_row(settings, row, clock))
    return _ring(table, settings, local, Because(row=row), groups(row.agent_groups), trace)


def holiday_at(
    table: RoutingTable, settings: IncomingCallSettings, local: datetime
) -> Holiday | None:
    """The holiday that rules at this local time of the settings' zone."""
    day = local.toordinal()
    seconds = local.hour * 3600 + local.minute * 60 + local.second
    for name in settings.holidays:
        for holiday in table.calendars[name].days.get(day, ()):
            if holiday.from_time <= seconds < holiday.to_time:
                return holiday
    return None


def groups(names: tuple[str, ...]) -> tuple[Target, ...]:
    return tuple(Target(TargetKind.AGENT_GROUP, name) for name in names)


def members_of(table: RoutingTable, target: Target) -> tuple[str, ...]:
    """The agents a target may ring; none for an outside number or other settings."""
    if target.kind is TargetKind.AGENT_GROUP:
        return table.agent_groups[target.name].members
    return (target.name,) if target.kind is TargetKind.AGENT else ()


def _direct(
    table: RoutingTable,
    agent: str,
    settings: IncomingCallSettings,
    call: IncomingCall,
    now: datetime,
) -> Closed | Ring:
    local = Clock(now).local(settings.timezone)
    name = table.agents[agent].name
    trace: tuple[str, ...] = (
        f"Number {call.number} is {name}'s own (configuration {table.version}).",
        f"It is {describe_local_time(local, settings.timezone)}.",
    )
    for override in settings.overrides:
        if override.holds(now) and override.kind is OverrideKind.CLOSED:
            return _closed_by(settings, override, local, trace)
    trace = (*trace, f"Ring the agent; messages and what follows are those of {settings.name}.")
    target = Target(TargetKind.AGENT, agent)
    return Ring(settings, local, Because(), (target,), trace, direct=True)


def _overridden(
    table: RoutingTable,
    settings: IncomingCallSettings,
    override: Override,
    clock: Clock,
    trace: tuple[str, ...],
) -> Closed | Unavailable | Ring:
    local = clock.local(settings.timezone)
    if override.kind is OverrideKind.CLOSED:
        return _closed_by(settings, override, local, trace)
    trace = (*trace, f"{describe_override(override, settings.timezone)}.")
    targets, row = override.targets, None
    if not targets:
        row = row_to_come(settings.call_handling_schedule, settings.timezone, clock.now)
        if row is None:
            why = "There is no row to take the groups from: closed."
            return _closed(settings, local, Because(override=override), None, (*trace, why))
        targets = groups(row.agent_groups)
        trace = (*trace, f"The groups are those of the row {row}, on duty now or next.")
    return _ring(table, settings, local, Because(row=row, override=override), targets, trace)


def describe_override(override: Override, timezone: str) -> str:
    """`Closed until Monday 2026-11-23 10:00 by amina: staff meeting`."""
    what = {
        OverrideKind.CLOSED: "Closed",
        OverrideKind.OPEN: "Open",
        OverrideKind.SEND_TO: "Everything goes",
    }[override.kind]
    to = f" to {', then '.join(map(str, override.targets))}" if override.targets else ""
    until = ""
    if override.until_at is not None:
        local = Clock(override.until_at).local(timezone)
        until = f" until {local:%A %Y-%m-%d %H:%M}"
    author = f", set by {override.author}" if override.author else ""
    reason = f" ({override.reason})" if override.reason else ""
    return f"Override: {what.lower()}{to}{until}{author}{reason}"


def _closed_by(
    settings: IncomingCallSettings, override: Override, local: datetime, trace: tuple[str, ...]
) -> Closed:
    trace = (*trace, f"{describe_override(override, settings.timezone)}.")
    return _closed(settings, local, Because(override=override), override.message, trace)


def _on_holiday(
    table: RoutingTable,
    settings: IncomingCallSettings,
    holiday: Holiday,
    local: datetime,
    trace: tuple[str, ...],
) -> Closed | Unavailable | Ring:
    because = Because(holiday=holiday)
    if not holiday.agent_groups:
        why = f"It is a holiday, {holiday.name}: closed."
        return _closed(settings, local, because, holiday.message, (*trace, why))
    names = ", then ".join(holiday.agent_groups)
    trace = (*trace, f"It is a holiday, {holiday.name}: group {names} is on duty.")
    return _ring(table, settings, local, because, groups(holiday.agent_groups), trace)


def _closed(
    settings: IncomingCallSettings,
    local: datetime,
    because: Because,
    own: Prompt | None,
    trace: tuple[str, ...],
) -> Closed:
    """With the message of the override or holiday, or that of the settings."""
    return Closed(settings, local, because, own or closed_prompt(settings, local), trace)


def closed_prompt(settings: IncomingCallSettings, now: datetime) -> Prompt | None:
    """What is said when it is closed: the one that says when it opens, where it is at hand."""
    for closing in settings.closings:
        if closing.from_at <= now < closing.until_at:
            return closing.prompt
    usual = settings.closed_message
    if usual is None or (usual.text is not None and "{" in usual.text):
        return settings.agent_unavailable_message
    return usual


def _why_this_row(settings: IncomingCallSettings, row: ScheduleRow, clock: Clock) -> Iterator[str]:
    zone = row.hours.timezone
    if zone is not None and zone != settings.timezone:
        yield f"By the row's own clock it is {describe_local_time(clock.local(zone), zone)}."
    local = clock.local(zone or settings.timezone)
    since = ", since yesterday" if started_on(row.hours, local) != local.date() else ""
    plural = "s" if len(row.agent_groups) > 1 else ""
    yield f"The row {row} is on duty{since}: group{plural} {', then '.join(row.agent_groups)}."
    others = [
        f"{other} ({', '.join(other.agent_groups)})"
        for other in settings.call_handling_schedule
        if other is not row
        and covers(other.hours, clock.local(other.hours.timezone or settings.timezone))
    ]
    if others:
        yield f"This time is also in {', '.join(others)}; of several rows the first listed wins."


def _ring(
    table: RoutingTable,
    settings: IncomingCallSettings,
    local: datetime,
    because: Because,
    targets: tuple[Target, ...],
    trace: tuple[str, ...],
) -> Unavailable | Ring:
    empty = [group.name for group in _groups_of(table, targets) if not group.members]
    if len(empty) == len(targets):
        names = " and ".join(empty)
        why = (
            f"Group{'s' if len(empty) > 1 else ''} {names} "
            f"{'have' if len(empty) > 1 else 'has'} no members: nobody can be rung."
        )
        return Unavailable(settings, local, because, targets, (*trace, why))
    return Ring(settings, local, because, targets, trace)


def _groups_of(table: RoutingTable, targets: tuple[Target, ...]) -> list[AgentGroup]:
    return [
        table.agent_groups[target.name]
        for target in targets
        if target.kind is TargetKind.AGENT_GROUP
    ]
