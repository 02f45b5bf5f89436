"""Who is on duty for settings now, until when, and who then. Pure."""

from dataclasses import dataclass
from datetime import datetime

from callrouter.routing.clocks import later
from callrouter.routing.duty import Duty, can_ring, on_duty
from callrouter.routing.edges import edges
from callrouter.routing.model import IncomingCallSettings, RoutingTable
from callrouter.routing.schedule import Clock

AHEAD_DAYS = 1, 8
"""How far is looked for the next change: first near, where it mostly is."""


@dataclass(frozen=True, slots=True)
class DutyNow:
    """`until` and `then` are None where nothing changes in the coming week.

    It is the answer for any moment before `good_until`.
    """

    duty: Duty
    is_open: bool
    until: datetime | None
    then: Duty | None
    then_open: bool
    good_until: datetime


def duty_now(table: RoutingTable, settings: IncomingCallSettings, now: datetime) -> DutyNow:
    """Who is on duty at `now` (aware), and the next moment at which others are."""
    duty = on_duty(table, settings, Clock(now))
    is_open = can_ring(table, duty.targets)
    start = later(now, 0)
    good_until = later(now, AHEAD_DAYS[0])
    first = True
    for days in AHEAD_DAYS:
        end = later(now, days)
        for moment in edges(table, settings, start, end):
            good_until = min(good_until, moment) if first else good_until
            first = False
            then = on_duty(table, settings, Clock(moment))
            if then.targets != duty.targets:
                then_open = can_ring(table, then.targets)
                return DutyNow(duty, is_open, moment, then, then_open, good_until)
        start = end
    return DutyNow(duty, is_open, None, None, False, good_until)
