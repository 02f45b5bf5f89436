"""When clocks are changed: held against the newspaper, and against looking every three hours."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callrouter.routing.clocks import ClockChange, clock_changes, later, moments_of
from tests.routing.test_clock_changes import PLACES, Days


@pytest.mark.parametrize(
    "place", PLACES, ids=[f"{place.timezone} {place.start[:10]}" for place in PLACES]
)
def test_the_change_is_the_one_in_the_newspaper(place: Days) -> None:
    start = datetime.fromisoformat(place.start).replace(tzinfo=UTC)
    found = list(clock_changes(place.timezone, start, start + timedelta(days=place.days)))
    moment, minutes = place.moved
    at = [datetime.fromisoformat(moment).replace(tzinfo=UTC)] if moment else []
    assert found == [ClockChange(each, minutes * 60) for each in at]


def test_from_is_included_and_until_is_not() -> None:
    change = datetime(2026, 3, 29, 1, tzinfo=UTC)
    tick = timedelta(microseconds=1)
    assert list(clock_changes("Europe/Belgrade", change, change + tick))
    assert not list(clock_changes("Europe/Belgrade", change - tick, change))
    assert len(list(clock_changes("Europe/Belgrade", change, change + 400 * timedelta(1)))) == 3


@given(
    st.sampled_from(
        ["Africa/Casablanca", "Antarctica/Troll", "America/Caracas", "Asia/Pyongyang",
         "Europe/Istanbul", "Pacific/Kwajalein", "Africa/Monrovia", "Asia/Gaza"]
    ),
    st.integers(1970, 2040),
)  # fmt: skip
def test_all_changes_of_a_year(timezone: str, year: int) -> None:
    zone = ZoneInfo(timezone)
    step = timedelta(hours=3)
    moment, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    changed = 0
    while moment < end:
        changed += (
            moment.astimezone(zone).utcoffset() != (moment + step).astimezone(zone).utcoffset()
        )
        moment += step
    found = list(clock_changes(timezone, datetime(year, 1, 1, tzinfo=UTC), end))
    assert len(found) == changed
    for change in found:
        before, after = (
            (change.at - ago).astimezone(zone) for ago in (timedelta(seconds=1), 0 * step)
        )
        shown = after.replace(tzinfo=None) - before.replace(tzinfo=None)
        assert shown == timedelta(seconds=change.seconds + 1)


@pytest.mark.parametrize(
    ("reading", "timezone", "moments"),
    [
        ("2026-11-23 10:42", "Europe/Belgrade", ["2026-11-23T09:42"]),
        ("2026-10-25 02:30", "Europe/Belgrade", ["2026-10-25T00:30", "2026-10-25T01:30"]),
        ("2026-03-29 02:30", "Europe/Belgrade", ["2026-03-29T01:00"]),
        ("2026-10-04 02:15", "Australia/Lord_Howe", ["2026-10-03T15:30"]),
        ("2026-03-29 00:00", "Asia/Beirut", ["2026-03-28T22:00"]),
        ("2011-12-30 12:00", "Pacific/Apia", ["2011-12-30T10:00"]),
    ],
    ids=["an ordinary day", "the repeated hour", "the missing hour", "the missing half hour",
         "no midnight", "the day that never was"],
)  # fmt: skip
def test_the_moments_at_which_a_clock_comes_to_a_reading(
    reading: str, timezone: str, moments: list[str]
) -> None:
    expected = tuple(datetime.fromisoformat(each).replace(tzinfo=UTC) for each in moments)
    assert moments_of(datetime.fromisoformat(reading), timezone) == expected


def test_later_stays_within_the_calendar() -> None:
    now = datetime(2026, 11, 23, tzinfo=ZoneInfo("Europe/Belgrade"))
    assert later(now, 7) == datetime(2026, 11, 29, 23, tzinfo=UTC)
    assert later(datetime(9999, 6, 1, tzinfo=UTC), 400).year == 9999
    assert later(datetime(1, 1, 1, tzinfo=UTC), 1).year == 1
