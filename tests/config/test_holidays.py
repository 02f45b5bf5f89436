"""Holiday calendars: of countries, of files, of one's own; what wins, and what is refused."""

from datetime import date
from pathlib import Path

import pytest

from callrouter.config.load import load_file
from callrouter.routing.model import Holiday, Prompt, RoutingTable
from tests.config.companies import complaints, load

COMPANY = """\
timezone: Europe/Belgrade
agents:
  amina: {extension: 1001}
agent_groups:
  sales: {members: amina}
  night: {members: amina}
holiday_calendars:
  own:
    CALENDAR
incoming_call_settings:
  office:
    numbers: 700
    holidays: own
    call_handling_schedule: {days: daily, from_time: "09:00", to_time: "17:00", agent_group: sales}
"""
YEARS = range(2025, 2031)


def company(folder: Path, *lines: str) -> RoutingTable:
    text = COMPANY.replace("CALENDAR", "\n    ".join(lines))
    file = folder / "callrouter.yaml"
    file.write_text(text)
    return load_file(file, YEARS).table


def wrong(folder: Path, *lines: str) -> list[str]:
    return complaints(folder, COMPANY.replace("CALENDAR", "\n    ".join(lines)))


def on(table: RoutingTable, day: str) -> tuple[Holiday, ...]:
    return table.calendars["own"].days.get(date.fromisoformat(day).toordinal(), ())


def days(table: RoutingTable) -> list[str]:
    return [str(date.fromordinal(ordinal)) for ordinal in table.calendars["own"].days]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-12-31", ["2026-12-31"]),
        ("12-25", ["2025-12-25", "2026-12-25", "2027-12-25"]),
        ("25 December", ["2025-12-25", "2026-12-25", "2027-12-25"]),
        ("Dec 25", ["2025-12-25", "2026-12-25", "2027-12-25"]),
        ("02-29", ["2028-02-29"]),
        ("last Friday of November", ["2025-11-28", "2026-11-27", "2027-11-26"]),
        ("first Monday of May", ["2025-05-05", "2026-05-04", "2027-05-03"]),
        ("4th Thursday of November", ["2025-11-27", "2026-11-26", "2027-11-25"]),
        ("fourth Thursday in Nov + 1 day", ["2025-11-28", "2026-11-27", "2027-11-26"]),
        ("fifth Friday of January", ["2025-01-31", "2026-01-30", "2027-01-29"]),
        ("fifth Monday of February", []),
        ("first Monday of January - 7 days", ["2025-12-29", "2026-12-28", "2027-12-27"]),
        ("Easter Monday", ["2025-04-21", "2026-04-06", "2027-03-29"]),
        ("Good Friday", ["2025-04-18", "2026-04-03", "2027-03-26"]),
        ("Orthodox Good Friday", ["2025-04-18", "2026-04-10", "2027-04-30"]),
        ("Easter + 39 days", ["2025-05-29", "2026-05-14", "2027-05-06"]),
        ("orthodox easter", ["2025-04-20", "2026-04-12", "2027-05-02"]),
    ],
)
def test_a_date_and_the_days_it_means(tmp_path: Path, written: str, expected: list[str]) -> None:
    table = company(tmp_path, f"holidays: [{{date: {written}, name: Party}}]")
    found = days(table)
    assert found[: len(expected)] == expected
    assert len(found) == (len(expected) if len(expected) < 3 else len(YEARS)) or "fifth" in written
    assert all(each == (Holiday("Party"),) for each in table.calendars["own"].days.values())


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        pytest.param(
            "date: 2026-08-01, until: 2026-08-03",
            ["2026-08-01", "2026-08-02", "2026-08-03"],
            id="both days are part of it",
        ),
        pytest.param(
            "date: 2024-12-30, until: 2025-01-02",
            ["2025-01-01", "2025-01-02"],
            id="begun in a year nobody asks for",
        ),
        pytest.param(
            "date: 12-31, until: 01-01",
            ["2025-01-01", "2025-12-31", "2026-01-01", "2026-12-31"],
            id="over the end of every year",
        ),
    ],
)
def test_a_range_of_days(tmp_path: Path, entry: str, expected: list[str]) -> None:
    assert days(company(tmp_path, f"holidays: {{{entry}}}"))[: len(expected)] == expected


def test_a_country_s_holidays_in_the_language_of_the_configuration(tmp_path: Path) -> None:
    table = company(tmp_path, "country: RS")
    assert on(table, "2026-11-11") == (Holiday("Armistice Day"),)
    serbian = load_file_in(tmp_path, "sr")
    assert on(serbian, "2026-11-11") == (Holiday("Дан примирја у Првом светском рату"),)


def load_file_in(folder: Path, language: str) -> RoutingTable:
    file = folder / "callrouter.yaml"
    file.write_text(f"language: {language}\n{file.read_text()}")
    return load_file(file, YEARS).table


@pytest.mark.parametrize("country", ["rs", "SRB", "Serbia", "serbia"])
def test_other_names_of_a_country(tmp_path: Path, country: str) -> None:
    assert on(company(tmp_path, f"country: {country}"), "2026-11-11")


@pytest.mark.parametrize("region", ["BY", "by", "DE-BY", "Bayern"])
def test_a_region_has_more_holidays_than_its_country(tmp_path: Path, region: str) -> None:
    assert on(company(tmp_path, "country: DE", f"region: {region}"), "2026-11-01")
    assert not on(company(tmp_path, "country: DE"), "2026-11-01")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("Armistice Day", id="its English name"),
        pytest.param("armistice  day", id="in small letters"),
        pytest.param("Дан примирја у Првом светском рату", id="its own name"),
    ],
)
@pytest.mark.parametrize("language", ["en", "sr", "ar"])
def test_a_rule_for_a_holiday_of_the_country_by_any_name(
    tmp_path: Path, name: str, language: str
) -> None:
    company(tmp_path, "country: RS", f'holidays: {{holiday: "{name}", agent_group: night}}')
    (first, *_) = on(load_file_in(tmp_path, language), "2026-11-11")
    assert first.agent_groups == ("night",)


def test_a_rule_holds_for_the_observed_and_the_estimated_day_too(tmp_path: Path) -> None:
    table = company(tmp_path, "country: RS", "holidays: {holiday: Statehood Day, open: true}")
    assert on(table, "2025-02-17")[0] == Holiday("Statehood Day (observed)", is_open=True)


def test_own_entries_win_and_say_more_than_their_calendar(tmp_path: Path) -> None:
    table = company(
        tmp_path,
        "country: RS",
        "message: Closed today.",
        "holidays:",
        '  - {date: 2026-12-31, name: Stocktaking, from_time: "12:00"}',
        '  - {date: 2026-12-31, name: Sleep, to_time: "09:00", agent_group: [night, sales]}',
        "  - {date: 01-01, name: New Year, message: Happy new year.}",
        "  - {holiday: Labor Day, open: true}",
        '  - {holiday: Orthodox Christmas Day, message: "Merry Christmas.", to_time: "14:00"}',
    )
    usual = Prompt(text="Closed today.", language="en")
    assert on(table, "2026-12-31") == (
        Holiday("Stocktaking", from_time=43_200, message=usual),
        Holiday("Sleep", to_time=32_400, agent_groups=("night", "sales")),
    )
    new_year = Prompt(text="Happy new year.", language="en")
    assert on(table, "2026-01-01")[0] == Holiday("New Year", message=new_year)
    assert on(table, "2026-05-01")[0] == Holiday("Labor Day", is_open=True)
    assert on(table, "2026-11-11") == (Holiday("Armistice Day", message=usual),)
    merry = Prompt(text="Merry Christmas.", language="en")
    assert on(table, "2026-01-07") == (
        Holiday("Orthodox Christmas Day", to_time=50_400, message=merry),
        Holiday("Orthodox Christmas Day", message=usual),
    )


def test_a_group_for_all_days_of_a_calendar(tmp_path: Path) -> None:
    table = company(tmp_path, "country: RS", "agent_group: night")
    assert on(table, "2026-11-11") == (Holiday("Armistice Day", agent_groups=("night",)),)


def test_the_years_are_those_that_were_asked_for_and_are_known(tmp_path: Path) -> None:
    known = company(tmp_path, "country: RS").calendars["own"]
    assert (known.first_year, known.last_year) == (2025, 2030)
    file = tmp_path / "callrouter.yaml"
    far = load_file(file, range(2030, 2200)).table.calendars["own"]
    assert 2030 <= far.last_year < 2199
    assert all(2030 <= date.fromordinal(day).year <= far.last_year for day in far.days)


@pytest.mark.parametrize("years", [range(1, 3), range(9998, 10000)], ids=["first", "last"])
def test_rules_hold_at_the_ends_of_the_calendar(tmp_path: Path, years: range) -> None:
    company(tmp_path, "holidays: [{date: 12-31, until: 01-01}, {date: Easter}]")
    own = load_file(tmp_path / "callrouter.yaml", years).table.calendars["own"]
    assert {date.fromordinal(day).year for day in own.days} == set(years)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(
            ["country: Sebria"],
            "country: no holidays are known of the country 'Sebria'; did you mean \"Serbia\"?",
            id="an unknown country",
        ),
        pytest.param(
            ["country: DE", "region: XX"],
            "region: DE has no region 'XX'; known are Augsburg, BB (Brandenburg),",
            id="an unknown region",
        ),
        pytest.param(
            ["region: BY"],
            "region: a region is given, but no country; write `country: …` too",
            id="a region alone",
        ),
        pytest.param(
            ["country: RS", "holidays: {holiday: Armistise Day, open: true}"],
            "holidays.holiday: there is no holiday 'Armistise Day' in own; "
            'did you mean "Armistice Day"?',
            id="an unknown holiday",
        ),
        pytest.param(
            ["holidays: {holiday: Armistice Day, open: true}"],
            "holidays.holiday: there is no holiday 'Armistice Day' in own; give the calendar a "
            "country or a file, or write `date: …`",
            id="a holiday of nobody",
        ),
        pytest.param(
            ["file: gone.ics"],
            "file: the file 'gone.ics' cannot be read (no such file or directory); paths are "
            "relative to the configuration file",
            id="a missing file",
        ),
        pytest.param(
            ["holidays: {date: last Fryday of November}"],
            "holidays.date: 'Fryday' is not a day of the week; did you mean \"Friday\"?".replace(
                "Fryday", "fryday"
            ),
            id="a day nobody knows",
        ),
        pytest.param(
            ["holidays: {date: 02-30}"], "holidays.date: '02-30' is not a date; write", id="no date"
        ),
        pytest.param(
            ["holidays: {name: Party}"], "holidays: date is missing; write `date: …`", id="no day"
        ),
        pytest.param(
            ["holidays: {date: 12-25, holiday: Christmas}"],
            "holidays.holiday: both date and holiday are given; keep only one of them",
            id="a date and a name",
        ),
        pytest.param(
            ["holidays: {date: 2026-12-25, until: 12-26}"],
            "holidays.until: date and until are not of the same kind; write both as",
            id="a range of two kinds",
        ),
        pytest.param(
            ["holidays: {date: 2026-12-25, until: 2026-12-24}"],
            "holidays.until: until does not come after date; check both",
            id="a range backwards",
        ),
        pytest.param(
            ['holidays: {date: 12-25, from_time: "14:00", to_time: "09:00"}'],
            "holidays.to_time: the holiday ends before it begins; end it by 24:00",
            id="a part of a day backwards",
        ),
        pytest.param(
            ['holidays: {date: 12-25, until: 12-26, from_time: "14:00"}'],
            "holidays.from_time: from_time is given for several days; give the days",
            id="a part of several days",
        ),
        pytest.param(
            ["holidays: {date: 12-25, open: true, agent_group: night}"],
            "holidays.agent_group: on an open day the schedule counts, no agent_group; remove one",
            id="open with a group",
        ),
        pytest.param(
            ["holidays: {date: 12-25, message: Hi., agent_group: night}"],
            "holidays.message: a holiday with an agent_group is open, and the message is said only "
            "when it is closed; keep only one of them",
            id="a message nobody hears",
        ),
        pytest.param(
            ["holidays: {date: 12-25, agent_group: nigth}"],
            "holidays.agent_group: there is no agent group 'nigth'; did you mean \"night\"?",
            id="an unknown group",
        ),
        pytest.param(
            ["country: RS", "holidays: {holiday: Labor Day, name: X, open: true}"],
            "holidays.name: name belongs to a date; remove it",
            id="a new name for a holiday",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, lines: list[str], expected: str
) -> None:
    (complaint,) = wrong(tmp_path, *lines)
    assert f": holiday_calendars.own.{expected}" in complaint


def test_two_calendars_the_first_named_wins(tmp_path: Path) -> None:
    text = COMPANY.replace(
        "CALENDAR", "holidays: {date: 12-25, name: Ours}\n  theirs: {country: GB}"
    ).replace("holidays: own", "holidays: [own, theirs]")
    assert load(tmp_path, text).table.settings["office"].holidays == ("own", "theirs")
    (again,) = complaints(tmp_path, text.replace("[own, theirs]", "[own, own]"))
    assert "'own' is here twice; remove one" in again


def test_the_version_is_that_of_what_is_declared(tmp_path: Path) -> None:
    company(tmp_path, "country: RS")
    file = tmp_path / "callrouter.yaml"
    now = load_file(file, range(2025, 2037)).table
    later = load_file(file, range(2026, 2038)).table
    assert now.calendars != later.calendars
    assert now.version == later.version
    assert company(tmp_path, "country: DE").version != now.version


def test_a_date_alone_is_a_holiday(tmp_path: Path) -> None:
    table = company(tmp_path, "holidays: [2026-12-31, last Friday of May]")
    assert on(table, "2026-12-31") == (Holiday("2026-12-31"),)
    assert on(table, "2026-05-29") == (Holiday("own"),)
