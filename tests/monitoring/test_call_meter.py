"""What is counted from facts is what the records say."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from callrouter.call_record import record_of
from callrouter.facts import (
    AgentAnswered,
    AgentRung,
    Arrived,
    Connected,
    Disposition,
    Ended,
    Fact,
    FallbackChosen,
    FollowedOn,
    HungUp,
    Message,
    Moved,
    Party,
    PromptEnded,
    Routed,
    Stage,
)
from callrouter.monitoring.call_meter import CallMeter
from callrouter.monitoring.families import Family
from tests.plausible_calls import calls

BEGAN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


class Noted:
    """A ledger that keeps what it gets."""

    def __init__(self) -> None:
        self.facts: list[tuple[UUID, Fact]] = []

    def append(self, call_id: UUID, fact: Fact) -> None:
        self.facts.append((call_id, fact))

    def resume(self, call_id: UUID, facts: Sequence[Fact]) -> None:
        self.facts += [(call_id, fact) for fact in facts]


def values(family: Family) -> dict[str, float]:
    return {each.labels[0][1]: each.value for each in family.samples if each.value}


@given(calls())
def test_a_call_counts_with_the_disposition_of_its_record(facts: list[Fact]) -> None:
    ledger, call_id = Noted(), uuid4()
    meter = CallMeter(ledger)
    for fact in facts:
        meter.append(call_id, fact)
    assert ledger.facts == [(call_id, fact) for fact in facts]
    record = record_of(facts)
    if record.ended_at is None:
        assert values(meter.ended.family()) == {}
        return
    assert values(meter.ended.family()) == {record.disposition: 1}
    assert meter.waiting() == (0, None)
    counted = Counter(values(meter.attempts.family()))
    ended = Counter(str(each.outcome) for each in record.attempts if each.outcome)
    unended = ended - counted  # what was open at the end: the record has it as failed
    assert not counted - ended
    assert not set(unended) - {"failed"}


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


ARRIVED = Arrived(
    at=at(0), entity_id="e", channel_id="c", number="700", caller_number="1", caller_name=""
)


def noted(*facts: Fact) -> CallMeter:
    meter, call_id = CallMeter(Noted()), uuid4()
    for fact in facts:
        meter.append(call_id, fact)
    return meter


def test_how_long_it_took_is_measured_from_the_facts() -> None:
    meter = noted(
        ARRIVED,
        Routed(at=at(0.002), decision="ring", version="v"),
        PromptEnded(at=at(3), message=Message.GREETING),
        AgentRung(at=at(3.003), agent="a", extension="1", phones=("PJSIP/1",)),
        Routed(at=at(3.004), decision="ring", version="v"),
        AgentRung(at=at(5), agent="b", extension="2", phones=("PJSIP/2",)),
        AgentAnswered(at=at(7), agent="b"),
        AgentAnswered(at=at(7.001), agent="a"),
        Connected(at=at(7.012), agent="b"),
    )
    sums = {
        family.name: {each.suffix: each.value for each in family.samples if not each.labels}
        for family in meter.families()
        if family.kind == "histogram"
    }
    assert {name: round(each["_sum"], 6) for name, each in sums.items()} == {
        "callrouter_decision_seconds": 0.002,
        "callrouter_first_ring_seconds": 0.003,
        "callrouter_connect_seconds": 0.012,
        "callrouter_answer_seconds": 7.0,
    }
    assert all(each["_count"] == 1 for each in sums.values())


def test_who_waits_and_since_when() -> None:
    meter, first, second = CallMeter(Noted()), uuid4(), uuid4()
    meter.append(first, ARRIVED)
    meter.append(second, replace(ARRIVED, at=at(3)))
    assert meter.waiting() == (2, at(0))
    meter.append(first, Connected(at=at(5), agent="a"))
    assert meter.waiting() == (1, at(3))
    meter.append(first, Moved(at=at(60), by="sofia", target="group b", stage=Stage.TALK))
    assert meter.waiting() == (2, at(3))
    fallback = FallbackChosen(at=at(70), disposition=Disposition.CLOSED, rule="Closed.")
    meter.append(second, fallback)
    assert meter.waiting() == (1, at(60))
    meter.append(second, FollowedOn(at=at(80), target="group c", rule="Closed."))
    assert meter.waiting() == (2, at(3))
    for call in (first, second):
        meter.append(call, HungUp(at=at(90), by=Party.CALLER, stage=Stage.RINGING))
        assert meter.waiting()[0] == (1 if call is first else 0)
        meter.append(call, Ended(at=at(91)))
    assert values(meter.ended.family()) == {"answered": 1, "abandoned": 1}


@given(calls(), st.integers(1, 40))
def test_a_call_that_is_taken_up_counts_once_with_the_disposition_of_its_record(
    facts: list[Fact], known: int
) -> None:
    known = min(known, len(facts) - 1)
    ledger, call_id = Noted(), uuid4()
    meter = CallMeter(ledger)
    meter.resume(call_id, facts[:known])
    for fact in facts[known:]:
        meter.append(call_id, fact)
    assert ledger.facts == [(call_id, fact) for fact in facts]
    assert values(meter.ended.family()) == {record_of(facts).disposition: 1}
    assert meter.arrived.family().samples[0].value == 0
    assert meter.taken_up.family().samples[0].value == 1
    attempts = sum(values(meter.attempts.family()).values())
    assert attempts <= len(record_of(facts).attempts)


def test_facts_of_a_call_that_never_arrived_here_are_handed_on_and_not_counted() -> None:
    ledger = Noted()
    meter = CallMeter(ledger)
    meter.append(uuid4(), Ended(at=at(1)))
    assert len(ledger.facts) == 1
    assert values(meter.ended.family()) == {}
