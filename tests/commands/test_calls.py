"""What `calls`, `call` and `migrate` print; and that no caller commands the terminal."""

import argparse
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from callrouter.call_record import record_of
from callrouter.cli import main
from callrouter.commands.call import call_lines
from callrouter.commands.calls import log_lines
from callrouter.commands.terminal import cut, table, visible, width
from callrouter.commands.when import point_in_time
from callrouter.db.engine import make_engine
from callrouter.db.queries import StoredCall
from callrouter.db.revision import HEAD
from callrouter.facts import (
    AgentAsked,
    AgentRung,
    Connected,
    Disposition,
    Ended,
    Fact,
    Failed,
    FallbackChosen,
    HungUp,
    Interrupted,
    Party,
    Routed,
    Stage,
)
from tests.conftest import run_now
from tests.db.sample_calls import (
    NINE,
    abandoned,
    answered,
    arrived,
    at,
    call_id,
    first_agent_does_not_answer,
    followed_on,
    greeted,
    rejected,
    unavailable,
)
from tests.db.stored import store


@pytest.fixture(autouse=True)
def _belgrade(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Belgrade")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def stored_call(number: int, facts: list[Fact]) -> StoredCall:
    return StoredCall(call_id(number), record_of(facts), tuple(facts))


def text(lines: list[str]) -> str:
    return "\n" + "\n".join(lines) + "\n"


LOG = """
DATE        TIME      FROM                           TO   SETTINGS     GROUP    STATUS       WAITING  TALKING  ANSWERED BY   CALL      ATTEMPTS
2026-03-02  09:00:00  +381641234567 Jelena Petrović  700  head-office  sales    talking      0:28     1:32…    bojan (1002)  00000005  dina skipped (on call) → amina no answer 20s → bojan answered
2026-03-02  09:00:00  +381641234567 Jelena Petrović  700  head-office  sales    ringing      2:00…                           00000006  dina skipped (on call) → amina ringing
2026-03-02  09:00:00  +381641234567 Jelena Petrović  700  head-office  sales    answered     0:28     1:30     bojan (1002)  00000001  dina skipped (on call) → amina no answer 20s → bojan answered
2026-03-02  09:00:00  +381641234567 Jelena Petrović  700  head-office  on-call  answered     0:28     1:30     bojan (1002)  00000007  dina skipped (on call) → amina no answer 20s → bojan answered
2026-03-02  09:00:00  +381641234567 Jelena Petrović  700  head-office  sales    abandoned    0:09                            00000002  dina skipped (on call) → amina caller left 6s
2026-03-02  09:00:00  +381641234567 Jelena Petrović  700  head-office  sales    unavailable  0:26                            00000003  dina skipped (on call) → amina no answer 20s
2026-03-02  09:00:00  anonymous                      799                        rejected     0:00                            00000004
"""  # noqa: E501


def test_the_log_as_a_table() -> None:
    calls = [
        stored_call(5, answered()[:-2]),
        stored_call(6, first_agent_does_not_answer()[:-1]),
        stored_call(1, answered()),
        stored_call(7, followed_on()),
        stored_call(2, abandoned()),
        stored_call(3, unavailable()),
        stored_call(4, rejected()),
    ]
    assert text(log_lines(calls, now=at(120), terminal=False)) == LOG


def test_on_a_terminal_the_status_has_symbol_and_colour() -> None:
    head, row = log_lines([stored_call(1, answered())], now=at(120), terminal=True)
    assert "\x1b[32m✓ answered\x1b[0m" in row
    plain = row.replace("\x1b[32m", "").replace("\x1b[0m", "")
    assert plain.index("0:28") == head.index("WAITING")


def test_an_empty_log_says_so() -> None:
    assert log_lines([], now=NINE, terminal=True) == ["No calls."]


STORY = """
Call 00000001-0000-0000-0000-000000000007: answered
Monday, 2026-03-02 09:00:00 CET: +381641234567 Jelena Petrović called 700 (head-office).
bojan (1002) answered after 0:28; they talked for 1:30. The caller hung up.
Why: Bojan Ilić of sales answered after 28 s (Monday 09:00-17:00); Amina Haddad did not answer; \
Dina Kos skipped: on a call since 08:51.

Timeline (seconds since the arrival)
   +0.000  arrived on 700 from +381641234567 (Jelena Petrović)
   +0.001  routed: ring: head-office, sales (configuration 5f3a9c1e)
   +0.002  callrouter answers the call
   +0.050  the caller hears the greeting
   +3.200  the greeting ends
   +3.201  the caller hears ringing
   +3.205  group sales, Sequential, fewest calls: dina, amina, bojan, emir
   +3.210  dina (1003) is skipped: on a call since 08:51
   +3.220  amina (1001) is called on PJSIP/1001
   +3.400  amina (1001): the phone rings
  +23.220  amina (1001): no answer (cause 19)
  +23.300  bojan (1002) is called on PJSIP/1002
  +23.500  bojan (1002): the phone rings
  +28.000  bojan (1002) answers
  +28.100  bojan (1002) and the caller hear each other
 +118.300  the caller hangs up during the talk (cause 16)
 +118.400  ended; nothing of the call is left

Attempts
  #   AGENT         OUTCOME            TIME
  1.  dina (1003)   skipped (on call)
  2.  amina (1001)  no answer          20.0 s
  3.  bojan (1002)  answered           4.7 s

Why
  700 belongs to head-office.
  Monday 09:00-17:00 is on duty: sales.
  Group sales, Sequential, fewest calls: dina (0 calls today), amina (0 calls today), \
bojan (1 call today), emir (2 calls today).
"""


def test_the_story_of_a_call() -> None:
    assert text(call_lines(stored_call(1, answered()), now=at(500), terminal=False)) == STORY


def test_the_timeline_of_a_call_that_follows_on_and_must_be_confirmed() -> None:
    facts = followed_on()
    asked = AgentAsked(at=at(27.5), agent="bojan", phone="PJSIP/+38164@provider")
    facts.insert(-4, asked)
    lines = call_lines(stored_call(1, facts), now=at(500), terminal=False)
    for line in (
        "  +23.300  Nobody of sales took the call. The call goes on to the settings night",
        "  +23.310  routed: ring: night, on-call (configuration 5f3a9c1e)",
        "  +23.320  group on-call, Simultaneous, listed: bojan",
        "  +27.500  bojan (1002) is asked on PJSIP/+38164@provider to press a key",
    ):
        assert line in lines


INTERRUPTED = [
    *greeted(),
    Interrupted(at=at(60), reason="the router died during the call"),
    Ended(at=at(60)),
]


def closed(holiday: str | None = None, override: str | None = None) -> list[Fact]:
    return [
        arrived(),
        Routed(
            at=at(0.1),
            decision="closed",
            version="v",
            settings="s",
            timezone="UTC",
            holiday=holiday,
            override=override,
        ),
        FallbackChosen(at=at(1), disposition=Disposition.CLOSED, rule="Closed.", message=None),
        Ended(at=at(5)),
    ]


FAILED = [*greeted(), Failed(at=at(4), error="ARI went away"), Ended(at=at(4.1))]


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (
            abandoned(),
            "The caller left while agents were ringing, after 0:09, before an agent answered.",
        ),
        (
            unavailable(),
            "Nobody took the call. The caller was to hear “nobody can take your call”."
            " Callrouter hung up.",
        ),
        (closed(), "It came outside the hours of the schedule."),
        (closed(holiday="Christmas"), "It came on a holiday, Christmas."),
        (closed(override="Override: closed, set by amina"), "An override had closed."),
        (rejected(), "It was refused."),
        (INTERRUPTED, "Our knowledge of it was cut: the router died during the call."),
        (FAILED, "It failed: ARI went away."),
        (greeted(), "It is in progress; the caller has been waiting for 2:00."),
        (
            answered()[:-2],
            "It is in progress; bojan (1002) answered after 0:28 and has talked for 1:32.",
        ),
    ],
    ids=[
        *("abandoned", "unavailable", "outside the hours", "a holiday", "an override"),
        *("rejected", "interrupted", "failed", "waiting", "talking"),
    ],
)
def test_what_happened_in_a_sentence(facts: list[Fact], sentence: str) -> None:
    lines = call_lines(stored_call(1, facts), now=at(120), terminal=False)
    assert lines[2] == sentence


EVIL = "a\x1b[2J\x9b1m\u202eb\n\t\x07\x7f\u2028\ud800\0"


def test_no_caller_commands_the_terminal() -> None:
    facts: list[Fact] = [
        arrived(number=EVIL, caller=EVIL, name=EVIL),
        AgentRung(at=at(1), agent=EVIL, extension=EVIL, phones=(EVIL,)),
        Connected(at=at(2), agent=EVIL),
        HungUp(at=at(3), by=Party.AGENT, stage=Stage.TALK),
        Failed(at=at(3), error=EVIL),
        Ended(at=at(4)),
    ]
    call = stored_call(1, facts)
    shown = log_lines([call], now=at(9), terminal=False)
    shown += call_lines(call, now=at(9), terminal=False)
    for line in shown:
        assert visible(line) == line
    assert r"a\x1b[2J\x9b1m\u202eb\n\t\x07\x7f\u2028\ud800\x00" in "\n".join(shown)


def test_letters_of_all_scripts_stay() -> None:
    for name in ("Ђорђе Ћирић", "أمينة حداد", "王小明", "Zoë", "नमस्ते", "O'Neill 😀"):
        assert visible(name) == name
    assert visible("no\u00a0break") == "no break"


def test_columns_stand_straight_in_all_scripts() -> None:
    assert (width("王小明"), width("Zoe\u0308"), width("ab")) == (6, 3, 2)
    assert cut("王小明", 5) == "王小…"
    assert cut("Jelena Petrović", 8) == "Jelena …"
    assert cut("short", 8) == "short"
    rows = table(("A", "B"), [("王", "1"), ("abc", "2")])
    assert rows == ["A    B", "王   1", "abc  2"]


NOW = datetime(2026, 3, 29, 10, 30, tzinfo=UTC)  # in Belgrade clocks went forward at 02:00


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("today", "2026-03-29T00:00:00+01:00"),
        ("yesterday", "2026-03-28T00:00:00+01:00"),
        ("2h", "2026-03-29T10:30:00+02:00"),
        ("30m", "2026-03-29T12:00:00+02:00"),
        ("7d", "2026-03-22T11:30:00+01:00"),
        ("9:15", "2026-03-29T09:15:00+02:00"),
        ("2026-03-02", "2026-03-02T00:00:00+01:00"),
        ("2026-03-30 14:00", "2026-03-30T14:00:00+02:00"),
        ("2026-03-02T14:00:05", "2026-03-02T14:00:05+01:00"),
        ("2026-03-02T14:00Z", "2026-03-02T14:00:00+00:00"),
        ("2026-03-02T14:00+05:30", "2026-03-02T14:00:00+05:30"),
    ],
)
def test_points_in_time(written: str, meant: str) -> None:
    moment = point_in_time(written, NOW)
    assert moment == datetime.fromisoformat(meant)
    assert moment.tzinfo is not None


@pytest.mark.parametrize("written", ["", "soon", "25:00", "2026-02-30", "9" * 20 + "d", "-1d"])
def test_no_point_in_time(written: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is not a point in time"):
        point_in_time(written, NOW)


@pytest.fixture
def database(postgres_url: str, capsys: pytest.CaptureFixture[str]) -> str:
    """A database made by `callrouter migrate`, with two calls in it."""
    assert main(["migrate", "--database", postgres_url]) == 0
    said = capsys.readouterr().out
    assert said.endswith(f": at revision {HEAD}.\n")
    assert "@" not in said

    async def fill() -> None:
        engine = make_engine(postgres_url)
        await store(engine, call_id(1), answered())
        await store(engine, call_id(2), rejected())
        await engine.dispose()

    run_now(fill())
    return postgres_url


def printed(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    assert main(command) == 0
    return capsys.readouterr().out


@pytest.mark.postgres
def test_calls_from_the_database(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "calls", "--database", database).splitlines()
    assert [line.split()[0] for line in lines] == ["DATE", "2026-03-02", "2026-03-02"]
    assert printed(capsys, "calls", "--since", "2h", "--database", database) == "No calls.\n"
    since = ("calls", "--since", "2026-03-02", "--until", "2026-03-03", "--database", database)
    assert len(printed(capsys, *since).splitlines()) == 3
    assert main([*since, "--limit", "1"]) == 0
    both = capsys.readouterr()
    assert len(both.out.splitlines()) == 2
    assert both.err == (
        "Times are this computer's: CET (UTC+01:00).\nOlder calls are not shown: --limit 2\n"
    )


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("arguments", "numbers"),
    [
        (("--number", "799"), [2]),
        (("--number", "7"), []),
        (("--from", "+381 64 123-4567"), [3, 1]),
        (("--from", "00381641234567"), [3, 1]),
        (("--status", "answered"), [1]),
        (("--status", "rejected", "--status", "answered"), [1, 2]),
        (("--status", "live"), [3]),
        (("--status", "live", "--status", "rejected"), [3, 2]),
        (("--agent", "bojan"), [1]),
        (("--agent", "1002", "--status", "answered"), [1]),
        (("--agent", "amina"), []),
        (("--group", "sales"), [3, 1]),
        (("--group", "sales", "--number", "700", "--since", "2026-03-03"), [3]),
        (("--status", "answered", "--until", "2026-03-02"), []),
        (("--direction", "outgoing"), []),
        (("--settings", "head-office", "--direction", "incoming"), [3, 1]),
        (("--settings-version", "no-such"), []),
        (("--text", "petrović", "--status", "answered"), [1]),
        (("--waiting", "20s..0.5m"), [1]),
        (("--waiting", "..10"), [2]),
        (("--talking", "1m..", "--waiting", "..1h"), [1]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_filters(
    database: str,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    numbers: list[int],
) -> None:
    """Call 1 was answered by Bojan, 2 refused, and 3 is in progress."""

    async def ring() -> None:
        engine = make_engine(database)
        await store(engine, call_id(3), first_agent_does_not_answer())
        await engine.dispose()

    run_now(ring())
    found = json.loads(printed(capsys, "calls", *arguments, "--json", "--database", database))
    assert [int(call["id"][:8]) for call in found] == numbers


@pytest.mark.parametrize("written", ["0", "-1", "abc", "1.5", ""])
def test_a_limit_that_is_no_number(written: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["calls", f"--limit={written}"])
    assert f"{written!r} is not a number of calls, 1 or more" in capsys.readouterr().err


@pytest.mark.parametrize("written", ["10", "..", "2m..1m", "a..b", "-1..2", "nan..", "..inf"])
def test_a_span_that_is_none(written: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["calls", f"--waiting={written}"])
    assert f"{written!r} is no span of time; write one like" in capsys.readouterr().err


@pytest.mark.postgres
def test_calls_as_json(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    calls: list[dict[str, Any]] = json.loads(
        printed(capsys, "calls", "--json", "--database", database)
    )
    call = next(call for call in calls if call["number"] == "700")
    assert call["id"] == str(call_id(1))
    assert call["disposition"] == "answered"
    assert (call["agent_group"], call["schedule_row"], call["holiday"], call["override"]) == (
        "sales", "Monday 09:00-17:00", None, None,
    )  # fmt: skip
    assert call["why"].startswith("Bojan Ilić of sales answered after 28 s (Monday 09:00-17:00)")
    assert call["arrived_at"] == "2026-03-02T08:00:00+00:00"
    assert (call["waiting_seconds"], call["talking_seconds"]) == (28.0, 90.3)
    assert [attempt["outcome"] for attempt in call["attempts"]] == [
        "skipped",
        "no_answer",
        "answered",
    ]
    assert not call["live"]


@pytest.mark.postgres
def test_one_call_from_the_database(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "\n" + printed(capsys, "call", "00000001", "--database", database) == STORY
    call = json.loads(printed(capsys, "call", "00000001", "--json", "--database", database))
    assert call["agent"] == "bojan"
    assert call["facts"][-1] == {
        "seq": 16,
        "kind": "ended",
        "at": "2026-03-02T08:01:58.400000+00:00",
        "left_at": None,
        "seconds": 118.4,
    }
    assert main(["call", "7", "--database", database]) == 1
    assert capsys.readouterr().err == "callrouter: no call's id begins with 7\n"
    assert main(["call", "0", "--database", database]) == 1
    assert str(call_id(2)) in capsys.readouterr().err


@pytest.mark.postgres
def test_migrate_down(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate", "--down", "nonsense", "--database", database]) == 1
    assert "nonsense" in capsys.readouterr().err
    assert "without callrouter's tables" in printed(
        capsys, "migrate", "--down", "base", "--database", database
    )
    assert main(["calls", "--database", database]) == 1
    assert "Run `callrouter migrate`." in capsys.readouterr().err


@pytest.mark.parametrize("command", [["calls"], ["call", "1"], ["why", "last"], ["migrate"]])
def test_without_a_database_one_clear_line(
    command: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLROUTER_DATABASE_URL", "postgresql://ann:sesame@127.0.0.1:1/calls")
    assert main(command) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert said.err.startswith("callrouter: PostgreSQL at 127.0.0.1:1, database calls cannot be")
    assert "sesame" not in said.err
