"""Laws of the call record that hold for every call that could happen."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callrouter.call_record import course_of, record_of
from callrouter.facts import (
    AgentRinging,
    AttemptEnded,
    Connected,
    Disposition,
    Ended,
    Fact,
    HungUp,
    Moved,
    Outcome,
    Party,
    PromptEnded,
    PromptStarted,
    RingingBegan,
    Stage,
)
from tests.db.sample_calls import answered, followed_on
from tests.plausible_calls import calls

ONCE_SET = (
    *("arrived_at", "answered_at", "first_ring_at", "agent_answered_at", "ended_at", "ended_by"),
    *("hung_up_by", "left_during", "hangup_cause", "settings"),
)
UNTIL_MOVED = ("rule", "talking_since")
UNTIL_NEXT_ANSWER = ("agent", "agent_extension")


@given(calls())
def test_every_beginning_of_a_call_has_a_record_and_what_is_known_stays(facts: list[Fact]) -> None:
    earlier = record_of(facts[:1])
    for length in range(2, len(facts) + 1):
        record = record_of(facts[:length])
        for name in ONCE_SET:
            known = getattr(earlier, name)
            if known is not None:
                assert getattr(record, name) == known, name
        keep = [] if isinstance(facts[length - 1], Moved) else [*UNTIL_MOVED]
        keep += [] if isinstance(facts[length - 1], Connected) else UNTIL_NEXT_ANSWER
        for name in keep:
            known = getattr(earlier, name)
            assert known is None or getattr(record, name) == known, name
        assert record.trace[: len(earlier.trace)] == earlier.trace
        for before, after in zip(earlier.attempts, record.attempts, strict=False):
            assert (before.ordinal, before.agent) == (after.ordinal, after.agent)
            if before.outcome is not None:
                ended = before.talk_ended_at is not None
                untalked = replace(after, talk_ended_at=None, talking_seconds=None)
                once_more = after if ended else untalked
                assert once_more == before, "of an attempt that has ended only the talk may"
        assert len(record.attempts) >= len(earlier.attempts)
        earlier = record


@given(calls())
def test_the_end_of_every_call_is_complete(facts: list[Fact]) -> None:
    record = record_of(facts)
    assert isinstance(facts[-1], Ended)
    hangup = next((fact for fact in facts if isinstance(fact, HungUp)), None)
    theirs = hangup is not None and hangup.by in (Party.CALLER, Party.AGENT)
    assert record.ended_at == (hangup.at if hangup and theirs else facts[-1].at), (
        "the call ends when the first party hangs up; when we do, as soon as Asterisk has done it"
    )
    assert record.disposition is not None
    assert [attempt.ordinal for attempt in record.attempts] == [*range(1, len(record.attempts) + 1)]
    answered = [a for a in record.attempts if a.outcome is Outcome.ANSWERED]
    assert [a.agent for a in answered[-1:]] == ([record.agent] if record.agent else [])
    assert len(answered) <= 1 + sum(isinstance(fact, Moved) for fact in facts)
    known = record.disposition is not Disposition.INTERRUPTED
    for attempt in answered:
        assert attempt.talk_ended_at is not None
        assert attempt.ended_at is not None
        assert record.arrived_at <= attempt.ended_at <= attempt.talk_ended_at <= record.ended_at
        last = attempt is answered[-1] and record.talking_since is not None
        assert (attempt.talking_seconds is None) == (last and not known)
    for one, other in pairwise(answered):
        assert one.talk_ended_at is not None
        assert other.ended_at is not None
        assert one.talk_ended_at <= other.ended_at, "two never talk with one caller"
    for attempt in record.attempts:
        assert attempt.outcome is not None
        assert (attempt.outcome is Outcome.SKIPPED) == (attempt.skip_reason is not None)
        assert attempt.seconds >= 0
    if record.disposition is Disposition.INTERRUPTED:
        assert record.talking_seconds is None
        assert (record.waiting_seconds is None) == (record.agent is None)
    else:
        total = (record.ended_at - record.arrived_at).total_seconds()
        assert record.waiting_seconds is not None
        assert record.talking_seconds is not None
        talks = [a.talking_seconds or 0.0 for a in answered]
        assert record.talking_seconds == pytest.approx(sum(talks))
        assert record.waiting_seconds + record.talking_seconds <= total + 1e-6
        if record.moved_to is None or not record.earlier_talk_seconds:
            assert record.waiting_seconds + record.talking_seconds == pytest.approx(total)
    if record.disposition is Disposition.ABANDONED:
        assert record.hung_up_by is Party.CALLER
        assert record.agent is None
    if record.agent is not None and known:
        gone = record.disposition is Disposition.FAILED  # it failed as he answered
        assert record.disposition is Disposition.ANSWERED or gone
    if record.hung_up_by is Party.SUPERVISOR:
        assert record.ended_by == "sofia"
        assert record.disposition is not Disposition.ABANDONED, "the caller did not give up"


@st.composite
def told_in_any_order(draw: Callable[..., Any]) -> list[Fact]:
    """What no call is: some facts of a call that talked twice, others never, and it was moved."""
    first, *rest, end = draw(st.sampled_from([answered(), followed_on()]))
    moved = Moved(at=end.at, by="sofia", target="agent b", stage=Stage.TALK)
    return [first, *draw(st.lists(st.sampled_from([*rest, moved]))), end]


@given(calls() | told_in_any_order())
def test_a_record_that_goes_on_is_that_of_all_facts(facts: list[Fact]) -> None:
    whole = record_of(facts)
    step_by_step = course_of(facts[:1])
    for place in range(1, len(facts)):
        before = deepcopy(step_by_step)
        assert step_by_step.after(facts[place:]).record == whole
        following = step_by_step.after(facts[place : place + 1])
        assert following == course_of(facts[: place + 1])
        assert step_by_step == before, "it stays as it was, whatever was tried"
        step_by_step = following
    assert step_by_step.record == whole


@given(calls(), st.data())
def test_the_facts_of_the_timeline_only_change_nothing(
    facts: list[Fact], data: st.DataObject
) -> None:
    sounds = PromptStarted | PromptEnded | RingingBegan
    kept = [fact for fact in facts if not isinstance(fact, sounds)]
    assert record_of(kept) == record_of(facts)
    repeated = data.draw(st.lists(st.sampled_from(facts), max_size=5))
    assert record_of([*facts, *repeated]) == record_of(facts)


@given(calls())
def test_it_does_not_matter_whose_news_comes_first(facts: list[Fact]) -> None:
    of_one_agent = AgentRinging | AttemptEnded
    for place, (one, other) in enumerate(pairwise(facts)):
        if (
            isinstance(one, of_one_agent)
            and isinstance(other, of_one_agent)
            and one.agent != other.agent
        ):
            swapped = [*facts[:place], other, one, *facts[place + 2 :]]
            assert record_of(swapped) == record_of(facts)


@given(calls(), st.data())
def test_a_hangup_that_is_told_again_changes_nothing(
    facts: list[Fact], data: st.DataObject
) -> None:
    told = [place for place, fact in enumerate(facts) if isinstance(fact, HungUp)]
    if told:
        again = data.draw(st.integers(told[0] + 1, len(facts) - 1))
        record = record_of([*facts[:again], facts[told[0]], *facts[again:]])
        assert record == record_of(facts)
