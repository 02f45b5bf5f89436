"""Whom a call rings, one after another: groups, agents, outside numbers, and what follows on."""

import asyncio
from dataclasses import replace

import pytest

from callrouter.ari.causes import HangupReason
from callrouter.call_record import CallRecord
from callrouter.facts import AgentSkipped, Disposition, FollowedOn, Message, Routed, Stage
from callrouter.routing.model import Override, OverrideKind, Prompt, Target, TargetKind
from callrouter.routing.order import History
from tests.calls import changed
from tests.calls.changed import AGENT, GROUP, OUTSIDE, SETTINGS, follow_on
from tests.calls.company import MONDAY_TEN, Company, a_day
from tests.calls.scenarios import OUTSIDE as NUMBER
from tests.calls.test_endings import hangups_take
from tests.calls.test_scenarios import attempt_words
from tests.calls.test_troubles import one_call
from tests.fakes.phones import Answers, Busy, Declines, Silent, phone, unregistered


def attempts(record: CallRecord) -> list[str]:
    return [attempt_words(attempt) for attempt in record.attempts]


def test_all_groups_together_ring_no_longer_than_max_ring_seconds() -> None:
    def script(here: Company) -> None:
        changed.settings(here, "two-groups", max_ring_seconds=3.0)
        here.asterisk.call("713")

    record = a_day(script, [phone("1001"), phone("1002"), phone("1003")]).record
    assert attempts(record) == ["amina no_answer", "bojan no_answer"]
    assert record.waiting_seconds == pytest.approx(3.0 + 0.25 + 2.5 + 0.2)


def test_a_group_whose_turn_never_comes_is_not_named_among_those_who_were_tried() -> None:
    def script(here: Company) -> None:
        changed.settings(here, "two-groups", max_ring_seconds=2.0)
        here.asterisk.call("713")

    record = a_day(script, [phone("1001"), phone("1002"), phone("1003")]).record
    assert record.rule == "Unavailable message: nobody of solo was there and answered."


def test_what_follows_on_has_max_ring_seconds_of_its_own() -> None:
    def script(here: Company) -> None:
        follows = follow_on((GROUP, "others"))
        changed.settings(here, "outside", max_ring_seconds=2.0, follow_on=follows)
        here.asterisk.call("723")

    record = a_day(script, [phone("1001"), phone("1002"), phone("1003")]).record
    assert attempts(record) == ["amina no_answer", "bojan no_answer"]
    assert record.rule == "Unavailable message: nobody of solo and others was there and answered."


def test_whoever_was_rung_before_is_rung_again_by_the_next_group_when_his_legs_are_gone() -> None:
    """Asterisk takes its time with the cancel: nobody is busy with our own first try."""

    def script(here: Company) -> None:
        hangups_take(here, 0.3)
        changed.settings(here, "outside", follow_on=follow_on((GROUP, "support")))
        here.asterisk.call("723")
        here.asterisk.hang_up_at("caller", 6.0)

    record = a_day(script, [phone("1001"), phone("1002"), phone("1003")]).record
    assert attempts(record)[:3] == ["amina no_answer", "amina no_answer", "bojan caller_left"]


def test_a_phone_that_still_rings_for_our_own_first_try_is_waited_for() -> None:
    def script(here: Company) -> None:
        changed.settings(here, "outside", follow_on=follow_on((GROUP, "support")))
        here.agents.set_state("fake", "PJSIP/1001", "NOT_INUSE")
        cancel = here.asterisk.hang_up

        async def hang_up(channel_id: str, reason: HangupReason = HangupReason.NORMAL) -> None:
            await cancel(channel_id, reason)
            here.agents.set_state("fake", "PJSIP/1001", "RINGING")
            loop = asyncio.get_running_loop()
            loop.call_later(0.1, here.agents.set_state, "fake", "PJSIP/1001", "NOT_INUSE")

        here.asterisk.hang_up = hang_up  # type: ignore[method-assign]
        here.asterisk.call("723")
        here.asterisk.hang_up_at("caller", 3.0)

    record = a_day(script, [phone("1001"), phone("1002"), phone("1003")]).record
    assert attempts(record) == ["amina no_answer", "amina caller_left"]


def test_an_agent_who_is_rung_by_somebody_else_is_not_waited_for() -> None:
    def script(here: Company) -> None:
        changed.settings(here, "outside", follow_on=follow_on((GROUP, "support")))
        here.asterisk.call("723")
        here.agents.set_state("fake", "PJSIP/1002", "RINGING")
        here.asterisk.hang_up_at("caller", 0.5)

    phones = [phone("1001", Declines()), phone("1002"), phone("1003")]
    record = a_day(script, phones).record
    assert attempts(record)[2:] == ["bojan skipped reserved", "carla caller_left"]


@pytest.mark.parametrize("line", ["another", "none"])
def test_an_outside_number_that_is_not_allowed_is_never_dialled(line: str) -> None:
    def script(here: Company) -> None:
        outside = here.table.outside
        assert outside is not None
        allowed = replace(outside, allowed=("+38111*",)) if line == "another" else None
        here.table = replace(here.table, outside=allowed)
        here.asterisk.call("723")

    day = a_day(script, [phone("1001", Declines()), phone(f"{NUMBER}@provider")])
    assert attempts(day.record) == ["amina rejected", f"{NUMBER} skipped unreachable"]
    (skipped,) = [fact for fact in day.facts[0] if isinstance(fact, AgentSkipped)]
    assert skipped.detail == "not among the allowed outside numbers"
    assert not any("dial +" in line for line in day.transcript)
    assert day.record.disposition is Disposition.UNAVAILABLE


def test_an_outside_number_is_rung_for_ring_seconds() -> None:
    day = a_day(one_call("723"), [unregistered("1001"), phone(f"{NUMBER}@provider")])
    assert attempts(day.record) == ["amina skipped unreachable", f"{NUMBER} no_answer"]
    assert day.record.attempts[1].seconds == pytest.approx(2.0)
    assert day.record.rule == (
        f"Unavailable message: nobody of solo and {NUMBER} was there and answered."
    )


def test_settings_are_entered_once_a_call() -> None:
    def script(here: Company) -> None:
        to_one, to_other = (SETTINGS, "outside"), (SETTINGS, "two-groups")
        changed.settings(here, "outside", follow_on=follow_on(to_other, to_one))
        changed.settings(here, "two-groups", follow_on=follow_on(to_one, to_other))
        here.asterisk.call("723")

    phones = [phone(extension, Declines()) for extension in ("1001", "1002", "1003")]
    day = a_day(script, phones)
    assert attempts(day.record) == [
        "amina rejected",
        "amina rejected",
        "bojan rejected",
        "carla rejected",
    ]
    assert [f.target for f in day.facts[0] if isinstance(f, FollowedOn)] == [
        "the settings two-groups"
    ]
    assert [f.settings for f in day.facts[0] if isinstance(f, Routed)] == ["outside", "two-groups"]
    assert day.record.settings == "outside"


def test_closed_settings_that_follow_on_give_the_call_to_their_own_follow_on() -> None:
    def script(here: Company) -> None:
        follows = follow_on((SETTINGS, "closed-follow-on"), (OUTSIDE, NUMBER))
        changed.settings(here, "outside", follow_on=follows)
        here.asterisk.call("723")

    phones = [
        phone("1001", Declines()),
        phone("1002", Declines()),
        phone("1003", Declines()),
        phone(f"{NUMBER}@provider", Answers(1.0, talks=1.0)),
    ]
    day = a_day(script, phones)
    assert day.record.agent == NUMBER
    assert [(f.target, f.rule) for f in day.facts[0] if isinstance(f, FollowedOn)] == [
        ("the settings closed-follow-on", "Nobody of solo took the call."),
        ("group others", "closed-follow-on is closed."),
        (f"the outside number {NUMBER}", "Nobody of solo and others took the call."),
    ]
    assert not any("closed" in line for line in day.transcript), "its message is not for him"


def test_why_it_goes_on_is_said_of_each_that_follows_on_in_closed_hours() -> None:
    def script(here: Company) -> None:
        follows = follow_on((SETTINGS, "closed"), (GROUP, "solo"), (GROUP, "others"))
        changed.settings(here, "closed-follow-on", follow_on_closed=follows)
        here.asterisk.call("726")

    day = a_day(script, [phone(each, Declines()) for each in ("1001", "1002", "1003")])
    assert [f.rule for f in day.facts[0] if isinstance(f, FollowedOn)] == [
        "closed-follow-on is closed.",
        "closed-follow-on is closed.",
        "Nobody of solo took the call.",
    ]


def test_a_group_without_members_is_followed_on_too() -> None:
    def script(here: Company) -> None:
        changed.settings(here, "empty-group", follow_on=follow_on((GROUP, "solo")))
        here.asterisk.call("704")

    day = a_day(script, [phone("1001", Busy())])
    assert attempts(day.record) == ["amina busy"]
    assert [f.rule for f in day.facts[0] if isinstance(f, FollowedOn)] == [
        "Nobody of nobody took the call."
    ]
    assert day.record.disposition is Disposition.BUSY


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        (AGENT, "carla", ["carla answered"]),
        (OUTSIDE, NUMBER, [f"{NUMBER} answered"]),
        (SETTINGS, "no-greeting", ["amina skipped unreachable", "bojan answered"]),
        (SETTINGS, "sequential", []),
    ],
)
def test_an_override_sends_everything_elsewhere(
    kind: TargetKind, name: str, expected: list[str]
) -> None:
    def script(here: Company) -> None:
        send = Override("o", OverrideKind.SEND_TO, targets=(Target(kind, name),))
        changed.settings(here, "sequential", overrides=(send,))
        here.asterisk.call("700")

    phones = [
        unregistered("1001"),
        phone("1002", Answers(0.5, talks=1.0)),
        phone("1003", Answers(0.5, talks=1.0)),
        phone(f"{NUMBER}@provider", Answers(0.5, talks=1.0)),
    ]
    assert attempts(a_day(script, phones).record) == expected


def test_an_override_closes_with_its_own_message() -> None:
    def script(here: Company) -> None:
        said = Prompt(text="A meeting.", media="/prompts/closed", seconds=1.25)
        changed.settings(
            here, "no-greeting", overrides=(Override("o", OverrideKind.CLOSED, message=said),)
        )
        here.asterisk.call("702")

    day = a_day(script, [])
    assert (day.record.disposition, day.record.message) == (Disposition.CLOSED, Message.CLOSED)
    assert day.record.rule == "Closed: closed message."


def test_closed_with_nothing_to_say_is_not_even_answered() -> None:
    def script(here: Company) -> None:
        changed.settings(
            here, "closed-message", closed_message=None, agent_unavailable_message=None
        )
        here.asterisk.call("727")

    day = a_day(script, [])
    assert day.transcript[-1] == "   0.00 > hang up caller (no_answer)"
    assert (day.record.disposition, day.record.message) == (Disposition.CLOSED, None)
    assert day.record.rule == "Closed: no message."


def test_a_caller_who_leaves_in_the_closed_message_found_it_closed() -> None:
    day = a_day(one_call("726", leaves=1.0), [phone("1002"), phone("1003")])
    assert day.record.disposition is Disposition.CLOSED
    assert day.record.left_during is Stage.MESSAGE
    assert attempts(day.record) == []


def test_a_caller_who_leaves_while_those_for_closed_hours_ring_has_abandoned() -> None:
    day = a_day(one_call("726", leaves=2.0), [phone("1002"), phone("1003")])
    assert day.record.disposition is Disposition.ABANDONED
    assert attempts(day.record) == ["bojan caller_left"]


def test_nobody_for_closed_hours_took_the_call() -> None:
    day = a_day(one_call("726"), [unregistered("1002"), phone("1003", Declines())])
    assert day.record.rule == "Closed, and nobody of others took the call."
    assert day.record.message is Message.CLOSED


@pytest.mark.parametrize(
    ("behaviour", "fields", "words"),
    [
        (Busy(), {"busy_delay_seconds": 30.0}, "declined a call (was busy) until 10:00:30"),
        (Declines(), {"reject_delay_seconds": 60.0}, "declined a call (said no) until 10:01:00"),
        (
            Silent(),
            {"no_answer_delay_seconds": 28.0},
            "declined a call (did not answer) until 10:00:30",
        ),
    ],
    ids=["busy", "declined", "no answer"],
)
def test_who_did_not_take_a_call_is_left_alone_for_as_long_as_his_group_says(
    behaviour: Busy | Declines | Silent, fields: dict[str, float], words: str
) -> None:
    def script(here: Company) -> None:
        changed.group(here, "left-alone", **fields)
        here.asterisk.call("715")
        here.asterisk.call("715", at=29.0)
        here.asterisk.call("714", at=29.0)
        here.asterisk.hang_up_at("caller2", 29.5)
        here.asterisk.hang_up_at("caller3", 29.9)

    phones = [phone("1001", behaviour), phone("1002", Declines())]
    day = a_day(script, phones, seconds=60.0)
    (detail,) = [a.detail for a in day.records[1].attempts if a.agent == "amina"]
    assert detail == words
    assert attempts(day.records[2])[0].startswith("amina "), "another group may ring him"
    assert "skipped" not in attempts(day.records[2])[0]


def test_wrapping_up_begins_when_somebody_hangs_up() -> None:
    def script(here: Company) -> None:
        here.asterisk.call("714")
        here.asterisk.hang_up_at("caller", 5.0)
        here.asterisk.call("714", at=34.9)
        here.asterisk.call("714", at=35.1)
        here.asterisk.hang_up_at("caller2", 35.0)
        here.asterisk.hang_up_at("caller3", 36.0)

    phones = [phone("1001", Answers(0.5)), unregistered("1002")]
    first, second, third = a_day(script, phones, seconds=60.0).records
    assert attempts(first) == ["amina answered"]
    assert second.attempts[0].detail == "wrapping up a call until 10:00:35"
    assert attempts(third)[0] == "amina answered"


def test_what_agents_do_is_counted() -> None:
    board = None

    def script(here: Company) -> None:
        nonlocal board
        board = here.agents
        here.asterisk.call("702")
        here.asterisk.hang_up_at("caller", 4.0)
        here.asterisk.call("702", at=10.0)

    phones = [phone("1001", Answers(1.0, talks=3.0)), phone("1002", Answers(1.0))]
    day = a_day(script, phones)
    assert [record.agent for record in day.records] == ["amina", "amina"]
    assert board is not None
    history = board.history("amina", MONDAY_TEN, "Europe/Belgrade")
    assert (history.calls, round(history.talk_seconds, 3)) == (2, 6.0)
    assert history.idle_since == day.records[1].ended_at
    assert board.history("bojan", MONDAY_TEN, "Europe/Belgrade") == History()


def test_an_agent_with_a_skill_too_low_is_skipped_with_what_he_lacks() -> None:
    def script(here: Company) -> None:
        changed.group(here, "support", required_skills={"arabic": 5, "sales": 1})
        here.asterisk.call("728")

    record = a_day(script, [phone("1001"), phone("1002"), phone("1003")]).record
    assert record.attempts[2].detail == "lacks a skill (arabic 5, sales 1)"
    assert record.disposition is Disposition.UNAVAILABLE


def test_a_directly_dialled_agent_is_rung_whatever_the_schedule_and_his_skills_say() -> None:
    def script(here: Company) -> None:
        changed.settings(
            here, "simultaneous", call_handling_schedule=(), required_skills={"arabic": 5}
        )
        here.asterisk.call("1003")

    day = a_day(script, [phone("1003", Answers(0.5, talks=1.0))])
    assert attempts(day.record) == ["carla answered"]
    assert day.record.agent_group is None
