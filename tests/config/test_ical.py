"""iCalendar files: what they mean, and that no file however hostile does harm."""

from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callrouter.config.ical import MOST_BYTES, MOST_EVENTS, calendar_file
from callrouter.config.known_holidays import KnownHoliday
from callrouter.config.load import load_file
from callrouter.config.problems import Fault
from callrouter.routing.model import Holiday
from tests.config.companies import COMPANY

YEARS = range(2026, 2029)
DAY = 86_400


def calendar(*events: str) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN"]
    for event in events:
        lines += ["BEGIN:VEVENT", *event.split("|"), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def read(*events: str) -> list[tuple[str, int, int]]:
    found = calendar_file(calendar(*events), YEARS, "Europe/Belgrade")
    return [(str(each.day), each.from_time, each.to_time) for each in found]


def days(*events: str) -> list[str]:
    return [day for day, _, _ in read(*events)]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        pytest.param(
            "DTSTART;VALUE=DATE:20260501", [("2026-05-01", 0, DAY)], id="a day without an end"
        ),
        pytest.param(
            "DTSTART;VALUE=DATE:20260501|DTEND;VALUE=DATE:20260503",
            [("2026-05-01", 0, DAY), ("2026-05-02", 0, DAY)],
            id="the end is not part of it",
        ),
        pytest.param(
            "DTSTART;VALUE=DATE:20260501|DTEND;VALUE=DATE:20260501",
            [("2026-05-01", 0, DAY)],
            id="a day that ends when it begins",
        ),
        pytest.param(
            "DTSTART;VALUE=DATE:20260501|RDATE;VALUE=DATE:20260504,20260506|"
            "EXDATE;VALUE=DATE:20260506",
            [("2026-05-01", 0, DAY), ("2026-05-04", 0, DAY)],
            id="on other days too",
        ),
        pytest.param(
            "DTSTART;TZID=Central European Standard Time:20260501T120000|DURATION:PT1H",
            [("2026-05-01", 43_200, 46_800)],
            id="in a zone by its Windows name",
        ),
        pytest.param(
            "DTSTART;VALUE=DATE:20260501|DURATION:P2D",
            [("2026-05-01", 0, DAY), ("2026-05-02", 0, DAY)],
            id="a duration",
        ),
        pytest.param(
            "DTSTART;TZID=Europe/Belgrade:20260501T120000|DTEND;TZID=Europe/Belgrade:20260501T150000",
            [("2026-05-01", 43_200, 54_000)],
            id="a part of a day",
        ),
        pytest.param(
            "DTSTART:20260501T120000|DTEND:20260502T060000",
            [("2026-05-01", 43_200, DAY), ("2026-05-02", 0, 21_600)],
            id="over midnight, by the clock on the wall",
        ),
        pytest.param(
            "DTSTART:20260501T100000Z|DTEND:20260501T110000Z",
            [("2026-05-01", 43_200, 46_800)],
            id="in UTC",
        ),
        pytest.param("DTSTART;VALUE=DATE:20200501", [], id="in another year"),
        pytest.param(
            "DTSTART;VALUE=DATE:20251231|DTEND;VALUE=DATE:20260102",
            [("2026-01-01", 0, DAY)],
            id="begun in the year before",
        ),
        pytest.param("DTSTART;VALUE=DATE:20260501|STATUS:CANCELLED", [], id="cancelled"),
        pytest.param("DTSTART:20260501T120000", [], id="a moment"),
        pytest.param("SUMMARY:no start", [], id="without a start"),
    ],
)
def test_one_event(event: str, expected: list[tuple[str, int, int]]) -> None:
    assert read(event) == expected


@pytest.mark.parametrize(
    ("start", "rule", "expected"),
    [
        ("20200501", "FREQ=YEARLY", ["2026-05-01", "2027-05-01", "2028-05-01"]),
        ("20200229", "FREQ=YEARLY", ["2028-02-29"]),
        ("20250501", "FREQ=YEARLY;INTERVAL=2", ["2027-05-01"]),
        ("20250501", "FREQ=YEARLY;COUNT=2", ["2026-05-01"]),
        ("20250501", "FREQ=YEARLY;UNTIL=20270430", ["2026-05-01"]),
        ("20251127", "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", ["2026-11-26", "2027-11-25"]),
        ("20251128", "FREQ=YEARLY;BYMONTH=11;BYDAY=-1FR", ["2026-11-27", "2027-11-26"]),
        (
            "20251128",
            "FREQ=YEARLY;BYMONTH=11;BYDAY=FR;BYSETPOS=-1",
            ["2026-11-27", "2027-11-26", "2028-11-24"],
        ),
        (
            "20251231",
            "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=-1",
            ["2026-12-31", "2027-12-31", "2028-12-31"],
        ),
        ("20260105", "FREQ=YEARLY;BYMONTH=1,2;BYMONTHDAY=5,6;COUNT=3",
         ["2026-01-05", "2026-01-06", "2026-02-05"]),
    ],
)  # fmt: skip
def test_events_of_every_year(start: str, rule: str, expected: list[str]) -> None:
    assert days(f"DTSTART;VALUE=DATE:{start}|RRULE:{rule}")[: len(expected)] == expected


def test_one_of_every_year_may_be_left_out_or_moved() -> None:
    assert days(
        "UID:a|DTSTART;VALUE=DATE:20260501|RRULE:FREQ=YEARLY|EXDATE;VALUE=DATE:20270501",
        "UID:a|DTSTART;VALUE=DATE:20280502|RECURRENCE-ID;VALUE=DATE:20280501",
    ) == ["2026-05-01", "2028-05-02"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "this is not an iCalendar file", id="nothing"),
        pytest.param(b"timezone: UTC", "this is not an iCalendar file", id="something else"),
        pytest.param(b"\xff\xfe\x00", "this is not an iCalendar file", id="bytes"),
        pytest.param(b"BEGIN:VCALENDAR\r\n", "this is not an iCalendar file", id="cut off"),
        pytest.param(b"x" * (MOST_BYTES + 1), "the file is larger than 2 MB", id="too large"),
        pytest.param(
            calendar(*["DTSTART;VALUE=DATE:20260101"] * (MOST_EVENTS + 1)),
            "the file has more than 5,000 events",
            id="too many events",
        ),
        pytest.param(
            calendar("SUMMARY:Off|DTSTART;VALUE=DATE:20260501|RRULE:FREQ=WEEKLY"),
            "the event 'Off' recurs more often than once a year",
            id="every week",
        ),
        pytest.param(
            calendar("SUMMARY:Off|DTSTART;VALUE=DATE:20260501|RRULE:FREQ=YEARLY;BYWEEKNO=20"),
            "the event 'Off' recurs by BYWEEKNO in an unknown way",
            id="by the number of the week",
        ),
        pytest.param(
            calendar("SUMMARY:Off|DTSTART;VALUE=DATE:20260501|RRULE:FREQ=YEARLY;BYDAY=20MO"),
            "the event 'Off' recurs by BYDAY in an unknown way",
            id="by the day of the year",
        ),
        pytest.param(
            calendar("SUMMARY:Off|DTSTART;VALUE=DATE:20260501|DTEND:20260501T100000"),
            "the event 'Off' has a date that is none",
            id="a day that ends at a time",
        ),
        pytest.param(
            calendar("SUMMARY:Off|DTSTART;VALUE=DATE:20260501|DTEND;VALUE=DATE:20260430"),
            "the event 'Off' ends before it begins",
            id="the wrong way round",
        ),
        pytest.param(
            calendar("SUMMARY:Off|DTSTART;TZID=Mars/Base:20260501T100000|DURATION:PT1H"),
            "the event 'Off' is in the unknown time zone 'Mars/Base'",
            id="an unknown time zone",
        ),
    ],
)
def test_refused(content: bytes, message: str) -> None:
    with pytest.raises(Fault, match=message):
        calendar_file(content, YEARS, "UTC")


@given(st.binary(max_size=300))
def test_any_bytes_are_holidays_or_a_fault(content: bytes) -> None:
    for hostile in (content, calendar("DTSTART;VALUE=DATE:20260501").replace(b"2026", content)):
        try:
            calendar_file(hostile, YEARS, "UTC")
        except Fault:
            continue


LINES = st.sampled_from(
    ["DTSTART;VALUE=DATE:20260501", "DTSTART:20260501T000000Z", "DTSTART:00010101T000000Z",
     "DTEND;VALUE=DATE:99991231", "DTEND:19700101T000000", "DURATION:-P5D", "DURATION:P99999D",
     "RRULE:FREQ=YEARLY", "RRULE:FREQ=YEARLY;COUNT=-1", "RRULE:FREQ=YEARLY;INTERVAL=0",
     "RRULE:FREQ=YEARLY;UNTIL=00010101", "RRULE:FREQ=YEARLY;BYMONTH=13;BYDAY=XX",
     "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30,99;BYSETPOS=0,400", "RRULE:X", "EXDATE:20260501",
     "RECURRENCE-ID:20260501", "SUMMARY:\\n\x07", "UID:a", "BEGIN:VEVENT", "END:VEVENT",
     "DTSTART;TZID=Nowhere:20260501T000000", "DTSTART;VALUE=DATE:20269999"]
)  # fmt: skip


@given(st.lists(st.lists(LINES, max_size=6).map("|".join), max_size=4))
def test_any_lines_are_holidays_or_a_fault(events: list[str]) -> None:
    try:
        found = calendar_file(calendar(*events), YEARS, "Europe/Belgrade")
    except Fault:
        return
    for each in found:
        assert each.day.year in YEARS
        assert 0 <= each.from_time < each.to_time <= DAY


def test_very_many_long_events_end_soon() -> None:
    events = ["DTSTART;VALUE=DATE:20260101|DTEND;VALUE=DATE:20990101"] * 500
    with pytest.raises(Fault, match="more than 20,000 holidays"):
        calendar_file(calendar(*events), YEARS, "UTC")


OLD = "DTSTART;VALUE=DATE:00010101|RRULE:FREQ=YEARLY"


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([OLD] * 1000, id="yearly since the year 1"),
        pytest.param([f"{OLD};COUNT=1999"] * 5000, id="counted since the year 1"),
        pytest.param([f"{OLD};BYMONTH={','.join(['1'] * 100_000)}"], id="a month many times"),
        pytest.param([f"{OLD};BYMONTH=1;BYDAY={','.join(['4TH'] * 50_000)}"], id="a day, too"),
        pytest.param([f"{OLD};BYMONTH=1;BYMONTHDAY={','.join(map(str, range(-9999, 9999)))}"],
                     id="days that no month has"),
    ],
)  # fmt: skip
@pytest.mark.slow
def test_rules_end_soon(events: list[str]) -> None:
    """Within the time that any test has: unbounded, each took minutes."""
    with suppress(Fault):
        calendar_file(calendar(*events), YEARS, "UTC")


@pytest.mark.slow
def test_so_many_yearly_events_as_a_file_may_have_are_read() -> None:
    found = days(*(["DTSTART;VALUE=DATE:20000101|RRULE:FREQ=YEARLY"] * MOST_EVENTS))
    assert len(found) == len(YEARS) * MOST_EVENTS


def test_a_file_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "days.ics").write_bytes(
        calendar("SUMMARY:Founders' day|DTSTART;VALUE=DATE:20260501", "DTSTART;VALUE=DATE:20260502")
    )
    text = COMPANY + "    holidays: own\nholiday_calendars:\n  own: {file: days.ics, HOLIDAYS}\n"
    text = text.replace("HOLIDAYS", "holidays: {holiday: founders’ day, open: true}")
    file = tmp_path / "callrouter.yaml"
    file.write_text(text)
    loaded = load_file(file, YEARS)
    holidays = loaded.table.calendars["own"].days
    assert holidays[date(2026, 5, 1).toordinal()][0] == Holiday("Founders' day", is_open=True)
    assert holidays[date(2026, 5, 2).toordinal()] == (Holiday("Holiday"),)
    assert tmp_path / "days.ics" in loaded.files
    version = loaded.table.version
    (tmp_path / "days.ics").write_bytes(calendar())
    file.write_text(text.replace(", holidays: {holiday: founders’ day, open: true}", ""))
    assert load_file(file, YEARS).table.version != version


def test_names_are_shown_on_one_line() -> None:
    (known,) = calendar_file(
        calendar("SUMMARY:New\\n Year\x07|DTSTART;VALUE=DATE:20260101"), YEARS, "UTC"
    )
    assert known == KnownHoliday(date(2026, 1, 1), ("New Year\\x07",))
