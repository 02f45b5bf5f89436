"""Hours laid out over a week, so that rows can be compared without looking at every day.

Pure arithmetic in seconds since Monday 00:00 on the wall. Exact because the schedule's law looks
at nothing but the wall: two clocks that are some seconds apart show a row and its shifted image.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from callrouter.routing.clocks import clock_changes, later
from callrouter.routing.hours import DAY_SECONDS, WEEKDAYS, Hours, SeasonDay, format_days
from callrouter.routing.hours import format_time as shown

WEEK_SECONDS = 7 * DAY_SECONDS
_SEASON_DAYS = 4 * 366  # a leap day is among them
Interval = tuple[int, int]


def pieces(hours: Hours) -> list[Interval]:
    """Of each of its days from when to when; the end may lie in the week after."""
    length = hours.to_time - hours.from_time + (DAY_SECONDS if hours.overnight else 0)
    starts = [WEEKDAYS.index(day) * DAY_SECONDS + hours.from_time for day in hours.days]
    return [(start, start + length) for start in starts]


def days_touched(piece: Interval) -> set[int]:
    """The days of the week, 0 is Monday, on which some of it lies."""
    return {moment // DAY_SECONDS % 7 for moment in (piece[0], piece[1] - 1)}


def common(own: Iterable[Interval], other: Interval, shift: int = 0) -> list[Interval]:
    """What of `own` lies in `other`, moved on by `shift`, in this week or the ones beside it."""
    found = []
    weeks = _weeks(other, shift)
    for start, end in own:
        for first, last in weeks:
            if first < end and start < last:
                found.append((max(start, first), min(end, last)))
    return found


def without(own: Sequence[Interval], other: Interval, shift: int = 0) -> list[Interval]:
    """What of `own` does not lie in `other`, moved on by `shift`."""
    left = list(own)
    for c, d in _weeks(other, shift):
        left = [
            piece
            for a, b in left
            for piece in ((a, min(b, c)), (max(a, d), b))
            if piece[0] < piece[1]
        ]
    return left


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """The same time, in order and without overlaps."""
    found: list[Interval] = []
    for start, end in sorted(intervals):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _weeks(other: Interval, shift: int) -> list[Interval]:
    start, end = other[0] + shift, other[1] + shift
    return [
        (start - WEEK_SECONDS, end - WEEK_SECONDS),
        (start, end),
        (start + WEEK_SECONDS, end + WEEK_SECONDS),
    ]


def complement(covered: Iterable[Interval]) -> list[Interval]:
    """What of the week nobody covers; what runs over the end of the week is one piece."""
    within = []
    for start, end in covered:
        since = start % WEEK_SECONDS
        until = since + end - start
        within.append((since, min(until, WEEK_SECONDS)))
        if until > WEEK_SECONDS:
            within.append((0, until - WEEK_SECONDS))
    left, since = [], 0
    for start, end in [*union(within), (WEEK_SECONDS, WEEK_SECONDS)]:
        if since < start:
            left.append((since, start))
        since = end
    if len(left) > 1 and left[0][0] == 0 and left[-1][1] == WEEK_SECONDS:
        left = [*left[1:-1], (left[-1][0], WEEK_SECONDS + left[0][1])]
    return left


def times(intervals: Iterable[Interval]) -> list[str]:
    """`Monday-Friday 12:00-13:00`: intervals of the same hours of several days as one."""
    by_hours: dict[Interval, list[int]] = {}
    for start, end in intervals:
        day, since = divmod(start, DAY_SECONDS)
        by_hours.setdefault((since, since + end - start), []).append(day % 7)
    found = []
    for (since, until), days in by_hours.items():
        written = format_days(tuple(WEEKDAYS[day] for day in days))
        ends = shown((until - 1) % DAY_SECONDS + 1)
        over = until > 2 * DAY_SECONDS or (until > DAY_SECONDS and until - since > DAY_SECONDS)
        last = f"{WEEKDAYS[(days[0] + (until - 1) // DAY_SECONDS) % 7]} " if over else ""
        found.append(f"{written} {shown(since)}-{last}{ends}")
    return found


@lru_cache(maxsize=1024)
def season_mask(first: SeasonDay | None, last: SeasonDay | None, today: date) -> int:
    """The days of a season in the four years from `today` on, a bit for each."""
    if first is None and last is None:
        return (1 << _SEASON_DAYS) - 1
    hours = Hours(WEEKDAYS, 0, DAY_SECONDS, first, last)
    end = min(today.toordinal() + _SEASON_DAYS - 1, date.max.toordinal())
    days = hours.begin_on(today, date.fromordinal(end))
    return sum(1 << day.toordinal() - today.toordinal() for day in days)


def mask_of(hours: Hours, today: date) -> int:
    """As `season_mask`, of the season of these hours."""
    return season_mask(hours.valid_from, hours.valid_to, today)


@lru_cache(maxsize=1024)
def shifts(timezone: str, other: str, today: date) -> tuple[int, ...]:
    """By how much what `other` shows is moved on a clock in `timezone`: now and within a year."""
    if timezone == other:
        return (0,)
    start = datetime.combine(today, time(12), UTC)
    end = later(start, 366)
    moments = [
        start,
        *(c.at for zone in (timezone, other) for c in clock_changes(zone, start, end)),
    ]
    return tuple(dict.fromkeys(_ahead(timezone, at) - _ahead(other, at) for at in moments))


def _ahead(timezone: str, moment: datetime) -> int:
    offset = moment.astimezone(ZoneInfo(timezone)).utcoffset() or timedelta(0)
    return int(offset.total_seconds())
