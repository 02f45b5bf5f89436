"""Which row of a call handling schedule is on duty at a given moment.

The law: rows are what the clock on the wall says. A row covers a moment when the local time,
read off a clock in the settings' time zone, lies in `[from_time, to_time)`. On the day the
clocks go forward the missing hour never happens: a row that starts in it starts with the first
moment after it, one that lies in it does not come that day. On the day they go back both passes
of the repeated hour count. So rows that touch never leave a gap and never both apply, on any day
of the year, also where clocks jump by half an hour, at midnight, or over a whole day. Rows begin
and end on whole seconds, so parts of a second are dropped from the local time.
"""

from collections.abc import Iterator, Sequence
from datetime import MINYEAR, UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from callrouter.routing.hours import WEEKDAYS, Hours
from callrouter.routing.model import ScheduleRow

_DAY = timedelta(days=1)


def local_time(now: datetime, timezone: str) -> datetime:
    """`now` (aware) as the wall clock in `timezone` (an IANA name) shows it.

    Where the calendar ends before that clock could show it (`9999-12-31` as "for ever"), it is
    shown a day nearer.
    """
    try:
        return now.astimezone(ZoneInfo(timezone))
    except OverflowError:
        nearer = _DAY if now.year == MINYEAR else -_DAY
        return (now.replace(tzinfo=UTC) + nearer).astimezone(ZoneInfo(timezone))


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


def covers(hours: Hours, local: datetime) -> bool:
    """Whether this local time lies in the hours."""
    return started_on(hours, local) is not None


def started_on(hours: Hours, local: datetime) -> date | None:
    """The day on which the hours began that are going on at this local time; None if none are."""
    seconds = local.hour * 3600 + local.minute * 60 + local.second
    if not hours.overnight:
        going_on = hours.from_time <= seconds < hours.to_time
        return _day(hours, local.date()) if going_on else None
    if seconds >= hours.from_time and (today := _day(hours, local.date())):
        return today
    if seconds >= hours.to_time or local.date() == date.min:
        return None
    return _day(hours, local.date() - _DAY)


def _day(hours: Hours, day: date) -> date | None:
    return day if hours.begins_on(day) else None


class Clock:
    """One moment (`now`, in UTC) as the clocks of several zones show it, each read once."""

    def __init__(self, now: datetime) -> None:
        self.now = now.astimezone(UTC)
        self._read: dict[str, datetime] = {}

    def local(self, timezone: str) -> datetime:
        local = self._read.get(timezone)
        if local is None:
            local = self._read[timezone] = local_time(self.now, timezone)
        return local


def row_on_duty(rows: Sequence[ScheduleRow], timezone: str, clock: Clock) -> ScheduleRow | None:
    """The row on duty; where rows overlap, the first listed wins. None means closed.

    `timezone` is that of the rows that name none.
    """
    return next(rows_covering(rows, timezone, clock), None)


def rows_covering(
    rows: Sequence[ScheduleRow], timezone: str, clock: Clock
) -> Iterator[ScheduleRow]:
    """All rows that cover the clock's moment, in their order."""
    read, local, seconds = "", clock.now, 0
    for row in rows:
        hours = row.hours
        zone = hours.timezone or timezone
        if zone != read:
            read, local = zone, clock.local(zone)
            seconds = local.hour * 3600 + local.minute * 60 + local.second
        # Every call looks at all rows: most are ruled out by the time of day alone.
        start, end = hours.from_time, hours.to_time
        possible = start <= seconds < end if start < end else seconds >= start or seconds < end
        if possible and covers(hours, local):
            yield row


def describe_local_time(local: datetime, timezone: str) -> str:
    """`Monday 2026-11-23 10:42:00 in Europe/Belgrade (UTC+01:00)`."""
    written = local.isoformat(" ", "seconds")
    return f"{WEEKDAYS[local.weekday()]} {written[:19]} in {timezone} (UTC{written[19:]})"
