"""What Asterisk shall do by itself while no router is there: who is rung and what is said, ahead.

Pure. The same schedule as ever (`week.duty_plan`), put so simply that a dialplan can follow it: it
knows only its phones' states, no order but the listed one, no queue of calls, no follow-on to
other settings. Outside numbers and phones that ask for a key are left out: without a router
nobody could hear whether a person or a mailbox has answered.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from callrouter.routing.decide import closed_prompt, describe_override
from callrouter.routing.duty import can_ring, members_of
from callrouter.routing.model import (
    CallRouting,
    IncomingCallSettings,
    Prompt,
    RoutingTable,
    TargetKind,
)
from callrouter.routing.schedule import local_time
from callrouter.routing.week import Stretch, duty_plan

DAYS = 4
"""So many days the net holds without a router."""


@dataclass(frozen=True, slots=True)
class Speak:
    """Nobody is on duty: this is said; None is nothing of our own."""

    prompt: Prompt | None


@dataclass(frozen=True, slots=True)
class NetAgent:
    """Somebody on duty, for the sake of a group (empty: his own), with the phones he can have."""

    id: str
    extension: str
    name: str
    agent_group: str
    phones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RingPhones:
    """One step after another rings its agents for `seconds`, each phone only where it is free."""

    steps: tuple[tuple[NetAgent, ...], ...]
    seconds: int


@dataclass(frozen=True, slots=True)
class NetReason:
    """Why it is so, in the words that call records have; empty where nothing of it won."""

    decision: str
    agent_group: str = ""
    schedule_row: str = ""
    holiday: str = ""
    override: str = ""


@dataclass(frozen=True, slots=True)
class NetStretch:
    """Until `until_at` (in UTC) this holds."""

    until_at: datetime
    plan: Speak | RingPhones
    reason: NetReason


def safety_net(
    table: RoutingTable,
    settings: IncomingCallSettings,
    now: datetime,
    days: int = DAYS,
) -> tuple[NetStretch, ...]:
    """What holds for these settings from today's beginning on, without gaps: so it is the same
    text all day. The last stretch holds for as long as there is no router."""
    plan = duty_plan(table, settings, local_time(now, settings.timezone).date(), days)
    coming = [each for stretch in plan.stretches for each in _of(table, settings, stretch)]
    return tuple(
        NetStretch(max(each.until_at for each in same), *first)
        for first, same in groupby(coming, key=lambda each: (each.plan, each.reason))
    )


def _of(
    table: RoutingTable,
    settings: IncomingCallSettings,
    stretch: Stretch,
) -> Iterator[NetStretch]:
    until = stretch.until_at.astimezone(UTC)
    reason = _reason(table, settings, stretch)
    if stretch.targets:
        steps = tuple(_steps(table, settings, stretch))
        yield NetStretch(until, RingPhones(steps, _seconds(settings)), reason)
        return
    because = stretch.because
    own = because.override.message if because.override else None
    own = because.holiday.message if because.holiday else own
    # What is said changes with the time to the next opening.
    ends = sorted({each.until_at for each in settings.closings} | {until})
    begins = stretch.from_at.astimezone(UTC)
    for end in ends:
        if begins < end <= until:
            yield NetStretch(end, Speak(closed_prompt(settings, begins, own)), reason)
            begins = end


def _reason(table: RoutingTable, settings: IncomingCallSettings, stretch: Stretch) -> NetReason:
    because, targets = stretch.because, stretch.targets
    decision = "closed"
    if targets:
        decision = "ring" if can_ring(table, targets) else "unavailable"
    first = targets[0] if targets else None
    is_group = first is not None and first.kind is TargetKind.AGENT_GROUP
    return NetReason(
        decision,
        agent_group=first.name if first is not None and is_group else "",
        schedule_row=str(because.row) if because.row else "",
        holiday=because.holiday.name if because.holiday else "",
        override=describe_override(because.override, settings.timezone) if because.override else "",
    )


def _steps(
    table: RoutingTable,
    settings: IncomingCallSettings,
    stretch: Stretch,
) -> Iterator[tuple[NetAgent, ...]]:
    """Whoever is on duty and works: all at once, or one agent after another."""
    agents = [each for each in _agents(table, stretch) if each.phones]
    if not agents:
        return
    if settings.call_routing is CallRouting.SIMULTANEOUS:
        yield tuple(agents)
    else:
        yield from ((agent,) for agent in agents)


def _agents(table: RoutingTable, stretch: Stretch) -> Iterator[NetAgent]:
    """Those who work, each for the sake of the first target that names him."""
    groups: dict[str, str] = {}
    for target in stretch.targets:
        group = target.name if target.kind is TargetKind.AGENT_GROUP else ""
        for member in members_of(table, target):
            groups.setdefault(member, group)
    for name in stretch.members:
        agent = table.agents[name]
        phones = tuple(
            phone for phone in agent.phones if phone not in agent.confirmed and "@" not in phone
        )
        yield NetAgent(agent.id, agent.extension, agent.name, groups[name], phones)


def _seconds(settings: IncomingCallSettings) -> int:
    together = settings.call_routing is CallRouting.SIMULTANEOUS
    return max(1, round(settings.max_ring_seconds if together else settings.ring_seconds))


__all__ = [
    "DAYS",
    "NetAgent",
    "NetReason",
    "NetStretch",
    "RingPhones",
    "Speak",
    "safety_net",
]
