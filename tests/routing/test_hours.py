"""Seasons, and how hours are written."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callrouter.routing.hours import SeasonDay, format_days, format_time
from tests.routing.oracle import in_season, seasons
from tests.routing.rows import days, row

ALL_WEEK = "Monday-Sunday 00:00-24:00 sales"
DAYS = st.dates(date(2023, 1, 1), date(2029, 12, 31))


@pytest.mark.parametrize(
    ("first", "last", "day", "valid"),
    [
        ("2026-06-01", "2026-08-31", "2026-05-31", False),
        ("2026-06-01", "2026-08-31", "2026-06-01", True),
        ("2026-06-01", "2026-08-31", "2026-08-31", True),
        ("2026-06-01", "2026-08-31", "2026-09-01", False),
        ("2026-06-01", "2026-08-31", "2027-07-01", False),
        ("2026-12-20", "2027-01-10", "2027-01-01", True),
        ("2026-06-01", "", "2030-01-01", True),
        ("", "2026-06-01", "2026-06-02", False),
        ("06-01", "08-31", "2031-07-01", True),
        ("06-01", "08-31", "2031-09-01", False),
        ("11-15", "02-15", "2026-12-31", True),
        ("11-15", "02-15", "2027-01-01", True),
        ("11-15", "02-15", "2027-02-16", False),
        ("11-15", "02-15", "2026-11-14", False),
        ("06-01", "06-01", "2026-06-01", True),
        ("06-01", "06-01", "2026-06-02", False),
        ("02-29", "03-02", "2026-02-28", False),
        ("02-29", "03-02", "2026-03-01", True),
        ("02-29", "03-02", "2028-02-29", True),
        ("02-01", "02-29", "2026-02-28", True),
        ("02-01", "02-29", "2026-03-01", False),
        ("02-01", "02-29", "2028-02-29", True),
        ("10-01", "", "2026-09-30", False),
        ("10-01", "", "2026-12-31", True),
        ("10-01", "", "2027-01-01", False),
        ("", "03-31", "2027-01-01", True),
        ("", "03-31", "2027-04-01", False),
    ],
)
def test_season(first: str, last: str, day: str, valid: bool) -> None:
    hours = row(ALL_WEEK, valid_from=first, valid_to=last).hours
    assert hours.in_season(date.fromisoformat(day)) is valid


@given(st.data(), DAYS)
def test_season_is_as_counted_out(data: st.DataObject, day: date) -> None:
    first, last = data.draw(seasons(day))
    hours = row(ALL_WEEK, valid_from=str(first or ""), valid_to=str(last or "")).hours
    assert (hours.valid_from, hours.valid_to) == (first, last)
    assert hours.in_season(day) is in_season(hours, day)


@given(st.data(), DAYS)
def test_the_days_on_which_hours_come_are_found_without_looking_at_each(
    data: st.DataObject, day: date
) -> None:
    first, last = data.draw(seasons(day))
    written = data.draw(st.sampled_from([ALL_WEEK, "Monday,Friday 08:00-09:00 sales"]))
    hours = row(written, valid_from=str(first or ""), valid_to=str(last or "")).hours
    span = [day + timedelta(days=n) for n in range(800)]
    assert list(hours.begin_on(span[0], span[-1])) == [d for d in span if hours.begins_on(d)]


def test_the_days_up_to_the_last_of_the_calendar() -> None:
    for season in ({}, {"valid_from": "06-01"}, {"valid_to": "06-01"}):
        hours = row(ALL_WEEK, **season).hours
        found = list(hours.begin_on(date(9999, 12, 30), date.max))
        assert found == [d for d in (date(9999, 12, 30), date.max) if hours.in_season(d)]
    winter = row(ALL_WEEK, valid_from="11-01", valid_to="11-30").hours
    assert list(winter.begin_on(date(9999, 12, 1), date.max)) == []


@pytest.mark.parametrize(
    ("written", "day", "start", "end"),
    [
        ("Monday 09:00-17:00 g", "2026-11-23", "2026-11-23 09:00", "2026-11-23 17:00"),
        ("Monday 00:00-24:00 g", "2026-11-23", "2026-11-23 00:00", "2026-11-24 00:00"),
        ("Monday 22:00-06:00 g", "2026-12-31", "2026-12-31 22:00", "2027-01-01 06:00"),
        ("Monday 08:00-08:00 g", "2024-02-28", "2024-02-28 08:00", "2024-02-29 08:00"),
    ],
)
def test_from_when_to_when(written: str, day: str, start: str, end: str) -> None:
    expected = datetime.fromisoformat(start), datetime.fromisoformat(end)
    assert row(written).hours.span(date.fromisoformat(day)) == expected


@pytest.mark.parametrize(
    ("each", "written"),
    [
        (row("Monday 09:00-17:00 sales"), "Monday 09:00-17:00"),
        (row("Monday-Friday 09:00:30-24:00 sales"), "Monday-Friday 09:00:30-24:00"),
        (
            row("Monday,Wednesday-Friday 09:00-17:00 sales", "Asia/Tokyo", "06-01", "08-31"),
            "Monday, Wednesday-Friday 09:00-17:00 Asia/Tokyo from 06-01 until 08-31",
        ),
        (
            row("Sunday 22:00-06:00 x", valid_from="2026-01-01"),
            "Sunday 22:00-06:00 from 2026-01-01",
        ),
    ],
)
def test_in_words(each: object, written: str) -> None:
    assert str(each) == written


@pytest.mark.parametrize(
    ("named", "written"),
    [
        ("Sunday", "Sunday"),
        ("Saturday-Sunday", "Saturday-Sunday"),
        ("Monday-Sunday", "Monday-Sunday"),
        ("Monday,Wednesday,Friday", "Monday, Wednesday, Friday"),
        ("Monday-Tuesday,Thursday-Saturday", "Monday-Tuesday, Thursday-Saturday"),
    ],
)
def test_days_in_words(named: str, written: str) -> None:
    assert format_days(days(named)) == written


@given(st.integers(0, 86_400))
@example(86_400)
def test_time_in_words_can_be_read_back(seconds: int) -> None:
    hours, minutes, *rest = map(int, format_time(seconds).split(":"))
    assert hours * 3600 + minutes * 60 + sum(rest) == seconds


def test_a_day_of_a_season_in_words() -> None:
    assert str(SeasonDay(2, 29)) == "02-29"
    assert str(SeasonDay(2, 9, 2028)) == "2028-02-09"
