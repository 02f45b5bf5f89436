"""Times as people type them for `simulate`: ISO 8601, `10:42`, `tomorrow 9:00`, `Monday 10:00`.

Also dates as `23.11.2026` and `2026/11/23`, and the clock as `10.42` and `9:30 pm`; of dates with
slashes only those that begin with the year, as nobody can know which of the others is the month.
A reading that names no offset is what a clock shows in some time zone, which its reader knows.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from callrouter.commands.terminal import cut
from callrouter.routing.hours import WEEKDAYS

EXAMPLES = (
    "2026-11-23T10:42, 2026-11-23 10:42:30, 2026-11-23T10:42+01:00, 2026-11-23T09:42Z, "
    "10:42, tomorrow 9:00, Monday 10:00"
)

WrittenTime = Callable[[datetime], datetime]
"""From what the clock shows now (naive) to what was meant: naive, or aware with an offset."""

_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
_NEXT = {name[:n].lower(): index for index, name in enumerate(WEEKDAYS) for n in (3, len(name))}
_CLOCK = r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(:(?P<second>[0-9]{2}))?"
_DAY_AND_CLOCK = re.compile(rf"((?P<day>[a-z]+)(\s+|$))?({_CLOCK})?", re.ASCII)
_DOTTED_DATE = re.compile(r"([0-9]{1,2})\. ?([0-9]{1,2})\. ?([0-9]{4})\b\.?")
_SHORT_DATE = re.compile(r"([0-9]{4})([-/])([0-9]{1,2})\2([0-9]{1,2})\b")
_DOTTED_CLOCK = re.compile(r"(^|[T ])([0-9]{1,2})\.([0-9]{2})(?:\.([0-9]{2}))?(?=Z|[ +-]|$)", re.I)
_HALF_DAY = re.compile(r"\b(0?[1-9]|1[0-2])((?::[0-9]{2}){0,2}) ?([ap])\.?m\.?$", re.I)
_PART_OF_AN_HOUR = re.compile(r"[T ][0-9]{1,2}(:?[0-9]{2})?[.,]")  # taken for one of a second


class NotUnderstood(Exception):
    """The question makes no sense; the text says what would."""


def written_time(written: str) -> WrittenTime:
    """What is meant by `written`; raises NotUnderstood.

    `24:00` is the end of a day, a day alone its start. A time alone is today's; a day of the week
    is the first one from now on, today's if the time is yet to come.
    """
    return _by_day(written) or _by_date(written)


def _as_iso(written: str) -> str:
    """What was typed with its spaces, its date and its clock as ISO 8601 has them."""
    text = " ".join(written.replace("\u2212", "-").split())  # ISO's own minus sign
    text = _DOTTED_DATE.sub(r"\3-\2-\1", text, count=1)
    if date_ := _SHORT_DATE.match(text):
        text = f"{date_[1]}-{date_[3]:0>2}-{date_[4]:0>2}{text[date_.end() :]}"
    text = _DOTTED_CLOCK.sub(lambda c: f"{c[1]}{c[2]}:{c[3]}" + (f":{c[4]}" if c[4] else ""), text)
    return _HALF_DAY.sub(_of_the_whole_day, text)


def _of_the_whole_day(clock: re.Match[str]) -> str:
    hour = int(clock[1]) % 12 + (12 if clock[3].lower() == "p" else 0)
    return f"{hour:02}{clock[2] or ':00'}"


def written_day(written: str, today: date) -> date:
    """The day that is meant: a date, `today`, `tomorrow`, `Monday` (from today on)."""
    midnight = datetime.combine(today, time())
    return written_time(written)(midnight).date()


def is_time_of_day(written: str) -> bool:
    """Whether this alone is a time, as what is left of an unquoted `2026-11-23 10:42`."""
    return re.fullmatch(_CLOCK, _as_iso(written), re.ASCII) is not None


def _by_day(written: str) -> WrittenTime | None:
    text = _as_iso(written).lower()
    found = _DAY_AND_CLOCK.fullmatch(text)
    if not text or found is None:
        return None
    day = found["day"] or "today"
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    clock = timedelta(hours=hour, minutes=minute, seconds=second)
    if minute > 59 or second > 59 or clock > timedelta(days=1):
        raise _not_a_time(written)
    if day == "now" and not found["hour"]:
        return lambda now: now
    if day not in _DAYS and day not in _NEXT:
        raise _not_a_time(written)

    def meant(now: datetime) -> datetime:
        midnight = datetime.combine(now.date(), time())
        if day in _DAYS:
            return midnight + timedelta(days=_DAYS[day]) + clock
        ahead = (_NEXT[day] - now.weekday()) % 7
        moment = midnight + timedelta(days=ahead) + clock
        return moment if moment >= now else moment + timedelta(days=7)

    return meant


def _by_date(written: str) -> WrittenTime:
    text = re.sub(r" UTC$", "Z", _as_iso(written).upper())
    text = re.sub(r"[T ]([0-9]:)", r"T0\1", text)
    end_of_day = re.fullmatch(r"([0-9W-]+[T ])24(:?00(:?00(?:[.,]0+)?)?)?(Z|[+-].*)?", text)
    if end_of_day:
        text = f"{end_of_day[1]}00{end_of_day[4] or ''}"
    if _PART_OF_AN_HOUR.search(text):
        raise _not_a_time(written)
    try:
        if ordinal := re.fullmatch(r"([0-9]{4})-([0-9]{3})([T ].*)?", text):
            text = f"{_day_of_year(int(ordinal[1]), int(ordinal[2]))}{ordinal[3] or ''}"
        moment = datetime.fromisoformat(text)
        if end_of_day:
            moment += timedelta(days=1)
    except (ValueError, OverflowError):
        raise _not_a_time(written) from None
    return lambda _: moment


def _day_of_year(year: int, number: int) -> date:
    day = date(year, 1, 1) + timedelta(days=number - 1)
    if day.year != year:
        raise ValueError(number)
    return day


def _not_a_time(written: str) -> NotUnderstood:
    shown = cut(repr(written), 60)
    return NotUnderstood(f"--at {shown} is not a time; write one like {EXAMPLES}")
