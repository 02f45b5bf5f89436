"""Phones that must confirm: who picks up is asked to press a key before he has the caller."""

import asyncio
from dataclasses import replace

import pytest

from callrouter.ari.commands import Leg
from callrouter.ari.errors import AriError, Unavailable
from callrouter.ari.events import Channel, ChannelDtmfReceived
from callrouter.facts import AgentAnswered, AgentAsked, Disposition, Outcome
from callrouter.routing.model import Sentence
from tests.calls import changed
from tests.calls.company import Company, a_day
from tests.calls.test_targets import attempts
from tests.calls.test_troubles import Once, after, one_call
from tests.fakes.asterisk import ENTITY
from tests.fakes.phones import Answers, Busy, Declines, Silent, phone

PRESSES = Answers(0.5, presses="1")


def test_who_is_asked_has_not_answered_yet() -> None:
    day = a_day(one_call("716", leaves=4.0), [phone("1004"), phone("1005", PRESSES)])
    asked = next(fact for fact in day.facts[0] if isinstance(fact, AgentAsked))
    answered = next(fact for fact in day.facts[0] if isinstance(fact, AgentAnswered))
    assert (asked.agent, asked.phone) == ("dana", "PJSIP/1005")
    assert (answered.at - asked.at).total_seconds() == pytest.approx(1.0)
    assert day.record.waiting_seconds == pytest.approx(1.5)


@pytest.mark.parametrize("why", ["never rendered", "not in the table", "cannot be played"])
def test_who_cannot_hear_the_sentence_may_press_the_key_all_the_same(why: str) -> None:
    def script(here: Company) -> None:
        sentence = here.table.sentences[Sentence.CONFIRM]
        if why == "never rendered":
            sentences = {Sentence.CONFIRM: replace(sentence, media=None)}
            here.table = replace(here.table, sentences=sentences)
        elif why == "not in the table":
            here.table = replace(here.table, sentences={})
        else:
            here.asterisk.fail = Once(play=Unavailable("timeout"))
        here.asterisk.call("716")
        here.asterisk.hang_up_at("caller", 4.0)

    day = a_day(script, [phone("1004"), phone("1005", PRESSES)])
    assert attempts(day.record) == ["dana answered"]


def test_a_key_that_the_caller_or_another_phone_presses_confirms_nothing() -> None:
    def script(here: Company) -> None:
        here.asterisk.call("716")

        def press(channel_id: str) -> None:
            event = ChannelDtmfReceived(Channel(channel_id), ENTITY, "1")
            here.switchboard.deliver(event)

        after(here, 1.0, press, "caller")
        after(here, 1.0, lambda: press(here.calls[0].name(1)))  # the desk phone rings
        here.asterisk.hang_up_at("caller", 2.0)

    day = a_day(script, [phone("1004"), phone("1005", Answers(0.5))])
    assert attempts(day.record) == ["dana caller_left"]


def test_an_answer_that_is_reported_twice_is_no_key() -> None:
    def script(here: Company) -> None:
        here.asterisk.call("716")
        after(here, 1.0, here.repeat_events)
        here.asterisk.hang_up_at("caller", 3.0)

    day = a_day(script, [phone("1004"), phone("1005", Answers(0.5))])
    assert attempts(day.record) == ["dana caller_left"]
    assert [line[10:] for line in day.transcript if "play" in line] == [
        "play 1005 confirm",
        "played",
    ]


def test_whoever_picks_up_in_the_last_moment_is_given_his_time() -> None:
    day = a_day(
        one_call("716", leaves=5.0),
        [phone("1004"), phone("1005", Answers(1.9, None, False, "1", 2.0))],
    )
    assert attempts(day.record) == ["dana answered"]
    assert day.record.waiting_seconds == pytest.approx(3.9)


def test_whoever_picks_up_when_all_ringing_is_nearly_over_is_given_his_time() -> None:
    def script(here: Company) -> None:
        changed.settings(here, "mobile-and-colleague", max_ring_seconds=2.0)
        here.asterisk.call("717")
        here.asterisk.hang_up_at("caller", 5.0)

    late = Answers(1.9, presses="1", presses_after=2.0)
    day = a_day(script, [phone("1004"), phone("1005", late), phone("1002")])
    assert attempts(day.record) == ["dana answered", "bojan no_answer"]


def test_nobody_else_of_the_group_is_rung_while_the_key_is_waited_for() -> None:
    def script(here: Company) -> None:
        members = ("dana", "bojan")
        changed.group(here, "mobile", members=members)
        here.asterisk.call("716")
        here.asterisk.hang_up_at("caller", 12.0)

    day = a_day(script, [phone("1004", Declines()), phone("1005", Answers(0.5)), phone("1002")])
    assert "  10.50 > dial 1002" in day.transcript
    assert attempts(day.record) == ["dana rejected", "bojan caller_left"]


def test_of_two_who_press_the_key_the_first_has_the_call() -> None:
    def script(here: Company) -> None:
        changed.agent(here, "bojan", confirmed=frozenset({"PJSIP/1002"}))
        here.asterisk.call("717")
        here.asterisk.hang_up_at("caller", 5.0)

    both = [phone("1005", PRESSES), phone("1002", PRESSES)]
    day = a_day(script, [phone("1004"), *both])
    assert attempts(day.record) == ["dana answered", "bojan answered_elsewhere"]
    assert "   1.50 > hang up 1002 (answered_elsewhere)" in day.transcript


def test_a_sentence_that_ends_as_the_key_is_pressed_does_not_cost_the_call() -> None:
    """Asterisk says that there is no such playback any more."""

    def script(here: Company) -> None:
        here.asterisk.playback_seconds["/prompts/confirm"] = 0.9
        here.asterisk.call("716")

        def ended() -> None:
            channel = next(c for c in here.asterisk.channels.values() if c.alias == "1005")
            channel.playbacks.clear()

        after(here, 1.35, ended)
        here.asterisk.hang_up_at("caller", 4.0)

    phones = [phone("1004"), phone("1005", Answers(0.5, presses="1", presses_after=0.87))]
    assert attempts(a_day(script, phones).record) == ["dana answered"]


def test_a_mobile_that_drops_as_the_key_is_pressed_leaves_the_desk_phone_ringing() -> None:
    def script(here: Company) -> None:
        here.asterisk.fail = Once(add_to_bridge=Unavailable("timeout"))
        here.asterisk.call("716")
        here.asterisk.hang_up_at("caller", 4.0)

    day = a_day(script, [phone("1004", Answers(1.9)), phone("1005", PRESSES)])
    assert attempts(day.record) == ["dana answered"]
    assert [line[10:] for line in day.transcript if "connect" in line] == [
        "connect caller and 1005",
        "connect caller and 1004",
    ]
    assert [line for line in day.transcript if "ring caller" in line] == [
        "   0.00 > ring caller",
        "   1.50 > ring caller",
    ], "the caller was answered meanwhile, and hears ringing again"


def test_what_the_other_phone_said_counts_more_than_a_silent_mobile() -> None:
    day = a_day(one_call("716"), [phone("1004", Busy()), phone("1005", Answers(0.5))])
    assert attempts(day.record) == ["dana busy"]
    assert day.record.disposition is Disposition.BUSY


def test_whoever_is_asked_is_reserved() -> None:
    reserved: list[str] = []

    def script(here: Company) -> None:
        here.asterisk.call("716")
        after(here, 1.0, lambda: reserved.extend(here.agents.reserved))
        here.asterisk.hang_up_at("caller", 1.5)

    day = a_day(script, [phone("1004"), phone("1005", Answers(0.5))])
    assert reserved == ["dana"]
    assert day.record.attempts[0].outcome is Outcome.CALLER_LEFT


# Phones in order.


def test_a_phone_of_an_agent_that_cannot_be_dialled_passes_its_turn_on_at_once() -> None:
    def script(here: Company) -> None:
        async def contacts(channel_id: str, *phones: str) -> list[tuple[str, ...] | AriError]:
            return [() if phone == "PJSIP/1006" else (phone,) for phone in phones]

        here.asterisk.contacts = contacts  # type: ignore[method-assign]
        here.asterisk.call("718")
        here.asterisk.hang_up_at("caller", 3.0)

    day = a_day(script, [phone("1006"), phone("1007", Answers(0.5))])
    assert "   0.00 > dial 1007" in day.transcript
    assert attempts(day.record) == ["emil answered"]


def test_an_agent_is_not_offered_another_call_between_two_of_his_phones() -> None:
    def script(here: Company) -> None:
        here.asterisk.call("718")
        dial = here.asterisk.originate

        async def originate(*legs: Leg) -> list[AriError | None]:
            if here.asterisk.transcript[-1].endswith("1006 says 486"):
                here.asterisk.call("718")  # in this very moment
                await asyncio.sleep(0.1)
            return await dial(*legs)

        here.asterisk.originate = originate  # type: ignore[method-assign]

    day = a_day(script, [phone("1006", Busy()), phone("1007", Answers(0.5, talks=1.0))])
    assert attempts(day.records[0]) == ["emil answered"]
    assert attempts(day.records[1]) == ["emil skipped reserved"]


def test_phones_in_order_of_one_who_rings_on_have_their_turns_too() -> None:
    def script(here: Company) -> None:
        changed.group(here, "support", members=("emil", "carla"))
        here.asterisk.call("711")  # adding up
        here.asterisk.hang_up_at("caller", 7.0)

    day = a_day(script, [phone("1006"), phone("1007", Answers(3.5)), phone("1003", Silent())])
    assert [line[10:] for line in day.transcript if "dial" in line] == [
        "caller +38160111 dials 711",
        "dial 1006",
        "dial 1007",
        "dial 1003",
    ]
    assert attempts(day.record) == ["emil no_answer", "carla no_answer"]
