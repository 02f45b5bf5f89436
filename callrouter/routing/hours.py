"""Recurring hours: days of the week, from and to, perhaps only in a season.

The law of their reading is in `schedule`.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

DAY_SECONDS = 86_400


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
        first, last = self.valid_from, self.valid_to
        after = first is None or _comes(first, day)
        before = last is None or _comes_until(last, day)
        if (
            first
            and last
            and first.year is None
            and (first.month, first.day)
            > (
                last.month,
                last.day,
            )
        ):
            return after or before  # the season runs over the end of the year
        return after and before

    def __str__(self) -> str:
        times = f"{format_time(self.from_time)}-{format_time(self.to_time)}"
        zone = f" {self.timezone}" if self.timezone else ""
        return f"{format_days(self.days)} {times}{zone}{self._season()}"

    def _season(self) -> str:
        first = f" from {self.valid_from}" if self.valid_from else ""
        last = f" until {self.valid_to}" if self.valid_to else ""
        return f"{first}{last}"


def _comes(first: SeasonDay, day: date) -> bool:
    """Whether `day` is `first` or later."""
    if first.year is not None:
        return (day.year, day.month, day.day) >= (first.year, first.month, first.day)
    return (day.month, day.day) >= (first.month, first.day)


def _comes_until(last: SeasonDay, day: date) -> bool:
    """Whether `day` is `last` or earlier."""
    if last.year is not None:
        return (day.year, day.month, day.day) <= (last.year, last.month, last.day)
    return (day.month, day.day) <= (last.month, last.day)


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
