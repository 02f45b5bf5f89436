"""What a call asks of Asterisk and what it notes: one detail a test."""

import asyncio
import gc
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from callrouter.ari.causes import HangupReason
from callrouter.ari.commands import Commands, Leg
from callrouter.ari.errors import AriError, NotDialable, Unavailable
from callrouter.ari.events import Playback, PlaybackFinished
from callrouter.config.load import load_file
from callrouter.facts import AgentRinging, Disposition, Party, PromptEnded
from tests.calls.company import Company, a_day
from tests.calls.test_scenarios import attempt_words
from tests.calls.test_troubles import Once, after, one_call
from tests.fakes.phones import Answers, Busy, Declines, Silent, phone, unregistered


def test_a_clock_that_is_set_back_during_a_call_does_not_change_its_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    right = Company.now

    def now(here: Company) -> object:
        set_back = asyncio.get_running_loop().time() > 4.0
        return right(here) - timedelta(hours=1 if set_back else 0)

    monkeypatch.setattr(Company, "now", now)
    day = a_day(one_call(leaves=8.0), [phone("1001", Answers(1.0)), phone("1002")])
    assert day.record.waiting_seconds == pytest.approx(3.0, abs=0.001)
    assert day.record.talking_seconds == pytest.approx(5.0, abs=0.001)


def test_what_is_asked_for_an_agents_phone() -> None:
    legs: list[Leg] = []

    def script(here: Company) -> None:
        dial = here.asterisk.originate

        async def originate(*wanted: Leg) -> list[AriError | None]:
            legs.extend(wanted)
            return await dial(*wanted)

        here.asterisk.originate = originate  # type: ignore[method-assign]
        here.asterisk.call("700", "+38160111", "Jovana")
        here.asterisk.hang_up_at("caller", 3.0)

    a_day(script, [phone("1001"), phone("1002")])
    (leg,) = legs
    assert (leg.endpoint, leg.originator) == ("PJSIP/1001", "caller")
    assert (leg.caller_number, leg.caller_name) == ("+38160111", "Jovana")
    assert leg.timeout == 2 + 10  # ring_seconds, and the safety
    assert leg.channel_id.endswith("-0000002")  # the greeting had the first name


@pytest.mark.parametrize(
    ("number", "timeouts"),
    [("710", [120, 120, 2]), ("712", [2, 2, 2]), ("711", [120, 118, 2]), ("718", [2, 2])],
    ids=["waves", "staggered", "adding up", "phones in order"],
)
def test_asterisk_ends_a_leg_a_little_later_than_we_should_the_router_die(
    number: str, timeouts: list[int]
) -> None:
    legs: list[Leg] = []

    def script(here: Company) -> None:
        dial = here.asterisk.originate

        async def originate(*wanted: Leg) -> list[AriError | None]:
            legs.extend(wanted)
            return await dial(*wanted)

        here.asterisk.originate = originate  # type: ignore[method-assign]
        here.asterisk.call(number)

    a_day(script, [phone(each) for each in ("1001", "1002", "1003", "1006", "1007")])
    assert [leg.timeout - 10 for leg in legs] == timeouts


def test_an_agent_whose_one_phone_declined_is_not_offered_another_call_while_the_other_rings() -> (
    None
):
    def script(here: Company) -> None:
        here.asterisk.call("700")
        here.asterisk.call("700", at=0.5)
        here.asterisk.hang_up_at("caller", 6.0)
        here.asterisk.hang_up_at("caller2", 6.0)

    phones = [phone("1001", Declines(), Answers(1.5)), phone("1002", Answers(0.5))]
    first, second = a_day(script, phones).records
    assert [attempt_words(a) for a in first.attempts] == ["amina answered"]
    assert [attempt_words(a) for a in second.attempts] == [
        "amina skipped reserved",
        "bojan answered",
    ]


def test_an_agent_with_two_phones_that_decline_and_are_busy_has_declined() -> None:
    day = a_day(one_call(), [phone("1001", Busy(), Declines()), phone("1002", Declines())])
    assert [attempt_words(a) for a in day.record.attempts] == ["amina rejected", "bojan rejected"]
    assert day.record.disposition is Disposition.UNAVAILABLE


def test_a_phone_that_could_not_be_rung_says_less_than_one_that_nobody_answered() -> None:
    def script(here: Company) -> None:
        here.asterisk.fail = Once(originate=Unavailable("timeout"))
        here.asterisk.call("700")

    day = a_day(script, [phone("1001", Silent(), Silent()), phone("1002", Busy())])
    assert [attempt_words(a) for a in day.record.attempts] == ["amina no_answer", "bojan busy"]
    assert "   2.00 > hang up gone" in day.transcript  # it may have been begun all the same


@pytest.mark.parametrize("way", ["no contact", "not dialable"])
def test_an_agent_who_cannot_be_rung_is_free_for_others_at_once(way: str) -> None:
    reserved: list[object] = []

    def script(here: Company) -> None:
        async def contacts(channel_id: str, *phones: str) -> list[tuple[str, ...] | AriError]:
            return [() if phone == "PJSIP/1001" else (phone,) for phone in phones]

        if way == "no contact":
            here.asterisk.contacts = contacts  # type: ignore[method-assign]
        else:
            here.asterisk.fail = Once(originate=NotDialable("Allocation failed"))
        here.asterisk.call("700")
        after(here, 3.0, lambda: reserved.append(set(here.agents.reserved)))
        here.asterisk.hang_up_at("caller", 3.5)

    day = a_day(script, [phone("1001"), phone("1002")])
    assert [attempt_words(a) for a in day.record.attempts] == [
        "amina unreachable",
        "bojan caller_left",
    ]
    assert reserved == [{"bojan"}]


def test_contacts_that_cannot_be_asked_for_do_not_cost_the_agent_his_ring() -> None:
    def script(here: Company) -> None:
        async def contacts(channel_id: str, *phones: str) -> list[tuple[str, ...] | AriError]:
            return [Unavailable("timeout") for _ in phones]

        here.asterisk.contacts = contacts  # type: ignore[method-assign]
        here.asterisk.call("700")
        here.asterisk.hang_up_at("caller", 5.0)

    day = a_day(script, [phone("1001", Answers(1.0)), phone("1002")])
    assert [attempt_words(a) for a in day.record.attempts] == ["amina answered"]


def test_ringing_is_noted_once_for_an_agent_and_not_for_early_media() -> None:
    phones = [phone("1001", Silent(), Silent()), phone("1002", Answers(1.0, early_media=True))]
    day = a_day(one_call(leaves=6.0), phones)
    assert [fact.agent for fact in day.facts[0] if isinstance(fact, AgentRinging)] == ["amina"]


def test_a_caller_who_left_while_we_gave_up_the_first_costs_the_second_no_ring() -> None:
    def script(here: Company) -> None:
        cancel = here.asterisk.hang_up

        async def hang_up(channel_id: str, reason: HangupReason = HangupReason.NORMAL) -> None:
            await asyncio.sleep(0.2)
            await cancel(channel_id, reason)

        here.asterisk.hang_up = hang_up  # type: ignore[method-assign]
        here.asterisk.call("700")
        here.asterisk.hang_up_at("caller", 4.1)

    day = a_day(script, [phone("1001"), phone("1002")])
    assert [attempt_words(a) for a in day.record.attempts] == ["amina no_answer"]
    assert day.record.disposition is Disposition.ABANDONED


def test_the_end_of_the_greeting_is_not_taken_for_the_end_of_the_message() -> None:
    """The greeting lasted longer than its file says: it was given up and ends in the message."""

    def script(here: Company) -> None:
        here.asterisk.playback_seconds["/prompts/greeting"] = 8.0
        here.asterisk.call("700")

    day = a_day(script, [phone("1001", Busy()), phone("1002", Busy())])
    assert day.transcript[-4:] == [
        "   7.20 > play caller busy",
        "   8.25 < played",
        "   8.70 < played",
        "   8.90 > hang up caller",
    ]


def test_a_message_that_asterisk_could_not_play_is_recorded() -> None:
    def script(here: Company) -> None:
        here.asterisk.playback_seconds["/prompts/greeting"] = float("inf")
        here.asterisk.call("703")

        def fail() -> None:
            playback = Playback(here.calls[0].name(1), "channel:caller", "failed")
            here.switchboard.deliver(PlaybackFinished(playback, here.asterisk.entity_id))

        after(here, 1.0, fail)

    day = a_day(script, [])
    ends = [fact.failure for fact in day.facts[0] if isinstance(fact, PromptEnded)]
    assert ends == ["Asterisk could not play it", None]


def test_a_message_that_was_never_rendered_is_recorded_and_the_call_goes_on() -> None:
    def script(here: Company) -> None:
        here.table = load_file(Path(__file__).parent.parent / "data" / "scenarios.yaml").table
        here.asterisk.call("703")

    day = a_day(script, [])
    ends = [fact.failure for fact in day.facts[0] if isinstance(fact, PromptEnded)]
    assert ends == ["it was never rendered"] * 2
    assert day.record.disposition is Disposition.CLOSED


def test_nobody_is_rung_when_the_time_for_all_ringing_is_over() -> None:
    def script(here: Company) -> None:
        brief = replace(here.table.settings["sequential"], max_ring_seconds=2.0)
        here.table = replace(here.table, settings={**here.table.settings, "sequential": brief})
        here.asterisk.call("700")

    day = a_day(script, [phone("1001"), phone("1002")])
    assert [attempt_words(a) for a in day.record.attempts] == ["amina no_answer"]


def test_a_late_answer_that_could_not_be_cancelled_is_hung_up_during_the_talk() -> None:
    def script(here: Company) -> None:
        here.asterisk.fail = Once(hang_up=Unavailable("timeout"))
        here.asterisk.call("701")
        here.asterisk.hang_up_at("caller", 6.0)

    phones = [phone("1001", Answers(1.0)), phone("1002", Answers(1.5)), phone("1003")]
    day = a_day(script, phones)
    assert "   3.50 > hang up 1002 (answered_elsewhere)" in day.transcript
    assert day.record.agent == "amina"


def test_a_late_answer_that_could_not_be_cancelled_is_hung_up_during_the_message() -> None:
    def script(here: Company) -> None:
        here.asterisk.fail = Once(hang_up=Unavailable("timeout"))
        here.asterisk.call("700")

    day = a_day(script, [phone("1001", Answers(2.5)), unregistered("1002")])
    assert "   4.50 > hang up 1001 (answered_elsewhere)" in day.transcript
    assert attempt_words(day.record.attempts[0]) == "amina no_answer"
    assert day.record.disposition is Disposition.UNAVAILABLE


def test_an_agent_who_can_be_neither_connected_nor_hung_up_has_failed() -> None:
    def script(here: Company) -> None:
        here.asterisk.fail = Once(add_to_bridge=Unavailable("t"), hang_up=Unavailable("t"))
        here.asterisk.call("700")

    day = a_day(script, [phone("1001", Answers(1.0)), phone("1002", Busy())])
    assert [attempt_words(a) for a in day.record.attempts] == ["amina failed", "bojan busy"]
    assert "> hang up 1001" in " ".join(day.transcript[-2:]), "cleaning up asks once more"


def test_what_was_not_said_is_not_in_the_record() -> None:
    day = a_day(one_call("705"), [phone("1001", Busy()), phone("1002", Busy())])
    assert day.record.message is None


def test_the_group_without_members_is_in_the_record() -> None:
    assert a_day(one_call("704"), []).record.agent_group == "nobody"


@pytest.mark.parametrize("leaves", [None, 0.3], ids=["stays", "leaves meanwhile"])
def test_answered_is_who_asterisk_has_answered(leaves: float | None) -> None:
    def script(here: Company) -> None:
        at_once = here.asterisk.answer

        async def answer(channel_id: str) -> None:
            await asyncio.sleep(0.5)
            await at_once(channel_id)

        here.asterisk.answer = answer  # type: ignore[method-assign]
        one_call("703", leaves=leaves)(here)

    record = a_day(script, []).record
    if leaves is None:
        assert record.answered_at == record.arrived_at + timedelta(seconds=0.5)
    else:
        assert record.answered_at is None
        assert record.disposition is Disposition.ABANDONED


def test_when_he_hung_up_is_true_though_asterisk_let_us_wait_for_an_answer() -> None:
    def script(here: Company) -> None:
        async def answer_in_bridge(bridge_id: str, caller: str, agent: str) -> bool:
            await asyncio.sleep(5.0)
            return False

        here.asterisk.answer_in_bridge = answer_in_bridge  # type: ignore[method-assign]
        here.asterisk.call("702")
        here.asterisk.hang_up_at("caller", 2.0)

    record = a_day(script, [phone("1001", Answers(1.0)), phone("1002")]).record
    assert (record.disposition, record.hung_up_by) == (Disposition.ABANDONED, Party.CALLER)
    assert record.ended_at == record.arrived_at + timedelta(seconds=2.0)


@pytest.mark.parametrize(("number", "requests"), [("702", 7), ("700", 8)], ids=["", "greeted"])
def test_a_plain_answered_call_asks_asterisk_for_no_more_than_it_must(
    number: str, requests: int
) -> None:
    """Once there is a bridge, which the first call makes."""
    asked: list[str] = []

    async def begin_to_count() -> None:
        asked.clear()

    def script(here: Company) -> None:
        for name in (each for each in vars(Commands) if not each.startswith("_")):
            if callable(request := getattr(here.asterisk, name)):
                counted = partial(count, name, request)
                setattr(here.asterisk, name, counted)
        here.asterisk.call(number)
        here.asterisk.hang_up_at("caller", 5.0)
        here.at(9.0, begin_to_count)
        here.asterisk.call(number, at=10.0)
        here.asterisk.hang_up_at("caller2", 15.0)

    async def count(name: str, request: Callable[..., Awaitable[object]], *given: object) -> object:
        if name not in ("answer_in_bridge", "ring_and_contacts"):  # two each, which are counted
            asked.append(name)
        return await request(*given)

    day = a_day(script, [phone("1001", Answers(1.0)), phone("1002")])
    assert [each.disposition for each in day.records] == [Disposition.ANSWERED] * 2
    assert len(asked) == requests, asked


def test_a_call_in_progress_is_few_objects() -> None:
    """Counted in Python's blocks of memory, which are the same each time: 148 with Python 3.11.

    What the tests themselves keep of the calls before is among those of both looks.
    """
    blocks: list[int] = []

    async def look() -> None:
        gc.collect()
        blocks.append(sys.getallocatedblocks())

    def script(here: Company) -> None:
        for number in range(4):
            here.asterisk.call("702", at=10.0 * number)
            here.asterisk.hang_up_at(f"caller{number + 1 if number else ''}", 10.0 * number + 6.0)
            here.at(10.0 * number + 3.0, look)
            here.at(10.0 * number + 9.0, look)

    a_day(script, [phone("1001", Answers(1.0)), phone("1002")], seconds=40.0)
    in_talks, between = blocks[2::2], blocks[1:-1:2]
    assert max(talk - free for talk, free in zip(in_talks, between, strict=True)) <= 180
