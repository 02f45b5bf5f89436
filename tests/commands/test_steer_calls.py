"""`callrouter calls end` and `move`, and what the commands say of such calls."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest

from callrouter.call_record import record_of
from callrouter.call_requests import Answer as Said
from callrouter.call_requests import CallRequest, Result
from callrouter.call_timeline import Heard, timeline_of
from callrouter.commands.call_words import status, talked, what_happened
from callrouter.commands.fact_words import timeline
from callrouter.commands.why import why_json, why_lines
from callrouter.commands.why_words import sentence
from callrouter.db import asking
from callrouter.db.call_requests import answer, open_calls, take
from callrouter.db.engine import make_engine, transaction
from callrouter.db.queries import StoredCall
from callrouter.facts import (
    AgentRung,
    AttemptEnded,
    Connected,
    Disposition,
    Ended,
    Fact,
    FallbackChosen,
    HungUp,
    Moved,
    Outcome,
    Party,
    RingingBegan,
    Routed,
    Stage,
    SupervisorEnded,
)
from callrouter.routing.model import Target, TargetKind
from tests.commands.test_live_changes import Ask, ask
from tests.conftest import run_now
from tests.db.sample_calls import answered, arrived, at, call_id
from tests.db.stored import store

__all__ = ["ask"]

LIVE, OVER = call_id(1), call_id(2)


@contextmanager
def router(url: str, says: Said) -> Iterator[list[CallRequest]]:
    """A router that is asked by polling: the command has the thread's only event loop."""
    taken: list[CallRequest] = []
    over = Event()

    async def look() -> None:
        engine = make_engine(url)
        while not over.wait(0.02):
            async with transaction(engine) as connection:
                asked = await take(connection, await open_calls(connection))
                await answer(connection, {each.id: says for each in asked})
                taken.extend(asked)
        await engine.dispose()

    thread = Thread(target=lambda: run_now(look()))
    thread.start()
    try:
        yield taken
    finally:
        over.set()
        thread.join()


@pytest.fixture(autouse=True)
def _calls(request: pytest.FixtureRequest) -> None:
    if "postgres_url" not in request.fixturenames:
        return
    url = request.getfixturevalue("postgres_url")
    request.getfixturevalue("ask")  # the tables

    async def fill() -> None:
        engine = make_engine(url)
        await store(engine, LIVE, [arrived()])
        await store(engine, OVER, answered())
        await engine.dispose()

    run_now(fill())


@pytest.mark.postgres
def test_a_call_is_moved(ask: Ask, postgres_url: str) -> None:
    done = Said(Result.DONE, "The call was moved: Bojan is being rung.")
    with router(postgres_url, done) as taken:
        assert ask("calls", "move", str(LIVE), "--group", "night", "--by", "sofia") == (
            *(0, f"{done.detail}\n", ""),
        )
        assert ask("calls", "move", str(LIVE), "--agent", "1001").code == 0
        assert ask("calls", "move", str(LIVE), "--settings", "Dubai").code == 0
        assert ask("calls", "move", str(LIVE), "--outside", "+381 11 1234", "--json").json == {
            "call": str(LIVE),
            "result": "done",
            "says": done.detail,
        }
    assert [each.target for each in taken] == [
        Target(TargetKind.AGENT_GROUP, "night"),
        Target(TargetKind.AGENT, "amina"),
        Target(TargetKind.SETTINGS, "dubai"),
        Target(TargetKind.OUTSIDE_NUMBER, "+381111234"),
    ]
    assert taken[0].by == "sofia"


@pytest.mark.postgres
def test_a_call_is_ended_or_was_over(ask: Ask, postgres_url: str) -> None:
    with router(postgres_url, Said(Result.DONE, "The call was ended.")) as taken:
        assert ask("calls", "end", LIVE.hex[:30] + LIVE.hex[30:]).out == "The call was ended.\n"
        over = ask("calls", "end", str(OVER))
    assert (over.code, over.err) == (1, "callrouter: The call is over.\n")
    assert len(taken) == 1
    assert ask("calls", "end", "00ff").code == 1


@pytest.mark.postgres
def test_what_cannot_be(ask: Ask, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no agent group 'x'" in ask("calls", "move", str(LIVE), "--group", "x").err
    assert ask("calls", "move", str(LIVE), "--agent", "x").code == 2
    assert "not allowed" in ask("calls", "move", str(LIVE), "--outside", "+49301").err
    assert ask("calls", "move", str(LIVE)).code == 2
    monkeypatch.setattr(asking, "WAIT_SECONDS", 0.2)
    assert "No router took the request" in ask("calls", "end", str(LIVE)).err
    with router(postgres_url, Said(Result.NOBODY, "Bojan is on a call.")):
        monkeypatch.setattr(asking, "WAIT_SECONDS", 5.0)
        refused = ask("calls", "move", str(LIVE), "--agent", "bojan")
    assert (refused.code, refused.err) == (1, "callrouter: Bojan is on a call.\n")


ROUTED = Routed(
    at=at(0),
    decision="ring",
    version="v",
    settings="office",
    agent_group="sales",
    schedule_row="Monday 09:00-17:00",
    timezone="Europe/Belgrade",
)


def rung(agent: str, seconds: float, group: str = "") -> AgentRung:
    return AgentRung(
        at=at(seconds),
        agent=agent,
        extension="1",
        name=agent.capitalize(),
        phones=("PJSIP/1",),
        agent_group=group,
    )


def moved(seconds: float, stage: Stage = Stage.TALK) -> Moved:
    return Moved(at=at(seconds), by="sofia", target="group night", stage=stage)


def hung_up(seconds: float, by: Party, stage: Stage) -> HungUp:
    return HungUp(at=at(seconds), by=by, stage=stage)


BY_SOFIA: list[Fact] = [
    SupervisorEnded(at=at(20), by="sofia"),
    hung_up(20, Party.SUPERVISOR, Stage.RINGING),
]
CANCELLED = AttemptEnded(at=at(20), agent="amina", outcome=Outcome.CANCELLED)
TALK: list[Fact] = [
    arrived(),
    ROUTED,
    rung("amina", 1, "sales"),
    Connected(at=at(5), agent="amina"),
]
ON = [moved(10), rung("carla", 11, "night")]


@pytest.mark.parametrize(
    ("facts", "word", "happened", "why"),
    [
        (
            [*TALK, *ON],
            "ringing",
            "It is in progress; an agent answered after 0:05, they have talked for 0:05, nobody"
            " talks with him now. sofia moved it to group night.",
            "Amina of sales answered after 5 s (Monday 09:00-17:00);"
            " moved by sofia to group night.",
        ),
        (
            [*TALK, *ON, Connected(at=at(15), agent="carla")],
            "talking",
            "It is in progress; an agent answered after 0:05, they have talked for 0:20, carla (1)"
            " has him. sofia moved it to group night.",
            "Amina of sales answered after 5 s (Monday 09:00-17:00);"
            " moved by sofia to group night; then Carla of night answered.",
        ),
        (
            [
                *(*TALK, *ON, Connected(at=at(15), agent="carla")),
                hung_up(25, Party.CALLER, Stage.TALK),
            ],
            "answered",
            "An agent answered after 0:05; they talked for 0:15, carla (1) last."
            " sofia moved it to group night. The caller hung up.",
            "Amina of sales answered after 5 s (Monday 09:00-17:00);"
            " moved by sofia to group night; then Carla of night answered.",
        ),
        (
            [
                *(*TALK, moved(10)),
                FallbackChosen(at=at(20), disposition=Disposition.BUSY, rule="Busy."),
                hung_up(25, Party.CALLROUTER, Stage.MESSAGE),
            ],
            "answered",
            "An agent answered after 0:05; they talked for 0:05, amina (1) last."
            " sofia moved it to group night. Callrouter hung up.",
            "Amina of sales answered after 5 s (Monday 09:00-17:00);"
            " moved by sofia to group night; nobody took it then.",
        ),
        (
            [arrived(), ROUTED, rung("amina", 1, "sales"), *BY_SOFIA, CANCELLED],
            "rejected",
            "sofia ended it while agents were ringing, after 0:20.",
            "Ended by sofia after 20 s while agents were ringing; rang Amina of sales"
            " (Monday 09:00-17:00).",
        ),
        (
            [
                *TALK,
                SupervisorEnded(at=at(9), by="sofia"),
                hung_up(9, Party.SUPERVISOR, Stage.TALK),
            ],
            "answered",
            "amina (1) answered after 0:05; they talked for 0:04. sofia ended it.",
            "Amina of sales answered after 5 s (Monday 09:00-17:00); ended by sofia.",
        ),
        (
            [arrived(), ROUTED, moved(1, Stage.GREETING)],
            "waiting",
            "It is in progress; the caller has been waiting for 0:30."
            " sofia moved it to group night.",
            "Nobody was rung (Monday 09:00-17:00); moved by sofia to group night.",
        ),
    ],
    ids=[
        *("moved, ringing", "moved, talking", "moved, answered", "moved, nobody took it"),
        *("ended while it rang", "ended in the talk", "moved while waiting"),
    ],
)
def test_what_is_said_of_such_a_call(facts: list[Fact], word: str, happened: str, why: str) -> None:
    ended = any(isinstance(fact, HungUp) for fact in facts)
    record = record_of([*facts, Ended(at=facts[-1].at)] if ended else facts)
    assert status(record).word == word
    assert what_happened(record, at(30)) == happened
    assert sentence(record) == why
    if not ended and record.agent is not None:
        assert talked(record, at(30)) == pytest.approx(5 if record.talking_since is None else 20)


def test_why_tells_what_was_tried_after_a_move_by_itself() -> None:
    facts = [*TALK, moved(10), rung("carla", 11), moved(12, Stage.RINGING), rung("bojan", 13)]
    call = StoredCall(LIVE, record_of(facts), tuple(facts))
    tried = why_json(call)["tried"]
    assert [[agent["agent"] for agent in each["agents"]] for each in tried] == [
        *(["amina"], ["carla"], ["bojan"])
    ]
    moves = {"target": "group night", "rule": "sofia moved the call."}
    assert [each["follow_on"] for each in tried] == [None, moves, moves]
    assert "sofia moved the call. The call goes on to group night" in list(why_lines(call))


def test_a_caller_whose_call_is_moved_while_it_rings_hears_it_ring_on() -> None:
    facts: list[Fact] = [arrived(), ROUTED, RingingBegan(at=at(1)), moved(10, Stage.RINGING)]
    facts += [Connected(at=at(15), agent="carla"), moved(20), Ended(at=at(30))]
    told = timeline_of(record_of(facts), facts, at(30))
    heard = [(part.heard, part.start, part.end) for part in told.heard]
    assert heard == [(Heard.RINGING, 1.0, 15.0), (Heard.TALK, 15.0, 20.0)]


def test_the_timeline_says_who_did_it() -> None:
    lines = timeline([*TALK, moved(10), *BY_SOFIA])
    assert lines[-3:] == [
        "  +10.000  sofia moves the call during the talk to group night",
        "  +20.000  sofia ends the call",
        "  +20.000  a supervisor hangs up while agents were ringing",
    ]
