"""How an event of an iCalendar file recurs: the yearly rules of RFC 5545.

The law: a rule comes from somewhere else. Whatever it says, counting its days ends soon.
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from callrouter.config.problems import Fault, quoted

_MOST_EFFORT = 1_500_000
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_UNCOUNTED = 1 << 30
_UNDERSTOOD = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "BYDAY", "BYSETPOS",
               "WKST"}  # fmt: skip


class Effort:
    """What the rules of a whole file may cost."""

    def __init__(self) -> None:
        self._left = _MOST_EFFORT

    def spend(self, steps: int) -> None:
        """So many steps, of about a microsecond each. Raises Fault where it is too much."""
        self._left -= steps
        if self._left < 0:
            raise Fault(
                "the events recur too often to be counted", "let them begin later, or write fewer"
            )


@dataclass(frozen=True)
class YearlyRule:
    """A yearly rule; of `month_days` and `weekdays` (`4TH`, `MO`) empty is any."""

    months: frozenset[int]
    month_days: frozenset[int]
    weekdays: frozenset[str]
    places: frozenset[int]
    interval: int
    count: int
    until: date

    def days(self, first: date, length: timedelta, years: range, effort: Effort) -> Iterator[date]:
        """Those after `first`, each as long as `length`, that may last into the years."""
        left, begin = self.count - 1, first.year
        if self.count == _UNCOUNTED:  # those that are over for long need not be counted
            earliest = years.start - 1 - max(0, length.days) // 365
            begin += max(0, earliest - begin) // self.interval * self.interval
        for year in range(begin, min(years.stop, self.until.year + 1), self.interval):
            effort.spend(len(self.months) * (8 + (len(self.month_days) or 31)))
            for day in self._in_year(year):
                if first < day <= self.until and left > 0:
                    left -= 1
                    yield day
            if left <= 0:
                return

    def _in_year(self, year: int) -> list[date]:
        """The days that it means in a year."""
        ordered = [day for month in sorted(self.months) for day in self._in_month(year, month)]
        if not self.places:
            return ordered
        return [
            day
            for place, day in enumerate(ordered, 1)
            if place in self.places or place - len(ordered) - 1 in self.places
        ]

    def _in_month(self, year: int, month: int) -> Iterator[date]:
        length = calendar.monthrange(year, month)[1]
        numbers = {each if each > 0 else length + 1 + each for each in self.month_days}
        for number in sorted(numbers) or range(1, length + 1):
            if 1 <= number <= length:
                day = date(year, month, number)
                if not self.weekdays or self._is_weekday(day, length):
                    yield day

    def _is_weekday(self, day: date, length: int) -> bool:
        name = _WEEKDAYS[day.weekday()]
        nth, from_end = (day.day - 1) // 7 + 1, -((length - day.day) // 7 + 1)
        ways = (name, f"{nth}{name}", f"+{nth}{name}", f"{from_end}{name}")
        return not self.weekdays.isdisjoint(ways)


def yearly_rule(name: str, rule: Any, first: date) -> YearlyRule | None:
    """The RRULE of the event `name` that begins on `first`, None where it does not recur.

    Raises Fault where it is not understood.
    """
    if rule is None:
        return None
    if not isinstance(rule, dict):
        raise Fault(f"the event {quoted(name)} recurs in an unknown way", "correct it")
    if "YEARLY" not in rule.get("FREQ", []):
        raise Fault(
            f"the event {quoted(name)} recurs more often than once a year",
            "days off every week belong in the schedule; remove it from the file",
        )
    strange = sorted(set(rule) - _UNDERSTOOD)
    if "BYMONTH" not in rule:
        strange += sorted({"BYDAY", "BYMONTHDAY", "BYSETPOS"} & set(rule))
    if strange:
        raise Fault(
            f"the event {quoted(name)} recurs by {strange[0]} in an unknown way",
            "write this holiday in the configuration instead",
        )
    last = rule["UNTIL"][0] if "UNTIL" in rule else date.max
    of_month = "BYMONTHDAY" in rule or "BYDAY" in rule
    return YearlyRule(
        months=_numbers(rule, "BYMONTH", first.month) & frozenset(range(1, 13)),
        month_days=_numbers(rule, "BYMONTHDAY") if of_month else frozenset({first.day}),
        weekdays=frozenset(str(each).upper() for each in rule.get("BYDAY", ())),
        places=_numbers(rule, "BYSETPOS"),
        interval=max(1, int(rule.get("INTERVAL", [1])[0])),
        count=int(rule.get("COUNT", [_UNCOUNTED])[0]),
        until=_until(last),
    )


def _numbers(rule: Any, name: str, *otherwise: int) -> frozenset[int]:
    return frozenset(int(each) for each in rule.get(name, otherwise))


def _until(last: Any) -> date:
    if isinstance(last, datetime):
        return last.date()
    return last if isinstance(last, date) else date.max
