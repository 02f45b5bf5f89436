"""Why a call went where it went: the one sentence for every kind of call, and `callrouter why`."""

import json
from dataclasses import replace
from typing import Any

import pytest

from callrouter.call_record import Attempt, CallRecord, record_of
from callrouter.cli import main
from callrouter.commands.terminal import visible
from callrouter.commands.why import why_json, why_lines
from callrouter.commands.why_words import sentence
from callrouter.db.engine import make_engine
from callrouter.db.queries import StoredCall
from callrouter.facts import (
    Disposition,
    Ended,
    Fact,
    FallbackChosen,
    Message,
    Outcome,
    Party,
    Routed,
    Stage,
)
from tests.conftest import run_now
from tests.db.sample_calls import (
    abandoned,
    answered,
    arrived,
    at,
    call_id,
    followed_on,
    greeted,
    rejected,
    unavailable,
)
from tests.db.stored import store

RECORD = CallRecord(
    entity_id="a",
    channel_id="1.1",
    direction="incoming",
    number="700",
    caller_number="+38164",
    caller_name="",
    arrived_at=at(0),
    settings="office",
    decision="ring",
    agent_group="sales",
    timezone="Europe/Belgrade",
    schedule_row="Monday 09:00-17:00",
)


def rung(name: str, outcome: Outcome | None, group: str = "sales") -> Attempt:
    return Attempt(1, name.lower(), "1001", at(1), outcome, name=name, agent_group=group)


def skipped(name: str, detail: str, group: str = "sales") -> Attempt:
    return replace(rung(name, Outcome.SKIPPED, group), detail=detail, skip_reason="paused")


CARLA = skipped("Carla", "on a call since 10:31")
NO_ANSWER, BUSY = Outcome.NO_ANSWER, Outcome.BUSY
OUTSIDE = Attempt(1, "+38164", "", at(1), Outcome.ANSWERED)


@pytest.mark.parametrize(
    ("attempts", "said", "expected"),
    [
        ((rung("Amina", None), rung("Bojan", None), CARLA), {},
         "Rang Amina and Bojan of sales (Monday 09:00-17:00); Carla skipped: on a call since "
         "10:31."),
        ((), {"decision": None}, "It has just arrived."),
        ((), {}, "Nobody was rung (Monday 09:00-17:00)."),
        ((CARLA,), {},
         "Nobody of sales could be rung (Monday 09:00-17:00); Carla skipped: on a call since "
         "10:31."),
        ((rung("Amina", Outcome.ANSWERED), CARLA),
         {"agent": "amina", "agent_answered_at": at(6), "disposition": Disposition.ANSWERED},
         "Amina of sales answered after 6 s (Monday 09:00-17:00); Carla skipped: on a call since "
         "10:31."),
        ((rung("Amina", Outcome.ANSWERED),), {"agent": "amina", "agent_answered_at": at(88)},
         "Amina of sales answered after 1 min 28 s (Monday 09:00-17:00)."),
        ((), {"agent": "amina", "agent_answered_at": at(6)},
         "amina answered after 6 s (Monday 09:00-17:00)."),
        ((rung("Amina", BUSY), rung("Bojan", Outcome.ANSWERED_ELSEWHERE),
          rung("Carla", Outcome.ANSWERED)), {"agent": "carla", "agent_answered_at": at(6)},
         "Carla of sales answered after 6 s (Monday 09:00-17:00); Amina was busy; Bojan rang too."),
        ((rung("Amina", Outcome.ANSWERED, ""),),
         {"agent": "amina", "agent_answered_at": at(6), "schedule_row": None, "agent_group": None},
         "Amina answered after 6 s (dialled directly)."),
        ((rung("Amina", NO_ANSWER), OUTSIDE),
         {"agent": "+38164", "agent_answered_at": at(30), "disposition": Disposition.ANSWERED},
         "The outside number +38164 answered after 30 s (Monday 09:00-17:00); Amina did not "
         "answer."),
        ((rung("Amina", BUSY), rung("Bojan", BUSY), rung("Carla", NO_ANSWER)),
         {"disposition": Disposition.BUSY, "message": Message.BUSY},
         "Rang Amina, Bojan and Carla of sales (Monday 09:00-17:00); Amina and Bojan were busy; "
         "Carla did not answer; then the busy message."),
        ((rung("Amina", NO_ANSWER), rung("Bojan", NO_ANSWER), rung("Bojan", NO_ANSWER, "night")),
         {"disposition": Disposition.UNAVAILABLE, "message": Message.UNAVAILABLE},
         "Rang Amina and Bojan of sales, then Bojan of night (Monday 09:00-17:00); nobody "
         "answered; then the unavailable message."),
        ((skipped("Amina", "paused"), skipped("Amina", "paused", "night")),
         {"disposition": Disposition.UNAVAILABLE},
         "Nobody of sales and night could be rung (Monday 09:00-17:00); Amina skipped: paused; "
         "then no message."),
        ((), {"decision": "unavailable", "disposition": Disposition.UNAVAILABLE},
         "Group sales has no members (Monday 09:00-17:00); then no message."),
        ((), {"disposition": Disposition.CLOSED, "decision": "closed", "schedule_row": None,
              "message": Message.CLOSED},
         "Closed: no schedule row covers Monday 2026-03-02 09:00:00 in Europe/Belgrade "
         "(UTC+01:00)."),
        ((), {"disposition": Disposition.CLOSED, "decision": "closed", "schedule_row": None,
              "holiday": "Christmas"}, "Closed: it is a holiday, Christmas."),
        ((), {"disposition": Disposition.CLOSED, "decision": "closed", "schedule_row": None,
              "override": "Override: closed until Tuesday 2026-03-03 10:00, set by amina (party)"},
         "Closed by an override until Tuesday 2026-03-03 10:00, set by amina (party)."),
        ((rung("Amina", NO_ANSWER, "night"),),
         {"disposition": Disposition.CLOSED, "decision": "closed", "schedule_row": None,
          "holiday": "Christmas"},
         "Closed: it is a holiday, Christmas; rang Amina of night; nobody answered."),
        ((rung("Amina", Outcome.ANSWERED, "night"),),
         {"agent": "amina", "agent_answered_at": at(6), "decision": "closed",
          "schedule_row": None, "holiday": "Christmas", "disposition": Disposition.ANSWERED},
         "Amina of night answered after 6 s (closed: it is a holiday, Christmas)."),
        ((), {"disposition": None, "decision": "closed", "schedule_row": None, "timezone": None},
         "Closed: no schedule row covers this time."),
        ((rung("Amina", Outcome.CALLER_LEFT), CARLA),
         {"disposition": Disposition.ABANDONED, "left_during": Stage.RINGING, "ended_at": at(9),
          "hung_up_by": Party.CALLER},
         "The caller left after 9 s while agents were ringing; rang Amina of sales "
         "(Monday 09:00-17:00); Carla skipped: on a call since 10:31."),
        ((), {"disposition": Disposition.ABANDONED, "ended_at": at(2)},
         "The caller left after 2 s at an unknown moment."),
        ((), {"disposition": Disposition.REJECTED, "decision": "unknown_number"},
         "Refused: nobody has the number 700."),
        ((rung("Amina", Outcome.FAILED),),
         {"disposition": Disposition.INTERRUPTED, "error": "the router died."},
         "Our knowledge of it was cut: the router died; rang Amina of sales "
         "(Monday 09:00-17:00)."),
        ((), {"disposition": Disposition.FAILED}, "It failed: no reason known."),
        ((rung("Amina", NO_ANSWER),), {"holiday": "Party", "schedule_row": None},
         "Rang Amina of sales (holiday Party); nobody answered."),
        ((rung("Amina", NO_ANSWER),), {"override": "Override: open, set by carla"},
         "Rang Amina of sales (override: open, set by carla); nobody answered."),
        ((rung("Amina", NO_ANSWER),), {"timezone": None, "schedule_row": None},
         "Rang Amina of sales; nobody answered."),
        ((Attempt(1, "dina", "1003", at(1), Outcome.SKIPPED, "on_call"),), {"timezone": None,
          "schedule_row": None}, "Nobody could be rung; dina skipped: on call."),
    ],
    ids=[
        "ringing", "just arrived", "nobody yet", "all skipped", "answered", "answered late",
        "answered, and the attempt is not known", "answered; the others", "dialled directly",
        "an outside number", "busy", "nobody answered, in two groups", "skipped in two groups",
        "an empty group", "closed", "closed on a holiday", "closed by an override",
        "closed, and nobody answered then", "closed, and somebody answered then",
        "closed, of which little is known", "left", "left somewhere", "an unknown number",
        "interrupted", "failed", "on duty on a holiday", "open by an override",
        "a record of an older version", "an older version's skipped agent",
    ],
)  # fmt: skip
def test_the_sentence(attempts: tuple[Attempt, ...], said: dict[str, Any], expected: str) -> None:
    assert sentence(replace(RECORD, attempts=attempts, **said)) == expected


def stored_call(facts: list[Fact]) -> StoredCall:
    return StoredCall(call_id(1), record_of(facts), tuple(facts))


def text(call: StoredCall) -> str:
    return "".join(f"{line}\n" for line in why_lines(call))


ANSWERED = """\
Bojan Ilić of sales answered after 28 s (Monday 09:00-17:00); Amina Haddad did not answer; \
Dina Kos skipped: on a call since 08:51.

Call      00000001-0000-0000-0000-000000000007 from +381641234567 Jelena Petrović
Number    700
Settings  head-office, configuration 5f3a9c1e
Time      Monday 2026-03-02 09:00:00 in Europe/Belgrade (UTC+01:00)
On duty   row Monday 09:00-17:00
End       the caller hung up during the talk

Group sales: Sequential, fewest calls
  #   AGENT                SORTED BY      WHAT HAPPENED
  1.  Dina Kos (1003)      0 calls today  skipped: on a call since 08:51
  2.  Amina Haddad (1001)  0 calls today  no answer after 20.0 s
  3.  Bojan Ilić (1002)    1 call today   answered after 4.7 s
  -   emir                 2 calls today  had no turn

Why
  700 belongs to head-office.
  Monday 09:00-17:00 is on duty: sales.
  Group sales, Sequential, fewest calls: dina (0 calls today), amina (0 calls today), \
bojan (1 call today), emir (2 calls today).
"""


def test_why_a_call_was_answered() -> None:
    assert text(stored_call(answered())) == ANSWERED


FOLLOWED_ON = """
Nobody of sales took the call. The call goes on to the settings night
  night: ring
Group on-call: Simultaneous, listed
  #   AGENT              SORTED BY  WHAT HAPPENED
  1.  Bojan Ilić (1002)             answered after 4.7 s
"""


def test_why_a_call_followed_on() -> None:
    shown = text(stored_call(followed_on()))
    assert FOLLOWED_ON in shown
    assert shown.startswith("Bojan Ilić of on-call answered after 28 s (Monday 09:00-17:00); ")


def test_the_rule_that_chose_the_message() -> None:
    shown = text(stored_call(unavailable()))
    assert "\nAt last: Nobody answered, and no agent of sales was on a call.\n" in shown


def test_a_closed_call() -> None:
    facts: list[Fact] = [
        arrived(),
        Routed(at=at(0.1), decision="closed", version="v", settings="s", timezone="UTC",
               holiday="Christmas", trace=("It is a holiday.",)),
        FallbackChosen(at=at(1), disposition=Disposition.CLOSED, rule="Closed: closed message.",
                       message=Message.CLOSED),
        Ended(at=at(5)),
    ]  # fmt: skip
    lines = text(stored_call(facts)).splitlines()
    assert lines[0] == "Closed: it is a holiday, Christmas."
    assert "On duty   holiday Christmas" in lines
    assert "At last: Closed: closed message." in lines


REFUSED = """\
Refused: nobody has the number 799.

Call      00000001-0000-0000-0000-000000000007 from anonymous
Number    799
Time      Monday 2026-03-02 08:00:00 in UTC (UTC+00:00)
End       callrouter hung up on arrival

At last: No settings list 799.

Why
  No settings list 799.
  No settings list 799.
"""


def test_a_refused_call() -> None:
    assert text(stored_call(rejected())) == REFUSED


def test_a_call_in_progress() -> None:
    lines = text(stored_call(greeted())).splitlines()
    assert lines[0] == "Nobody was rung (Monday 09:00-17:00)."
    assert "On duty   row Monday 09:00-17:00" in lines


def test_without_facts_the_attempts_are_there_all_the_same() -> None:
    call = replace(stored_call(answered()), facts=())
    assert "  3.  Bojan Ilić (1002)    1 call today   answered after 4.7 s" in text(call)


def test_why_for_programs() -> None:
    answer = why_json(stored_call(followed_on()))
    first, second = answer["tried"]
    assert (first["agent_group"], first["order"], first["follow_on"]) == (
        "sales", "fewest_calls", None,
    )  # fmt: skip
    assert [(a["agent"], a["sorted_by"], a["outcome"]) for a in first["agents"]] == [
        ("dina", "0 calls today", "skipped"), ("amina", "0 calls today", "no_answer"),
    ]  # fmt: skip
    assert [each["agent"] for each in first["not_reached"]] == ["bojan", "emir"]
    assert (second["settings"], second["decision"], second["agent_group"]) == (
        "night", "ring", "on-call",
    )  # fmt: skip
    assert second["follow_on"]["target"] == "the settings night"


EVIL = "7\x1b[2J\x9b1m\u202e\u2028\x7f\n"


@pytest.mark.postgres
def test_no_caller_commands_the_terminal(
    capsys: pytest.CaptureFixture[str], postgres_url: str
) -> None:
    facts = [arrived(number=EVIL, caller=EVIL, name=EVIL), *rejected()[1:]]
    database = filled(postgres_url, facts)
    capsys.readouterr()
    for form in ([], ["--json"]):
        assert main(["why", "last", *form, "--database", database]) == 0
        for line in capsys.readouterr().out.removesuffix("\n").split("\n"):
            assert visible(line) == line


def filled(url: str, *calls: list[Fact]) -> str:
    """A database with these calls, from the number 1 on."""
    assert main(["migrate", "--database", url]) == 0

    async def fill() -> None:
        engine = make_engine(url)
        for number, facts in enumerate(calls, 1):
            await store(engine, call_id(number), facts)
        await engine.dispose()

    run_now(fill())
    return url


@pytest.mark.postgres
def test_the_command(capsys: pytest.CaptureFixture[str], postgres_url: str) -> None:
    empty = filled(postgres_url)
    capsys.readouterr()
    assert main(["why", "last", "--database", empty]) == 1
    assert capsys.readouterr().err == "callrouter: there are no calls\n"
    database = filled(postgres_url, answered(), abandoned(), greeted())
    capsys.readouterr()
    assert main(["why", "00000001", "--database", database]) == 0
    assert capsys.readouterr().out == ANSWERED
    assert main(["why", "last", "--database", database, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["id"] == str(call_id(1)), "of calls that came at once, the first id"
    assert answer["local_time"] == "2026-03-02T09:00:00+01:00"
    assert answer["arrived_at"] == "2026-03-02T08:00:00+00:00"
    assert main(["why", "7", "--database", database]) == 1
    assert capsys.readouterr().err == "callrouter: no call's id begins with 7\n"
