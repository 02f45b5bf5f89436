"""Which row is on duty: a table for people, and laws that hold for every schedule."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callrouter.routing.hours import DAY_SECONDS, WEEKDAYS
from callrouter.routing.model import ScheduleRow
from callrouter.routing.schedule import (
    Clock,
    covers,
    describe_local_time,
    local_time,
    row_on_duty,
    started_on,
)
from tests.routing.rows import WEEK_SECONDS, row, row_between

OFFICE = (row("Monday 09:00-17:00 sales"),)
MORNING_AND_AFTERNOON = (row("Monday 09:00-12:00 early"), row("Monday 13:00-17:00 late"))
TOUCHING = (row("Monday 09:00-12:00 early"), row("Monday 12:00-17:00 late"))
OVERLAPPING = (row("Monday 12:00-13:00 lunch"), row("Monday 09:00-17:00 sales"))
NIGHT = (row("Friday 22:00-06:00 night"),)
SUNDAY_NIGHT = (row("Sunday 22:00-06:00 night"), row("Monday 05:00-17:00 sales"))
WHOLE_DAY = (row("Monday 00:00-24:00 sales"),)
ROUND_THE_CLOCK = (row("Monday 08:00-08:00 sales"),)
FROM_MIDNIGHT_TO_MIDNIGHT = (row("Monday 00:00-00:00 sales"),)
UNTIL_MIDNIGHT = (row("Monday 20:00-00:00 late"),)
TO_THE_SECOND = (row("Monday 09:00:30-09:00:31 sales"),)
YEAR_END = (row("Thursday 18:00-02:00 night"),)
LEAP_DAY = (row("Thursday 09:00-24:00 sales"), row("Friday 00:00-09:00 early"))


@pytest.mark.parametrize("timezone", ["Pacific/Kiritimati", "UTC", "Pacific/Niue"])
def test_where_the_calendar_ends_a_clock_shows_a_day_nearer(timezone: str) -> None:
    assert local_time(datetime.max.replace(tzinfo=UTC), timezone).year == 9999
    assert local_time(datetime.min.replace(tzinfo=UTC), timezone).year == 1


@pytest.mark.parametrize(
    ("rows", "at", "expected"),
    [
        pytest.param((), "2026-11-23 10:00", None, id="no rows: closed"),
        pytest.param(OFFICE, "2026-11-23 10:00", "sales", id="in the middle"),
        pytest.param(OFFICE, "2026-11-23 08:59:59.999999", None, id="just before the start"),
        pytest.param(OFFICE, "2026-11-23 09:00", "sales", id="the start belongs to the row"),
        pytest.param(OFFICE, "2026-11-23 16:59:59.999999", "sales", id="up to the end"),
        pytest.param(OFFICE, "2026-11-23 17:00", None, id="the end does not belong to the row"),
        pytest.param(OFFICE, "2026-11-24 10:00", None, id="another day of the week"),
        pytest.param(OFFICE, "2026-11-30 10:00", "sales", id="a week later"),
        pytest.param(MORNING_AND_AFTERNOON, "2026-11-23 11:59", "early", id="several a day: first"),
        pytest.param(MORNING_AND_AFTERNOON, "2026-11-23 12:30", None, id="several a day: between"),
        pytest.param(MORNING_AND_AFTERNOON, "2026-11-23 13:00", "late", id="several a day: second"),
        pytest.param(TOUCHING, "2026-11-23 11:59:59.999999", "early", id="touching: before"),
        pytest.param(TOUCHING, "2026-11-23 12:00", "late", id="touching: at the seam"),
        pytest.param(OVERLAPPING, "2026-11-23 12:30", "lunch", id="overlap: the first listed wins"),
        pytest.param(OVERLAPPING, "2026-11-23 13:00", "sales", id="overlap: after the first"),
        pytest.param(OVERLAPPING[::-1], "2026-11-23 12:30", "sales", id="overlap: other order"),
        pytest.param(NIGHT, "2026-11-27 21:59", None, id="overnight: before it starts"),
        pytest.param(NIGHT, "2026-11-27 22:00", "night", id="overnight: on the day it starts"),
        pytest.param(NIGHT, "2026-11-28 00:00", "night", id="overnight: at midnight"),
        pytest.param(NIGHT, "2026-11-28 05:59:59", "night", id="overnight: the morning after"),
        pytest.param(NIGHT, "2026-11-28 06:00", None, id="overnight: its end"),
        pytest.param(NIGHT, "2026-11-27 03:00", None, id="overnight: not the morning before"),
        pytest.param(NIGHT, "2026-11-28 23:00", None, id="overnight: not the evening after"),
        pytest.param(SUNDAY_NIGHT, "2026-11-22 23:00", "night", id="Sunday night"),
        pytest.param(SUNDAY_NIGHT, "2026-11-23 04:00", "night", id="Sunday night into Monday"),
        pytest.param(SUNDAY_NIGHT, "2026-11-23 05:30", "night", id="Sunday night is listed first"),
        pytest.param(SUNDAY_NIGHT, "2026-11-23 06:00", "sales", id="Monday after Sunday night"),
        pytest.param(SUNDAY_NIGHT, "2026-11-22 04:00", None, id="not Saturday night into Sunday"),
        pytest.param(WHOLE_DAY, "2026-11-23 00:00", "sales", id="24:00: from the first moment"),
        pytest.param(WHOLE_DAY, "2026-11-23 23:59:59.999999", "sales", id="24:00: to the last"),
        pytest.param(WHOLE_DAY, "2026-11-24 00:00", None, id="24:00: not the next day"),
        pytest.param(ROUND_THE_CLOCK, "2026-11-23 07:59", None, id="equal times: before"),
        pytest.param(ROUND_THE_CLOCK, "2026-11-23 08:00", "sales", id="equal times: the start"),
        pytest.param(ROUND_THE_CLOCK, "2026-11-24 07:59", "sales", id="equal times: 24 h long"),
        pytest.param(ROUND_THE_CLOCK, "2026-11-24 08:00", None, id="equal times: the end"),
        pytest.param(FROM_MIDNIGHT_TO_MIDNIGHT, "2026-11-23 00:00", "sales", id="00:00-00:00"),
        pytest.param(FROM_MIDNIGHT_TO_MIDNIGHT, "2026-11-24 00:00", None, id="00:00-00:00: end"),
        pytest.param(UNTIL_MIDNIGHT, "2026-11-23 23:59", "late", id="to 00:00 is to midnight"),
        pytest.param(UNTIL_MIDNIGHT, "2026-11-24 00:00", None, id="to 00:00 ends at midnight"),
        pytest.param(TO_THE_SECOND, "2026-11-23 09:00:30.5", "sales", id="one second long"),
        pytest.param(TO_THE_SECOND, "2026-11-23 09:00:31", None, id="one second long: its end"),
        pytest.param(YEAR_END, "2026-12-31 23:59:59", "night", id="the last second of the year"),
        pytest.param(YEAR_END, "2027-01-01 01:59", "night", id="into the new year"),
        pytest.param(YEAR_END, "2027-01-01 02:00", None, id="the end in the new year"),
        pytest.param(LEAP_DAY, "2024-02-29 23:59", "sales", id="a leap day"),
        pytest.param(LEAP_DAY, "2024-03-01 00:00", "early", id="the day after a leap day"),
        pytest.param(LEAP_DAY, "2024-02-28 12:00", None, id="the day before a leap day"),
    ],
)
def test_who_is_on_duty(rows: Sequence[ScheduleRow], at: str, expected: str | None) -> None:
    local = datetime.fromisoformat(at).replace(tzinfo=UTC)
    found = row_on_duty(rows, "UTC", Clock(local))
    assert (found.agent_groups[0] if found else None) == expected


@pytest.mark.parametrize(
    ("rows", "at", "expected"),
    [
        (NIGHT, "2026-11-27 23:00", "2026-11-27"),
        (NIGHT, "2026-11-28 05:59", "2026-11-27"),
        (NIGHT, "2026-11-28 06:00", None),
        (OFFICE, "2026-11-23 12:00", "2026-11-23"),
        (OFFICE, "2026-11-24 08:00", None),
    ],
    ids=["the evening", "the morning after", "its end", "on its own day", "not on duty"],
)
def test_the_day_on_which_it_began(
    rows: Sequence[ScheduleRow], at: str, expected: str | None
) -> None:
    began = started_on(rows[0].hours, datetime.fromisoformat(at).replace(tzinfo=UTC))
    assert began == (date.fromisoformat(expected) if expected else None)


def test_before_the_first_day_of_the_calendar_there_is_none() -> None:
    assert not covers(SUNDAY_NIGHT[0].hours, datetime(1, 1, 1, 3, tzinfo=UTC))


@pytest.mark.parametrize(
    ("at", "timezone", "expected"),
    [
        ("2026-11-23T09:42:07.9Z", "Europe/Belgrade",
         "Monday 2026-11-23 10:42:07 in Europe/Belgrade (UTC+01:00)"),
        ("2026-11-22T20:00Z", "Asia/Kathmandu",
         "Monday 2026-11-23 01:45:00 in Asia/Kathmandu (UTC+05:45)"),
        ("2026-11-23T02:00Z", "America/St_Johns",
         "Sunday 2026-11-22 22:30:00 in America/St_Johns (UTC-03:30)"),
        ("1960-01-01T12:00Z", "Africa/Monrovia",
         "Friday 1960-01-01 11:15:30 in Africa/Monrovia (UTC-00:44:30)"),
        ("0900-01-01T12:00Z", "UTC", "Friday 0900-01-01 12:00:00 in UTC (UTC+00:00)"),
    ],
    ids=["Belgrade", "Kathmandu", "west of Greenwich", "before time zones", "long ago"],
)  # fmt: skip
def test_local_time_in_words(at: str, timezone: str, expected: str) -> None:
    local = local_time(datetime.fromisoformat(at), timezone)
    assert describe_local_time(local, timezone) == expected


ZONES = st.sampled_from(sorted(available_timezones()))
MOMENTS = st.datetimes(
    datetime(1975, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)  # noqa: DTZ001
)  # fmt: skip
CUTS = st.lists(st.integers(0, WEEK_SECONDS - 1), min_size=8, max_size=30, unique=True)


def rows_around_the_week(cuts: list[int]) -> list[ScheduleRow]:
    """Rows that touch and leave no gap; none longer than a day."""
    every_day = {day * DAY_SECONDS + 43_200 for day in range(7)}
    ends = sorted({*cuts, *every_day})
    return [row_between(start, end) for start, end in zip(ends, [*ends[1:], ends[0]], strict=True)]


@given(CUTS, ZONES, MOMENTS)
def test_rows_that_touch_leave_no_gap_and_never_both_apply(
    cuts: list[int], timezone: str, now: datetime
) -> None:
    local = local_time(now, timezone)
    rows = rows_around_the_week(cuts)
    (only,) = [each for each in rows if covers(each.hours, local)]
    assert row_on_duty(rows, timezone, Clock(local)) is only


@given(
    st.integers(0, WEEK_SECONDS - 1), st.integers(2, DAY_SECONDS), st.data(), ZONES, MOMENTS
)  # fmt: skip
def test_a_row_cut_in_two_covers_the_same(
    start: int, length: int, data: st.DataObject, timezone: str, now: datetime
) -> None:
    local = local_time(now, timezone)
    cut = start + data.draw(st.integers(1, length - 1))
    whole = covers(row_between(start, start + length).hours, local)
    parts = [
        covers(row_between(start, cut).hours, local),
        covers(row_between(cut, start + length).hours, local),
    ]
    assert sum(parts) == whole


@given(st.integers(0, WEEK_SECONDS - 1), st.integers(1, DAY_SECONDS), st.integers(0, 999_999))
def test_starts_and_ends_are_exact_to_the_microsecond(start: int, length: int, part: int) -> None:
    monday = datetime(2026, 11, 23, tzinfo=UTC)
    each = row_between(start, start + length).hours
    second, tick = timedelta(seconds=1), timedelta(microseconds=1)
    first, end = monday + start * second, monday + (start + length) * second
    assert covers(each, first)
    assert covers(each, first + part * tick)
    assert covers(each, end - tick)
    assert not covers(each, end)
    assert covers(each, first - tick) is False


@given(st.lists(st.sampled_from(WEEKDAYS), max_size=8), st.integers(0, 6))
def test_the_first_listed_wins_whatever_follows(days: list[str], day: int) -> None:
    local = datetime(2026, 11, 23, 12, tzinfo=UTC) + timedelta(days=day)
    rows = [row(f"{name} 09:00-17:00 g{place}") for place, name in enumerate(days)]
    found = row_on_duty(rows, "UTC", Clock(local))
    wanted = WEEKDAYS[day]
    assert found is (rows[days.index(wanted)] if wanted in days else None)
