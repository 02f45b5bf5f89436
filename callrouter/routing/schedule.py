"""Which row of a call handling schedule is on duty at a given moment.

The law: rows are what the clock on the wall says. A row covers a moment when the local time,
read off a clock in the settings' time zone, lies in `[from_time, to_time)`. On the day the
clocks go forward the missing hour never happens: a row that starts in it starts with the first
moment after it, one that lies in it does not come that day. On the day they go back both passes
of the repeated hour count. So rows that touch never leave a gap and never both apply, on any day
of the year, also where clocks jump by half an hour, at midnight, or over a whole day. Rows begin
and end on whole seconds, so parts of a second are dropped from the local time.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from callrouter.routing.model import WEEKDAYS, ScheduleRow


def local_time(now: datetime, timezone: str) -> datetime:
    """`now` (aware) as the wall clock in `timezone` (an IANA name) shows it."""
    return now.astimezone(ZoneInfo(timezone))


def wall_clock(reading: datetime, timezone: str) -> tuple[datetime, str | None]:
    """The moment at which the wall clock in `timezone` shows `reading` (a naive datetime).

    Where the clocks change there may be none or two; then it comes with a sentence that says
    which was taken. A reading that never happens is taken as if the clocks had not gone forward
    (RFC 5545, section 3.3.5), of two moments the first is taken.
    """
    zone = ZoneInfo(timezone)
    first, second = (
        # By way of UTC: a conversion to the zone it is in already would leave it as it is.
        reading.replace(tzinfo=zone, fold=fold).astimezone(UTC).astimezone(zone)
        for fold in (0, 1)
    )
    if first.utcoffset() == second.utcoffset():
        return first, None
    written = reading.isoformat(" ", "seconds")
    if first.replace(tzinfo=None) == reading:
        return first, (
            f"{written} happens twice in {timezone}, because the clocks go back: this is the "
            f"first time, {first.isoformat()}; add an offset for the second, {second.isoformat()}."
        )
    return first, (
        f"{written} never happens in {timezone}, because the clocks go forward: this is "
        f"{first.isoformat()}, as if they had not; add an offset for another moment, "
        f"such as {second.isoformat()}."
    )


def covers(row: ScheduleRow, local: datetime) -> bool:
    """Whether the row is on duty at this local time."""
    today = WEEKDAYS[local.weekday()]
    seconds = local.hour * 3600 + local.minute * 60 + local.second
    if not row.overnight:
        return today is row.day_of_week and row.from_time <= seconds < row.to_time
    return (today is row.day_of_week and seconds >= row.from_time) or began_yesterday(row, local)


def began_yesterday(row: ScheduleRow, local: datetime) -> bool:
    """Whether this is the morning after a row that runs past midnight, and it still goes on."""
    yesterday = WEEKDAYS[local.weekday() - 1]
    seconds = local.hour * 3600 + local.minute * 60 + local.second
    return row.overnight and yesterday is row.day_of_week and seconds < row.to_time


def row_on_duty(rows: Sequence[ScheduleRow], local: datetime) -> ScheduleRow | None:
    """The row on duty; where rows overlap, the first listed wins. None means closed."""
    return next((row for row in rows if covers(row, local)), None)


def describe_local_time(local: datetime, timezone: str) -> str:
    """`Monday 2026-11-23 10:42:00 in Europe/Belgrade (UTC+01:00)`."""
    written = local.isoformat(" ", "seconds")
    return f"{WEEKDAYS[local.weekday()]} {written[:19]} in {timezone} (UTC{written[19:]})"
