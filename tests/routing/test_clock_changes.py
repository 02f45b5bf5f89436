"""Schedules on days on which clocks change, held against a clock that is set by hand.

The oracle knows no time zones and compares no times: it is a wall clock that ticks minute by
minute and is moved by hand when the newspaper says so, and a week's calendar of 10080 minutes
into which each row is painted from its start until the clock shows its end.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callrouter.routing.hours import WEEKDAYS, Hours
from callrouter.routing.model import ScheduleRow
from callrouter.routing.schedule import Clock, covers, local_time, row_on_duty, wall_clock
from tests.routing.rows import row

DAY = 24 * 60
WEEK = 7 * DAY
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Days:
    """Some days in a place: what its clock shows at `start` (UTC), and by how many minutes it is
    moved at which moment. Written down from the laws of the place, not from a program."""

    timezone: str
    start: str
    shows: tuple[str, str]
    moved: tuple[str, int] = ("", 0)
    days: int = 3


PLACES = [
    Days("Europe/Belgrade", "2026-03-28T00:00", ("Saturday", "01:00"), ("2026-03-29T01:00", 60)),
    Days("Europe/Belgrade", "2026-10-24T00:00", ("Saturday", "02:00"), ("2026-10-25T01:00", -60)),
    Days("America/New_York", "2026-03-07T00:00", ("Friday", "19:00"), ("2026-03-08T07:00", 60)),
    Days("America/New_York", "2026-10-31T00:00", ("Friday", "20:00"), ("2026-11-01T06:00", -60)),
    Days("Australia/Lord_Howe", "2026-04-03T00:00", ("Friday", "11:00"), ("2026-04-04T15:00", -30)),
    Days("Australia/Lord_Howe", "2026-10-02T00:00", ("Friday", "10:30"), ("2026-10-03T15:30", 30)),
    Days("Africa/Casablanca", "2026-02-14T00:00", ("Saturday", "01:00"), ("2026-02-15T02:00", -60)),
    Days("Africa/Casablanca", "2026-03-21T00:00", ("Saturday", "00:00"), ("2026-03-22T02:00", 60)),
    Days("America/Havana", "2026-10-31T00:00", ("Friday", "20:00"), ("2026-11-01T05:00", -60)),
    Days("Asia/Beirut", "2026-03-28T00:00", ("Saturday", "02:00"), ("2026-03-28T22:00", 60)),
    Days("Asia/Beirut", "2026-10-23T21:00", ("Saturday", "00:00"), ("2026-10-24T21:00", -60)),
    Days("Asia/Kathmandu", "2026-12-30T00:00", ("Wednesday", "05:45"), days=4),
    Days("Pacific/Apia", "2011-12-29T00:00", ("Wednesday", "14:00"), ("2011-12-30T10:00", DAY)),
    Days("UTC", "2024-02-28T00:00", ("Wednesday", "00:00")),
]
IDS = [f"{place.timezone} {place.start[:10]}" for place in PLACES]


def minute_of_week(day: str, clock: str) -> int:
    hours, minutes = clock.split(":")
    return [str(each) for each in WEEKDAYS].index(day) * DAY + int(hours) * 60 + int(minutes)


def clock_set_by_hand(place: Days) -> Iterator[tuple[datetime, int]]:
    """Every minute: the moment, and the minute of the week that the wall shows."""
    now = datetime.fromisoformat(place.start).replace(tzinfo=UTC)
    shown = minute_of_week(*place.shows)
    moment, minutes = place.moved
    for _ in range(place.days * DAY):
        if moment and now == datetime.fromisoformat(moment).replace(tzinfo=UTC):
            shown = (shown + minutes) % WEEK
        yield now, shown
        now += MINUTE
        shown = (shown + 1) % WEEK


@cache
def ticks(place: Days) -> list[tuple[datetime, int]]:
    """As above, with the moment in the place's local time as the code has it."""
    return [(local_time(now, place.timezone), shown) for now, shown in clock_set_by_hand(place)]


@cache
def painted(each: ScheduleRow) -> frozenset[int]:
    """The minutes of the week of a row: from its start, until the clock shows its end."""
    (day,) = each.hours.days
    minute = WEEKDAYS.index(day) * DAY + each.hours.from_time // 60
    minutes = {minute % WEEK}
    minute += 1
    while (minute % DAY) * 60 != each.hours.to_time % (DAY * 60):
        minutes.add(minute % WEEK)
        minute += 1
    return frozenset(minutes)


@pytest.mark.parametrize("place", PLACES, ids=IDS)
def test_the_clock_on_the_wall_is_the_one_set_by_hand(place: Days) -> None:
    for local, shown in ticks(place):
        assert local.weekday() * DAY + local.hour * 60 + local.minute == shown


QUARTERS = st.integers(0, 95).map(lambda quarter: quarter * 900)
MINUTES = st.integers(0, DAY - 1).map(lambda minute: minute * 60)
TIMES = QUARTERS | MINUTES
HOURS = st.builds(
    Hours,
    st.sampled_from(WEEKDAYS).map(lambda day: (day,)),
    TIMES,
    TIMES | st.just(DAY * 60),
)
ROWS = st.builds(ScheduleRow, HOURS, st.sampled_from([("sales",), ("night",)]))


@pytest.mark.parametrize("place", PLACES, ids=IDS)
@settings(max_examples=15)  # for each place
@given(rows=st.lists(ROWS, min_size=1, max_size=6), data=st.data())
def test_every_minute_is_as_painted(
    place: Days, rows: list[ScheduleRow], data: st.DataObject
) -> None:
    every = ticks(place)
    first = data.draw(st.integers(0, 36))
    for local, shown in every[first::37]:
        assert [covers(each.hours, local) for each in rows] == [
            shown in painted(each) for each in rows
        ]
        winner = next((each for each in rows if shown in painted(each)), None)
        assert row_on_duty(rows, place.timezone, Clock(local)) is winner


@pytest.mark.parametrize("place", PLACES, ids=IDS)
def test_rows_around_the_clock_are_as_painted_every_five_minutes(place: Days) -> None:
    rows = [row(f"{day} 22:00-06:00 night") for day in WEEKDAYS]
    rows += [row(f"{day} 02:00-02:30 early") for day in WEEKDAYS]
    rows += [row(f"{day} 06:00-22:00 sales") for day in WEEKDAYS]
    for local, shown in ticks(place)[::5]:
        on_duty = [each for each in rows if shown in painted(each)]
        assert [each for each in rows if covers(each.hours, local)] == on_duty
        assert len({each.agent_groups[0] for each in on_duty} - {"early"}) == 1, (
            "no gap, no overlap"
        )


@pytest.mark.parametrize(
    ("written", "at", "timezone", "on_duty"),
    [
        ("Sunday 02:30-05:00 g", "2026-03-29T00:59:59Z", "Europe/Belgrade", False),
        ("Sunday 02:30-05:00 g", "2026-03-29T01:00Z", "Europe/Belgrade", True),
        ("Sunday 01:00-02:30 g", "2026-03-29T00:59:59Z", "Europe/Belgrade", True),
        ("Sunday 01:00-02:30 g", "2026-03-29T01:00Z", "Europe/Belgrade", False),
        ("Sunday 02:15-02:45 g", "2026-03-29T01:00Z", "Europe/Belgrade", False),
        ("Sunday 02:00-02:30 g", "2026-10-25T00:15Z", "Europe/Belgrade", True),
        ("Sunday 02:00-02:30 g", "2026-10-25T00:45Z", "Europe/Belgrade", False),
        ("Sunday 02:00-02:30 g", "2026-10-25T01:15Z", "Europe/Belgrade", True),
        ("Saturday 22:00-02:30 g", "2026-10-25T01:15Z", "Europe/Belgrade", True),
        ("Friday 22:00-06:00 g", "2011-12-30T12:00Z", "Pacific/Apia", True),
        ("Friday 09:00-17:00 g", "2011-12-30T09:00Z", "Pacific/Apia", False),
    ],
    ids=[
        "starts in the missing hour: not before it",
        "starts in the missing hour: with the first moment after it",
        "ends in the missing hour: to the last moment before it",
        "ends in the missing hour: not after it",
        "all in the missing hour: never",
        "in the repeated hour: the first time",
        "in the repeated hour: not between",
        "in the repeated hour: the second time",
        "overnight into the repeated hour: the second time too",
        "the night after a day that never was",
        "a day that never was",
    ],
)
def test_the_hour_that_is_missing_and_the_hour_that_is_there_twice(
    written: str, at: str, timezone: str, on_duty: bool
) -> None:
    assert covers(row(written).hours, local_time(datetime.fromisoformat(at), timezone)) is on_duty


@pytest.mark.parametrize(
    ("reading", "timezone", "moment", "says"),
    [
        ("2026-11-23 10:42", "Europe/Belgrade", "2026-11-23T10:42:00+01:00", None),
        ("2027-03-28 02:30", "Europe/Belgrade", "2027-03-28T03:30:00+02:00",
         "2027-03-28 02:30:00 never happens in Europe/Belgrade, because the clocks go forward: "
         "this is 2027-03-28T03:30:00+02:00, as if they had not; add an offset for another "
         "moment, such as 2027-03-28T01:30:00+01:00."),
        ("2026-10-25 02:30", "Europe/Belgrade", "2026-10-25T02:30:00+02:00",
         "2026-10-25 02:30:00 happens twice in Europe/Belgrade, because the clocks go back: "
         "this is the first time, 2026-10-25T02:30:00+02:00; add an offset for the second, "
         "2026-10-25T02:30:00+01:00."),
        ("2026-03-29 03:00", "Europe/Belgrade", "2026-03-29T03:00:00+02:00", None),
        ("2026-10-25 03:00", "Europe/Belgrade", "2026-10-25T03:00:00+01:00", None),
        ("2011-12-30 12:00", "Pacific/Apia", "2011-12-31T12:00:00+14:00",
         "2011-12-30 12:00:00 never happens in Pacific/Apia, because the clocks go forward: "
         "this is 2011-12-31T12:00:00+14:00, as if they had not; add an offset for another "
         "moment, such as 2011-12-29T12:00:00-10:00."),
    ],
    ids=["an ordinary day", "the missing hour", "the repeated hour", "after the missing hour",
         "after the repeated hour", "the day that never was"],
)  # fmt: skip
def test_a_reading_of_the_wall_clock(
    reading: str, timezone: str, moment: str, says: str | None
) -> None:
    found, sentence = wall_clock(datetime.fromisoformat(reading), timezone)
    assert (found.isoformat(), sentence) == (moment, says)


@pytest.mark.parametrize("place", PLACES, ids=IDS)
def test_every_reading_leads_back_to_the_first_moment_that_shows_it(place: Days) -> None:
    seen: set[datetime] = set()
    repeated = 0
    for local, _ in ticks(place)[2 * 60 :: 5]:
        reading = local.replace(tzinfo=None, fold=0)
        found, says = wall_clock(reading, place.timezone)
        if reading in seen:
            repeated += 1
            assert found.astimezone(UTC) < local.astimezone(UTC)
            assert says is not None
        else:
            assert found.astimezone(UTC) == local.astimezone(UTC)
        seen.add(reading)
    assert repeated * 5 == max(0, -place.moved[1])
