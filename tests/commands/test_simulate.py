"""`callrouter simulate` as an admin runs it."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callrouter.cli import main
from callrouter.commands.terminal import visible
from callrouter.config.load import load_file
from callrouter.routing.decide import IncomingCall, decide
from callrouter.routing.explain import explain
from tests.commands.asked import Asked, company_file


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return company_file(tmp_path, monkeypatch)


MONDAY = """\
A call from +38164 to +381 11 123 4567 on Monday 2026-11-23 10:42 (Europe/Belgrade) rings \
Amina Haddad and bojan of sales one after another.

Who rings, if free and reachable at that moment
  1. Amina Haddad (1001), up to 20 s
  2. bojan (1002), up to 20 s

What the caller hears
  first: “Welcome.”
  if nobody takes it and an agent of the group is busy: “All are busy.”
  if nobody takes it and no agent of the group is busy: “Nobody is here.”

Why
  Number +381 11 123 4567 belongs to office (configuration VERSION).
  It is Monday 2026-11-23 10:42:00 in Europe/Belgrade (UTC+01:00).
  The row Monday 09:00-17:00 is on duty: group sales.
  Group sales, Sequential, listed: amina, bojan.
  If nobody answers: Unavailable message: nobody of sales was there and answered.
"""


def test_an_answer_for_people(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--to", "+381 11 123 4567", "--from", "+38164", "--at", "2026-11-23 10:42")
    asked = Asked(capsys, *arguments)
    assert (asked.code, asked.err) == (0, "")
    assert asked.out == MONDAY.replace("VERSION", load_file(file).table.version)


@pytest.mark.parametrize(
    ("number", "at", "first", "some"),
    [
        ("700", "2026-11-24", "A call to 700 on Tuesday 2026-11-24 00:00 (Europe/Belgrade) finds "
         "office closed.", ["It opens on Monday 2026-11-30 09:00.",
          "  then, because it is closed: “Nobody is here.”"]),
        ("800", "2026-11-23T03:00", "A call to 800 on Monday 2026-11-23 03:00 (Europe/Belgrade) "
         "rings Amina Haddad and bojan of sales together.",
         ["  1. Amina Haddad (1001), bojan (1002), up to 20 s", "  first: the sound HERE/hello.wav",
          "  if nobody takes it and an agent of the group is busy: nothing; no message is "
          "configured"]),
        ("800", "2026-11-24T23:00", "A call to 800 on Tuesday 2026-11-24 23:00 (Europe/Belgrade) "
         "finds nobody: group nobody has no members.",
         ["  then, because nobody can be rung: nothing; no message is configured"]),
        ("800", "2026-11-25T10:00", "A call to 800 on Wednesday 2026-11-25 10:00 "
         "(Europe/Belgrade) rings bojan of solo.", ["  1. bojan (1002), up to 20 s"]),
        ("900", "2026-11-23T10:00", "A call to 900 on Monday 2026-11-23 10:00 (Europe/Belgrade) "
         "rings Amina Haddad and bojan of sales one after another.",
         ["  2. bojan (1002), up to 30 s", "  All ringing ends after 45 s.",
          "  first: “Hello, please wait.”"]),
        ("799", "2026-11-23T10:00", "A call to 799 is refused: the number is unknown.",
         ["  No incoming call settings list the number '799'."]),
    ],
    ids=["closed", "together", "nobody", "one agent", "more agents than time", "unknown"],
)  # fmt: skip
def test_each_decision_begins_with_a_plain_sentence(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    number: str,
    at: str,
    first: str,
    some: list[str],
) -> None:
    asked = Asked(capsys, "--to", number, "--at", at)
    lines = asked.out.replace(str(tmp_path), "HERE").splitlines()
    assert (asked.code, lines[0]) == (0, first)
    assert set(some) <= set(lines)


def test_the_json_is_what_live_calls_decide(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = load_file(file).table
    for number in ("700", "+381 (11) 123-4567", "800", "900", "799"):
        for hours in range(0, 7 * 24, 35):
            at = datetime(2026, 11, 23, tzinfo=UTC) + timedelta(hours=hours)
            call = IncomingCall(number, "+38164")
            arguments = ("--to", number, "--from", "+38164", "--at", at.isoformat(), "--json")
            assert Asked(capsys, *arguments).json == explain(
                table, call, at, decide(table, call, at)
            )


PRETENDED = """\
A call to 700 on Monday 2026-11-23 10:42 (Europe/Belgrade) rings bojan of sales; Amina Haddad \
skipped: on a call.

Who rings, if free and reachable at that moment
  1. bojan (1002), up to 20 s
  -  Amina Haddad (1001) is skipped: on a call
"""


def test_a_busy_agent(capsys: pytest.CaptureFixture[str]) -> None:
    asked = Asked(capsys, "--to", "700", "--at", "2026-11-23 10:42", "--busy", "amina")
    assert asked.out.startswith(PRETENDED)
    last = asked.out.splitlines()[-1]
    assert last == "  If nobody answers: Busy message: of sales, working but busy: amina."


def test_nobody_can_be_rung(capsys: pytest.CaptureFixture[str]) -> None:
    away = ("--unreachable", "1001", "--paused", "bojan=lunch")
    first = Asked(capsys, "--to", "700", "--at", "2026-11-23 10:42", *away).out.splitlines()[0]
    assert first == (
        "A call to 700 on Monday 2026-11-23 10:42 (Europe/Belgrade) finds nobody of sales who can "
        "be rung; Amina Haddad skipped: no phone can be reached; bojan skipped: paused (lunch)."
    )


@pytest.mark.parametrize(
    ("state", "reason", "words", "message"),
    [
        (("--busy", "amina"), "on_call", "on a call", "busy"),
        (("--unreachable", "amina"), "unreachable", "no phone can be reached", "unavailable"),
        (("--wrap-up", "amina"), "wrap_up", "wrapping up a call", "busy"),
        (("--logged-out", "amina"), "logged_out", "logged out", "unavailable"),
        (("--paused", "amina"), "paused", "paused", "unavailable"),
        (("--paused", "amina=at lunch"), "paused", "paused (at lunch)", "unavailable"),
        (("--busy", "amina", "--logged-out", "amina"), "logged_out", "logged out", "unavailable"),
    ],
    ids=" ".join,
)
def test_pretended_states(
    capsys: pytest.CaptureFixture[str],
    state: tuple[str, ...],
    reason: str,
    words: str,
    message: str,
) -> None:
    at = ("--to", "700", "--at", "2026-11-23T10:42", "--json")
    answer = Asked(capsys, *at, *state).json
    assert answer["skipped"] == [
        {"agent": "amina", "name": "Amina Haddad", "reason": reason, "words": words}
    ]
    assert (answer["waves"], answer["nobody_answers"]["message"]) == ([["bojan"]], message)
    everybody = Asked(capsys, *at, "--busy", "amina", "--busy", "bojan").json
    assert everybody["waves"] == []


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("--busy=amma", "--busy amma: there is no such agent; did you mean amina?"),
        ("--paused=Bojana=lunch", "--paused Bojana: there is no such agent; did you mean bojan?"),
        ("--busy=Amina Hadad",
         "--busy Amina Hadad: there is no such agent; did you mean amina?"),
        ("--wrap-up=\x1b[2J", "--wrap-up \\x1b[2J: there is no such agent; the configuration has "
         "amina, bojan"),
        ("--logged-out=", "--logged-out : there is no such agent; the configuration has amina, "
         "bojan"),
    ],
)  # fmt: skip
def test_an_unknown_agent(capsys: pytest.CaptureFixture[str], option: str, says: str) -> None:
    asked = Asked(capsys, "--to", "700", option)
    assert (asked.code, asked.out, asked.err) == (2, "", f"callrouter: {says}\n")


def test_where_the_configuration_is(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLROUTER_DRAIN_SECONDS", "soon")  # not our question
    assert Asked(capsys, "--to", "700").code == 0
    other = file.rename(file.parent / "other.yaml")
    missing = Asked(capsys, "--to", "700")
    assert (missing.code, missing.out) == (1, "")
    assert missing.err == "callrouter.yaml: there is no such file; check the path\n"
    assert Asked(capsys, "other.yaml", "--to", "700", "--at", "2026-11-23").code == 0
    assert Asked(capsys, "--to", "700", "--config", "other.yaml").code == 0
    monkeypatch.setenv("CALLROUTER_CONFIG", str(other))
    assert Asked(capsys, "--to", "700").code == 0
    two = Asked(capsys, "a.yaml", "--config", "b.yaml", "--to", "700")
    assert (two.code, two.out) == (2, "")
    assert two.err == "callrouter: two configurations are named: a.yaml and b.yaml\n"


def test_a_time_without_quotes_is_no_file(capsys: pytest.CaptureFixture[str]) -> None:
    asked = Asked(capsys, "--to", "700", "--at", "2026-11-23", "10:42")
    assert asked.code == 2
    assert asked.err == 'callrouter: write the time in quotes: --at "2026-11-23 10:42"\n'


def test_without_a_number_there_is_no_question(capsys: pytest.CaptureFixture[str]) -> None:
    asked = Asked(capsys, "--at", "2026-11-23")
    assert (asked.code, asked.out) == (2, "")
    assert asked.err.splitlines()[-1] == (
        "callrouter simulate: error: the following arguments are required: --to"
    )


def test_a_bad_configuration_is_told_as_check_tells_it(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(file.read_text().replace("agent_group: solo", "agent_group: sole"))
    main(["check", "callrouter.yaml", "--no-render"])
    *problems, _ = capsys.readouterr().out.splitlines()
    for form in ([], ["--json"]):
        asked = Asked(capsys, "--to", "700", *form)
        assert (asked.code, asked.out) == (1, "")
        assert asked.err.splitlines() == problems
    assert "sole" in problems[0]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("huge.yaml", b"# \n" * 4_000_000, "the file is larger than 10 MB"),
        ("binary.yaml", b"\xff\x00", "is not UTF-8"),
        ("a\x1b[2J.yaml", None, r"a\x1b[2J.yaml: there is no such file"),
        (".", None, "this is a directory"),
        ("/dev/zero", None, "this is not a file"),
    ],
    ids=["huge", "binary", "a name that commands the terminal", "a directory", "endless"],
)
def test_what_is_no_configuration(
    capsys: pytest.CaptureFixture[str], name: str, content: bytes | None, says: str
) -> None:
    if content is not None:
        Path(name).write_bytes(content)
    asked = Asked(capsys, "--to", "700", "--config", name)
    assert (asked.code, asked.out) == (1, "")
    assert says in asked.err
    assert [visible(line) for line in asked.err.splitlines()] == asked.err.splitlines()


EVIL = "7\x1b[2J\x9b1m\u202e\u2028\x7f\n\udcff\0"


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["text", "JSON"])
def test_nothing_that_is_asked_commands_the_terminal(
    capsys: pytest.CaptureFixture[str], form: list[str]
) -> None:
    for number in (EVIL, "700"):
        asked = Asked(capsys, "--to", number, "--from", EVIL, "--at", "2026-11-23T10:00", *form)
        assert (asked.code, asked.err) == (0, "")
        for line in asked.out.split("\n"):
            assert visible(line) == line
        if form:
            assert (asked.json["number"], asked.json["from"]) == (number, EVIL)


def test_a_terminal_that_knows_only_ascii_and_nothing_else_is_needed(file: Path) -> None:
    file.write_text(file.read_text().replace("Amina Haddad", "Ђорђе أمينة"))
    found = subprocess.run(
        [sys.executable, "-m", "callrouter", "simulate", str(file), "--to", "700",
         "--at", "2026-11-23T10:00"],
        env={"PYTHONIOENCODING": "ascii", "PATH": "/nowhere"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert (found.returncode, found.stderr) == (0, "")
    assert r"1. \u0402\u043e\u0440\u0452\u0435 \u0623" in found.stdout


BIG = """\
timezone: Europe/Belgrade
agents:
  amina: {name: Amina, extension: "1001", numbers: ["+381111234501"]}
  bojan: {name: Bojan, extension: "1002"}
  carla: {name: Carla, extension: "1003"}
agent_groups:
  sales: {members: [amina, bojan, carla], order: longest_idle}
  night: {members: [bojan]}
holiday_calendars:
  serbia:
    holidays: [{date: "12-25", name: Christmas, message: "Merry Christmas, we open {reopens_at}."}]
outside_line: {trunk: provider, allowed: ["+38164*"]}
incoming_call_settings:
  office:
    numbers: ["700"]
    holidays: [serbia]
    call_routing: Waves
    closed_message: We are closed and open again {reopens_at}.
    follow_on:
      - {agent_group: night, message: One moment.}
      - {outside_number: "+38164123456"}
      - {incoming_call_settings: other}
    follow_on_closed: {agent_group: night}
    overrides:
      - {closed: true, from: "2026-11-24 12:00", until: "2026-11-24 13:00", author: amina}
      - {send_to: [{incoming_call_settings: other}, {agent: amina}], from: "2026-11-24 14:00",
         until: "2026-11-24 16:00"}
    call_handling_schedule:
      - {days: [Monday-Friday], from_time: "09:00", to_time: "17:00", agent_group: [sales, night]}
  other:
    numbers: ["701"]
    call_handling_schedule:
      - {days: [Monday-Sunday], from_time: "00:00", to_time: "24:00", agent_group: night}
    overrides: [{closed: true, from: "2026-11-24 15:00", until: "2026-11-24 16:00"}]
"""
OPEN = """\
A call to 700 on Monday 2026-11-23 10:00 (Europe/Belgrade) rings Amina and Carla of sales in \
waves; Bojan skipped: on a call.

Who rings, if free and reachable at that moment
  Group sales, longest idle first
  1. Amina (1001: no call so far), up to 40 s
  2. Carla (1003: no call so far), after 20 s, up to 20 s
  -  Bojan (1002: no call so far) is skipped: on a call
  Group night, as listed
  -  Bojan (1002) is skipped: on a call

If nobody takes it, it goes on
  to group night, after “One moment.”: nobody can be rung; Bojan skipped: on a call
  to the outside number +38164123456
  by the settings other: ring
  to group night: nobody can be rung; Bojan skipped: on a call
"""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--to", "700", "--at", "2026-11-23 10:00", "--busy", "bojan"), OPEN.splitlines()),
        (("--to", "700", "--at", "2026-11-24 14:00"), [
            "A call to 700 on Tuesday 2026-11-24 14:00 (Europe/Belgrade) rings Bojan of night, by "
            "the settings other, then Amina directly.",
        ]),
        (("--to", "700", "--at", "2026-11-24 15:00"), [
            "A call to 700 on Tuesday 2026-11-24 15:00 (Europe/Belgrade) rings Amina directly; "
            "settings other: closed.",
        ]),
        (("--to", "700", "--at", "2026-12-25 10:00"), [
            "A call to 700 on Friday 2026-12-25 10:00 (Europe/Belgrade) finds office closed for a "
            "holiday: Christmas.",
            "It opens on Monday 2026-12-28 09:00.",
            "  then, because it is closed: “Merry Christmas, we open on Monday at nine.”",
            "Then it goes on", "  to group night: Bojan (1002)",
        ]),
        (("--to", "700", "--at", "2039-12-24 17:00"), [
            "It opens on Monday 2039-12-26 09:00.",
            "  then, because it is closed: “We are closed and open again on Monday at nine.”",
        ]),
        (("--to", "700", "--at", "2039-12-25 00:00"), [
            "A call to 700 on Sunday 2039-12-25 00:00 (Europe/Belgrade) finds office closed for a "
            "holiday: Christmas.",
        ]),
        (("--to", "700", "--at", "2026-11-24 12:59:59"), [
            "A call to 700 on Tuesday 2026-11-24 12:59 (Europe/Belgrade) finds office closed by "
            "an override until Tuesday 2026-11-24 13:00, set by amina.",
            "It opens on Tuesday 2026-11-24 13:00.",
            "  then, because it is closed: “We are closed and open again today at one in the "
            "afternoon.”",
        ]),
        (("--to", "00381111234501", "--at", "2026-12-25 3:00"), [
            "A call to 00381111234501 on Friday 2026-12-25 03:00 (Europe/Belgrade) rings Amina "
            "directly.",
            "  Number 00381111234501 is Amina's own (configuration VERSION).",
        ]),
    ],
    ids=[
        "groups, waves and what follows", "by other settings", "by other settings, closed",
        "a holiday, in words", "years ahead",
        "a holiday years ahead", "an override", "dialled directly",
    ],
)  # fmt: skip
def test_everything_that_can_decide(
    file: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], says: list[str]
) -> None:
    file.write_text(BIG)
    asked = Asked(capsys, *arguments)
    lines = asked.out.replace(load_file(file).table.version, "VERSION").splitlines()
    assert (asked.code, asked.err) == (0, "")
    assert [line for line in says if line not in lines] == []


CHAIN = (
    BIG
    + """\
  chain:
    numbers: ["702"]
    agent_busy_message: All are busy.
    agent_unavailable_message: Nobody is there.
    follow_on: {agent: amina}
    call_handling_schedule:
      - {days: [Monday], from_time: "09:00", to_time: "17:00", agent_group: empty}
      - {days: [Tuesday], from_time: "09:00", to_time: "17:00", agent_group: [empty, night, sales]}
"""
)


@pytest.fixture
def chain(file: Path) -> None:
    file.write_text(CHAIN.replace("  night: {", "  empty: {}\n  night: {"))


@pytest.mark.usefixtures("chain")
def test_what_follows_on_a_closed_office_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Asked(capsys, "--to", "700", "--at", "2026-12-25 10:00").out.splitlines()
    place = lines.index("Then it goes on")
    assert lines[place - 2].startswith("  then, because it is closed: ")
    assert lines[place + 1] == "  to group night: Bojan (1002)"
    assert lines.count("Then it goes on") == 1


@pytest.mark.usefixtures("chain")
def test_an_empty_group_does_not_keep_a_call_from_going_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = ("--to", "702", "--at", "2026-11-23 10:00")
    lines = Asked(capsys, *asked).out.splitlines()
    assert lines[0].endswith("finds nobody: group empty has no members.")
    assert "  to agent amina: Amina (1001)" in lines
    heard = [line for line in lines if line.startswith("  if nobody takes it")]
    assert [line.split(": ")[1] for line in heard] == ["“All are busy.”", "“Nobody is there.”"]
    busy = Asked(capsys, *asked, "--busy", "amina", "--json").json
    assert busy["nobody_answers"]["message"] == "busy"
    assert busy["prompts"]["busy"]["text"] == "All are busy."


@pytest.mark.usefixtures("chain")
def test_who_rings_in_one_group_is_not_skipped_in_the_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = Asked(capsys, "--to", "702", "--at", "2026-11-24 10:00", "--busy", "1003").out
    assert lines.splitlines()[0].endswith(
        "rings Bojan of night, then Amina and Bojan of sales one after another; "
        "Carla skipped: on a call."
    )
    assert "  Group empty, as listed\n  -  nobody is in this group\n" in lines
