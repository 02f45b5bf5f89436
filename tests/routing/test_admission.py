"""Who is let in: blocked callers, and the form in which callers are compared."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callrouter.routing.admission import (
    BlockedCaller,
    Refuse,
    blocking,
    by_pattern,
    checked,
    describe_blocked,
    patterns_of,
    sorted_blocked,
    with_live_blocked,
)
from callrouter.routing.decide import IncomingCall, Refused, decide
from callrouter.routing.explain import explain, what_won
from callrouter.routing.model import Prompt, RoutingTable, Target, TargetKind
from callrouter.routing.numbers import NumberPlan, named_caller
from callrouter.routing.status import ChangeRefused
from tests.calls.company import company

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SERBIA = NumberPlan("381", "0")
USA = NumberPlan("1", "1")


@pytest.mark.parametrize(
    ("plan", "written", "compared"),
    [
        (SERBIA, "+381641234567", "+381641234567"),
        (SERBIA, "00381 64 123-4567", "+381641234567"),
        (SERBIA, "0641234567", "+381641234567"),
        (SERBIA, "(064) 123 45 67", "+381641234567"),
        (SERBIA, "381641234567", "+381641234567"),
        (SERBIA, "3811", "3811"),
        (SERBIA, "1001", "1001"),
        (USA, "12125551234", "+12125551234"),
        (USA, "+12125551234", "+12125551234"),
        (NumberPlan(), "0641234567", "0641234567"),
        (NumberPlan(), "+381641234567", "+381641234567"),
        (SERBIA, "", "anonymous"),
        (SERBIA, "Anonymous", "anonymous"),
        (SERBIA, "restricted", "anonymous"),
        (SERBIA, "alice", "alice"),
        (SERBIA, "٠٦٤", "٠٦٤"),
    ],
)
def test_callers_are_compared_in_one_form(plan: NumberPlan, written: str, compared: str) -> None:
    assert plan.caller(written) == compared


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("064*", "+38164*"),
        ("38164*", "+38164*"),
        ("+38164*", "+38164*"),
        ("anonymous", "anonymous"),
        ("0641234567", "+381641234567"),
        ("1001", "1001"),
    ],
)
def test_what_admins_write_is_compared_in_the_same_form(written: str, compared: str) -> None:
    assert SERBIA.pattern(written) == compared


@given(st.text(max_size=100))
def test_any_caller_has_a_short_form_and_the_form_of_a_form_is_itself(written: str) -> None:
    for plan in (SERBIA, USA, NumberPlan()):
        once = plan.caller(written)
        assert once
        assert len(once) <= 41 + 3
        if once.startswith("+") or not once.isascii() or not once.isdigit():
            assert plan.caller(once) == once[:40] or plan.caller(once) == "anonymous"


def blocked(*entries: BlockedCaller) -> RoutingTable:
    return replace(company(), number_plan=SERBIA, blocked=by_pattern(entries, SERBIA))


def who_blocks(table: RoutingTable, caller: str, now: datetime = NOW) -> str | None:
    found = blocking(table.blocked, table.number_plan, caller, now)
    return None if found is None else found.number


def test_the_number_itself_goes_before_beginnings_and_the_longest_of_them_first() -> None:
    table = blocked(*map(BlockedCaller, ("+381*", "+38164*", "+381641234567", "anonymous")))
    assert who_blocks(table, "0641234567") == "+381641234567"
    assert who_blocks(table, "0641234568") == "+38164*"
    assert who_blocks(table, "0111234567") == "+381*"
    assert who_blocks(table, "+4930123456") is None
    assert who_blocks(table, "unknown") == "anonymous"


def test_nobody_is_blocked_whose_time_is_over() -> None:
    until = NOW + timedelta(hours=1)
    table = blocked(BlockedCaller("+38164*"), BlockedCaller("+381641234567", until_at=until))
    assert who_blocks(table, "0641234567") == "+381641234567"
    assert who_blocks(table, "0641234567", until) == "+38164*"


def test_who_was_blocked_while_we_run_wins_over_the_configuration() -> None:
    table = blocked(BlockedCaller("+381641234567", Refuse.BUSY))
    live = BlockedCaller("0641234567", Refuse.REJECTED, live=True)
    both = with_live_blocked(table.blocked, [live], SERBIA)
    found = blocking(both, SERBIA, "+381641234567", NOW)
    assert found is live
    assert with_live_blocked(table.blocked, [], SERBIA) is table.blocked


def test_a_blocked_caller_is_refused_whatever_he_dials_and_why_is_said() -> None:
    entry = BlockedCaller("+381641234567", Refuse.BUSY, "calls at night", author="sofia")
    table = blocked(entry)
    for number, settings in (("700", "head-office"), ("12345", None)):
        decision = decide(table, IncomingCall(number, "0641234567"), NOW)
        assert isinstance(decision, Refused)
        assert decision.refuse is Refuse.BUSY
        assert decision.rule == "Refused: +381641234567 is blocked, by sofia (calls at night)."
        assert what_won(decision) == {"settings": decision.settings}
        assert (decision.settings is None) == (settings is None)
    assert not isinstance(decide(table, IncomingCall("700", "+381641234568"), NOW), Refused)


def test_a_message_is_heard_only_where_it_is_the_answer() -> None:
    hear = Prompt("We do not take calls from this number.", "en")
    for answer, heard in ((Refuse.MESSAGE, hear), (Refuse.REJECTED, None)):
        table = blocked(BlockedCaller("+38164*", answer))
        table = replace(table, limits=replace(table.limits, blocked_message=hear))
        call = IncomingCall("700", "0641234567")
        decision = decide(table, call, NOW)
        assert isinstance(decision, Refused)
        assert decision.prompt == heard
        told = explain(table, call, NOW, decision)
        assert told["decision"] == "refused"
        assert told["refused"]["refused_with"] == answer
        assert bool(told["prompts"]) == bool(heard)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (BlockedCaller("anonymous"), "callers without a number are blocked"),
        (BlockedCaller("+38190*"), "numbers that begin with +38190 are blocked"),
        (
            BlockedCaller("+38164", until_at=datetime(2026, 12, 1, tzinfo=UTC)),
            "+38164 is blocked until 2026-12-01 00:00 UTC",
        ),
    ],
)
def test_who_is_blocked_is_said_in_words(entry: BlockedCaller, said: str) -> None:
    assert describe_blocked(entry) == said


@pytest.mark.parametrize(
    "entry",
    [
        BlockedCaller("*"),
        BlockedCaller("1*"),
        BlockedCaller("${EXTEN}"),
        BlockedCaller("a,b"),
        BlockedCaller("1|2"),
        BlockedCaller("1&2"),
        BlockedCaller("1@x"),
        BlockedCaller("1" * 41),
        BlockedCaller("+38164", Refuse.SAFETY_NET),
        BlockedCaller("+38164", Refuse.MESSAGE),
        BlockedCaller("+38164", until_at=NOW),
    ],
    ids=str,
)
def test_what_cannot_be_blocked_is_refused(entry: BlockedCaller) -> None:
    with pytest.raises(ChangeRefused):
        checked(entry, None, NOW)


def test_what_can_be_blocked_is_kept_as_it_is_compared() -> None:
    assert checked(BlockedCaller("00381 64 1"), None, NOW).number == "+381641"
    assert named_caller(" Anonymous ") == "anonymous"
    assert checked(BlockedCaller("1", Refuse.MESSAGE), Prompt("No."), NOW).refuse is Refuse.MESSAGE


def test_all_that_a_caller_can_be_named_by() -> None:
    assert list(patterns_of("+381")) == ["+381", "+381*", "+38*", "+3*", "+*"]
    assert list(patterns_of("anonymous")) == ["anonymous"]


def test_blocked_callers_are_listed_by_their_numbers() -> None:
    entries = [BlockedCaller("+3812"), BlockedCaller("+3811"), BlockedCaller("+3812", note="again")]
    listed = sorted_blocked(by_pattern(entries, SERBIA))
    assert [(each.number, each.note) for each in listed] == [
        ("+3811", ""),
        ("+3812", ""),
        ("+3812", "again"),
    ]


def test_a_target_is_read_back_from_its_words() -> None:
    for kind in TargetKind:
        target = Target(kind, "a b")
        assert Target.of_words(str(target)) == target
    with pytest.raises(ValueError, match="names no target"):
        Target.of_words("somebody else")
