"""Holidays from an iCalendar file (RFC 5545): whole days, parts of days, yearly recurrence.

The file comes from somewhere else: whatever it holds, reading it ends soon, with holidays or a
Fault.
"""

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from callrouter.config.known_holidays import KnownHoliday
from callrouter.config.problems import Fault, quoted, visible
from callrouter.routing.hours import DAY_SECONDS

MOST_BYTES = 2_000_000
MOST_EVENTS = 5_000
_MOST_DAYS = 20_000
_LONGEST_NAME = 200
_DAY = timedelta(days=1)
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_UNDERSTOOD = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "BYDAY", "BYSETPOS",
               "WKST"}  # fmt: skip


def calendar_file(content: bytes, years: range, timezone: str) -> tuple[KnownHoliday, ...]:
    """The file's holidays in these years; times of other zones become those of `timezone`.

    Raises Fault when it is no iCalendar file, is too large, or recurs in other ways than yearly.
    """
    if len(content) > MOST_BYTES:
        raise Fault(
            f"the file is larger than {MOST_BYTES // 1_000_000} MB", "keep only the holidays in it"
        )
    found: list[KnownHoliday] = []
    events = list(_events(content))
    moved = {
        (str(event.get("UID")), _day(event["RECURRENCE-ID"].dt))
        for event in events
        if "RECURRENCE-ID" in event
    }
    for event in events:
        for known in _holidays_of(event, years, ZoneInfo(timezone), moved):
            if len(found) >= _MOST_DAYS:
                raise Fault(f"the file has more than {_MOST_DAYS:,} holidays", "shorten it")
            found.append(known)
    return tuple(sorted(found, key=lambda known: (known.day, known.from_time)))


def _events(content: bytes) -> Iterator[Any]:
    import icalendar

    if content.count(b"BEGIN:") > 4 * MOST_EVENTS:
        raise Fault(f"the file has more than {MOST_EVENTS:,} events", "keep only the holidays")
    try:
        calendars = icalendar.Calendar.from_ical(content, multiple=True)
        events = [event for each in calendars for event in each.walk("VEVENT")]
    except Exception as error:  # a parser's many exceptions; the file is at fault in all of them
        reason = visible(str(error))[:100]
        raise Fault(f"this is not an iCalendar file ({reason})", "export it again") from None
    if not calendars:
        raise Fault("this is not an iCalendar file", "export it again, as .ics")
    if len(events) > MOST_EVENTS:
        raise Fault(f"the file has more than {MOST_EVENTS:,} events", "keep only the holidays")
    for event in events:
        if "DTSTART" in event and str(event.get("STATUS", "")).upper() != "CANCELLED":
            yield event


def _holidays_of(
    event: Any, years: range, zone: ZoneInfo, moved: set[tuple[str, date]]
) -> Iterator[KnownHoliday]:
    name = visible(" ".join(str(event.get("SUMMARY", "")).split()))[:_LONGEST_NAME] or "Holiday"
    try:
        start = _plain(event["DTSTART"].dt, zone)
        length = _length(event, start, zone)
        left_out = set(_left_out(event))
        if "RECURRENCE-ID" not in event:
            uid = str(event.get("UID"))
            left_out |= {day for other, day in moved if other == uid}
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise Fault(f"the event {quoted(name)} has a date that is none", "correct it") from None
    try:
        for day in _occurrences(event, name, _day(start), years):
            if day not in left_out:
                begin = start.replace(year=day.year, month=day.month, day=day.day)
                yield from _days(name, begin, length, years)
    except OverflowError:
        return


def _plain(moment: date | datetime, zone: ZoneInfo) -> date | datetime:
    """A date, or what the clock shows in `zone`, without an offset."""
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        return moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    return moment


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _length(event: Any, start: date | datetime, zone: ZoneInfo) -> timedelta:
    if "DTEND" in event:
        end = _plain(event["DTEND"].dt, zone)
        length: timedelta = end - start
        return length
    if "DURATION" in event:
        duration: timedelta = event["DURATION"].dt
        return duration
    return timedelta(0) if isinstance(start, datetime) else _DAY


def _left_out(event: Any) -> Iterator[date]:
    written = event.get("EXDATE", [])
    for each in written if isinstance(written, list) else [written]:
        for value in each.dts:
            yield _day(value.dt)


def _days(
    name: str, start: date | datetime, length: timedelta, years: range
) -> Iterator[KnownHoliday]:
    """The days, or parts of days, from `start` on, as far as they lie in the years."""
    midnight = datetime.min.time()
    begin = start if isinstance(start, datetime) else datetime.combine(start, midnight)
    end = begin + length
    first = max(begin.date(), date(years.start, 1, 1))
    for offset in range(max(0, min(_MOST_DAYS + 1, (end.date() - first).days + 1))):
        day = first + timedelta(days=offset)
        if day.year not in years:
            return
        of_day = datetime.combine(day, midnight)
        from_time = max(0, int((begin - of_day).total_seconds()))
        to_time = min(DAY_SECONDS, int((end - of_day).total_seconds()))
        if from_time < to_time:
            yield KnownHoliday(day, (name,), from_time, to_time)


def _occurrences(event: Any, name: str, first: date, years: range) -> Iterator[date]:
    """The days on which the event begins; those before the years too if it may last into them."""
    yield first
    rule = event.get("RRULE")
    if rule is None:
        return
    if isinstance(rule, list) or "YEARLY" not in rule.get("FREQ", []):
        raise Fault(
            f"the event {quoted(name)} recurs more often than once a year",
            "days off every week belong in the schedule; remove it from the file",
        )
    strange = sorted(set(rule) - _UNDERSTOOD)
    if "BYMONTH" not in rule:
        strange += sorted({"BYDAY", "BYMONTHDAY", "BYSETPOS"} & set(rule))
    if strange:
        raise Fault(
            f"the event {quoted(name)} recurs by {strange[0]} in a way that is not understood",
            "write this holiday in the configuration instead",
        )
    interval = max(1, int(rule.get("INTERVAL", [1])[0]))
    left = int(rule.get("COUNT", [1 << 30])[0]) - 1
    until = _day(rule["UNTIL"][0]) if "UNTIL" in rule else date.max
    for year in range(first.year, years.stop, interval):
        for day in _in_year(rule, first, year):
            if first < day <= until and left > 0:
                left -= 1
                yield day


def _in_year(rule: Any, first: date, year: int) -> list[date]:
    """The days of a year that a yearly rule means."""
    months = [int(month) for month in rule.get("BYMONTH", [first.month])]
    days: set[date] = set()
    for month in months:
        if not 1 <= month <= 12:
            continue
        length = calendar.monthrange(year, month)[1]
        whole = [date(year, month, day) for day in range(1, length + 1)]
        if "BYMONTHDAY" in rule:
            wanted = {int(day) for day in rule["BYMONTHDAY"]}
            whole = [day for day in whole if {day.day, day.day - length - 1} & wanted]
        if "BYDAY" in rule:
            whole = [day for day in whole if _is_one_of(day, length, rule["BYDAY"])]
        elif "BYMONTHDAY" not in rule:
            whole = [day for day in whole if day.day == first.day]
        days.update(whole)
    ordered = sorted(days)
    if "BYSETPOS" in rule:
        places = [int(place) for place in rule["BYSETPOS"]]
        chosen = {ordered[place - 1 if place > 0 else place]
                  for place in places if place and abs(place) <= len(ordered)}  # fmt: skip
        return sorted(chosen)
    return ordered


def _is_one_of(day: date, length: int, written: Any) -> bool:
    """Whether `4TH` or `-1FR` or `MO` is this day of a month of so many days."""
    name = _WEEKDAYS[day.weekday()]
    nth, from_end = (day.day - 1) // 7 + 1, -((length - day.day) // 7 + 1)
    return any(str(each).upper() in (name, f"{nth}{name}", f"+{nth}{name}", f"{from_end}{name}")
               for each in written)  # fmt: skip
