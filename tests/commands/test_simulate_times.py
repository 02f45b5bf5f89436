"""`callrouter simulate --at`: what is a time, and which moment it means."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from callrouter.commands.terminal import visible
from callrouter.commands.written_time import written_time
from tests.commands.asked import Asked, company_file


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return company_file(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2026-11-23T09:42Z", "2026-11-23T09:42:00+00:00"),
        ("2026-11-23t09:42z", "2026-11-23T09:42:00+00:00"),
        ("2026-11-23T10:42:30.5+01:00", "2026-11-23T10:42:30.500000+01:00"),
        ("2026-11-23T10:42-0330", "2026-11-23T10:42:00-03:30"),
        ("2026-11-23T10:42\u221203:30", "2026-11-23T10:42:00-03:30"),
        ("2026-11-23T10:42", "2026-11-23T10:42:00+01:00"),
        (" 2026-11-23 10:42:07 ", "2026-11-23T10:42:07+01:00"),
        ("2026-07-23T10", "2026-07-23T10:00:00+02:00"),
        ("20261123T1042", "2026-11-23T10:42:00+01:00"),
        ("2026-W48-1", "2026-11-23T00:00:00+01:00"),
        ("2026-327T10:42", "2026-11-23T10:42:00+01:00"),
        ("2028-366", "2028-12-31T00:00:00+01:00"),
        ("2026-11-23", "2026-11-23T00:00:00+01:00"),
        ("2026-12-31T24:00", "2027-01-01T00:00:00+01:00"),
        ("2026-12-31T24:00:00Z", "2027-01-01T00:00:00+00:00"),
        ("20261231T2400+0100", "2027-01-01T00:00:00+01:00"),
        ("2026-11-23 9:42", "2026-11-23T09:42:00+01:00"),
        ("2026-11-23 10.42", "2026-11-23T10:42:00+01:00"),
        ("2026-11-23 9.42.07", "2026-11-23T09:42:07+01:00"),
        ("2026-11-23  10:42", "2026-11-23T10:42:00+01:00"),
        ("2026-11-23 10:42 UTC", "2026-11-23T10:42:00+00:00"),
        ("20261123T104230.5", "2026-11-23T10:42:30.500000+01:00"),
        ("2026-1-5 9:42", "2026-01-05T09:42:00+01:00"),
        ("2026/11/23 10:42", "2026-11-23T10:42:00+01:00"),
        ("23.11.2026 10:42", "2026-11-23T10:42:00+01:00"),
        ("3. 2. 2026. 10:42", "2026-02-03T10:42:00+01:00"),
        ("2026-11-23 12:42 am", "2026-11-23T00:42:00+01:00"),
        ("2026-11-23 12:00 PM", "2026-11-23T12:00:00+01:00"),
        ("2026-11-23 9 p.m.", "2026-11-23T21:00:00+01:00"),
    ],
)
def test_times(capsys: pytest.CaptureFixture[str], written: str, at: str) -> None:
    answer = Asked(capsys, "--to", "700", "--at", written, "--json").json
    assert answer["at"] == at
    assert datetime.fromisoformat(answer["local_time"]) == datetime.fromisoformat(at)


@pytest.mark.parametrize(
    "written",
    ["", "soon", "10:60", "24:01", "Monday 25:00", "Mo 10:00", "now 10:00", "Monday10:00", "9",
     "2026-11-31", "2026-13-01T10:00", "2026-11-23T25:00", "2026-11-23T24:01",
     "2026-366", "2026-000", "2026-11-23T10:42+25:00", "9999-12-31T24:00", "1e9", "２０２６-11-23",
     "2026-11-23T10.5", "2026-11-23T10:42.5", "23/11/2026 10:42", "13:42 pm", "0 am",
     "x" * 5000, "2026-11-23T10:42\x1b[2J"],
)  # fmt: skip
def test_what_is_no_time(capsys: pytest.CaptureFixture[str], written: str) -> None:
    asked = Asked(capsys, "--to", "700", "--at", written)
    assert (asked.code, asked.out) == (2, "")
    (line,) = asked.err.splitlines()
    assert line.startswith("callrouter: --at ")
    assert "is not a time; write one like 2026-11-23T10:42, " in line
    assert visible(line) == line
    assert len(line) < 400


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("now", "2026-11-23 10:42:30"),
        ("10:00", "2026-11-23 10:00"),
        ("9:05:07", "2026-11-23 09:05:07"),
        ("9.05", "2026-11-23 09:05"),
        ("9pm", "2026-11-23 21:00"),
        ("tomorrow 9:30 AM", "2026-11-24 09:30"),
        ("24:00", "2026-11-24 00:00"),
        ("today", "2026-11-23 00:00"),
        ("Today 23:59", "2026-11-23 23:59"),
        (" tomorrow  9:00 ", "2026-11-24 09:00"),
        ("yesterday 9:00", "2026-11-22 09:00"),
        ("Monday 10:42:30", "2026-11-23 10:42:30"),
        ("Monday 10:42", "2026-11-30 10:42"),
        ("monday 11:00", "2026-11-23 11:00"),
        ("Mon 24:00", "2026-11-24 00:00"),
        ("Monday", "2026-11-30 00:00"),
        ("Tuesday", "2026-11-24 00:00"),
        ("SUN 0:00", "2026-11-29 00:00"),
        ("2026-11-23 10:00", "2026-11-23 10:00"),
    ],
)
def test_times_that_count_from_now(written: str, meant: str) -> None:
    monday = datetime(2026, 11, 23, 10, 42, 30)  # noqa: DTZ001
    assert written_time(written)(monday) == datetime.fromisoformat(meant)


def test_a_time_alone_is_by_the_clock_of_the_settings(capsys: pytest.CaptureFixture[str]) -> None:
    now = datetime.now(UTC).astimezone(ZoneInfo("Europe/Belgrade"))
    answer = Asked(capsys, "--to", "700", "--at", "10:42", "--json").json
    if datetime.now(UTC).astimezone(ZoneInfo("Europe/Belgrade")).date() == now.date():
        assert answer["local_time"][:16] == f"{now.date()}T10:42"


@pytest.mark.parametrize("unquoted", [("tomorrow", "9:00"), ("Monday", "10:42:30")])
def test_a_day_and_a_time_need_quotes(
    capsys: pytest.CaptureFixture[str], unquoted: tuple[str, str]
) -> None:
    asked = Asked(capsys, "--to", "700", "--at", *unquoted)
    assert asked.code == 2
    assert asked.err == f'callrouter: write the time in quotes: --at "{" ".join(unquoted)}"\n'


@pytest.mark.parametrize("written", ["0001-01-01", "9999-12-31T23:59-10:00"])
def test_the_ends_of_the_calendar(capsys: pytest.CaptureFixture[str], written: str) -> None:
    asked = Asked(capsys, "--to", "700", "--at", written)
    assert (asked.code, asked.out) == (2, "")
    assert asked.err == f"callrouter: --at {written}: the years 1 to 9999 are known\n"


@pytest.mark.parametrize(
    ("written", "at", "says"),
    [
        ("2027-03-28 02:30", "2027-03-28T03:30:00+02:00", "never happens in Europe/Belgrade"),
        ("2026-10-25 02:30", "2026-10-25T02:30:00+02:00", "happens twice in Europe/Belgrade"),
    ],
)
def test_a_time_on_a_day_on_which_clocks_change(
    capsys: pytest.CaptureFixture[str], written: str, at: str, says: str
) -> None:
    answer = Asked(capsys, "--to", "700", "--at", written, "--json").json
    assert (answer["at"], answer["local_time"]) == (at, at)
    assert says in answer["trace"][0]
    assert "add an offset" in answer["trace"][0]
    other = answer["trace"][0].split()[-1].removesuffix(".")
    again = Asked(capsys, "--to", "700", "--at", other, "--json").json
    assert again["at"] == other != at
    assert "add an offset" not in "".join(again["trace"])


def test_an_unknown_number_has_no_time_zone(capsys: pytest.CaptureFixture[str]) -> None:
    answer = Asked(capsys, "--to", "799", "--at", "2026-11-23", "--json").json
    assert (answer["decision"], answer["at"]) == ("unknown_number", "2026-11-23T00:00:00+00:00")
    assert answer["trace"][0] == "Without settings there is no time zone: UTC is meant."


def test_without_a_time_it_is_now(capsys: pytest.CaptureFixture[str]) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    answer = Asked(capsys, "--to", "700", "--json").json
    assert before <= datetime.fromisoformat(answer["at"]) <= datetime.now(UTC)
