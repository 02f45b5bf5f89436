"""When it opens next, held against somebody who looks every quarter of an hour."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callrouter.routing.duty import on_duty, row_to_come
from callrouter.routing.edges import edges
from callrouter.routing.model import (
    Holiday,
    HolidayCalendar,
    Override,
    OverrideKind,
    RoutingTable,
    ScheduleRow,
    Target,
    TargetKind,
)
from callrouter.routing.opening import is_open, opens_next
from callrouter.routing.schedule import Clock
from tests.routing.company import OFFICE, TABLE
from tests.routing.oracle import DAY, QUARTER, Company, companies, oracle, quarters
from tests.routing.rows import row

WEEK = row("Monday-Friday 09:00-17:00 sales")
CLOSED = OverrideKind.CLOSED
SALES = (Target(TargetKind.AGENT_GROUP, "sales"),)


def belgrade(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=ZoneInfo("Europe/Belgrade"))


def company(
    *rows: ScheduleRow, holidays: dict[str, Holiday] | None = None, **changes: object
) -> RoutingTable:
    days = {date.fromisoformat(d).toordinal(): (each,) for d, each in (holidays or {}).items()}
    settings = replace(OFFICE, call_handling_schedule=rows, **changes)  # type: ignore[arg-type]
    settings = replace(settings, holidays=("c",) if days else ())
    calendars = {"c": HolidayCalendar("c", days, 2026, 2030)}
    return replace(TABLE, settings={settings.name: settings}, calendars=calendars)


def override(kind: OverrideKind, start: str, end: str, targets: tuple[Target, ...]) -> Override:
    from_at, until_at = (belgrade(each) if each else None for each in (start, end))
    return Override("1", kind, from_at, until_at, targets=targets)


@pytest.mark.parametrize(
    ("table", "now", "opens"),
    [
        pytest.param(company(WEEK), "2026-11-23 09:00", "2026-11-23 09:00", id="it is open"),
        pytest.param(company(WEEK), "2026-11-23 08:59:59", "2026-11-23 09:00", id="today"),
        pytest.param(company(WEEK), "2026-11-20 17:00", "2026-11-23 09:00", id="on Monday"),
        pytest.param(company(), "2026-11-20 17:00", None, id="no row at all"),
        pytest.param(company(WEEK), "2026-11-22 09:00", "2026-11-23 09:00", id="in just a day"),
        pytest.param(
            company(
                overrides=(
                    override(OverrideKind.OPEN, "2026-11-23 09:00", "2026-12-23 09:00", SALES),
                )
            ),
            "2026-11-22 09:00", "2026-11-23 09:00", id="an override that opens in just a day",
        ),
        pytest.param(
            company(row("Monday 09:00-17:00 nobody"), row("Tuesday 09:00-17:00 sales")),
            "2026-11-23 08:00", "2026-11-24 09:00", id="a group without members opens nothing",
        ),
        pytest.param(
            company(row("Saturday 22:00-06:00 night")), "2026-11-23 10:00", "2026-11-28 22:00",
            id="overnight",
        ),
        pytest.param(
            company(row("Sunday 02:30-05:00 sales")), "2026-03-29 01:00", "2026-03-29 03:00",
            id="a row that starts in the missing hour",
        ),
        pytest.param(
            company(row("Sunday 02:15-02:45 sales")), "2026-03-29 01:00", "2026-04-05 02:15",
            id="a row that lies in the missing hour",
        ),
        pytest.param(
            company(row("Monday 09:00-17:00 sales", "Asia/Tokyo")), "2026-11-22 10:00",
            "2026-11-23 01:00", id="a row of another zone",
        ),
        pytest.param(
            company(row("Monday-Sunday 09:00-17:00 sales", valid_from="02-29", valid_to="03-02")),
            "2026-03-03 10:00", "2027-03-01 09:00", id="a season that begins on a leap day",
        ),
        pytest.param(
            company(row("Monday-Sunday 09:00-17:00 sales", valid_to="01-02")),
            "2026-03-03 10:00", "2027-01-01 09:00", id="a season that begins with the year",
        ),
        pytest.param(
            company(row("Monday-Sunday 09:00-17:00 sales", valid_from="2027-06-01")),
            "2026-11-20 10:00", "2027-06-01 09:00", id="a season that begins on a date",
        ),
        pytest.param(
            company(row("Monday-Sunday 09:00-17:00 sales", valid_to="2026-11-01")),
            "2026-11-20 10:00", None, id="a season that is over",
        ),
        pytest.param(
            company(row("Monday-Sunday 09:00-17:00 sales", valid_from="2028-06-01")),
            "2026-11-20 10:00", None, id="a season that is far away",
        ),
        pytest.param(
            company(WEEK, holidays={"2026-11-23": Holiday("h")}), "2026-11-20 18:00",
            "2026-11-24 09:00", id="after a holiday",
        ),
        pytest.param(
            company(WEEK, holidays={"2026-11-23": Holiday("h", 0, 43_200)}), "2026-11-20 18:00",
            "2026-11-23 12:00", id="after half a holiday",
        ),
        pytest.param(
            company(WEEK, holidays={"2026-11-21": Holiday("h", 36_000, 43_200, ("night",))}),
            "2026-11-20 18:00", "2026-11-21 10:00", id="a holiday on which a group is on duty",
        ),
        pytest.param(
            company(row("Friday 20:00-08:00 night"), holidays={"2026-11-20": Holiday("h")}),
            "2026-11-20 18:00", "2026-11-21 00:00", id="a night that a holiday cuts short",
        ),
        pytest.param(
            company(WEEK, overrides=(override(CLOSED, "", "2026-11-23 12:30", ()),)),
            "2026-11-20 18:00", "2026-11-23 12:30", id="after an override",
        ),
        pytest.param(
            company(WEEK, overrides=(override(CLOSED, "", "", ()),)), "2026-11-20 18:00", None,
            id="closed until further notice",
        ),
        pytest.param(
            company(WEEK, overrides=(override(CLOSED, "2026-11-21 00:00", "", ()),)),
            "2026-11-20 18:00", None, id="soon closed until further notice",
        ),
        pytest.param(
            company(
                overrides=(
                    override(OverrideKind.OPEN, "2027-02-01 00:00", "2027-02-02 00:00", SALES),
                )
            ),
            "2026-11-20 18:00", "2027-02-01 00:00", id="an override opens some day",
        ),
        pytest.param(
            company(
                WEEK,
                overrides=(
                    override(OverrideKind.OPEN, "2026-11-21 10:00", "", ()),
                    override(CLOSED, "", "", ()),
                ),
            ),
            "2026-11-20 18:00", "2026-11-21 10:00", id="an override wins over one that closes",
        ),
    ],
)  # fmt: skip
def test_when_it_opens(table: RoutingTable, now: str, opens: str | None) -> None:
    settings = table.settings["head-office"]
    found = opens_next(table, settings, belgrade(now).astimezone(UTC))
    assert found == (belgrade(opens) if opens else None)
    assert found is None or str(found.tzinfo) == "Europe/Belgrade"


@pytest.mark.parametrize(
    "table",
    [
        company(row("Sunday 01:00-02:30 sales")),
        company(holidays={"2026-10-25": Holiday("h", 3600, 9000, ("sales",))}),
    ],
    ids=["a row", "a holiday with a group"],
)
def test_it_opens_again_when_the_clocks_go_back(table: RoutingTable) -> None:
    now = belgrade("2026-10-25 02:45")
    opens = opens_next(table, table.settings["head-office"], now)
    assert opens is not None
    assert opens.isoformat() == "2026-10-25T02:00:00+01:00"


def test_an_override_ends_at_a_moment_also_where_the_clock_shows_it_twice() -> None:
    end = belgrade("2026-10-25 02:30").replace(fold=1)
    closed = Override("1", CLOSED, until_at=end)
    table = company(row("Sunday 00:00-24:00 sales"), overrides=(closed,))
    first_pass = belgrade("2026-10-25 02:45")
    assert closed.holds(first_pass)
    found = opens_next(table, table.settings["head-office"], first_pass)
    assert found is not None
    assert found.isoformat() == "2026-10-25T02:30:00+01:00"


@pytest.mark.parametrize("year", [1, 9999])
def test_where_the_calendar_begins_and_ends(year: int) -> None:
    """Wherever it is asked it answers, also where the year after has no number."""
    now = datetime(year, 12, 30, 12, tzinfo=UTC) if year > 1 else datetime(1, 1, 3, tzinfo=UTC)
    for season in ({}, {"valid_to": "01-02"}, {"valid_from": "06-01", "valid_to": "06-02"}):
        table = company(row("Monday-Sunday 23:00-23:15 sales", **season))
        settings = replace(table.settings["head-office"], timezone="Pacific/Kiritimati")
        found = opens_next(table, settings, now)
        assert found is None or found >= now


@given(companies())
def test_who_is_on_duty_is_as_the_oracle_says(drawn: Company) -> None:
    table, settings, now = drawn
    for moment in quarters(now, now + DAY):
        duty = on_duty(table, settings, Clock(moment))
        won = duty.because
        kind = "override" if won.override else "holiday" if won.holiday else "row"
        names = " ".join(target.name for target in duty.targets)
        assert (kind, names) == oracle(table, settings, moment)
        assert is_open(table, settings, moment) is bool(names)


@given(companies(), st.integers(0, 899))
def test_it_opens_when_the_oracle_sees_it_open(drawn: Company, seconds: int) -> None:
    table, settings, now = drawn
    asked = now + timedelta(seconds=seconds)
    moments = [asked, *quarters(now + QUARTER, now + 9 * DAY)]
    seen = next((each for each in moments if oracle(table, settings, each)[1]), None)
    found = opens_next(table, settings, asked)
    if seen is not None:
        assert found is not None
        assert found.astimezone(UTC) == seen
    elif found is not None:
        assert found >= now + 9 * DAY
        assert oracle(table, settings, found)[1]
        assert not oracle(table, settings, found - QUARTER)[1]


@given(companies())
def test_between_edges_nothing_changes(drawn: Company) -> None:
    table, settings, now = drawn
    found = set(edges(table, settings, now, now + 3 * DAY))
    before = on_duty(table, settings, Clock(now))
    for moment in quarters(now + QUARTER, now + 3 * DAY):
        duty = on_duty(table, settings, Clock(moment))
        assert duty == before or moment in found
        before = duty


@given(companies())
def test_the_row_to_come_is_the_one_that_is_seen_next(drawn: Company) -> None:
    _, settings, now = drawn
    bare = replace(settings, holidays=(), overrides=())
    rows = settings.call_handling_schedule
    moments = quarters(now, now + 9 * DAY)
    seen = next((who for each in moments if (who := oracle(TABLE, bare, each)[1])), None)
    found = row_to_come(rows, settings.timezone, Clock(now))
    if seen is not None:
        assert found is not None
        assert " ".join(found.agent_groups) == seen
