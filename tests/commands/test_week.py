"""`callrouter simulate --week`: who is on duty over seven days, gaps and clock changes marked."""

from pathlib import Path

import pytest

from tests.commands.asked import Asked, company_file


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return company_file(tmp_path, monkeypatch)


WEEK = """\
Who is on duty for 800 (nights) from Thursday 2026-10-22 to Wednesday 2026-10-28, times in \
Europe/Belgrade

Thursday 2026-10-22
- 00:00-24:00  closed

Friday 2026-10-23
- 00:00-24:00  closed

Saturday 2026-10-24
- 00:00-24:00  closed

Sunday 2026-10-25
! On Sunday 2026-10-25 at 03:00 clocks in Europe/Belgrade go back to 02:00
- 00:00-22:00  closed
  22:00-24:00  sales: Amina Haddad, bojan

Monday 2026-10-26
  00:00-06:00  sales: Amina Haddad, bojan
- 06:00-24:00  closed

Tuesday 2026-10-27
- 00:00-22:00  closed
- 22:00-24:00  nobody: nobody

Wednesday 2026-10-28
- 00:00-06:00  nobody: nobody
- 06:00-09:00  closed
  09:00-17:00  solo: bojan
- 17:00-24:00  closed

-: nobody can be rung, for 153 of 169 hours
"""


def test_a_week_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    asked = Asked(capsys, "--to", "800", "--week", "2026-10-22")
    assert (asked.code, asked.err) == (0, "")
    assert asked.out == WEEK


def test_a_week_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    answer = Asked(capsys, "--to", "800", "--week", "2026-10-22", "--json").json
    assert (answer["settings"], answer["first"], answer["last"]) == (
        "nights", "2026-10-22", "2026-10-28",
    )  # fmt: skip
    assert answer["gap_seconds"] == 153 * 3600
    (change,) = answer["clock_changes"]
    assert (change["day"], change["seconds"]) == ("2026-10-25", -3600)
    night = answer["stretches"][1]
    assert (night["from_at"], night["until_at"]) == (
        "2026-10-25T22:00:00+01:00", "2026-10-26T06:00:00+01:00",
    )  # fmt: skip
    assert (night["kind"], night["gap"], night["schedule_row"]) == (
        "row", False, "Sunday 22:00-06:00",
    )  # fmt: skip
    assert night["members"] == ["amina", "bojan"]
    assert night["targets"] == [{"kind": "agent_group", "name": "sales"}]


def test_without_a_day_it_begins_today(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        Asked(capsys, "--to", "800", "--week", "--json").json
        == Asked(capsys, "--to", "800", "--week", "today", "--json").json
    )
    monday = Asked(capsys, "--to", "800", "--week", "Monday").out.splitlines()[2]
    assert monday.startswith("Monday ")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--to", "799", "--week"), "--to 799: no incoming call settings list this number"),
        (("--to", "700", "--week", "soon"),
         "--week 'soon' is not a day; write one like 2026-11-23, today, tomorrow or Monday"),
        (("--to", "700", "--week", "--at", "10:00"),
         "--at asks about one call and --week about seven days: give one"),
        (("--to", "700", "--week", "9999-12-30"),
         "--week 9999-12-30: the years 1 to 9999 are known"),
        (("--to", "700", "--week", ""),
         "--week '' is not a day; write one like 2026-11-23, today, tomorrow or Monday"),
    ],
    ids=["unknown number", "no day", "two questions", "the end of the calendar", "an empty day"],
)  # fmt: skip
def test_no_answer(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], says: str
) -> None:
    asked = Asked(capsys, *arguments)
    assert (asked.code, asked.out, asked.err) == (2, "", f"callrouter: {says}\n")
