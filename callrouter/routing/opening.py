"""When it opens next: rows, holidays and overrides together, exact also when clocks change.

Pure. It asks who is on duty at every moment at which that may change, until somebody is.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from callrouter.routing.duty import can_ring, on_duty
from callrouter.routing.edges import edges, override_edges, windows
from callrouter.routing.model import IncomingCallSettings, OverrideKind, RoutingTable
from callrouter.routing.schedule import Clock


def is_open(table: RoutingTable, settings: IncomingCallSettings, now: datetime) -> bool:
    """Whether a call at `now` (aware) rings somebody, as `decide_by` says.

    Where an override sends everything to other settings it is open, whatever these say then.
    """
    return can_ring(table, on_duty(table, settings, Clock(now)).targets)


def opens_next(
    table: RoutingTable, settings: IncomingCallSettings, now: datetime
) -> datetime | None:
    """The first moment from `now` (aware) on at which it is open, in the settings' zone.

    `now` itself when it is open. None where it stays closed for the next 400 days: no row comes,
    or it is closed until further notice.
    """
    for moment in _moments(table, settings, now.astimezone(UTC)):
        if is_open(table, settings, moment):
            return moment.astimezone(ZoneInfo(settings.timezone))
    return None


def _moments(
    table: RoutingTable, settings: IncomingCallSettings, now: datetime
) -> Iterator[datetime]:
    """`now`, and each later moment at which it may open."""
    yield now
    if not _may_open(settings):
        return
    for start, end in windows(now):
        if not _closed_throughout(settings, start, end):
            if now < start:
                yield start
            yield from edges(table, settings, start, end)


def _may_open(settings: IncomingCallSettings) -> bool:
    """False where nothing at all says that anybody is ever on duty."""
    return bool(
        settings.call_handling_schedule
        or settings.holidays
        or any(override.targets for override in settings.overrides)
    )


def _closed_throughout(settings: IncomingCallSettings, start: datetime, end: datetime) -> bool:
    """Whether one override closes all of `[start, end)`: then there is nothing to look at."""
    if any(start < moment < end for moment in override_edges(settings.overrides)):
        return False
    for override in settings.overrides:
        if override.holds(start):
            return override.kind is OverrideKind.CLOSED
    return False
