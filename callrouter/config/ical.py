"""Holidays from an iCalendar file (RFC 5545): whole days, parts of days, yearly recurrence.

The file comes from somewhere else: whatever it holds, reading it ends soon, with holidays or a
Fault.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from callrouter.config.ical_rule import Effort, yearly_rule
from callrouter.config.known_holidays import KnownHoliday
from callrouter.config.problems import Fault, quoted, visible
from callrouter.routing.hours import DAY_SECONDS

MOST_BYTES = 2_000_000
MOST_EVENTS = 5_000
_MOST_DAYS = 20_000
_LONGEST_NAME = 200
_DAY = timedelta(days=1)


def calendar_file(content: bytes, years: range, timezone: str) -> tuple[KnownHoliday, ...]:
    """The file's holidays in these years; times of other zones become those of `timezone`.

    Raises Fault when it is no iCalendar file, is too large, or recurs in other ways than yearly.
    """
    if len(content) > MOST_BYTES:
        raise Fault(
            f"the file is larger than {MOST_BYTES // 1_000_000} MB", "keep only the holidays in it"
        )
    found: list[KnownHoliday] = []
    events = [_Event(each) for each in _events(content)]
    moved: dict[str, set[date]] = {}
    for event in events:
        if event.instead_of is not None:
            moved.setdefault(event.uid, set()).add(event.instead_of)
    effort = Effort()
    for event in events:
        for known in _holidays_of(event, years, ZoneInfo(timezone), moved, effort):
            if len(found) >= _MOST_DAYS:
                raise Fault(f"the file has more than {_MOST_DAYS:,} holidays", "shorten it")
            found.append(known)
    return tuple(sorted(found, key=lambda known: (known.day, known.from_time)))


class _Event:
    """One event of the file; of a property that stands there twice the first counts."""

    def __init__(self, written: Any) -> None:
        self._written = written
        summary = visible(" ".join(str(self.get("SUMMARY") or "").split()))
        self.name = summary[:_LONGEST_NAME] or "Holiday"
        self.uid = str(self.get("UID"))
        instead_of = _dt(self.get("RECURRENCE-ID"))
        self.instead_of = _day(instead_of) if isinstance(instead_of, date) else None

    def get(self, name: str) -> Any:
        value = self._written.get(name)
        return value[0] if isinstance(value, list) else value

    def moment(self, name: str, zone: ZoneInfo) -> date | datetime | None:
        """A date, or what the clock shows in `zone`, without an offset."""
        written = self.get(name)
        moment = None if written is None else self._value(written)
        if isinstance(moment, datetime) and moment.tzinfo is None:
            self._by_no_unknown_clock(written)
        try:
            if isinstance(moment, datetime) and moment.tzinfo is not None:
                return moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
        except (OverflowError, ValueError):
            raise self.misdated() from None
        return moment

    def length(self, start: date | datetime, zone: ZoneInfo) -> timedelta:
        end = self.moment("DTEND", zone)
        if end is not None:
            if isinstance(end, datetime) != isinstance(start, datetime):
                raise self.misdated()
            if end < start:
                raise Fault(f"the event {quoted(self.name)} ends before it begins", "correct it")
            # A day that ends when it begins is against the standard, and what some programs write.
            return end - start or self._shortest(start)
        duration = self.get("DURATION")
        if duration is None:
            return self._shortest(start)
        value = _dt(duration)
        if not isinstance(value, timedelta):
            raise self.misdated()
        return value

    def left_out(self) -> Iterator[date]:
        return self._days_of("EXDATE")

    def added(self) -> Iterator[date]:
        """The days on which it comes beside those of its rule."""
        return self._days_of("RDATE")

    def _days_of(self, name: str) -> Iterator[date]:
        written = self._written.get(name, [])
        for each in written if isinstance(written, list) else [written]:
            for value in getattr(each, "dts", ()):
                yield _day(self._value(value))

    def misdated(self) -> Fault:
        return Fault(f"the event {quoted(self.name)} has a date that is none", "correct it")

    @staticmethod
    def _shortest(start: date | datetime) -> timedelta:
        return timedelta(0) if isinstance(start, datetime) else _DAY

    def _by_no_unknown_clock(self, written: Any) -> None:
        """A time without an offset is the settings' own, but not where it names another zone."""
        zone = getattr(written, "params", {}).get("TZID")
        if zone is not None:
            raise Fault(
                f"the event {quoted(self.name)} is in the unknown time zone {quoted(str(zone))}",
                "export it again in UTC, or with a zone such as Europe/Belgrade",
            )

    def _value(self, written: Any) -> date | datetime:
        value = _dt(written)
        if not isinstance(value, date):
            raise self.misdated()
        return value


def _events(content: bytes) -> list[Any]:
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
    return events


def _holidays_of(
    event: _Event,
    years: range,
    zone: ZoneInfo,
    moved: Mapping[str, set[date]],
    effort: Effort,
) -> Iterator[KnownHoliday]:
    start = event.moment("DTSTART", zone)
    if start is None or str(event.get("STATUS") or "").upper() == "CANCELLED":
        return
    length = event.length(start, zone)
    left_out = set(event.left_out())
    if event.instead_of is None:
        left_out |= moved.get(event.uid, set())
    first = _day(start)
    rule = yearly_rule(event.name, event.get("RRULE"), first)
    recurring = () if rule is None else rule.days(first, length, years, effort)
    for day in dict.fromkeys((first, *recurring, *event.added())):
        if day not in left_out:
            begin = start.replace(year=day.year, month=day.month, day=day.day)
            yield from _days(event.name, begin, length, years)


def _dt(written: Any) -> Any:
    """The value of a property; None where what is written is none."""
    try:
        return written.dt
    except Exception:  # the library's way to say that it is broken
        return None


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _days(
    name: str, start: date | datetime, length: timedelta, years: range
) -> Iterator[KnownHoliday]:
    """The days, or parts of days, from `start` on, as far as they lie in the years."""
    midnight = datetime.min.time()
    begin = start if isinstance(start, datetime) else datetime.combine(start, midnight)
    try:
        end = begin + length
    except OverflowError:
        end = datetime.combine(date.max, midnight)
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
