"""Where a call goes: `decide(table, call, now)`, one pure function for live calls and simulate.

What depends on the agents' phones at the moment of ringing is not decided here but in
`availability`, when the agent's turn comes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from callrouter.routing.model import (
    AgentGroup,
    CallRouting,
    IncomingCallSettings,
    RoutingTable,
    ScheduleRow,
    normalize_number,
)
from callrouter.routing.schedule import (
    began_yesterday,
    covers,
    describe_local_time,
    local_time,
    row_on_duty,
)


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """What is known of a call when it arrives, as Asterisk gave it."""

    number: str
    caller_number: str = ""
    caller_name: str = ""


@dataclass(frozen=True, slots=True)
class UnknownNumber:
    """No settings list the dialled number: refuse the call."""

    trace: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Closed:
    """No schedule row covers this time."""

    settings: IncomingCallSettings
    local: datetime
    trace: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A row is on duty, but its group has no members."""

    settings: IncomingCallSettings
    local: datetime
    row: ScheduleRow
    group: AgentGroup
    trace: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring these agents, one wave after another; the agents of a wave ring together."""

    settings: IncomingCallSettings
    local: datetime
    row: ScheduleRow
    group: AgentGroup
    waves: tuple[tuple[str, ...], ...]
    trace: tuple[str, ...]


Decision = UnknownNumber | Closed | Unavailable | Ring


def settings_for(table: RoutingTable, number: str) -> IncomingCallSettings | None:
    """The settings of a dialled number: as it was dialled, else in its normal form."""
    name = table.numbers.get(number) or table.numbers.get(normalize_number(number))
    return None if name is None else table.settings[name]


def decide(table: RoutingTable, call: IncomingCall, now: datetime) -> Decision:
    """Where this call goes at `now` (an aware datetime), and why."""
    settings = settings_for(table, call.number)
    if settings is None:
        return UnknownNumber((f"No incoming call settings list the number {call.number!r}.",))
    local = local_time(now, settings.timezone)
    trace: tuple[str, ...] = (
        f"Number {call.number} belongs to {settings.name} (configuration {table.version}).",
        f"It is {describe_local_time(local, settings.timezone)}.",
    )
    row = row_on_duty(settings.call_handling_schedule, local)
    if row is None:
        why = "covers this time" if settings.call_handling_schedule else "exists"
        return Closed(settings, local, (*trace, f"No schedule row {why}: closed."))
    group = table.agent_groups[row.agent_group]
    trace = (*trace, *_why_this_row(settings, row, local))
    if not group.members:
        why = f"Group {group.name} has no members: nobody can be rung."
        return Unavailable(settings, local, row, group, (*trace, why))
    waves = _waves(settings.call_routing, group)
    return Ring(settings, local, row, group, waves, (*trace, _describe(settings, group)))


def _why_this_row(
    settings: IncomingCallSettings, row: ScheduleRow, local: datetime
) -> Iterator[str]:
    since = ", since yesterday" if began_yesterday(row, local) else ""
    yield f"The row {row} is on duty{since}: group {row.agent_group}."
    others = [
        f"{other} ({other.agent_group})"
        for other in settings.call_handling_schedule
        if other is not row and covers(other, local)
    ]
    if others:
        yield f"This time is also in {', '.join(others)}; of several rows the first listed wins."


def _waves(call_routing: CallRouting, group: AgentGroup) -> tuple[tuple[str, ...], ...]:
    match call_routing:
        case CallRouting.SEQUENTIAL:
            return tuple((member,) for member in group.members)
        case CallRouting.SIMULTANEOUS:
            return (group.members,)
        case _:
            assert_never(call_routing)


def _describe(settings: IncomingCallSettings, group: AgentGroup) -> str:
    """How the waves are rung: `ring_seconds` each, and never longer than `max_ring_seconds`."""
    longest = min(settings.ring_seconds, settings.max_ring_seconds)
    members = group.members
    if len(members) == 1:
        return f"{settings.call_routing}: ring {members[0]} for {longest:g} s."
    if settings.call_routing is CallRouting.SIMULTANEOUS:
        together = f"{', '.join(members[:-1])} and {members[-1]}"
        return f"{settings.call_routing}: ring {together} together for {longest:g} s."
    return (
        f"{settings.call_routing}: ring {', then '.join(members)} for {longest:g} s each, "
        f"{settings.max_ring_seconds:g} s in all."
    )
