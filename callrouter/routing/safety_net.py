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

from callrouter.routing.decide import closed_prompt
from callrouter.routing.model import (
    CallRouting,
    IncomingCallSettings,
    Prompt,
    RoutingTable,
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
class RingPhones:
    """One step after another rings its phones for `seconds`, each phone only where it is free.

    A step is (agent, phone) pairs.
    """

    steps: tuple[tuple[tuple[str, str], ...], ...]
    seconds: int


@dataclass(frozen=True, slots=True)
class NetStretch:
    """Until `until_at` (in UTC) this holds."""

    until_at: datetime
    plan: Speak | RingPhones


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
        NetStretch(max(each.until_at for each in same), first)
        for first, same in groupby(coming, key=lambda each: each.plan)
    )


def _of(
    table: RoutingTable,
    settings: IncomingCallSettings,
    stretch: Stretch,
) -> Iterator[NetStretch]:
    until = stretch.until_at.astimezone(UTC)
    if stretch.targets:
        steps = tuple(_steps(table, settings, stretch))
        yield NetStretch(until, RingPhones(steps, _seconds(settings)))
        return
    because = stretch.because
    own = because.override.message if because.override else None
    own = because.holiday.message if because.holiday else own
    # What is said changes with the time to the next opening.
    ends = sorted({each.until_at for each in settings.closings} | {until})
    begins = stretch.from_at.astimezone(UTC)
    for end in ends:
        if begins < end <= until:
            yield NetStretch(end, Speak(closed_prompt(settings, begins, own)))
            begins = end


def _steps(
    table: RoutingTable,
    settings: IncomingCallSettings,
    stretch: Stretch,
) -> Iterator[tuple[tuple[str, str], ...]]:
    """Whoever is on duty and works: all at once, or one agent after another."""
    agents = [table.agents[name] for name in stretch.members]
    phones = [
        tuple(
            (agent.id, phone)
            for phone in agent.phones
            if phone not in agent.confirmed and "@" not in phone
        )
        for agent in agents
    ]
    phones = [each for each in phones if each]
    if not phones:
        return
    if settings.call_routing is CallRouting.SIMULTANEOUS:
        yield tuple(dict.fromkeys(phone for each in phones for phone in each))
    else:
        yield from phones


def _seconds(settings: IncomingCallSettings) -> int:
    together = settings.call_routing is CallRouting.SIMULTANEOUS
    return max(1, round(settings.max_ring_seconds if together else settings.ring_seconds))


__all__ = ["DAYS", "NetStretch", "RingPhones", "Speak", "safety_net"]
