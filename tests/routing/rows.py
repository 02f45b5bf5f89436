"""Rows of a schedule as a person writes them, and as stretches of the week."""

from callrouter.routing.hours import DAY_SECONDS, WEEKDAYS, Hours, Weekday
from callrouter.routing.model import ScheduleRow

WEEK_SECONDS = 7 * DAY_SECONDS


def row(written: str) -> ScheduleRow:
    """`Monday 09:00-17:00 sales`."""
    day, times, group = written.split()
    start, end = times.split("-")
    return ScheduleRow(Hours((Weekday(day),), seconds(start), seconds(end)), (group,))


def seconds(clock: str) -> int:
    hours, minutes, *rest = map(int, clock.split(":"))
    return hours * 3600 + minutes * 60 + sum(rest)


def row_between(start: int, end: int, group: str = "sales") -> ScheduleRow:
    """The row from and to these seconds of the week, which begins on Monday; at most a day."""
    if end < start:
        end += WEEK_SECONDS
    assert 0 < end - start <= DAY_SECONDS
    day, from_time = divmod(start % WEEK_SECONDS, DAY_SECONDS)
    to_time = end % DAY_SECONDS
    return ScheduleRow(Hours((WEEKDAYS[day],), from_time, to_time), (group,))
