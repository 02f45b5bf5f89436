"""The plan of a week, held against the oracle and against single decisions."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callrouter.routing.availability import works_at
from callrouter.routing.model import (
    Agent,
    Holiday,
    HolidayCalendar,
    IncomingCallSettings,
    Override,
    OverrideKind,
    RoutingTable,
    Target,
    TargetKind,
)
from callrouter.routing.week import DutyPlan, Stretch, duty_plan
from tests.routing.company import OFFICE, TABLE
from tests.routing.oracle import Company, companies, oracle, quarters
from tests.routing.rows import row

MONDAY = date(2026, 11, 23)


def planned(
    settings: IncomingCallSettings, first: date, days: int, table: RoutingTable = TABLE
) -> DutyPlan:
    return duty_plan(table, settings, first, days)


def written(stretch: Stretch) -> str:
    """`23 09:00 - 23 12:00 row sales: bojan amina`."""
    groups = " ".join(target.name for target in stretch.targets)
    who = " ".join(stretch.members) + (f" without {' '.join(stretch.off)}" if stretch.off else "")
    text = (
        f"{stretch.from_at:%d %H:%M} - {stretch.until_at:%d %H:%M} {stretch.kind} {groups}: {who}"
    )
    return text.replace(" : ", "").strip()


def test_a_day_in_its_stretches() -> None:
    assert [written(each) for each in planned(OFFICE, MONDAY, 1).stretches] == [
        "23 00:00 - 23 09:00 closed",
        "23 09:00 - 23 12:00 row sales: bojan amina carla",
        "23 12:00 - 23 13:00 row lunch: carla amina",
        "23 13:00 - 23 17:00 row sales: bojan amina carla",
        "23 17:00 - 23 22:00 closed",
        "23 22:00 - 24 00:00 row night: amina",
    ]


def test_holidays_overrides_and_who_works() -> None:
    calendar = HolidayCalendar(
        "c", {MONDAY.toordinal(): (Holiday("h", 0, 36_000, ("night",)),)}, 2026, 2026
    )
    sent = Override(
        "1",
        OverrideKind.SEND_TO,
        datetime(2026, 11, 23, 13, tzinfo=UTC),
        datetime(2026, 11, 23, 14, tzinfo=UTC),
        targets=(Target(TargetKind.OUTSIDE_NUMBER, "+38164"), Target(TargetKind.AGENT, "bojan")),
    )
    hours = row("Monday 11:00-15:00 x", "UTC").hours
    bojan = replace(TABLE.agents["bojan"], working_hours=(hours,))
    table = replace(TABLE, agents={**TABLE.agents, "bojan": bojan}, calendars={"c": calendar})
    settings = replace(
        OFFICE,
        holidays=("c",),
        overrides=(sent,),
        call_handling_schedule=(row("Monday 09:00-17:00 solo"),),
    )
    solo = replace(TABLE.agent_groups["sales"], name="solo", members=("bojan",))
    plan = planned(
        settings, MONDAY, 1, replace(table, agent_groups={**TABLE.agent_groups, "solo": solo})
    )
    assert [written(each) for each in plan.stretches] == [
        "23 00:00 - 23 10:00 holiday night: amina",
        "23 10:00 - 23 12:00 row solo:  without bojan",
        "23 12:00 - 23 14:00 row solo: bojan",
        "23 14:00 - 23 15:00 override +38164 bojan: bojan",
        "23 15:00 - 23 16:00 row solo: bojan",
        "23 16:00 - 23 17:00 row solo:  without bojan",
        "23 17:00 - 24 00:00 closed",
    ]
    assert [written(gap)[:16] for gap in plan.gaps] == [
        "23 10:00 - 23 12",
        "23 16:00 - 23 17",
        "23 17:00 - 24 00",
    ]


@pytest.mark.parametrize(
    ("kind", "is_gap"),
    [
        (TargetKind.OUTSIDE_NUMBER, False),
        (TargetKind.SETTINGS, False),
        (TargetKind.AGENT_GROUP, True),
    ],
)
def test_whether_nobody_can_be_rung(kind: TargetKind, is_gap: bool) -> None:
    target = Target(kind, "nobody")
    sent = Override("1", OverrideKind.SEND_TO, targets=(target,))
    (stretch,) = planned(replace(OFFICE, overrides=(sent,)), MONDAY, 3).stretches
    assert stretch.is_gap is is_gap


@pytest.mark.parametrize(
    ("timezone", "first", "says", "seconds"),
    [
        ("Europe/Belgrade", "2026-03-29",
         "on Sunday 2026-03-29 at 02:00 clocks in Europe/Belgrade go forward to 03:00", 23 * 3600),
        ("Europe/Belgrade", "2026-10-25",
         "on Sunday 2026-10-25 at 03:00 clocks in Europe/Belgrade go back to 02:00", 25 * 3600),
        ("Australia/Lord_Howe", "2026-04-05",
         "on Sunday 2026-04-05 at 02:00 clocks in Australia/Lord_Howe go back to 01:30", 88_200),
        ("Asia/Beirut", "2026-03-29",
         "on Sunday 2026-03-29 at 00:00 clocks in Asia/Beirut go forward to 01:00", 23 * 3600),
        ("Pacific/Apia", "2011-12-29",
         "on Friday 2011-12-30 at 00:00 clocks in Pacific/Apia go forward to 00:00 of 2011-12-31",
         48 * 3600),
    ],
    ids=["forward", "back", "half an hour", "at midnight", "a day that never was"],
)  # fmt: skip
def test_days_on_which_clocks_change(timezone: str, first: str, says: str, seconds: int) -> None:
    always = replace(
        OFFICE, timezone=timezone, call_handling_schedule=(row("Monday-Sunday 00:00-24:00 sales"),)
    )
    day = date.fromisoformat(first)
    plan = planned(always, day, 3 if timezone == "Pacific/Apia" else 1)
    assert [str(change) for change in plan.changes] == [says]
    (stretch,) = plan.stretches
    assert stretch.seconds == seconds


def test_changes_of_the_clocks_of_rows_are_marked_too() -> None:
    rows = (row("Monday 09:00-17:00 sales", "America/New_York"), row("Monday 02:00-03:00 sales"))
    plan = planned(replace(OFFICE, call_handling_schedule=rows), date(2026, 3, 2), 28)
    assert [
        (change.day.isoformat(), change.timezone, change.seconds) for change in plan.changes
    ] == [
        ("2026-03-29", "Europe/Belgrade", 3600),
        ("2026-03-08", "America/New_York", 3600),
    ]


@given(companies(), st.integers(1, 4))
def test_a_plan_is_what_the_oracle_says_at_every_moment(drawn: Company, days: int) -> None:
    table, settings, now = drawn
    first = now.astimezone(ZoneInfo(settings.timezone)).date() - timedelta(days=1)
    plan = duty_plan(table, settings, first, days)
    assert plan.last == first + timedelta(days=days - 1)
    for one, following in pairwise(plan.stretches):
        assert one.until_at.astimezone(UTC) == following.from_at.astimezone(UTC)
        assert (one.because, one.targets) != (following.because, following.targets)
    for stretch in plan.stretches:
        start, end = (each.astimezone(UTC) for each in (stretch.from_at, stretch.until_at))
        groups = " ".join(target.name for target in stretch.targets)
        assert start < end
        for moment in (*quarters(start, end), end - timedelta(seconds=1)):
            kind, names = oracle(table, settings, moment)
            assert groups == names
            assert stretch.kind == (kind if names else "closed")


@given(st.integers(0, 95), st.integers(0, 95), st.sampled_from(["UTC", "Asia/Tokyo"]))
def test_members_are_those_who_work(start: int, end: int, zone: str) -> None:
    hours = replace(
        row("Monday,Tuesday 00:00-01:00 x", zone).hours, from_time=start * 900, to_time=end * 900
    )
    agents = {name: replace(agent, working_hours=(hours,)) for name, agent in TABLE.agents.items()}
    always = replace(OFFICE, call_handling_schedule=(row("Monday-Sunday 00:00-24:00 sales"),))
    table = replace(TABLE, agents=agents)
    for stretch in duty_plan(table, always, MONDAY, 3).stretches:
        for moment in quarters(stretch.from_at.astimezone(UTC), stretch.until_at.astimezone(UTC)):
            working = {id_ for id_, each in agents.items() if works(each, moment)}
            assert (set(stretch.members), set(stretch.off)) == (working, set(agents) - working)


def works(agent: Agent, moment: datetime) -> bool:
    return works_at(agent, moment, "UTC")
