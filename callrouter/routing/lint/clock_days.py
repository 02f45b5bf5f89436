"""What daylight saving does to rows in the coming weeks: which row, which day, what happens."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from callrouter.routing.clocks import clock_changes, later
from callrouter.routing.hours import Hours
from callrouter.routing.lint.days import AHEAD_DAYS
from callrouter.routing.lint.finding import Finding, row_path
from callrouter.routing.model import IncomingCallSettings

_REMEDY = "nothing to do if that is meant; else keep the row out of this time"


def clock_days(settings: IncomingCallSettings, today: date) -> Iterator[Finding]:
    """Rows that begin, end or lie in the time that is left out, or comes twice, and nights."""
    start = datetime.combine(today, time(), UTC)
    end = later(start, AHEAD_DAYS)
    rows = settings.call_handling_schedule
    zones = dict.fromkeys(row.hours.timezone or settings.timezone for row in rows)
    for zone in zones:
        for change in clock_changes(zone, start, end):
            after = change.at.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
            before = after - timedelta(seconds=change.seconds)
            told = _change_words(zone, before, after)
            for index, row in enumerate(rows):
                if (row.hours.timezone or settings.timezone) == zone and (
                    what := _effect(row.hours, before, after)
                ):
                    yield Finding(row_path(settings, index), f"{told}: {row} {what}", _REMEDY)


def _change_words(zone: str, before: datetime, after: datetime) -> str:
    way = "forward" if after > before else "back"
    day = "" if before.date() == after.date() else f"{after:%A} {after:%Y-%m-%d} "
    return (
        f"on {before:%A} {before:%Y-%m-%d} clocks in {zone} go {way} "
        f"from {before:%H:%M} to {day}{after:%H:%M}"
    )


def _effect(hours: Hours, before: datetime, after: datetime) -> str:
    """What becomes of the hours; empty where nothing does, and for days from 00:00 to 24:00."""
    forward = after > before
    first, last = min(before, after), max(before, after)
    days = (first.date() + timedelta(days=n) for n in range(-1, (last - first).days + 2))
    for day in days:
        if not hours.begins_on(day):
            continue
        start, end = hours.span(day)
        starts_in, ends_in = first <= start < last, first < end < last
        if forward and starts_in and end <= last:
            return f"does not come on {day:%A} {day}"
        if forward and starts_in and start > first:
            return f"begins at {last:%H:%M}, not at {start:%H:%M}"
        if forward and ends_in:
            return f"ends at {first:%H:%M}, not at {end:%H:%M}"
        if not forward and starts_in and end <= last and (first, last) != (start, end):
            return "comes twice that day"
        if not forward and starts_in and start > first:
            return (
                f"begins at {start:%H:%M}, and is off duty again from {first:%H:%M} "
                f"to {start:%H:%M}"
            )
        if not forward and ends_in:
            return f"ends at {end:%H:%M}, and is on duty again from {first:%H:%M} to {end:%H:%M}"
        if start <= first and last <= end and start.time() != end.time():
            lasts = end - start + (before - after)
            return f"lasts {_long(lasts)}, not {_long(end - start)}"
    return ""


def _long(time: timedelta) -> str:
    """`9 hours`, `7 hours 30 minutes`."""
    hours, minutes = divmod(round(time.total_seconds() / 60), 60)
    words = [f"{hours} hour{'' if hours == 1 else 's'}"] if hours else []
    return " ".join([*words, f"{minutes} minutes"] if minutes else words)
