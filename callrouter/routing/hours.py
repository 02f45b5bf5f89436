"""Recurring hours: days of the week, from and to, perhaps only in a season.

The law of their reading is in `schedule`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

DAY_SECONDS = 86_400
_DAY = timedelta(days=1)


class Weekday(StrEnum):
    """Days as an admin writes them; the order is that of `datetime.weekday()`."""

    MONDAY = "Monday"
    TUESDAY = "Tuesday"
    WEDNESDAY = "Wednesday"
    THURSDAY = "Thursday"
    FRIDAY = "Friday"
    SATURDAY = "Saturday"
    SUNDAY = "Sunday"


WEEKDAYS = tuple(Weekday)


@dataclass(frozen=True, slots=True)
class SeasonDay:
    """A day of a season: a date, or the same day every year where `year` is None."""

    month: int
    day: int
    year: int | None = None

    def reached_on(self, day: date) -> bool:
        """Whether it is this day, or a later one (of the same year, where it is yearly)."""
        return (self.year or day.year, self.month, self.day) <= (day.year, day.month, day.day)

    def passed_on(self, day: date) -> bool:
        """Whether it is a later day than this (of the same year, where it is yearly)."""
        return (self.year or day.year, self.month, self.day) < (day.year, day.month, day.day)

    def on(self, year: int) -> date:
        """The day in this year; March 1 for February 29 where there is none."""
        try:
            return date(year, self.month, self.day)
        except ValueError:
            return date(year, self.month + 1, 1)

    def __str__(self) -> str:
        year = "" if self.year is None else f"{self.year:04}-"
        return f"{year}{self.month:02}-{self.day:02}"


@dataclass(frozen=True, slots=True)
class Hours:
    """Half-open `[from_time, to_time)` on each of `days` (never empty, in the week's order).

    Times are seconds since local midnight, `to_time` up to 86400 (`24:00`). Hours whose end is not
    after their start run past midnight and belong to the day on which they start. `valid_from` and
    `valid_to` (both inclusive, of the day on which they start) are a season; either both are
    dates or both recur yearly, then a season may run over the end of the year. `timezone` is an
    IANA name, or None for that of whoever the hours are of.
    """

    days: tuple[Weekday, ...]
    from_time: int
    to_time: int
    valid_from: SeasonDay | None = None
    valid_to: SeasonDay | None = None
    timezone: str | None = None

    @property
    def overnight(self) -> bool:
        return self.to_time <= self.from_time

    def in_season(self, day: date) -> bool:
        """Whether hours that start on `day` are valid."""
        after = self.valid_from is None or self.valid_from.reached_on(day)
        before = self.valid_to is None or not self.valid_to.passed_on(day)
        return (after or before) if self._over_the_year else (after and before)

    @property
    def _over_the_year(self) -> bool:
        """Whether the season runs over the end of the year, each year."""
        first, last = self.valid_from, self.valid_to
        if first is None or last is None or first.year is not None:
            return False
        return (first.month, first.day) > (last.month, last.day)

    def begins_on(self, day: date) -> bool:
        """Whether the hours come on `day`: the day of the week is theirs, and the season."""
        return WEEKDAYS[day.weekday()] in self.days and self.in_season(day)

    def begin_on(self, first: date, last: date) -> Iterator[date]:
        """The days in `[first, last]` on which the hours come."""
        day: date | None = first
        while day is not None and day <= last:
            if not self.in_season(day):
                day = self._season_after(day)
                continue
            if WEEKDAYS[day.weekday()] in self.days:
                yield day
            day = day + _DAY if day < last else None

    def _season_after(self, day: date) -> date | None:
        """The first day of the season that comes after `day`, which lies in none."""
        first = self.valid_from
        if first is None:  # it began with the year, and comes with the next if it is yearly
            yearly = self.valid_to is not None and self.valid_to.year is None
            return date(day.year + 1, 1, 1) if yearly and day.year < date.max.year else None
        if first.year is not None:
            return first.on(first.year) if first.on(first.year) > day else None
        if first.on(day.year) > day:
            return first.on(day.year)
        return first.on(day.year + 1) if day.year < date.max.year else None

    def span(self, day: date) -> tuple[datetime, datetime]:
        """What the clock shows (naive) when hours that come on `day` begin and end."""
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a reading, no moment
        end = self.to_time + (DAY_SECONDS if self.overnight else 0)
        return (midnight + timedelta(seconds=self.from_time), midnight + timedelta(seconds=end))

    def __str__(self) -> str:
        times = f"{format_time(self.from_time)}-{format_time(self.to_time)}"
        zone = f" {self.timezone}" if self.timezone else ""
        return f"{format_days(self.days)} {times}{zone}{self._season()}"

    def _season(self) -> str:
        first = f" from {self.valid_from}" if self.valid_from else ""
        last = f" until {self.valid_to}" if self.valid_to else ""
        return f"{first}{last}"


def format_days(days: tuple[Weekday, ...]) -> str:
    """`Monday`, `Monday-Friday`, `Monday, Wednesday-Friday`."""
    runs: list[list[int]] = []
    for index in sorted(WEEKDAYS.index(day) for day in days):
        if runs and runs[-1][-1] == index - 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    return ", ".join(
        WEEKDAYS[run[0]] if len(run) == 1 else f"{WEEKDAYS[run[0]]}-{WEEKDAYS[run[-1]]}"
        for run in runs
    )


def format_time(seconds: int) -> str:
    """`32400` → `09:00`; seconds are shown only where there are any."""
    hours, rest = divmod(seconds, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours:02}:{minutes:02}" + (f":{secs:02}" if secs else "")
