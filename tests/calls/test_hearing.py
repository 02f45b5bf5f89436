"""What the caller hears until an agent has him, and who is greeted again."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from callrouter.ari.errors import Gone, Unavailable
from callrouter.ari.events import Playback, PlaybackFinished
from callrouter.calls import greeted
from callrouter.calls.greeted import Greeted
from callrouter.facts import Disposition, Message, PromptEnded, PromptStarted, RingingBegan, Stage
from callrouter.routing.model import FollowOn, Greet, Ringback, Target, TargetKind
from tests.calls import changed
from tests.calls.company import MONDAY_TEN, Company, Day, a_day, company
from tests.calls.test_targets import attempts
from tests.calls.test_troubles import Once, after, one_call
from tests.fakes.asterisk import ENTITY
from tests.fakes.phones import Answers, Busy, Declines, phone

REPEAT = company().settings["repeat-caller"]


def heard(day: Day) -> list[str]:
    """What was asked for the caller's ears, in order."""
    asked = (line[10:] for line in day.transcript if line[8] == ">")
    words = ("ring", "play", "stop playing", "music", "no music", "progress", "answer")
    return [each for each in asked if each.startswith(words)]


def ends(day: Day) -> list[str | None]:
    return [fact.failure for fact in day.facts[0] if isinstance(fact, PromptEnded)]


# While agents ring.


def test_silence_is_silence() -> None:
    def script(here: Company) -> None:
        changed.settings(here, "music", ringback=Ringback.SILENCE)
        here.asterisk.call("721")
        here.asterisk.hang_up_at("caller", 3.0)

    day = a_day(script, [phone("1001", Answers(1.0)), phone("1002")])
    assert heard(day) == ["answer caller"]
    assert day.record.waiting_seconds == pytest.approx(1.0)


def test_music_as_early_media_costs_the_caller_nothing() -> None:
    def script(here: Company) -> None:
        changed.settings(here, "music", early_media=True, music_class="jazz")
        here.asterisk.call("721")

    day = a_day(script, [phone("1001"), phone("1002", Busy())])
    assert heard(day) == [
        "progress caller",
        "music for caller jazz",
        "no music for caller",
        "play caller busy",
    ]
    assert day.record.answered_at is None


def test_music_goes_on_when_the_one_who_answered_has_just_dropped() -> None:
    def script(here: Company) -> None:
        here.asterisk.fail = Once(add_to_bridge=Unavailable("timeout"))
        here.asterisk.call("721")
        here.asterisk.hang_up_at("caller", 4.0)

    day = a_day(script, [phone("1001", Answers(0.5)), phone("1002", Answers(1.0))])
    assert attempts(day.record) == ["amina failed", "bojan answered"]
    assert heard(day)[1:] == [
        "music for caller default",
        "no music for caller",
        "music for caller default",
        "no music for caller",
    ]


def test_ringing_begins_once_however_many_groups_ring() -> None:
    phones = [phone("1001", Declines()), phone("1002", Declines()), phone("1003", Declines())]
    day = a_day(one_call("713"), phones)
    assert [f for f in day.facts[0] if isinstance(f, RingingBegan)] == [
        RingingBegan(at=MONDAY_TEN),
    ]
    assert heard(day)[0] == "ring caller"
    assert heard(day).count("ring caller") == 1


def test_a_caller_who_leaves_during_early_media_was_never_answered() -> None:
    day = a_day(one_call("722", leaves=1.0), [phone("1001"), phone("1002")])
    assert day.record.disposition is Disposition.ABANDONED
    assert day.record.left_during is Stage.GREETING
    assert day.record.answered_at is None


# Greeted meanwhile.


def test_a_greeting_that_is_heard_meanwhile_is_recorded_like_any_other() -> None:
    day = a_day(one_call("719", leaves=3.0), [phone("1001"), phone("1002")])
    prompts = [f for f in day.facts[0] if isinstance(f, PromptStarted | PromptEnded)]
    assert [(f.message, round((f.at - MONDAY_TEN).total_seconds(), 2)) for f in prompts] == [
        (Message.GREETING, 0.25),
        (Message.GREETING, 2.0),
    ]


def never_rendered(here: Company) -> None:
    greeting = here.table.settings["greet-while-ringing"].greeting_message
    assert greeting is not None
    silent = replace(greeting, media=None)
    changed.settings(here, "greet-while-ringing", greeting_message=silent)


def refused(here: Company) -> None:
    here.asterisk.fail = Once(play=Unavailable("timeout"))


def never_ends(here: Company) -> None:
    here.asterisk.playback_seconds["/prompts/greeting"] = float("inf")


def fails(here: Company) -> None:
    here.asterisk.playback_seconds["/prompts/greeting"] = float("inf")

    def fail() -> None:
        playback = Playback(here.calls[0].name(1), "channel:caller", "failed")
        next(iter(here.asterisk.channels.values())).playbacks.clear()
        here.switchboard.deliver(PlaybackFinished(playback, ENTITY))

    after(here, 0.5, fail)


@pytest.mark.parametrize(
    ("trouble", "failure"),
    [
        (never_rendered, "it was never rendered"),
        (refused, "timeout"),
        (fails, "Asterisk could not play it"),
    ],
)
def test_a_greeting_that_cannot_be_heard_meanwhile_gives_way_to_ringing(
    trouble: Callable[[Company], None], failure: str
) -> None:
    def script(here: Company) -> None:
        trouble(here)
        here.asterisk.call("719")
        here.asterisk.hang_up_at("caller", 3.0)

    day = a_day(script, [phone("1001", Answers(1.0)), phone("1002")])
    assert attempts(day.record) == ["amina answered"]
    assert ends(day) == [failure]
    assert heard(day)[-1] == "ring caller"


def test_a_greeting_that_never_ends_gives_way_to_ringing_late() -> None:
    def script(here: Company) -> None:
        never_ends(here)
        changed.settings(here, "greet-while-ringing", ring_seconds=9.0)
        here.asterisk.call("719")
        here.asterisk.hang_up_at("caller", 9.0)

    day = a_day(script, [phone("1001"), phone("1002")])
    assert ends(day) == ["Asterisk never said that it had ended"]
    assert "   7.00 > ring caller" in day.transcript


def test_a_greeting_that_never_ends_does_not_hold_up_the_message() -> None:
    def script(here: Company) -> None:
        never_ends(here)
        here.asterisk.call("719")

    day = a_day(script, [phone("1001", Busy()), phone("1002", Busy())])
    assert ends(day) == ["Asterisk never said that it had ended", None]
    assert "   7.00 > play caller busy" in day.transcript


def test_a_greeting_that_ends_as_an_agent_answers_does_not_cost_the_call() -> None:
    def script(here: Company) -> None:
        async def stop_playing(playback_id: str) -> None:
            here.asterisk.channels["caller"].playbacks.clear()
            raise Gone("404")

        here.asterisk.stop_playing = stop_playing  # type: ignore[method-assign]
        here.asterisk.call("719")
        here.asterisk.hang_up_at("caller", 3.0)

    day = a_day(script, [phone("1001", Answers(0.5)), phone("1002")])
    assert attempts(day.record) == ["amina answered"]
    assert ends(day) == [None]


def test_a_greeting_that_ends_while_a_phone_is_waited_for_gives_way_to_ringing() -> None:
    def script(here: Company) -> None:
        settings = here.table.settings["greet-while-ringing"]
        again = Target(TargetKind.AGENT_GROUP, settings.call_handling_schedule[0].agent_groups[0])
        changed.settings(here, settings.name, follow_on=(FollowOn(again),))
        for at, state in (1.5, "RINGING"), (2.3, "NOT_INUSE"):
            after(here, at, here.agents.set_state, ENTITY, "PJSIP/1001", state)
        here.asterisk.call("719")
        here.asterisk.hang_up_at("caller", 4.0)

    day = a_day(script, [phone("1001", Declines(0.7)), phone("1002", Declines(0.8))])
    assert ends(day)[0] is None
    assert "   2.00 > ring caller" in day.transcript


def test_with_nobody_to_ring_the_greeting_is_heard_first_all_the_same() -> None:
    def script(here: Company) -> None:
        changed.settings(here, "empty-group", greet=Greet.WHILE_RINGING)
        here.asterisk.call("704")

    day = a_day(script, [])
    assert heard(day) == ["answer caller", "play caller greeting", "play caller unavailable"]
    assert "   2.00 < played" in day.transcript


# Callers who were greeted lately.


def lately(minutes: float, number: str = "+38160111", name: str = "repeat-caller") -> bool:
    """Whether somebody who was greeted at ten still is known so many minutes later."""
    callers = Greeted()
    settings = replace(REPEAT, skip_greeting_minutes=5.0)
    callers.note(settings, number, MONDAY_TEN)
    asked = replace(settings, name=name)
    return callers.lately(asked, number, MONDAY_TEN + timedelta(minutes=minutes))


def test_a_caller_is_known_for_as_long_as_the_settings_say_and_only_there() -> None:
    assert lately(4.99)
    assert not lately(5.0)
    assert not lately(1.0, name="other")


@pytest.mark.parametrize("number", ["", "anonymous", "Restricted"])
def test_a_caller_who_hides_his_number_is_nobody_we_know(number: str) -> None:
    assert not lately(1.0, number)


def test_settings_that_greet_everybody_remember_nobody() -> None:
    callers = Greeted()
    callers.note(replace(REPEAT, skip_greeting_minutes=0.0), "+38160111", MONDAY_TEN)
    assert not callers.lately(REPEAT, "+38160111", MONDAY_TEN)


def test_of_very_many_callers_the_latest_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(greeted, "_MOST", 2)
    callers = Greeted()
    for number in ("1", "2", "1", "3"):
        callers.note(REPEAT, number, MONDAY_TEN)
    assert [callers.lately(REPEAT, each, MONDAY_TEN) for each in "123"] == [True, False, True]


def test_who_left_in_the_greeting_hears_it_from_the_beginning_the_next_time() -> None:
    def script(here: Company) -> None:
        here.asterisk.call("720")
        here.asterisk.hang_up_at("caller", 1.0)
        here.asterisk.call("720", at=5.0)
        here.asterisk.hang_up_at("caller2", 6.0)

    day = a_day(script, [phone("1001"), phone("1002")])
    assert [line for line in day.transcript if "play" in line] == [
        "   0.25 > play caller greeting",
        "   5.25 > play caller2 greeting",
    ]


def test_who_heard_the_greeting_while_it_rang_is_known_too() -> None:
    def script(here: Company) -> None:
        changed.settings(here, "repeat-caller", greet=Greet.WHILE_RINGING)
        here.asterisk.call("720")
        here.asterisk.hang_up_at("caller", 3.0)
        here.asterisk.call("720", at=5.0)
        here.asterisk.hang_up_at("caller2", 6.0)

    day = a_day(script, [phone("1001"), phone("1002")])
    assert [line for line in day.transcript if "play" in line][:1] == [
        "   0.25 > play caller greeting"
    ]
    assert "   5.00 > ring caller2" in day.transcript
