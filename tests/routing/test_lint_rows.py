"""Rows that hide or overlap each other: with several days, seasons and time zones."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callrouter.routing.hours import WEEKDAYS
from callrouter.routing.lint.ring_of_week import WEEK_SECONDS, complement, times, union
from callrouter.routing.lint.rows import rows as row_findings
from callrouter.routing.model import ScheduleRow
from callrouter.routing.schedule import Clock, covers, row_on_duty
from tests.routing.lint_company import TODAY, with_office
from tests.routing.oracle import rows as any_row
from tests.routing.rows import row

HOUR = 3600


def said(*rows: ScheduleRow, today: date = TODAY, timezone: str = "Europe/Belgrade") -> list[str]:
    """`1: message` for the row at index 1."""
    settings = with_office(call_handling_schedule=rows, timezone=timezone).settings["office"]
    found = row_findings(settings, today)
    return [f"{each.path[-1]}: {each.message}" for each in found if isinstance(each.path[-1], int)]


SUMMER = {"valid_from": "06-01", "valid_to": "08-31"}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(
            [row("Monday-Friday 09:00-17:00 sales"), row("Friday-Saturday 16:00-18:00 night")],
            ["1: Friday-Saturday 16:00-18:00 (night) overlaps Monday-Friday 09:00-17:00 (sales) "
             "on Friday 16:00-17:00; there the first listed wins"],
            id="one day of several",
        ),
        pytest.param(
            [row("Monday-Friday 09:00-17:00 sales,night"), row("Monday-Friday 16:00-18:00 night")],
            ["1: Monday-Friday 16:00-18:00 (night) overlaps Monday-Friday 09:00-17:00 "
             "(sales, night) on Monday-Friday 16:00-17:00; there the first listed wins"],
            id="the same hours of several days",
        ),
        pytest.param(
            [row("Monday-Friday 09:00-17:00 sales"), row("Monday,Wednesday 10:00-12:00 night")],
            ["1: Monday, Wednesday 10:00-12:00 (night) never applies: Monday-Friday 09:00-17:00 "
             "(sales), listed before, covers it"],
            id="several days hidden by one row",
        ),
        pytest.param(
            [row("Monday 09:00-17:00 sales"), row("Tuesday 09:00-17:00 sales"),
             row("Monday-Tuesday 10:00-12:00 night")],
            ["2: Monday-Tuesday 10:00-12:00 (night) never applies: Monday 09:00-17:00 (sales) and "
             "Tuesday 09:00-17:00 (sales), listed before, cover it"],
            id="several days hidden by several rows",
        ),
        pytest.param(
            [row("Monday-Friday 08:00-14:00 sales", **SUMMER),
             row("Monday-Friday 09:00-17:00 sales")],
            [], id="a season listed before the whole year is an exception from it",
        ),
        pytest.param(
            [row("Monday-Friday 09:00-17:00 sales"),
             row("Monday-Friday 08:00-14:00 sales", **SUMMER)],
            ["1: Monday-Friday 08:00-14:00 from 06-01 until 08-31 (sales) overlaps Monday-Friday "
             "09:00-17:00 (sales) on Monday-Friday 09:00-14:00; there the first listed wins"],
            id="a season listed after the whole year",
        ),
        pytest.param(
            [row("Monday-Friday 09:00-17:00 sales"),
             row("Monday-Friday 10:00-14:00 sales", **SUMMER)],
            ["1: Monday-Friday 10:00-14:00 from 06-01 until 08-31 (sales) never applies: "
             "Monday-Friday 09:00-17:00 (sales), listed before, covers it"],
            id="a season hidden by the whole year",
        ),
        pytest.param(
            [row("Monday 09:00-17:00 sales", valid_from="01-01", valid_to="05-31"),
             row("Monday 09:00-17:00 sales", **SUMMER)],
            [], id="seasons that do not meet",
        ),
        pytest.param(
            [row("Monday 09:00-17:00 sales", valid_from="06-01", valid_to="09-30"),
             row("Monday 10:00-11:00 night", **SUMMER)],
            ["1: Monday 10:00-11:00 from 06-01 until 08-31 (night) never applies: Monday "
             "09:00-17:00 from 06-01 until 09-30 (sales), listed before, covers it"],
            id="a season within another",
        ),
        pytest.param(
            [row("Sunday 20:00-12:00 sales", **SUMMER), row("Monday 10:00-11:00 night", **SUMMER)],
            ["1: Monday 10:00-11:00 from 06-01 until 08-31 (night) overlaps Sunday 20:00-12:00 "
             "from 06-01 until 08-31 (sales) on Monday 10:00-11:00; there the first listed wins"],
            id="the first morning of a season has no night before it",
        ),
        pytest.param(
            [row("Monday 09:00-17:00 sales"), row("Monday 08:00-10:00 night", "Europe/London")],
            ["1: Monday 08:00-10:00 Europe/London (night) never applies: Monday 09:00-17:00 "
             "(sales), listed before, covers it"],
            id="another zone, always the same hours apart",
        ),
        pytest.param(
            [row("Monday 15:00-16:00 sales"),
             row("Monday 09:00-10:00 night", "America/New_York")],
            ["1: Monday 09:00-10:00 America/New_York (night) overlaps Monday 15:00-16:00 (sales) "
             "on Monday 09:00-10:00 America/New_York; there the first listed wins"],
            id="another zone, some weeks of the year another hour apart",
        ),
        pytest.param(
            [row("Monday 09:00-15:00 sales"),
             row("Monday 09:00-17:00 night", "America/New_York")],
            ["1: Monday 09:00-17:00 America/New_York (night) overlaps Monday 09:00-15:00 (sales) "
             "on Monday 09:00-10:00 America/New_York, but only while the zones are not as far "
             "apart as today; there the first listed wins"],
            id="another zone, touching but in some weeks of the year",
        ),
        pytest.param(
            [row("Monday 14:00-16:00 sales"),
             row("Monday 09:00-10:00 night", "America/New_York")],
            ["1: Monday 09:00-10:00 America/New_York (night) never applies: Monday 14:00-16:00 "
             "(sales), listed before, covers it"],
            id="another zone, covered in all weeks of the year",
        ),
        pytest.param(
            [row("Sunday 20:00-24:00 sales", "America/Los_Angeles"), row("Monday 06:00-07:00 n")],
            ["1: Monday 06:00-07:00 (n) never applies: Sunday 20:00-24:00 America/Los_Angeles "
             "(sales), listed before, covers it"],
            id="another zone, where it is still another day",
        ),
        pytest.param(
            [row("Monday-Tuesday 09:00-09:00 sales")],
            ["0: from 09:00 to 09:00 is 24 hours, until the next day 09:00"],
            id="24 hours on several days",
        ),
        pytest.param(
            [row("Monday 09:00-17:00 sales", valid_to="2026-11-21")],
            ["0: Monday 09:00-17:00 until 2026-11-21 (sales) is over and never applies again"],
            id="a season that is over",
        ),
        pytest.param(
            [row("Monday 09:00-17:00 sales", valid_to="2026-11-22")], [], id="a season's last day"
        ),
        pytest.param(
            [row("Monday 09:00-17:00 sales"), row("Monday 09:00-17:00 x", valid_from="2040-01-01")],
            [], id="a season that is far away",
        ),
    ],
)  # fmt: skip
def test_rows_beside_each_other(rows: list[ScheduleRow], expected: list[str]) -> None:
    assert said(*rows) == expected


@given(st.lists(any_row(TODAY), min_size=2, max_size=4))
def test_a_row_that_never_applies_never_does(rows: list[ScheduleRow]) -> None:
    """Looked at every three quarters of an hour for three weeks in each season of a year."""
    dead = {int(each.split(":")[0]) for each in said(*rows) if "never applies:" in each}
    for index in dead:
        for days in (0, 120, 240, 330):
            start = datetime(2026, 11, 22, tzinfo=UTC) + timedelta(days=days)
            for step in range(21 * 32):
                clock = Clock(start + step * timedelta(minutes=45))
                won = row_on_duty(rows, "Europe/Belgrade", clock)
                assert won is None or won is not rows[index]


DAYS = st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True).map(
    lambda days: ",".join(sorted(days, key=WEEKDAYS.index))
)
HOURLY = st.builds(
    lambda days, start, end: row(f"{days} {start:02}:00-{end:02}:00 g"),
    DAYS,
    st.integers(0, 23),
    st.integers(0, 24),
)


@given(st.lists(HOURLY, max_size=5))
def test_rows_of_several_days_are_told_exactly_when_they_meet(rows: list[ScheduleRow]) -> None:
    week = [datetime(2026, 11, 23, tzinfo=UTC) + timedelta(hours=hour) for hour in range(168)]
    expected = {}
    for index, each in enumerate(rows):
        own = [hour for hour in week if covers(each.hours, hour)]
        shared = [h for h in own if any(covers(before.hours, h) for before in rows[:index])]
        if shared:
            expected[index] = "never applies" if len(shared) == len(own) else "overlaps"
    told = {}
    for message in said(*rows):
        place, words = message.split(": ", 1)
        for what in ("never applies:", "overlaps"):
            if what in words:
                told[int(place)] = what.rstrip(":")
    assert told == expected


INTERVALS = st.lists(
    st.tuples(st.integers(0, WEEK_SECONDS // HOUR - 1), st.integers(1, 30)).map(
        lambda each: (each[0] * HOUR, (each[0] + each[1]) * HOUR)
    ),
    max_size=6,
)


@given(INTERVALS)
def test_what_nobody_covers_is_the_rest_of_the_week(covered: list[tuple[int, int]]) -> None:
    def hours(intervals: list[tuple[int, int]]) -> list[int]:
        return [h // HOUR % 168 for start, end in intervals for h in range(start, end, HOUR)]

    left = hours(complement(covered))
    assert sorted(left) == sorted(set(range(168)) - set(hours(covered)))
    assert len(hours(union(covered))) == len({h for s, e in covered for h in range(s, e, HOUR)})


@pytest.mark.parametrize(
    ("intervals", "words"),
    [
        ([(9 * HOUR, 10 * HOUR), (33 * HOUR, 34 * HOUR)], ["Monday-Tuesday 09:00-10:00"]),
        ([(9 * HOUR, 10 * HOUR), (33 * HOUR, 35 * HOUR)],
         ["Monday 09:00-10:00", "Tuesday 09:00-11:00"]),
        ([(0, 24 * HOUR)], ["Monday 00:00-24:00"]),
        ([(22 * HOUR, 30 * HOUR)], ["Monday 22:00-06:00"]),
        ([(22 * HOUR, 54 * HOUR)], ["Monday 22:00-Wednesday 06:00"]),
        ([(150 * HOUR, 178 * HOUR)], ["Sunday 06:00-Monday 10:00"]),
        ([(150 * HOUR, 170 * HOUR)], ["Sunday 06:00-02:00"]),
    ],
    ids=["two days", "other hours", "a whole day", "a night", "longer", "into the next week",
         "a night into the next week"],
)  # fmt: skip
def test_times_in_words(intervals: list[tuple[int, int]], words: list[str]) -> None:
    assert times(intervals) == words


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        (["2026-11-21"], "2026-11-21"),
        (["2026-12-31", "2027-01-20"], "2027-01-20"),
        (["2026-12-31", "2027-01-21"], None),
        (["2026-12-31", "06-30"], None),
        (["2026-12-31", ""], None),
        ([], None),
    ],
    ids=["over", "in 59 days", "in 60 days", "and one of every year", "and one without", "no rows"],
)
def test_schedules_that_end(ends: list[str], told: str | None) -> None:
    rows = [
        row(f"{WEEKDAYS[i].value} 09:00-17:00 sales", valid_from="01-01" * (len(each) == 5),
            valid_to=each)
        for i, each in enumerate(ends)
    ]  # fmt: skip
    expected = f"hours without cover: no row holds after {told}, so every call finds it closed"
    settings = with_office(call_handling_schedule=tuple(rows)).settings["office"]
    found = [each.message for each in row_findings(settings, TODAY) if "after" in each.message]
    assert found == ([expected] if told else [])
