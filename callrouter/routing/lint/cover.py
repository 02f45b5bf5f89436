"""Hours without cover: holes in a week that look like mistakes, and rows whose people do not work.

A closed night, weekend or season is no mistake. What is told: breaks of up to two hours between
rows, unless they are the same on all open days, long enough for a meal, and there is a closed
message for them; a Tuesday,
Wednesday or Thursday without any row between days that have some; and any gap where nine tenths
of the week are covered. Nothing is told where a caller who finds it closed is sent on to somebody.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache

from callrouter.routing.hours import DAY_SECONDS, WEEKDAYS, Hours
from callrouter.routing.lint.finding import (
    SCHEDULE,
    Finding,
    names,
    row_path,
    settings_path,
)
from callrouter.routing.lint.reach import Reach
from callrouter.routing.lint.ring_of_week import (
    WEEK_SECONDS,
    Interval,
    complement,
    pieces,
    shifts,
    times,
)
from callrouter.routing.model import IncomingCallSettings, RoutingTable, ScheduleRow
from callrouter.routing.week import Stretch, StretchKind, duty_plan

_LONGEST_BREAK = 2 * 3600
_SHORTEST_MEAL = 15 * 60  # below it is a row until 23:59, and the next from 00:00
_NEARLY_ALWAYS = 0.9
_BETWEEN = (1, 2, 3)  # Tuesday to Thursday: many are closed around the weekend, on either side


def cover(
    table: RoutingTable, settings: IncomingCallSettings, today: date, reach: Reach
) -> Iterator[Finding]:
    """The holes of the seven days from `today` on, holidays and overrides aside."""
    every = tuple(row.hours for row in settings.call_handling_schedule)
    gaps = _gaps(every, settings.timezone, today)
    holes = _holes(gaps, with_breaks=settings.closed_message is None)
    if holes and not reach.after_closing(settings):
        message = f"hours without cover: no row covers {names(holes)}"
        remedy = "add rows, or closed_message for a daily break, or follow_on_closed"
        yield Finding(settings_path(settings, SCHEDULE), message, remedy)
    duties = {row.agent_groups for row in settings.call_handling_schedule}
    if any(_all_have_hours(table, groups) for groups in duties):
        yield from _nobody_works(table, settings, today)


@lru_cache(maxsize=256)
def _gaps(every: tuple[Hours, ...], timezone: str, today: date) -> tuple[Interval, ...]:
    """What of the week these hours leave; many settings of a company have the same."""
    covered = []
    monday = today - timedelta(days=today.weekday())
    for hours in every:
        shift = shifts(timezone, hours.timezone or timezone, today)[0]
        for start, end in pieces(hours):
            day = monday + timedelta(days=start // DAY_SECONDS)
            if hours.in_season(day if day >= today else day + timedelta(days=7)):
                covered.append((start + shift, end + shift))
    return tuple(complement(covered))


def _holes(gaps: Sequence[Interval], *, with_breaks: bool) -> list[str]:
    """Those of the gaps that look like mistakes, in words; `with_breaks`: the daily ones too."""
    open_seconds = WEEK_SECONDS - sum(end - start for start, end in gaps)
    if open_seconds == 0:
        return []
    if open_seconds >= _NEARLY_ALWAYS * WEEK_SECONDS:
        return times(gaps)
    closed = [day for day in range(7) if any(_holds(gap, day) for gap in gaps)]
    short: dict[Interval, list[Interval]] = {}
    for start, end in gaps:
        if end - start <= _LONGEST_BREAK:
            since = start % DAY_SECONDS
            short.setdefault((since, since + end - start), []).append((start, end))
    holes = times(
        gap
        for (since, until), same in short.items()
        if with_breaks or until - since < _SHORTEST_MEAL or len(same) < 7 - len(closed)
        for gap in same
    )
    alone = [day for day in closed if day in _BETWEEN]
    if len(alone) == 1 and not {alone[0] - 1, alone[0] + 1} & set(closed):
        holes.append(WEEKDAYS[alone[0]].value)
    return holes


def _holds(gap: Interval, day: int) -> bool:
    """Whether all of this day of the week lies in the gap."""
    start, end = day * DAY_SECONDS, (day + 1) * DAY_SECONDS
    return any(gap[0] <= start + week and end + week <= gap[1] for week in (0, WEEK_SECONDS))


def _all_have_hours(table: RoutingTable, groups: tuple[str, ...]) -> bool:
    """Whether everybody of these groups has working hours, so that at times nobody works."""
    members = [m for name in groups for m in table.agent_groups[name].members]
    return bool(members) and all(table.agents[member].working_hours for member in members)


def _nobody_works(
    table: RoutingTable, settings: IncomingCallSettings, today: date
) -> Iterator[Finding]:
    """Where a row is on duty, and none of its people at work; for each row the first time."""
    by_row: dict[ScheduleRow, list[Stretch]] = {}
    for stretch in duty_plan(table, settings, today).gaps:
        row = stretch.because.row
        if stretch.kind is StretchKind.ROW and row is not None and stretch.off:
            by_row.setdefault(row, []).append(stretch)
    for row, stretches in by_row.items():
        path = row_path(settings, settings.call_handling_schedule.index(row))
        times_of = times(map(_of_the_week, stretches))
        who = names(row.agent_groups)
        message = f"hours without cover: nobody in {who} works on {names(times_of)}"
        remedy = "change the row, the working_hours, or who is in the group"
        yield Finding(path, message, remedy)


def _of_the_week(stretch: Stretch) -> Interval:
    """Its local times; across a change of clocks as the wall shows them."""
    start, end = (each.replace(tzinfo=None, fold=0) for each in (stretch.from_at, stretch.until_at))
    seconds = start.hour * 3600 + start.minute * 60 + start.second
    since = start.weekday() * DAY_SECONDS + seconds
    return since, since + max(60, int((end - start).total_seconds()))
