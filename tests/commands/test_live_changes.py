"""`callrouter agents` and `callrouter override`, with a real PostgreSQL; and times to come."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from callrouter.cli import main
from callrouter.commands.time_to_come import time_to_come
from callrouter.commands.written_time import NotUnderstood
from callrouter.config.load import load_file
from callrouter.db.config_versions import NewVersion, note_version
from callrouter.db.engine import make_engine, transaction
from tests.conftest import migrate, run_now

CONFIG = """
timezone: Europe/Belgrade
language: en
agents:
  amina: {name: Amina Hadžić, extension: "1001"}
  bojan: {name: Bojan, extension: "1002"}
  other: {name: Bojan, extension: "1003"}
agent_groups:
  sales: {members: [amina, bojan]}
  night: {members: [bojan]}
incoming_call_settings:
  head-office:
    numbers: ["700"]
    call_handling_schedule:
      - {days: [Monday-Sunday], from_time: "00:00", to_time: "24:00", agent_group: sales}
  dubai:
    numbers: ["800"]
    timezone: Asia/Dubai
    call_handling_schedule:
      - {days: [Monday-Sunday], from_time: "00:00", to_time: "24:00", agent_group: night}
outside_line: {trunk: provider, allowed: ["+38111*"]}
"""


class Answer(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert (self.code, self.err) == (0, "")
        return json.loads(self.out)


Ask = Callable[..., Answer]


@pytest.fixture
def ask(
    postgres_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Ask]:
    """Runs a command against a database and a configuration of the test's own."""
    run_now(migrate(postgres_url))
    (tmp_path / "callrouter.yaml").write_text(CONFIG)
    monkeypatch.setenv("CALLROUTER_CONFIG", str(tmp_path / "callrouter.yaml"))
    monkeypatch.setenv("CALLROUTER_DATABASE_URL", postgres_url)
    monkeypatch.setenv("LOGNAME", "root")

    def asked(*arguments: str) -> Answer:
        try:
            code = main(arguments)
        except SystemExit as stopped:  # argparse
            code = int(stopped.code or 0)
        printed = capsys.readouterr()
        return Answer(code, printed.out, printed.err)

    return asked  # type: ignore[return-value]


def first(answer: Answer) -> str:
    assert (answer.code, answer.err) == (0, "")
    return answer.out.splitlines()[0]


# Agents


@pytest.mark.postgres
def test_agents_are_listed_and_paused_and_what_was_done_is_said(ask: Ask) -> None:
    listed = ask("agents").out.splitlines()
    assert listed[0].split() == ["AGENT", "NAME", "EXTENSION", "GROUPS", "STATE", "SINCE", "BY"]
    assert listed[2].split() == ["bojan", "Bojan", "1002", "sales,", "night", "logged", "in"]
    said = first(ask("agents", "pause", "AMINA", "--reason", "lunch"))
    assert said == "Amina Hadžić (1001) is paused (lunch)."
    again = first(ask("agents", "pause", "1001", "--reason", "lunch"))
    assert again.startswith("Amina Hadžić (1001) is already paused (lunch) since 20")
    (row,) = [line for line in ask("agents").out.splitlines() if line.startswith("amina")]
    assert "paused (lunch)" in row
    assert row.endswith("root")
    assert first(ask("agents", "unpause", "amina")) == "Amina Hadžić (1001) is logged in."
    out = ask("agents", "log-out", "Amina Hadžić", "--by", "the boss", "--json").json
    assert (out["logged_in"], out["changed_by"]) == (False, "the boss")
    refused = ask("agents", "pause", "amina")
    assert (refused.code, refused.err) == (1, "callrouter: amina is logged out: log in first\n")
    assert first(ask("agents", "log-in", "amina")) == "Amina Hadžić (1001) is logged in."


@pytest.mark.postgres
def test_agents_as_json(ask: Ask) -> None:
    ask("agents", "pause", "bojan")
    amina, bojan, _ = ask("agents", "--json").json
    assert amina == {
        "agent": "amina",
        "name": "Amina Hadžić",
        "extension": "1001",
        "agent_groups": ["sales"],
        "logged_in": True,
        "paused": None,
        "since": None,
        "changed_by": None,
    }
    assert (bojan["agent_groups"], bojan["paused"]) == (["sales", "night"], "")
    assert datetime.fromisoformat(bojan["since"]).utcoffset() == timedelta(0)


@pytest.mark.postgres
def test_agents_who_are_not_there(ask: Ask) -> None:
    unknown = ask("agents", "pause", "amima")
    assert (unknown.code, unknown.err) == (
        2,
        "callrouter: pause amima: there is no such agent; did you mean amina?\n",
    )
    assert ask("agents", "pause", "bojan").code == 0, "the id, though two have the name"
    two = ask("agents", "pause", "BOJAN")
    assert (two.code, "that may be bojan, other" in two.err) == (2, True)
    long = ask("agents", "pause", "amina", "--reason", "x" * 201)
    assert (long.code, "at most 200" in long.err) == (1, True)


# Overrides


@pytest.mark.postgres
def test_closed_until_a_time_and_what_then(ask: Ask) -> None:
    answer = ask(
        "override", "close", "--settings", "head-office", "--until", "2099-11-24 10:00",
        "--message", "We are closed until {reopens_at}.", "--reason", "moving house",
    )  # fmt: skip
    assert first(answer) == (
        "head-office: closed until Tuesday 2099-11-24 10:00 (Europe/Belgrade);"
        " then open (Monday-Sunday 00:00-24:00)."
    )
    (listed,) = ask("override", "list", "--json").json
    assert answer.out.splitlines()[1].endswith(listed["id"][:8])
    assert {name: listed[name] for name in listed if name not in ("id", "from", "set_at")} == {
        "state": "in force",
        "kind": "closed",
        "settings": ["head-office"],
        "targets": [],
        "until": "2099-11-24T09:00:00+00:00",
        "message": "We are closed until {reopens_at}.",
        "language": "en",
        "author": "root",
        "reason": "moving house",
        "ended_at": None,
        "ended_by": None,
    }
    assert first(ask("override", "end", listed["id"][:6])) == f"{listed['id'][:8]} has ended."
    (over,) = ask("override", "list", "--json").json
    assert (over["state"], over["ended_by"]) == ("ended by root", "root")
    assert ask("override", "end", listed["id"][:6]).code == 2


@pytest.mark.postgres
def test_time_and_settings_as_people_write_them(ask: Ask) -> None:
    said = first(ask("override", "close", "--settings", "800", "--until", "2099-11-24", "10:00"))
    assert said.startswith("dubai: closed until Tuesday 2099-11-24 10:00 (Asia/Dubai);")
    both = ask("override", "close", "--until", "2099-11-24", "10:00").out.splitlines()
    assert both[0].startswith("head-office: closed until Tuesday 2099-11-24 10:00 (Europe/")
    assert both[1].startswith("dubai: closed until Tuesday 2099-11-24 13:00 (Asia/Dubai)")


@pytest.mark.postgres
def test_open_and_send(ask: Ask) -> None:
    assert first(ask("override", "open", "--group", "night", "--settings", "HEAD-OFFICE")) == (
        "head-office: open, group night rings until somebody ends it."
    )
    sent = ask(
        "override", "send", "--agent", "1001", "--outside", "00381 11 555", "--group", "sales",
        "--settings", "dubai", "--from", "2098-01-01 10:00", "--until", "+2h",
    )  # fmt: skip
    assert first(sent).startswith(
        "dubai: every call goes to agent amina and then the outside number +38111555 and then"
        " group sales from Wednesday 2098-01-01 10:00 until Wednesday 2098-01-01 12:00"
    )
    ask("override", "send", "--settings-to", "dubai", "--settings", "head-office", "--by", "boss")
    lines = ask("override", "list").out.splitlines()
    assert [line.split()[1:4] for line in lines[1:-1]] == [
        ["in", "force", "send"],
        ["to", "come", "send"],
        ["in", "force", "open"],
    ]
    assert lines[-1] == "Times are in Europe/Belgrade."
    assert first(ask("override", "end", "all")) == "3 ended."
    assert ask("override", "end", "all", "--json").json == {"ended": []}


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        ("close --settings offise", 2, "no such settings; the configuration has head-office, dub"),
        ("close --until yesterday", 1, "it would be over already"),
        ("close --until soon", 2, "--until 'soon' is not a time; write one like 10:00"),
        ("close --from 2099-01-02 --until 2099-01-01", 1, "before it begins"),
        ("send --outside +4912", 1, "+4912 is not allowed"),
        ("send", 1, "say where to"),
        ("send --agent nobody", 2, "there is no such agent"),
        ("open --group none", 1, "no agent group 'none'; there is: sales, night"),
        ("end 12345", 2, "see `callrouter override list`"),
    ],
)
def test_refused(ask: Ask, arguments: str, code: int, why: str) -> None:
    answer = ask("override", *arguments.split())
    assert (answer.code, answer.out) == (code, "")
    assert why in answer.err
    assert ask("override", "list").out == "No overrides.\n"


@pytest.mark.postgres
def test_names_are_those_of_the_configuration_in_the_database(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLROUTER_CONFIG", "database")
    empty = ask("agents")
    assert (empty.code, "the tables of the configuration are empty" in empty.err) == (1, True)


@pytest.mark.postgres
def test_a_mistake_in_the_file_is_in_nobodys_way(
    ask: Ask, postgres_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "callrouter.yaml"
    good = load_file(file)

    async def was_live() -> None:
        engine = make_engine(postgres_url)
        async with transaction(engine) as connection:
            version = NewVersion(good.table.version, good.document, datetime.now(UTC))
            await note_version(connection, version)
        await engine.dispose()

    file.write_text("langage: en\n" + CONFIG)
    assert "there is no field 'langage'" in ask("override", "close", "--until", "+2h").err
    run_now(was_live())
    for arguments in (("override", "close"), ("agents", "pause", "amina"), ("override", "list")):
        answer = ask(*arguments)
        assert answer.code == 0
        assert answer.out
        assert answer.err == (
            f"callrouter: {file} has mistakes (see callrouter check): this goes by version 1\n"
        )
    assert "langage" in ask("agents", "--config", str(file)).err, "asked for this very file"
    live = ask("simulate", "--to", "700", "--live")
    assert (live.code, "closed by an override" in live.out) == (0, True), live
    assert ask("simulate", "--to", "700").code == 1


def test_without_a_database_one_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "callrouter.yaml").write_text(CONFIG)
    monkeypatch.setenv("CALLROUTER_CONFIG", str(tmp_path / "callrouter.yaml"))
    assert main(["agents", "--database", "postgresql://x@127.0.0.1:1/x"]) == 1
    assert "connection refused" in capsys.readouterr().err
    (tmp_path / "callrouter.yaml").write_text("agents: [")
    assert main(["override", "list", "--database", "postgresql://x@127.0.0.1:1/x"]) == 1
    assert "callrouter.yaml" in capsys.readouterr().err


# Times

BELGRADE = "Europe/Belgrade"
MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)  # 10:30 in Belgrade
FRIDAY = datetime(2026, 11, 27, 17, 0, tzinfo=UTC)  # 18:00 in Belgrade


def at(written: str, *, begins: datetime | None = None, zone: str = BELGRADE) -> str:
    moment = time_to_come(written, "--until", zone, MONDAY, begins).moment
    assert moment.tzinfo is UTC
    return f"{moment:%d %H:%M}"


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("10:45", "23 09:45"),
        ("10:15", "24 09:15"),
        ("10:30", "24 09:30"),
        ("24:00", "23 23:00"),
        ("tomorrow", "23 23:00"),
        ("Tomorrow 9:00", "24 08:00"),
        ("today 9:00", "23 08:00"),
        ("Monday 9:00", "30 08:00"),
        ("fri 9:00", "27 08:00"),
        ("+2h", "23 11:30"),
        ("90m", "23 11:00"),
        ("+1h 30m", "23 11:00"),
        ("1d", "24 09:30"),
        ("2026-11-24 10:00", "24 09:00"),
        ("2026-11-24", "23 23:00"),
        ("2026-11-24T10:00+01:00", "24 09:00"),
        ("2026-11-24T10:00Z", "24 10:00"),
    ],
)
def test_times_to_come(written: str, utc: str) -> None:
    assert at(written) == utc


def test_a_span_ends_with_a_full_minute() -> None:
    begins = MONDAY + timedelta(seconds=6, microseconds=7)
    ends = time_to_come("+2h", "--until", BELGRADE, begins).moment
    assert ends == MONDAY + timedelta(hours=2, minutes=1)
    to_the_second = time_to_come("+90s", "--until", BELGRADE, begins).moment
    assert to_the_second == begins + timedelta(seconds=90)


def test_until_counts_from_the_beginning() -> None:
    assert at("+2h", begins=FRIDAY) == "27 19:00"
    assert at("2:00", begins=FRIDAY) == "28 01:00"
    assert at("Monday 9:00", begins=FRIDAY) == "30 08:00"
    assert at("tomorrow 9:00", begins=FRIDAY) == "24 08:00"


def test_the_zone_is_that_of_the_settings() -> None:
    assert at("10:45", zone="Asia/Dubai") == "24 06:45"


def test_a_time_that_never_happens_comes_with_a_note() -> None:
    moment, note = time_to_come("2027-03-28 02:30", "--until", BELGRADE, MONDAY)
    assert (moment.hour, moment.minute) == (1, 30)
    assert note is not None
    assert "never happens" in note


@pytest.mark.parametrize("written", ["", "soon", "25:00", "+2", "h", "1999999d", "10:00 pm x"])
def test_what_is_no_time(written: str) -> None:
    with pytest.raises(NotUnderstood, match=r"--until .* is not a time"):
        at(written)
