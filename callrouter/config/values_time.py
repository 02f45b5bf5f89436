"""Times of a configuration: zones, days of the week, times of day, seasons, moments.

See `values` for how these functions work.
"""

import functools
import re
import zoneinfo
from datetime import date, datetime, timedelta

from callrouter.config.problems import Fault, did_you_mean, quoted
from callrouter.routing.hours import DAY_SECONDS, WEEKDAYS, SeasonDay, Weekday

_ZONE = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")
_NEARLY_TIME = re.compile(
    r"([0-9]{1,2})(?:[.:h,]([0-9]{2}))?\s*(am|pm|a\.m\.|p\.m\.|h)?", re.IGNORECASE
)
_RANGE = re.compile(r"\s*(?:[-–—]|\bto\b)\s*")
_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_YEARLY = re.compile(r"([0-9]{1,2})-([0-9]{1,2})")
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{1,2}-[0-9]{1,2})[ T]+([0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?) *"
    r"(Z|[+-][0-9]{2}:?[0-9]{2})?",
    re.IGNORECASE,
)
_YEARS = (1970, 2199)
_LEAP_YEAR = 2024
_NICKNAMES = {
    "weekdays": frozenset(WEEKDAYS[:5]),
    "workdays": frozenset(WEEKDAYS[:5]),
    "weekend": frozenset(WEEKDAYS[5:]),
    "weekends": frozenset(WEEKDAYS[5:]),
    "daily": frozenset(WEEKDAYS),
    "everyday": frozenset(WEEKDAYS),
    "alldays": frozenset(WEEKDAYS),
    "all": frozenset(WEEKDAYS),
}


@functools.cache
def time_zone(written: str) -> str:
    """The name of a time zone in the IANA database."""
    try:
        if _ZONE.fullmatch(written):
            zoneinfo.ZoneInfo(written)
            return written
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise Fault(f"{quoted(written)} is not a time zone", _zone_remedy(written))


@functools.cache
def _zone_remedy(written: str) -> str:
    zones = sorted(zoneinfo.available_timezones())
    # Not Etc/GMT+1 and its like: it is the other way round than it reads, and has no summer time.
    places = [zone for zone in zones if "/" in zone and not zone.startswith("Etc/")]
    near = did_you_mean(written, [*places, "UTC"])
    return near or "write a name such as Europe/Belgrade or UTC"


@functools.lru_cache(maxsize=1024)
def days(written: str) -> frozenset[Weekday]:
    """Days of the week: `Monday`, `Mon-Fri`, `Sat-Mon` (over Sunday), `weekdays`, `daily`.

    Several may be written with commas.
    """
    return frozenset(day for part in written.split(",") for day in _days(part.strip()))


def _days(written: str) -> frozenset[Weekday]:
    nickname = _NICKNAMES.get("".join(written.lower().split()))
    if nickname:
        return nickname
    ends = _RANGE.split(written)
    if len(ends) > 2:
        raise Fault(f"{quoted(written)} are not days of the week", "write a range as Monday-Friday")
    first, last = WEEKDAYS.index(weekday(ends[0])), WEEKDAYS.index(weekday(ends[-1]))
    if len(ends) == 2 and first == last:
        raise Fault(
            f"{quoted(written)} begins and ends on the same day",
            f"write {WEEKDAYS[first]}, or daily for all days",
        )
    return frozenset(WEEKDAYS[(first + n) % 7] for n in range((last - first) % 7 + 1))


def weekday(written: str) -> Weekday:
    """`Monday`, also `monday`, `Mon` and `Mondays`."""
    folded = written.strip().lower().removesuffix(".")
    for day in WEEKDAYS:
        name = day.lower()
        if folded in (name, f"{name}s") or (len(folded) >= 3 and name.startswith(folded)):
            return day
    remedy = did_you_mean(written, WEEKDAYS) or "write one of " + ", ".join(WEEKDAYS)
    raise Fault(f"{quoted(written)} is not a day of the week", remedy)


def start_time(written: str) -> int:
    """A time of day in seconds since midnight, before `24:00`."""
    seconds = _time_of_day(written)
    if seconds == DAY_SECONDS:
        raise Fault("24:00 is the end of a day and cannot be a start", 'write it as "00:00"')
    return seconds


def end_time(written: str) -> int:
    """A time of day in seconds since midnight, up to and including `24:00`."""
    return _time_of_day(written)


def _time_of_day(written: str) -> int:
    match = _TIME.fullmatch(written.strip())
    if match:
        hour, minute, second = (int(group or 0) for group in match.groups())
        seconds = hour * 3600 + minute * 60 + second
        if minute < 60 and second < 60 and seconds <= DAY_SECONDS:
            return seconds
    raise Fault(f"{quoted(written)} is not a time of day", _time_remedy(written))


def _time_remedy(written: str) -> str:
    """The time that was probably meant, as it should be written."""
    match = _NEARLY_TIME.fullmatch(written.strip())
    if match:
        hour, minute, suffix = int(match[1]), int(match[2] or 0), (match[3] or "").lower()
        if suffix.startswith(("a", "p")) and 1 <= hour <= 12:
            hour = hour % 12 + (12 if suffix.startswith("p") else 0)
        elif suffix.startswith(("a", "p")):
            hour = 99
        if hour < 24 and minute < 60:
            return f'write it as "{hour:02}:{minute:02}"'
    return 'write hours and minutes from "00:00" to "24:00", such as "09:30"'


def season_day(written: str) -> SeasonDay:
    """`2026-06-01`, or `06-01` for that day of every year."""
    text = written.strip()
    if match := _YEARLY.fullmatch(text):
        month, day = int(match[1]), int(match[2])
        if _is_date(_LEAP_YEAR, month, day):
            return SeasonDay(month, day)
    elif _DATE.fullmatch(text):
        on = calendar_day(text)
        return SeasonDay(on.month, on.day, on.year)
    raise Fault(f"{quoted(written)} is not a day", 'write "2026-06-01", or "06-01" for every year')


def calendar_day(written: str) -> date:
    """`2026-12-31`."""
    match = _DATE.fullmatch(written.strip())
    if match:
        year, month, day = (int(part) for part in match.groups())
        if _is_date(year, month, day):
            if not _YEARS[0] <= year <= _YEARS[1]:
                raise Fault(
                    f"{quoted(written)} is out of range",
                    f"write a year from {_YEARS[0]} to {_YEARS[1]}",
                )
            return date(year, month, day)
    raise Fault(f"{quoted(written)} is not a date", 'write year, month and day: "2026-12-31"')


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def from_moment(written: str) -> datetime:
    """A date with a time, or a date alone: its first moment. Naive where no offset is written."""
    if _DATE.fullmatch(written.strip()):
        day = calendar_day(written)
        return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - by the settings' clock
    return _moment(written)


def until_moment(written: str) -> datetime:
    """A date with a time; a date alone could mean its begin or its end."""
    text = written.strip()
    if _DATE.fullmatch(text):
        calendar_day(text)
        raise Fault(
            f"{quoted(written)} has no time of day",
            f'write "{text} 00:00" for its begin, or "{text} 24:00" for its end',
        )
    return _moment(written)


def _moment(written: str) -> datetime:
    match = _MOMENT.fullmatch(written.strip())
    if match is None:
        raise Fault(
            f"{quoted(written)} is not a date with a time", 'write it as "2026-12-24 12:00"'
        )
    day, seconds = calendar_day(match[1]), end_time(match[2])
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - by the settings' clock
    naive = midnight + timedelta(seconds=seconds)
    if match[3] is None:
        return naive
    try:
        return datetime.fromisoformat(naive.isoformat() + match[3].upper())
    except ValueError:
        raise Fault(
            f"{quoted(match[3])} is not an offset from UTC", 'write it as "+01:00" or "Z"'
        ) from None
