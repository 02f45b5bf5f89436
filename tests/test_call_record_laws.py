"""Laws of the call record that hold for every call that could happen."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callrouter.call_record import record_of
from callrouter.facts import (
    AgentRinging,
    AttemptEnded,
    Disposition,
    Ended,
    Fact,
    HungUp,
    Outcome,
    Party,
    PromptEnded,
    PromptStarted,
    RingingBegan,
)
from tests.plausible_calls import calls

ONCE_SET = (
    *("arrived_at", "answered_at", "first_ring_at", "agent_answered_at", "ended_at"),
    *("agent", "hung_up_by", "left_during", "hangup_cause", "settings", "rule"),
)


@given(calls())
def test_every_beginning_of_a_call_has_a_record_and_what_is_known_stays(facts: list[Fact]) -> None:
    earlier = record_of(facts[:1])
    for length in range(2, len(facts) + 1):
        record = record_of(facts[:length])
        for name in ONCE_SET:
            known = getattr(earlier, name)
            if known is not None:
                assert getattr(record, name) == known, name
        assert record.trace[: len(earlier.trace)] == earlier.trace
        for before, after in zip(earlier.attempts, record.attempts, strict=False):
            assert (before.ordinal, before.agent) == (after.ordinal, after.agent)
            if before.outcome is not None:
                assert after == before, "an attempt that has ended does not change"
        assert len(record.attempts) >= len(earlier.attempts)
        earlier = record


@given(calls())
def test_the_end_of_every_call_is_complete(facts: list[Fact]) -> None:
    record = record_of(facts)
    assert isinstance(facts[-1], Ended)
    hangup = next((fact for fact in facts if isinstance(fact, HungUp)), facts[-1])
    assert record.ended_at == hangup.at, "the call ends when the first party hangs up"
    assert record.disposition is not None
    assert [attempt.ordinal for attempt in record.attempts] == [*range(1, len(record.attempts) + 1)]
    answered = [a.agent for a in record.attempts if a.outcome is Outcome.ANSWERED]
    assert answered == ([record.agent] if record.agent else [])
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
        assert record.waiting_seconds + record.talking_seconds == pytest.approx(total)
    if record.disposition is Disposition.ABANDONED:
        assert record.hung_up_by is Party.CALLER
        assert record.agent is None


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
