"""When the clocks of a time zone are changed, and at which moments a clock shows a time.

Pure, but for a memory of what was asked before: a zone's law is looked through once a year.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
_FIRST = datetime.min.replace(tzinfo=UTC) + 4 * DAY
_LAST = datetime.max.replace(tzinfo=UTC) - 4 * DAY


@dataclass(frozen=True, slots=True)
class ClockChange:
    """At `at` (UTC) the clocks go forward by `seconds`, or back where these are negative."""

    at: datetime
    seconds: int


def later(now: datetime, days: float) -> datetime:
    """So many days after `now`, in UTC; the calendar's last days where it ends before."""
    moment = min(max(now.astimezone(UTC), _FIRST), _LAST)
    return _LAST if (_LAST - moment) / DAY < days else moment + days * DAY


def clock_changes(timezone: str, start: datetime, end: datetime) -> Iterator[ClockChange]:
    """The changes in `[start, end)` (aware), in their order."""
    first = start.astimezone(UTC).year
    for year in range(first, end.astimezone(UTC).year + 1):
        for change in _changes_in(timezone, year):
            if start <= change.at < end:
                yield change


@lru_cache(maxsize=4096)
def _changes_in(timezone: str, year: int) -> tuple[ClockChange, ...]:
    """No place has changed its clocks twice within a day, so a look at each day finds them all."""
    zone = ZoneInfo(timezone)
    day = max(datetime(year, 1, 1, tzinfo=UTC), _FIRST)
    end = _LAST if year >= _LAST.year else datetime(year + 1, 1, 1, tzinfo=UTC)
    found = []
    before = _offset(day, zone)
    while day < end:
        following = min(day + DAY, end)
        after = _offset(following, zone)
        if after != before:
            at = _when_changed(zone, day, following)
            found.append(ClockChange(at, round((after - before).total_seconds())))
        day, before = following, after
    return tuple(found)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)


def _when_changed(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first whole second (UTC) after `before` with the offset of `after`."""
    offset = _offset(after, zone)
    while after - before > SECOND:
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if _offset(middle, zone) == offset:
            after = middle
        else:
            before = middle
    return after


def moments_of(reading: datetime, timezone: str) -> tuple[datetime, ...]:
    """The moments (UTC) at which the clock in `timezone` comes to `reading` (naive).

    Two of them where the clocks go back. A reading that never happens, because they go forward,
    is passed at the moment of the change.
    """
    zone = ZoneInfo(timezone)
    first = reading.replace(tzinfo=zone).astimezone(UTC)
    second = reading.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first < second:
        return first, second
    return (first if first == second else _when_changed(zone, second, first),)


def midnight(day: date) -> datetime:
    """The day's first reading of a clock."""
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a reading, no moment
