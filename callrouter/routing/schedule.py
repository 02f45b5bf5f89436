"""Which row of a call handling schedule is on duty at a given moment.

The law: rows are what the clock on the wall says. A row covers a moment when the local time,
read off a clock in the settings' time zone, lies in `[from_time, to_time)`. On the day the
clocks go forward the missing hour never happens and a row that starts in it starts with the
first moment after it; on the day they go back both passes of the repeated hour count. So rows
that touch never leave a gap and never both apply, on any day of the year.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from callrouter.routing.model import WEEKDAYS, ScheduleRow


def local_time(now: datetime, timezone: str) -> datetime:
    """`now` (aware) as the wall clock in `timezone` (an IANA name) shows it."""
    return now.astimezone(ZoneInfo(timezone))


def covers(row: ScheduleRow, local: datetime) -> bool:
    """Whether the row is on duty at this local time."""
    today = WEEKDAYS[local.weekday()]
    seconds = local.hour * 3600 + local.minute * 60 + local.second
    if not row.overnight:
        return today is row.day_of_week and row.from_time <= seconds < row.to_time
    yesterday = WEEKDAYS[local.weekday() - 1]
    return (today is row.day_of_week and seconds >= row.from_time) or (
        yesterday is row.day_of_week and seconds < row.to_time
    )


def row_on_duty(rows: Sequence[ScheduleRow], local: datetime) -> ScheduleRow | None:
    """The row on duty; where rows overlap, the first listed wins. None means closed."""
    return next((row for row in rows if covers(row, local)), None)


def describe_local_time(local: datetime, timezone: str) -> str:
    """`Monday 2026-11-23 10:42:00 in Europe/Belgrade (UTC+01:00)`."""
    offset = local.utcoffset() or timedelta(0)
    sign = "-" if offset < timedelta(0) else "+"
    minutes = abs(offset) // timedelta(minutes=1)
    return (
        f"{WEEKDAYS[local.weekday()]} {local:%Y-%m-%d %H:%M:%S} in {timezone} "
        f"(UTC{sign}{minutes // 60:02}:{minutes % 60:02})"
    )
