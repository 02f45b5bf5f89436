"""Rows of a schedule as a person writes them, and as stretches of the week."""

from callrouter.routing.hours import DAY_SECONDS, WEEKDAYS, Hours, SeasonDay, Weekday
from callrouter.routing.model import ScheduleRow

WEEK_SECONDS = 7 * DAY_SECONDS


def row(
    written: str, timezone: str | None = None, valid_from: str = "", valid_to: str = ""
) -> ScheduleRow:
    """`Monday 09:00-17:00 sales`, `Monday-Friday 09:00-17:00 sales,support`."""
    named, times, agent_groups = written.split()
    start, end = times.split("-")
    season = season_day(valid_from), season_day(valid_to)
    span = Hours(days(named), seconds(start), seconds(end), *season, timezone)
    return ScheduleRow(span, tuple(agent_groups.split(",")))


def days(written: str) -> tuple[Weekday, ...]:
    """`Monday-Wednesday,Friday`."""
    found: list[Weekday] = []
    for part in written.split(","):
        first, _, last = part.partition("-")
        start, end = WEEKDAYS.index(Weekday(first)), WEEKDAYS.index(Weekday(last or first))
        found += WEEKDAYS[start : end + 1]
    return tuple(found)


def season_day(written: str) -> SeasonDay | None:
    """`12-24`, or `2026-12-24`."""
    if not written:
        return None
    *year, month, day = map(int, written.split("-"))
    return SeasonDay(month, day, *year)


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
