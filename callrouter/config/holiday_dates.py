"""The dates of a company's own holidays: what an admin writes, and the days it is each year.

`2026-12-31` is one day, `12-25` and `25 December` every year, `last Friday of November` and
`Easter Monday` move. `+ 1 day` and `- 2 days` may follow those that move.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.easter import EASTER_ORTHODOX, EASTER_WESTERN, easter

from callrouter.config.problems import Fault, quoted
from callrouter.config.values_time import calendar_day, weekday
from callrouter.routing.hours import WEEKDAYS

_REMEDY = (
    'write "2026-12-31", "12-25" for every year, or such as "last Friday of November", '
    '"Easter Monday"'
)
_MONTHS = [name.lower() for name in calendar.month_name]
_ORDINALS = {
    word: number
    for number, words in {
        1: "first 1st", 2: "second 2nd", 3: "third 3rd", 4: "fourth 4th", 5: "fifth 5th",
        -1: "last",
    }.items()
    for word in words.split()
}  # fmt: skip
_YEARLY = re.compile(r"([0-9]{1,2})-([0-9]{1,2})")
_DAY_MONTH = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th|\.)? (?:of )?([a-z]+)")
_MONTH_DAY = re.compile(r"([a-z]+) ([0-9]{1,2})(?:st|nd|rd|th)?")
_FLOATING = re.compile(r"(?:the )?([a-z0-9]+) ([a-z]+) (?:of|in) ([a-z]+)")
_EASTER = re.compile(r"(orthodox )?(easter|easter sunday|easter monday|good friday)")
_OFFSET = re.compile(r"(.*?) ?([+-]) ?([0-9]{1,3})(?: days?)?")
_EASTER_DAYS = {"easter": 0, "easter sunday": 0, "easter monday": 1, "good friday": -2}
_LEAP_YEAR = 2024


@dataclass(frozen=True, slots=True)
class OneDay:
    """A single date."""

    on: date

    def in_year(self, year: int) -> date | None:
        return self.on if self.on.year == year else None


@dataclass(frozen=True, slots=True)
class EveryYear:
    """The same date every year; the 29th of February only where there is one."""

    month: int
    day: int

    def in_year(self, year: int) -> date | None:
        if self.day > calendar.monthrange(year, self.month)[1]:
            return None
        return date(year, self.month, self.day)


@dataclass(frozen=True, slots=True)
class Floating:
    """The nth (-1: the last) of a weekday (0: Monday) in a month, and so many days after it."""

    nth: int
    weekday: int
    month: int
    plus_days: int = 0

    def in_year(self, year: int) -> date | None:
        first, length = calendar.monthrange(year, self.month)
        days = range(1 + (self.weekday - first) % 7, length + 1, 7)
        if self.nth > len(days):
            return None
        day = days[self.nth] if self.nth < 0 else days[self.nth - 1]
        return date(year, self.month, day) + timedelta(days=self.plus_days)


@dataclass(frozen=True, slots=True)
class Easter:
    """So many days after Easter Sunday, of the Western or the Orthodox churches."""

    orthodox: bool
    plus_days: int = 0

    def in_year(self, year: int) -> date | None:
        sunday: date = easter(year, EASTER_ORTHODOX if self.orthodox else EASTER_WESTERN)
        return sunday + timedelta(days=self.plus_days)


DateRule = OneDay | EveryYear | Floating | Easter


def date_rule(written: str) -> DateRule:
    """The rule that was written; raises Fault for anything that is none."""
    text = " ".join(written.lower().replace("\u2212", "-").split())
    if re.match(r"[0-9]{4}-", text):
        return OneDay(calendar_day(text))
    rule = _yearly(text) or _moving(text, 0)
    offset = _OFFSET.fullmatch(text)
    if rule is None and offset:
        rule = _moving(offset[1], int(offset[2] + offset[3]))
    if rule is None:
        raise Fault(f"{quoted(written)} is not a date", _REMEDY)
    return rule


def _yearly(text: str) -> EveryYear | None:
    month, day = 0, 0
    if match := _YEARLY.fullmatch(text):
        month, day = int(match[1]), int(match[2])
    elif match := _DAY_MONTH.fullmatch(text):
        month, day = _month(match[2]), int(match[1])
    elif match := _MONTH_DAY.fullmatch(text):
        month, day = _month(match[1]), int(match[2])
    exists = 1 <= month <= 12 and 1 <= day <= calendar.monthrange(_LEAP_YEAR, month)[1]
    return EveryYear(month, day) if exists else None


def _moving(text: str, plus_days: int) -> Floating | Easter | None:
    if match := _EASTER.fullmatch(text):
        return Easter(match[1] is not None, _EASTER_DAYS[match[2]] + plus_days)
    match = _FLOATING.fullmatch(text)
    if match is None:
        return None
    nth, month = _ORDINALS.get(match[1]), _month(match[3])
    if nth is None or not month:
        return None
    return Floating(nth, WEEKDAYS.index(weekday(match[2])), month, plus_days)


def _month(name: str) -> int:
    """1 to 12 for `November` and `Nov`, else 0."""
    found = [i for i, month in enumerate(_MONTHS) if len(name) >= 3 and month.startswith(name)]
    return found[0] if found else 0
