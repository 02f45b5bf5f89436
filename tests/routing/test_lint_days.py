"""What lint finds in the coming days: holidays, overrides, and days on which clocks change."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from callrouter.routing.model import (
    Holiday,
    HolidayCalendar,
    Override,
    OverrideKind,
    RoutingTable,
    ScheduleRow,
)
from tests.routing.lint_company import TABLE, TODAY, found, with_office
from tests.routing.rows import row

SETTINGS = "incoming_call_settings.office"
CHRISTMAS = {"2026-12-25": Holiday("Christmas")}
NIGHTS = (row("Monday-Sunday 08:00-20:00 sales"), row("Monday-Sunday 20:00-08:00 night"))


def company(
    days: dict[str, Holiday], *rows: ScheduleRow, holidays: tuple[str, ...] = ("c",)
) -> RoutingTable:
    ordinals = {date.fromisoformat(day).toordinal(): (each,) for day, each in days.items()}
    table = with_office(call_handling_schedule=rows or NIGHTS, holidays=holidays)
    return replace(table, calendars={"c": HolidayCalendar("c", ordinals, 2026, 2027)})


NIGHT_ENDS = (
    f"{SETTINGS}.call_handling_schedule.1: the night of Thursday 2026-12-24 ends at 00:00: "
    "2026-12-25 is a holiday, Christmas"
)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        pytest.param(company(CHRISTMAS), [NIGHT_ENDS], id="a night that a holiday cuts short"),
        pytest.param(
            company({**CHRISTMAS, "2026-12-26": Holiday("Second day"), "2027-01-07": Holiday("E")}),
            [NIGHT_ENDS], id="several holidays: the first night",
        ),
        pytest.param(
            company({"2026-12-25": Holiday("Christmas", agent_groups=("night",))}), [],
            id="a holiday with a group",
        ),
        pytest.param(
            company({"2026-12-25": Holiday("Christmas", is_open=True)}), [], id="no holiday here"
        ),
        pytest.param(
            company({"2026-12-25": Holiday("Afternoon", 43_200)}), [], id="half a holiday"
        ),
        pytest.param(
            company(CHRISTMAS, row("Monday-Sunday 00:00-24:00 sales,night")), [],
            id="rows that end at midnight",
        ),
        pytest.param(
            company(CHRISTMAS, row("Monday-Sunday 20:00-00:00 sales,night")), [],
            id="rows that end at 00:00",
        ),
        pytest.param(
            company(CHRISTMAS, NIGHTS[0], row("Monday 20:00-08:00 night")), [],
            id="no night on that day",
        ),
        pytest.param(
            company({"2027-03-01": Holiday("Far")}), [], id="a holiday that is far away"
        ),
        pytest.param(
            company(CHRISTMAS, holidays=()),
            ["holiday_calendars.c: no settings use this calendar, so its days change nothing",
             f"{SETTINGS}: these settings name no holidays, so the rows count on every public "
             "holiday"],
            id="a calendar that nobody uses",
        ),
        pytest.param(
            company({}),
            ["holiday_calendars.c: no day of this calendar is in the years that count, "
             "2026 to 2027"],
            id="an empty calendar",
        ),
        pytest.param(
            company({"2026-05-01": Holiday("h"), "2026-11-21": Holiday("h")}),
            ["holiday_calendars.c: all days of this calendar are over, the last was 2026-11-21"],
            id="a calendar of the past",
        ),
        pytest.param(company({"2026-11-22": Holiday("h", 3600)}), [], id="a holiday today"),
    ],
)  # fmt: skip
def test_holidays(table: RoutingTable, expected: list[str]) -> None:
    assert found(table) == expected


def test_a_night_of_another_zone_is_left_alone() -> None:
    table = company(CHRISTMAS, NIGHTS[0], row("Monday-Sunday 20:00-08:00 night", "Asia/Tokyo"))
    assert not any("the night of" in each for each in found(table))


def test_settings_without_rows_need_no_holidays() -> None:
    table = replace(company(CHRISTMAS, holidays=()), settings={})
    assert not any("name no holidays" in each for each in found(table))
    closed = replace(
        table, settings={"office": replace(TABLE.settings["office"], call_handling_schedule=())}
    )
    assert not any("name no holidays" in each for each in found(closed))


def closed(start: str, end: str, live: bool = False, *settings: str) -> Override:
    from_at, until_at = (
        datetime.fromisoformat(each).replace(tzinfo=UTC) if each else None for each in (start, end)
    )
    return Override("1", OverrideKind.CLOSED, from_at, until_at, settings, live=live)


LATER = "this override overlaps another one, which wins while both hold"
ENDLESS = "this override never ends: it closes for good"
NEVER = "this override never holds: one that wins over it holds all the time"


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        pytest.param([closed("", "2026-11-22T00:00")],
                     ["overrides.0: this override has ended (2026-11-22 00:00)"], id="ended"),
        pytest.param([closed("", "2026-11-22T00:01")], [], id="ends today"),
        pytest.param([closed("", "2026-11-21T00:00", live=True)], [], id="one that people set"),
        pytest.param([closed("2026-12-01", "2026-12-05"), closed("2026-12-05", "2026-12-06")], [],
                     id="touch"),
        pytest.param([closed("2026-12-01", "2026-12-05"), closed("2026-12-04", "2026-12-06")],
                     [f"overrides.1: {LATER}"], id="overlap"),
        pytest.param([closed("2026-12-01", "2026-12-06"), closed("2026-12-04", "2026-12-05")],
                     [f"overrides.1: {NEVER}"], id="hidden"),
        pytest.param([closed("2026-12-04", "2026-12-05"), closed("2026-12-01", "2026-12-06")],
                     [f"overrides.1: {LATER}"], id="an exception listed first"),
        pytest.param([closed("", "2026-12-06", False, "office"), closed("", "2026-12-06")],
                     [f"overrides.0: {NEVER}"], id="one of the settings and one of all"),
        pytest.param([closed("", "2026-12-06"), closed("", "2026-12-06", False, "office")],
                     [f"{SETTINGS}.overrides.0: {NEVER}"], id="the other way round"),
        pytest.param([closed("2026-12-01", "")], [f"overrides.0: {ENDLESS}"], id="without an end"),
        pytest.param([replace(closed("2026-12-01", ""), kind=OverrideKind.SEND_TO)],
                     [f"overrides.0: {ENDLESS.replace('closes', 'rules')}"],
                     id="not closed, without an end"),
        pytest.param([closed("", "", live=True)], [], id="without an end, by people"),
    ],
)  # fmt: skip
def test_overrides(overrides: list[Override], expected: list[str]) -> None:
    assert found(with_office(overrides=tuple(overrides))) == expected


def effect(written: str, timezone: str, today: str) -> list[str]:
    """What is said of a row (the last of them) beside the day and the place."""
    rows = (row("Tuesday 09:00-17:00 sales"), row(f"{written} night"))
    table = with_office(timezone=timezone, call_handling_schedule=rows)
    told = [each for each in found(table, date.fromisoformat(today)) if "clocks in" in each]
    return [each.removeprefix(f"{SETTINGS}.call_handling_schedule.1: ") for each in told]


FORWARD = "on Sunday 2026-03-29 clocks in Europe/Belgrade go forward from 02:00 to 03:00: "
BACK = "on Sunday 2026-10-25 clocks in Europe/Belgrade go back from 03:00 to 02:00: "


@pytest.mark.parametrize(
    ("written", "forward", "back"),
    [
        ("Sunday 02:15-02:45", "does not come on Sunday 2026-03-29", "comes twice that day"),
        ("Sunday 02:00-03:00", "does not come on Sunday 2026-03-29",
         "lasts 2 hours, not 1 hour"),
        ("Sunday 02:30-05:00", "begins at 03:00, not at 02:30",
         "begins at 02:30, and is off duty again from 02:00 to 02:30"),
        ("Sunday 02:00-05:00", "lasts 2 hours, not 3 hours", "lasts 4 hours, not 3 hours"),
        ("Sunday 01:00-02:30", "ends at 02:00, not at 02:30",
         "ends at 02:30, and is on duty again from 02:00 to 02:30"),
        ("Saturday 22:00-02:30", "ends at 02:00, not at 02:30",
         "ends at 02:30, and is on duty again from 02:00 to 02:30"),
        ("Sunday 01:00-02:00", "", ""),
        ("Sunday 01:00-03:00", "lasts 1 hour, not 2 hours", "lasts 3 hours, not 2 hours"),
        ("Saturday 22:00-06:15", "lasts 7 hours 15 minutes, not 8 hours 15 minutes",
         "lasts 9 hours 15 minutes, not 8 hours 15 minutes"),
        ("Sunday 00:00-24:00", "", ""),
        ("Saturday 09:00-09:00", "", ""),
        ("Sunday 22:00-02:30", "", ""),
        ("Monday 02:15-02:45", "", ""),
    ],
)  # fmt: skip
def test_what_becomes_of_rows_when_clocks_change(written: str, forward: str, back: str) -> None:
    spring = effect(written, "Europe/Belgrade", "2026-03-01")
    assert spring == ([f"{FORWARD}{written} {forward}"] if forward else [])
    autumn = effect(written, "Europe/Belgrade", "2026-10-01")
    assert autumn == ([f"{BACK}{written} {back}"] if back else [])


@pytest.mark.parametrize(
    ("written", "timezone", "today", "told"),
    [
        ("Sunday 02:15-02:45", "Europe/Belgrade", "2026-01-27", False),
        ("Sunday 02:15-02:45", "Europe/Belgrade", "2026-01-29", True),
        ("Sunday 02:15-02:45", "Europe/Belgrade", "2026-03-30", False),
        ("Sunday 02:15-02:45", "Asia/Kathmandu", "2026-03-01", False),
        ("Sunday 01:35-01:55", "Australia/Lord_Howe", "2026-04-01", True),
        ("Saturday 23:15-00:30", "Asia/Beirut", "2026-03-01", True),
    ],
    ids=["61 days ahead", "59 days ahead", "over", "no such days", "half an hour", "at midnight"],
)  # fmt: skip
def test_days_ahead_and_places(written: str, timezone: str, today: str, told: bool) -> None:
    assert len(effect(written, timezone, today)) == told


def test_a_row_that_half_an_hour_is_left_of() -> None:
    (told,) = effect("Sunday 01:30-02:30", "Australia/Lord_Howe", "2026-09-20")
    assert told.endswith("Sunday 01:30-02:30 lasts 30 minutes, not 1 hour")


def test_a_day_that_never_comes() -> None:
    assert effect("Friday 09:00-17:00", "Pacific/Apia", "2011-12-01") == [
        "on Friday 2011-12-30 clocks in Pacific/Apia go forward from 00:00 to Saturday 2011-12-31 "
        "00:00: Friday 09:00-17:00 does not come on Friday 2011-12-30"
    ]


def test_a_row_has_the_clock_of_its_own_zone() -> None:
    rows = (row("Monday 09:00-17:00 sales"), row("Sunday 02:15-02:45 night", "America/New_York"))
    table = with_office(timezone="Europe/Belgrade", call_handling_schedule=rows)
    (told,) = [each for each in found(table, date(2026, 3, 1)) if "clocks in" in each]
    assert "2026-03-08 clocks in America/New_York" in told


def test_nothing_is_said_on_a_day_like_this() -> None:
    assert found(TABLE, TODAY) == []
