"""What each fact does to a call's record, and how each kind of call counts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from callrouter.call_record import Attempt, CallRecord, record_of
from callrouter.facts import (
    AgentAnswered,
    AgentAsked,
    AgentRinging,
    AgentRung,
    AgentSkipped,
    AnsweredByUs,
    Arrived,
    AttemptEnded,
    Connected,
    Disposition,
    Ended,
    Fact,
    Failed,
    FallbackChosen,
    FollowedOn,
    GroupLinedUp,
    HungUp,
    Interrupted,
    Message,
    Moved,
    Outcome,
    Party,
    PromptEnded,
    PromptStarted,
    RingingBegan,
    Routed,
    Stage,
    SupervisorEnded,
)

NINE = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NINE + timedelta(seconds=seconds)


ARRIVED = Arrived(
    at=NINE, entity_id="a", channel_id="1.1", number="700", caller_number="+381", caller_name="J"
)
EMPTY = CallRecord(
    entity_id="a",
    channel_id="1.1",
    direction="incoming",
    number="700",
    caller_number="+381",
    caller_name="J",
    arrived_at=NINE,
)


def rung(agent: str, seconds: float) -> AgentRung:
    return AgentRung(at=at(seconds), agent=agent, extension="1" + agent, phones=("PJSIP/1",))


def left(by: Party, stage: Stage, seconds: float, cause: int | None = None) -> HungUp:
    return HungUp(at=at(seconds), by=by, stage=stage, cause=cause)


MOVED = "sofia moved the call to group night."


def moved(seconds: float, stage: Stage) -> Moved:
    return Moved(at=at(seconds), by="sofia", target="group night", stage=stage)


def chosen(disposition: Disposition, message: Message | None = None) -> FallbackChosen:
    return FallbackChosen(at=at(5), disposition=disposition, rule="The rule.", message=message)


def skipped(agent: str, seconds: float, reason: str) -> AgentSkipped:
    return AgentSkipped(at=at(seconds), agent=agent, extension="1" + agent, reason=reason)


def test_the_record_begins_with_the_arrival() -> None:
    assert record_of([ARRIVED]) == EMPTY
    with pytest.raises(ValueError, match="first fact is its arrival"):
        record_of([])
    with pytest.raises(ValueError, match="first fact is its arrival"):
        record_of([Ended(at=NINE), ARRIVED])


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(
            [Routed(at=at(1), decision="ring", version="v", settings="s", agent_group="g",
                    trace=("One.", "Two."))],
            replace(EMPTY, decision="ring", settings_version="v", settings="s", agent_group="g",
                    trace=("One.", "Two.")),
            id="routed",
        ),
        pytest.param(
            [Routed(at=at(1), decision="ring", version="v", timezone="Europe/Belgrade",
                    schedule_row="Monday 09:00-17:00", holiday="Christmas", override="open"),
             Routed(at=at(9), decision="closed", version="v", settings="s2", timezone="UTC",
                    trace=("More.",))],
            replace(EMPTY, decision="ring", settings_version="v", timezone="Europe/Belgrade",
                    schedule_row="Monday 09:00-17:00", holiday="Christmas", override="open",
                    trace=("More.",)),
            id="what won is said; settings that the call follows on to only say more",
        ),
        pytest.param(
            [
                GroupLinedUp(at=at(2), agent_group="g", call_routing="Sequential",
                             order="longest_idle", agents=("a", "b"),
                             sorted_by=("idle since ten", "no call so far")),
                AgentSkipped(at=at(2), agent="a", extension="1a", reason="on_call", name="Ann",
                             agent_group="g", detail="on a call since 10:31"),
                AgentRung(at=at(3), agent="b", extension="1b", phones=(), name="Bo",
                          agent_group="g"),
                AgentAsked(at=at(4), agent="b", phone="PJSIP/9@trunk"),
                GroupLinedUp(at=at(5), agent_group="h", call_routing="Waves", order="listed",
                             agents=("a",)),
                AgentRung(at=at(5), agent="a", extension="1a", phones=(), agent_group="h",
                          sorted_by="first"),
                GroupLinedUp(at=at(6), agent_group="i", call_routing="Waves", order="listed",
                             agents=()),
                AgentRung(at=at(6), agent="+38164", extension="", phones=("PJSIP/+38164@trunk",)),
            ],
            replace(EMPTY, first_ring_at=at(3), attempts=(
                Attempt(1, "a", "1a", at(2), Outcome.SKIPPED, "on_call", ended_at=at(2),
                        name="Ann", agent_group="g", sorted_by="idle since ten",
                        detail="on a call since 10:31"),
                Attempt(2, "b", "1b", at(3), name="Bo", agent_group="g",
                        sorted_by="no call so far"),
                Attempt(3, "a", "1a", at(5), agent_group="h", sorted_by="first"),
                Attempt(4, "+38164", "", at(6)),
            ), trace=(
                "Group g, Sequential, longest idle: a (idle since ten), b (no call so far).",
                "Group h, Waves, listed: a.",
                "Group i, Waves, listed: nobody.",
            )),
            id="groups in line: the order and the value of each member, rung or skipped",
        ),
        pytest.param(
            [FollowedOn(at=at(5), target="group night", rule="Nobody of g answered.")],
            replace(EMPTY, trace=("Nobody of g answered. The call goes on to group night.",)),
            id="followed on",
        ),
        pytest.param(
            [
                FallbackChosen(
                    at=at(1),
                    disposition=Disposition.CLOSED,
                    rule="Closed.",
                    message=Message.CLOSED,
                ),
                FollowedOn(at=at(5), target="group night", rule="It is closed."),
                Connected(at=at(6), agent="amina"),
            ],
            replace(
                EMPTY,
                disposition=Disposition.ANSWERED,
                message=Message.CLOSED,
                agent="amina",
                agent_answered_at=at(6), talking_since=at(6),
                trace=("Closed.", "It is closed. The call goes on to group night."),
            ),
            id="followed on after the closed message, and answered",
        ),
        pytest.param(
            [AnsweredByUs(at=at(1)), AnsweredByUs(at=at(2))],
            replace(EMPTY, answered_at=at(1)),
            id="answered by us: the first counts",
        ),
        pytest.param(
            [
                PromptStarted(at=at(1), message=Message.GREETING),
                PromptEnded(at=at(2), message=Message.GREETING, failure="no such sound"),
                RingingBegan(at=at(3)),
                ARRIVED,
            ],
            EMPTY,
            id="sounds are for the timeline only",
        ),
        pytest.param(
            [skipped("a", 2, "on_call")],
            replace(EMPTY, attempts=(
                Attempt(1, "a", "1a", at(2), Outcome.SKIPPED, "on_call", ended_at=at(2)),
            )),
            id="a skipped agent is an attempt without ringing",
        ),
        pytest.param(
            [rung("a", 2), AgentRinging(at=at(3), agent="a"), AgentRinging(at=at(4), agent="a")],
            replace(EMPTY, first_ring_at=at(2), attempts=(
                Attempt(1, "a", "1a", at(2), ringing_at=at(3)),
            )),
            id="an agent rings",
        ),
        pytest.param(
            [
                rung("a", 2),
                AttemptEnded(at=at(4), agent="a", outcome=Outcome.BUSY, cause=17, sip_status=486),
                rung("b", 5),
            ],
            replace(EMPTY, first_ring_at=at(2), attempts=(
                Attempt(1, "a", "1a", at(2), Outcome.BUSY, None, None, at(4), 17, 486),
                Attempt(2, "b", "1b", at(5)),
            )),
            id="the next agent rings",
        ),
        pytest.param(
            [rung("a", 2), AgentAnswered(at=at(3), agent="a"), Connected(at=at(4), agent="a")],
            replace(EMPTY, first_ring_at=at(2), disposition=Disposition.ANSWERED, agent="a",
                    agent_extension="1a", agent_answered_at=at(3), talking_since=at(3),
                    attempts=(Attempt(1, "a", "1a", at(2), Outcome.ANSWERED, ended_at=at(3)),)),
            id="the answer counts from when the agent picked up",
        ),
        pytest.param(
            [rung("a", 2), AgentAnswered(at=at(3), agent="a"),
             AttemptEnded(at=at(4), agent="a", outcome=Outcome.CALLER_LEFT)],
            replace(EMPTY, first_ring_at=at(2), attempts=(
                Attempt(1, "a", "1a", at(2), Outcome.CALLER_LEFT, ended_at=at(4)),
            )),
            id="an answer that never reached the caller is none",
        ),
        pytest.param(
            [rung("a", 2), AgentAnswered(at=at(3), agent="a"),
             AttemptEnded(at=at(4), agent="a", outcome=Outcome.FAILED),
             rung("a", 5), Connected(at=at(9), agent="a")],
            replace(EMPTY, first_ring_at=at(2), disposition=Disposition.ANSWERED, agent="a",
                    agent_extension="1a", agent_answered_at=at(9), talking_since=at(9),
                    attempts=(
                        Attempt(1, "a", "1a", at(2), Outcome.FAILED, ended_at=at(4)),
                        Attempt(2, "a", "1a", at(5), Outcome.ANSWERED, ended_at=at(9)),
                    )),
            id="an answer to an earlier attempt is not that of a later one",
        ),
        pytest.param(
            [Connected(at=at(4), agent="a"), Connected(at=at(8), agent="b")],
            replace(EMPTY, disposition=Disposition.ANSWERED, agent="a",
                    agent_answered_at=at(4), talking_since=at(4)),
            id="whoever talked first answered, also if his ringing is not known",
        ),
        pytest.param(
            [Routed(at=at(1), decision="ring", version="v", agent_group="g"),
             AgentRung(at=at(2), agent="a", extension="1a", phones=(), agent_group="h"),
             Connected(at=at(4), agent="a")],
            replace(EMPTY, decision="ring", settings_version="v", first_ring_at=at(2),
                    disposition=Disposition.ANSWERED, agent="a", agent_extension="1a",
                    agent_answered_at=at(4), talking_since=at(4), agent_group="h",
                    attempts=(Attempt(1, "a", "1a", at(2), Outcome.ANSWERED, ended_at=at(4),
                                      agent_group="h"),)),
            id="the group is that of the agent who has the call",
        ),
        pytest.param(
            [rung("a", 2), Connected(at=at(4), agent="a"), moved(9, Stage.TALK)],
            replace(EMPTY, first_ring_at=at(2), disposition=Disposition.ANSWERED, agent="a",
                    agent_extension="1a", agent_answered_at=at(4), earlier_talk_seconds=5.0,
                    moved_by="sofia", moved_to="group night", trace=(MOVED,),
                    attempts=(Attempt(1, "a", "1a", at(2), Outcome.ANSWERED, ended_at=at(4),
                                      talk_ended_at=at(9), talking_seconds=5.0),)),
            id="moved while talking: that talk is over, the caller has been answered",
        ),
        pytest.param(
            [rung("a", 2), Connected(at=at(4), agent="a"), moved(9, Stage.TALK), rung("b", 10),
             Connected(at=at(12), agent="b"), left(Party.CALLER, Stage.TALK, 15), Ended(at=at(16))],
            replace(EMPTY, first_ring_at=at(2), disposition=Disposition.ANSWERED, agent="b",
                    agent_extension="1b", agent_answered_at=at(4), talking_since=at(12),
                    earlier_talk_seconds=5.0, moved_by="sofia", moved_to="group night",
                    ended_at=at(15), hung_up_by=Party.CALLER, left_during=Stage.TALK,
                    trace=(MOVED,),
                    attempts=(
                        Attempt(1, "a", "1a", at(2), Outcome.ANSWERED, ended_at=at(4),
                                talk_ended_at=at(9), talking_seconds=5.0),
                        Attempt(2, "b", "1b", at(10), Outcome.ANSWERED, ended_at=at(12),
                                talk_ended_at=at(15), talking_seconds=3.0),
                    )),
            id="moved while talking and answered again: the last agent's, waited for the first",
        ),
        pytest.param(
            [Connected(at=at(4), agent="a"), moved(9, Stage.TALK)],
            replace(EMPTY, disposition=Disposition.ANSWERED, agent="a", agent_answered_at=at(4),
                    earlier_talk_seconds=5.0, moved_by="sofia", moved_to="group night",
                    trace=(MOVED,)),
            id="moved from an agent whose ringing is not known",
        ),
        pytest.param(
            [chosen(Disposition.BUSY), moved(3, Stage.MESSAGE)],
            replace(EMPTY, moved_by="sofia", moved_to="group night", trace=("The rule.", MOVED)),
            id="moved in the message: that nobody was there is not the end of it",
        ),
        pytest.param(
            [rung("a", 2), SupervisorEnded(at=at(4), by="sofia"),
             left(Party.SUPERVISOR, Stage.RINGING, 4)],
            replace(EMPTY, first_ring_at=at(2), disposition=Disposition.REJECTED,
                    ended_by="sofia", rule="sofia ended the call.",
                    hung_up_by=Party.SUPERVISOR, left_during=Stage.RINGING,
                    trace=("sofia ended the call.",), attempts=(Attempt(1, "a", "1a", at(2)),)),
            id="ended while waiting: refused by the company, not abandoned",
        ),
        pytest.param(
            [chosen(Disposition.BUSY), SupervisorEnded(at=at(4), by="sofia"),
             SupervisorEnded(at=at(5), by="milan"), left(Party.SUPERVISOR, Stage.MESSAGE, 4)],
            replace(EMPTY, disposition=Disposition.BUSY, rule="The rule.", ended_by="sofia",
                    hung_up_by=Party.SUPERVISOR, left_during=Stage.MESSAGE,
                    trace=("The rule.", "sofia ended the call.", "milan ended the call.")),
            id="ended in the message: what it came to before stays",
        ),
        pytest.param(
            [AgentRinging(at=at(1), agent="a"),
             AttemptEnded(at=at(2), agent="a", outcome=Outcome.BUSY)],
            EMPTY,
            id="what becomes of an agent whom we did not ring is not this call's",
        ),
        pytest.param(
            [skipped("a", 2, "paused"), AgentRinging(at=at(3), agent="a"),
             AttemptEnded(at=at(4), agent="a", outcome=Outcome.BUSY, cause=17)],
            replace(EMPTY, attempts=(
                Attempt(1, "a", "1a", at(2), Outcome.SKIPPED, "paused", ended_at=at(2)),
            )),
            id="an attempt that has ended does not change",
        ),
        pytest.param(
            [chosen(Disposition.BUSY, Message.BUSY)],
            replace(EMPTY, disposition=Disposition.BUSY, message=Message.BUSY, rule="The rule.",
                    trace=("The rule.",)),
            id="the rule that applied is stored and part of the reasons",
        ),
        pytest.param(
            [left(Party.AGENT, Stage.TALK, 3, 16), left(Party.CALLER, Stage.MESSAGE, 4, 17)],
            replace(EMPTY, disposition=Disposition.ABANDONED, hung_up_by=Party.AGENT,
                    left_during=Stage.TALK, hangup_cause=16),
            id="the first hangup says who and where",
        ),
        pytest.param(
            [left(Party.CALLROUTER, Stage.MESSAGE, 3)],
            replace(EMPTY, hung_up_by=Party.CALLROUTER, left_during=Stage.MESSAGE),
            id="our own hangup is no caller's",
        ),
        pytest.param(
            [Failed(at=at(3), error="KeyError")],
            replace(EMPTY, disposition=Disposition.FAILED, error="KeyError"),
            id="failed",
        ),
        pytest.param(
            [rung("a", 2), Ended(at=at(9))],
            replace(EMPTY, first_ring_at=at(2), disposition=Disposition.FAILED, ended_at=at(9),
                    attempts=(Attempt(1, "a", "1a", at(2), Outcome.FAILED, ended_at=at(9)),)),
            id="the end ends what is open; without a reason the call failed",
        ),
        pytest.param(
            [chosen(Disposition.CLOSED), Ended(at=at(9)), Interrupted(at=at(10), reason="late"),
             Ended(at=at(11)), left(Party.CALLER, Stage.TALK, 12), rung("a", 13)],
            replace(EMPTY, disposition=Disposition.CLOSED, rule="The rule.", trace=("The rule.",),
                    ended_at=at(9)),
            id="nothing changes after the end",
        ),
    ],
)  # fmt: skip
def test_what_facts_amount_to(facts: list[Fact], expected: CallRecord) -> None:
    assert record_of([ARRIVED, *facts]) == expected


TALK: list[Fact] = [
    rung("a", 2),
    AgentAnswered(at=at(8), agent="a"),
    Connected(at=at(8.5), agent="a"),
]
GONE = left(Party.CALLER, Stage.RINGING, 6)
CUT = Interrupted(at=at(3600), reason="the router died")
FOUND = Ended(at=at(3600))


@pytest.mark.parametrize(
    ("facts", "disposition", "waiting", "talking"),
    [
        ([], None, None, None),
        (TALK[:1], None, None, None),
        (TALK, Disposition.ANSWERED, 8, None),
        ([*TALK, chosen(Disposition.BUSY)], Disposition.ANSWERED, 8, None),
        ([*TALK, left(Party.AGENT, Stage.TALK, 20), Ended(at=at(21))],
         Disposition.ANSWERED, 8, 12),
        ([TALK[0], GONE, Ended(at=at(7))], Disposition.ABANDONED, 6, 0),
        ([*TALK[:2], GONE, Ended(at=at(9))], Disposition.ABANDONED, 6, 0),
        ([chosen(Disposition.BUSY), GONE, Ended(at=at(7))], Disposition.BUSY, 6, 0),
        ([chosen(Disposition.CLOSED), Failed(at=at(6), error="x"), Ended(at=at(7))],
         Disposition.FAILED, 7, 0),
        ([chosen(Disposition.BUSY), left(Party.CALLROUTER, Stage.MESSAGE, 6), Ended(at=at(7))],
         Disposition.BUSY, 7, 0),
        ([chosen(Disposition.BUSY), left(Party.CALLROUTER, Stage.MESSAGE, 6),
          Ended(at=at(7), left_at=at(4))], Disposition.BUSY, 4, 0),
        ([TALK[0], GONE, Ended(at=at(7), left_at=at(4))], Disposition.ABANDONED, 4, 0),
        ([*TALK, left(Party.AGENT, Stage.TALK, 20), Ended(at=at(25), left_at=at(24))],
         Disposition.ANSWERED, 8, 12),
        ([*TALK, left(Party.CALLER, Stage.TALK, 20), Ended(at=at(21), left_at=at(1))],
         Disposition.ANSWERED, 8, 0),
        ([*TALK, Failed(at=at(9), error="x"), Ended(at=at(9))], Disposition.FAILED, 8, 1),
        ([Failed(at=at(6), error="x"), GONE, Ended(at=at(7))], Disposition.FAILED, 6, 0),
        ([TALK[0], GONE, CUT, FOUND], Disposition.ABANDONED, 6, 0),
        ([*TALK, CUT], Disposition.INTERRUPTED, 8, None),
        ([*TALK, CUT, FOUND], Disposition.INTERRUPTED, 8, None),
        ([*TALK[:1], CUT, FOUND], Disposition.INTERRUPTED, None, None),
        ([CUT, GONE, FOUND], Disposition.INTERRUPTED, None, None),
        ([Failed(at=at(6), error="x"), CUT, FOUND], Disposition.INTERRUPTED, None, None),
        ([*TALK, moved(20, Stage.TALK), left(Party.CALLER, Stage.RINGING, 25), Ended(at=at(26))],
         Disposition.ANSWERED, 8, 12),
        ([*TALK, moved(20, Stage.TALK), chosen(Disposition.BUSY), Ended(at=at(26))],
         Disposition.ANSWERED, 8, 12),
        ([*TALK, moved(20, Stage.TALK), FollowedOn(at=at(21), target="x", rule="y"), CUT],
         Disposition.INTERRUPTED, 8, None),
        ([TALK[0], moved(3, Stage.RINGING), GONE, Ended(at=at(7))], Disposition.ABANDONED, 6, 0),
    ],
    ids=[
        "just arrived", "ringing", "talking", "a message after the talk", "answered",
        "left while ringing",
        "left as the agent answered", "left during the busy message", "failed when closed",
        "hung up by us", "had left before", "left before what we know", "the caller stayed on",
        "never shorter than nothing",
        "failed in talk",
        "failed, then left", "left, and cut off before it was cleaned up", "cut off in talk",
        "cut off in talk, found later",
        "cut off while ringing, found later", "cut off, then the caller left",
        "failed, then cut off",
        "moved away, then the caller left", "moved away, and nobody took it",
        "moved away, then cut off", "moved, then the caller left",
    ],
)  # fmt: skip
def test_how_a_call_counts_and_how_long_it_was(
    facts: list[Fact], disposition: Disposition | None, waiting: float | None, talking: float | None
) -> None:
    record = record_of([ARRIVED, *facts])
    assert (record.disposition, record.waiting_seconds, record.talking_seconds) == (
        disposition,
        waiting,
        talking,
    )


def test_an_interrupted_call_says_why_and_invents_no_times() -> None:
    record = record_of([ARRIVED, rung("a", 2), CUT, FOUND])
    assert (record.error, record.ended_at) == ("the router died", at(3600))
    (attempt,) = record.attempts
    assert (attempt.outcome, attempt.ended_at, attempt.seconds) == (Outcome.FAILED, None, 0)


def test_who_answered_is_called_as_he_was_then() -> None:
    record = partial(CallRecord, "e", "c", "incoming", "700", "1", "", at(0))
    first, last = (Attempt(n, "b", "1b", at(n), name=name) for n, name in enumerate(("Bo", "Bob")))
    other = Attempt(3, "a", "1a", at(3), name="Amina")
    assert record(attempts=(other,)).agent_name is None
    assert record(agent="b", attempts=(first, last, other)).agent_name == "Bob"
    assert record(agent="b", attempts=(other, replace(first, name=""))).agent_name == "b"


def test_seconds_of_an_attempt() -> None:
    record = record_of([ARRIVED, skipped("b", 1, "paused"), *TALK, rung("c", 9)])
    assert [attempt.seconds for attempt in record.attempts] == [0, 6, 0]


def test_a_failure_after_somebody_hung_up_changes_nothing_but_the_error() -> None:
    record = record_of([ARRIVED, GONE, Failed(at=at(9), error="KeyError"), Ended(at=at(9))])
    assert record.disposition is Disposition.ABANDONED
    assert record.error == "KeyError"
