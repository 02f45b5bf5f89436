"""The moments at which the answer to "who is on duty?" may change.

Between two neighbouring edges it is the same: so it is enough to ask at the edges.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from callrouter.routing.clocks import DAY, clock_changes, later, midnight, moments_of
from callrouter.routing.hours import Hours
from callrouter.routing.model import IncomingCallSettings, Override, RoutingTable, ScheduleRow

FARTHEST_DAYS = 400
"""How far ahead is looked for an opening: each yearly season comes within it."""

_WINDOW_ENDS = (1, 7, *range(35, FARTHEST_DAYS, 28), FARTHEST_DAYS)


def windows(now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Stretches `[from, to)` that follow each other from `now` on: a day, a week, then months."""
    start = later(now, 0)
    for days in _WINDOW_ENDS:
        end = later(now, days)
        yield start, end
        start = end


def edges(
    table: RoutingTable, settings: IncomingCallSettings, start: datetime, end: datetime
) -> list[datetime]:
    """In `(start, end)`, aware; in UTC and in their order."""
    found = row_edges(settings.call_handling_schedule, settings.timezone, start, end)
    found |= set(_holiday_edges(table, settings, start, end))
    found |= set(override_edges(settings.overrides))
    return sorted(moment for moment in found if start < moment < end)


def row_edges(
    rows: Iterable[ScheduleRow], timezone: str, start: datetime, end: datetime
) -> set[datetime]:
    """As `hours_edges`, for the hours of rows."""
    return hours_edges((row.hours for row in rows), timezone, start, end)


def hours_edges(
    hours: Iterable[Hours], timezone: str, start: datetime, end: datetime
) -> set[datetime]:
    """Where hours begin and end, and clocks are changed; some may lie outside `[start, end)`.

    `timezone` is that of the hours that name none.
    """
    by_zone: dict[str, list[Hours]] = {}
    for each in hours:
        by_zone.setdefault(each.timezone or timezone, []).append(each)
    found: set[datetime] = set()
    for zone, own in by_zone.items():
        found.update(change.at for change in clock_changes(zone, start, end))
        first, last = _days(zone, start, end)
        readings = {
            reading
            for each in own
            for day in each.begin_on(first, last)
            for reading in each.span(day)
        }
        found.update(moment for each in readings for moment in moments_of(each, zone))
    return found


def _days(timezone: str, start: datetime, end: datetime) -> tuple[date, date]:
    """The days on which something that is going on within `[start, end)` may have begun."""
    zone = ZoneInfo(timezone)
    # A night began the day before, also where that day was left out.
    return (start.astimezone(zone) - DAY).date(), end.astimezone(zone).date()


def _holiday_edges(
    table: RoutingTable, settings: IncomingCallSettings, start: datetime, end: datetime
) -> Iterator[datetime]:
    calendars = [table.calendars[name].days for name in settings.holidays]
    if not calendars:
        return
    for change in clock_changes(settings.timezone, start, end):
        yield change.at
    first, last = _days(settings.timezone, start, end)
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        for days in calendars:
            for holiday in days.get(ordinal, ()):
                day = midnight(date.fromordinal(ordinal))
                for seconds in (holiday.from_time, holiday.to_time):
                    yield from moments_of(day + timedelta(seconds=seconds), settings.timezone)


def override_edges(overrides: Sequence[Override]) -> Iterator[datetime]:
    """Where overrides begin and end, in UTC."""
    for override in overrides:
        for moment in (override.from_at, override.until_at):
            if moment is not None:
                yield moment.astimezone(UTC)
