"""Rows of a schedule that are odd: never on duty, hidden by others, overlapping, a day long."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from callrouter.routing.hours import WEEKDAYS, Hours, format_time
from callrouter.routing.lint.days import AHEAD_DAYS
from callrouter.routing.lint.finding import SCHEDULE, Finding, Path, row_path, settings_path
from callrouter.routing.lint.ring_of_week import (
    Interval,
    common,
    days_touched,
    mask_of,
    pieces,
    shifts,
    times,
    union,
    without,
)
from callrouter.routing.model import IncomingCallSettings, ScheduleRow


def rows(settings: IncomingCallSettings, today: date) -> Iterator[Finding]:
    """What is odd about each row, by itself and beside those listed before it."""
    if not settings.call_handling_schedule:
        message = "there are no schedule rows, so every call finds it closed"
        yield Finding(settings_path(settings), message, f"add rows to {SCHEDULE}")
    every = settings.call_handling_schedule
    yield from _all_over(settings, today)
    beside = _compared(tuple(row.hours for row in every), settings.timezone, today)
    for index, row in enumerate(every):
        path = row_path(settings, index)
        if row.hours.from_time == row.hours.to_time:
            yield Finding(path, _a_day_long(row), 'a whole day is "00:00" to "24:00"')
        if _is_over(row, today):
            message = f"{_named(row)} is over and never applies again"
            yield Finding(path, message, "remove it, or change valid_to")
        else:
            yield from _beside_others(path, every, row, beside[index])


def _all_over(settings: IncomingCallSettings, today: date) -> Iterator[Finding]:
    """All the rows have an end, and the last of them has come or is near."""
    ends = [_last_day(row) for row in settings.call_handling_schedule]
    known = [each for each in ends if each is not None]
    if not known or len(known) < len(ends):
        return
    last = max(known)
    if (last - today).days < AHEAD_DAYS:
        message = f"hours without cover: no row holds after {last}, so every call finds it closed"
        remedy = "add the rows of the time after it, or change valid_to"
        yield Finding(settings_path(settings, SCHEDULE), message, remedy)


def _last_day(row: ScheduleRow) -> date | None:
    last = row.hours.valid_to
    return None if last is None or last.year is None else last.on(last.year)


def _a_day_long(row: ScheduleRow) -> str:
    at = format_time(row.hours.from_time)
    day = "the next day"
    if len(row.hours.days) == 1:
        day = WEEKDAYS[(WEEKDAYS.index(row.hours.days[0]) + 1) % 7]
    return f"from {at} to {at} is 24 hours, until {day} {at}"


def _is_over(row: ScheduleRow, today: date) -> bool:
    """Whether its season is; the night of its last day may still be going on."""
    last = _last_day(row)
    return last is not None and last < today


_UNMOVED = (0,)


@dataclass(slots=True)
class _Beside:
    """Which of the rows before it have what of a row's time (`taken`), which of them have it today,
    as the clocks of their zones are (`now`), which take some away whenever it comes (`hiding`), and
    whether they leave it any."""

    taken: dict[int, list[Interval]] = field(default_factory=dict)
    now: set[int] = field(default_factory=set)
    hiding: set[int] = field(default_factory=set)
    left: bool = False


@dataclass(frozen=True, slots=True)
class _Piece:
    index: int
    hours: Hours
    interval: Interval
    day: int


@lru_cache(maxsize=256)
def _compared(every: tuple[Hours, ...], timezone: str, today: date) -> tuple[_Beside, ...]:
    """Each of the hours beside those before it; many settings of a company have the same."""
    week = _Week(timezone, today)
    return tuple(week.add(index, hours) for index, hours in enumerate(every))


class _Week:
    """The hours so far, by the days of the week on which some of them lie."""

    def __init__(self, timezone: str, today: date) -> None:
        self._zone, self._today = timezone, today
        self._by_day: tuple[list[_Piece], ...] = tuple([] for _ in range(7))

    def add(self, index: int, hours: Hours) -> _Beside:
        """Compare the hours with those before them, and take them up among them."""
        beside = _Beside()
        days = map(WEEKDAYS.index, hours.days)
        own = [
            _Piece(index, hours, interval, day)
            for day, interval in zip(days, pieces(hours), strict=True)
        ]
        where = [self._days(piece) for piece in own]
        for piece, touched in zip(own, where, strict=True):
            self._compare(piece, touched, beside)
        for piece, touched in zip(own, where, strict=True):
            for day in touched:
                self._by_day[day].append(piece)
        return beside

    def _days(self, piece: _Piece) -> Iterable[int]:
        """Where to look for what may touch it: anywhere, for a clock in another zone."""
        zone = piece.hours.timezone
        return days_touched(piece.interval) if zone in (None, self._zone) else range(7)

    def _compare(self, piece: _Piece, touched: Iterable[int], beside: _Beside) -> None:
        left = [piece.interval]
        earlier = {(each.index, each.day): each for day in touched for each in self._by_day[day]}
        for _, other in sorted(earlier.items()):
            moved = self._moved(piece, other)
            clash = [each for shift in moved for each in common(left, other.interval, shift)]
            if not clash or not self._at_the_same_time(piece, other):
                continue
            beside.taken.setdefault(other.index, []).extend(clash)
            if common(left, other.interval, moved[0]):
                beside.now.add(other.index)
            if self._whenever(piece, other):
                rest = union(i for shift in moved for i in without(left, other.interval, shift))
                if rest != left:
                    beside.hiding.add(other.index)
                left = rest
                if not left:
                    return
        beside.left = True

    def _moved(self, piece: _Piece, other: _Piece) -> tuple[int, ...]:
        own, theirs = (each.hours.timezone or self._zone for each in (piece, other))
        return _UNMOVED if own == theirs else shifts(own, theirs, self._today)

    def _at_the_same_time(self, piece: _Piece, other: _Piece) -> bool:
        """Whether there are days on which both are in season, and that is not clearly meant: a
        season that is listed before what holds all the year is an exception from it."""
        own, theirs = (mask_of(each.hours, self._today) for each in (piece, other))
        exception = own & theirs == theirs != own
        return bool(own & theirs) and not exception

    def _whenever(self, piece: _Piece, other: _Piece) -> bool:
        """Whether the other comes whenever this one does."""
        own, theirs = (mask_of(each.hours, self._today) for each in (piece, other))
        if other.hours.valid_from is None and other.hours.valid_to is None:
            return True
        # What began on another day may lie before the season, or after it.
        return own & ~theirs == 0 and piece.day == other.day


def _beside_others(
    path: Path, every: Sequence[ScheduleRow], row: ScheduleRow, found: _Beside
) -> Iterator[Finding]:
    if not found.left:
        winners = [_named(every[index]) for index in sorted(found.hiding)]
        covers = "covers" if len(winners) == 1 else "cover"
        message = (
            f"{_named(row)} never applies: {' and '.join(winners[:3])}, listed before, {covers} it"
        )
        yield Finding(path, message, "remove it, or move it up")
    elif found.taken:
        first = min(found.taken)
        when = times(found.taken[first])[0]
        if row.hours.timezone is not None:
            when = f"{when} {row.hours.timezone}"
        if first not in found.now:
            when = f"{when}, but only while the zones are not as far apart as today"
        message = (
            f"{_named(row)} overlaps {_named(every[first])} on {when}; there the first listed wins"
        )
        yield Finding(path, message, "change the times, or the order")


def _named(row: ScheduleRow) -> str:
    return f"{row} ({', '.join(row.agent_groups)})"
