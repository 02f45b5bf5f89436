"""Where a call goes: `decide(table, call, now)`, one pure function for live calls and simulate.

What depends on the agents at the moment of ringing is not decided here but when their turn comes:
in `order` and `availability`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from callrouter.routing.admission import BlockedCaller, Refuse, blocking, describe_blocked
from callrouter.routing.duty import Because, Duty, can_ring, groups, members_of, on_duty
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
    normalize_number,
)
from callrouter.routing.schedule import Clock, describe_local_time, rows_covering, started_on

__all__ = [
    "Because",
    "Closed",
    "Decision",
    "IncomingCall",
    "LetIn",
    "Refused",
    "Ring",
    "Unavailable",
    "UnknownNumber",
    "closed_prompt",
    "decide",
    "decide_by",
    "describe_override",
    "groups",
    "let_in",
    "members_of",
    "settings_for",
]


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """What is known of a call when it arrives, as Asterisk gave it."""

    number: str
    caller_number: str = ""
    caller_name: str = ""


@dataclass(frozen=True, slots=True)
class UnknownNumber:
    """No settings list the dialled number, and no agent has it: refuse the call."""

    trace: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """The caller is not let in: `rule` says why, `refuse` what he gets instead.

    `settings` is the name of those of the dialled number, if there are any.
    """

    rule: str
    refuse: Refuse
    prompt: Prompt | None
    settings: str | None
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


LetIn = UnknownNumber | Closed | Unavailable | Ring
Decision = LetIn | Refused


def targets_of(decision: Decision) -> tuple[Target, ...]:
    """Whom the call is to ring, one after another; nobody where it rings nobody."""
    return decision.targets if isinstance(decision, Ring | Unavailable) else ()


def settings_for(table: RoutingTable, number: str) -> IncomingCallSettings | None:
    """The settings of a dialled number: as it was dialled, else in its normal form."""
    name = table.numbers.get(number) or table.numbers.get(normalize_number(number))
    return None if name is None else table.settings[name]


def decide(table: RoutingTable, call: IncomingCall, now: datetime) -> Decision:
    """Where this call goes at `now` (an aware datetime), and why."""
    blocked = blocking(table.blocked, table.number_plan, call.caller_number, now)
    return _blocked(table, call, blocked) if blocked else let_in(table, call, now)


def _blocked(table: RoutingTable, call: IncomingCall, blocked: BlockedCaller) -> Refused:
    settings = settings_for(table, call.number)
    why = describe_blocked(blocked)
    trace = (
        f"{why[0].upper()}{why[1:]} (configuration {table.version}).",
        "Whoever is blocked rings nobody, whatever the schedule says.",
    )
    prompt = table.limits.blocked_message if blocked.refuse is Refuse.MESSAGE else None
    name = settings.name if settings else None
    return Refused(f"Refused: {why}.", blocked.refuse, prompt, name, trace)


def let_in(table: RoutingTable, call: IncomingCall, now: datetime) -> LetIn:
    """Where this call goes at `now`, if its caller is let in."""
    settings = settings_for(table, call.number)
    if settings is not None:
        why = f"Number {call.number} belongs to {settings.name} (configuration {table.version})."
        return decide_by(table, settings, now, (why,))
    agent = table.extensions.get(call.number) or table.extensions.get(normalize_number(call.number))
    if agent is None:
        return UnknownNumber((f"No incoming call settings list the number {call.number!r}.",))
    own = table.agents[agent].settings
    if own is None:
        whose = f"Number {call.number} is {table.agents[agent].name}'s own, but he has no settings"
        return UnknownNumber(
            (f"{whose} and is in no group of a schedule: nothing says what then.",)
        )
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
    duty = on_duty(table, settings, clock)
    why = tuple(_why(settings, duty, clock))
    trace = (*trace, f"It is {describe_local_time(local, settings.timezone)}.", *why)
    if not duty.targets:
        prompt = closed_prompt(settings, clock.now, duty.message)
        return Closed(settings, local, duty.because, prompt, trace)
    if not can_ring(table, duty.targets):
        trace = (*trace, _nobody_in(duty.targets))
        return Unavailable(settings, local, duty.because, duty.targets, trace)
    return Ring(settings, local, duty.because, duty.targets, trace)


def _direct(
    table: RoutingTable,
    agent: str,
    settings: IncomingCallSettings,
    call: IncomingCall,
    now: datetime,
) -> Closed | Ring:
    clock = Clock(now)
    local = clock.local(settings.timezone)
    name = table.agents[agent].name
    trace: tuple[str, ...] = (
        f"Number {call.number} is {name}'s own (configuration {table.version}).",
        f"It is {describe_local_time(local, settings.timezone)}.",
    )
    for override in settings.overrides:
        if override.holds(now) and override.kind is OverrideKind.CLOSED:
            trace = (*trace, f"{describe_override(override, settings.timezone)}.")
            prompt = closed_prompt(settings, clock.now, override.message)
            return Closed(settings, local, Because(override=override), prompt, trace)
    trace = (*trace, f"Ring the agent; messages and what follows are those of {settings.name}.")
    target = Target(TargetKind.AGENT, agent)
    return Ring(settings, local, Because(), (target,), trace, direct=True)


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


def closed_prompt(
    settings: IncomingCallSettings, now: datetime, own: Prompt | None = None
) -> Prompt | None:
    """What is said at `now` (in UTC), when it is closed.

    `own` is the message of the override or holiday that closes. Where a message has
    `{reopens_at}` in it, the rendered closing of that time stands for it; where there is none
    at hand, a message that says nothing of the kind.
    """
    if own is not None and not _to_be_filled(own):
        return own
    for closing in settings.closings:
        if closing.from_at <= now < closing.until_at:
            return closing.prompt
    usual = settings.closed_message
    if usual is None or _to_be_filled(usual):
        return settings.agent_unavailable_message
    return usual


def _to_be_filled(prompt: Prompt) -> bool:
    return prompt.text is not None and "{" in prompt.text


def _why(settings: IncomingCallSettings, duty: Duty, clock: Clock) -> Iterator[str]:
    because = duty.because
    if because.override is not None:
        yield f"{describe_override(because.override, settings.timezone)}."
        if because.row is not None:
            yield f"The groups are those of the row {because.row}, on duty now or next."
        elif because.override.kind is OverrideKind.OPEN and not duty.targets:
            yield "There is no row to take the groups from: closed."
    elif because.holiday is not None:
        yield _why_this_holiday(because.holiday)
    else:
        if duty.worked_through is not None:
            yield f"{duty.worked_through.name} is a day like any other here: the rows count."
        if because.row is not None:
            yield from _why_this_row(settings, because.row, clock)
        else:
            exist = bool(settings.call_handling_schedule)
            yield f"No schedule row {'covers this time' if exist else 'exists'}: closed."


def _why_this_holiday(holiday: Holiday) -> str:
    names = holiday.agent_groups
    if not names:
        return f"It is a holiday, {holiday.name}: closed."
    some = "groups" if len(names) > 1 else "group"
    return (
        f"It is a holiday, {holiday.name}: {some} {', then '.join(names)} "
        f"{'are' if len(names) > 1 else 'is'} on duty."
    )


def _why_this_row(settings: IncomingCallSettings, row: ScheduleRow, clock: Clock) -> Iterator[str]:
    zone = row.hours.timezone
    if zone is not None and zone != settings.timezone:
        yield f"By the row's own clock it is {describe_local_time(clock.local(zone), zone)}."
    local = clock.local(zone or settings.timezone)
    since = ", since yesterday" if started_on(row.hours, local) != local.date() else ""
    plural = "s" if len(row.agent_groups) > 1 else ""
    yield f"The row {row} is on duty{since}: group{plural} {', then '.join(row.agent_groups)}."
    rows = settings.call_handling_schedule
    # None of those listed before the first that covers this time does.
    after = next(place for place, each in enumerate(rows, 1) if each is row)
    others = [
        f"{other} ({', '.join(other.agent_groups)})"
        for other in rows_covering(rows[after:], settings.timezone, clock)
    ]
    if others:
        yield f"This time is also in {', '.join(others)}; of several rows the first listed wins."


def _nobody_in(targets: tuple[Target, ...]) -> str:
    names = " and ".join(target.name for target in targets)
    if len(targets) > 1:
        return f"Groups {names} have no members: nobody can be rung."
    return f"Group {names} has no members: nobody can be rung."
