"""What supervisors do with calls: races, refusals, and what agents and records make of it."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from callrouter.ari.errors import Gone, Unavailable
from callrouter.call_requests import Result
from callrouter.calls.agents import AgentBoard
from callrouter.calls.inbox import CallerLost, RouterStopping, TakenOver
from callrouter.commands.why_words import sentence
from callrouter.facts import (
    Disposition,
    FollowedOn,
    HungUp,
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
from callrouter.routing.model import Target, TargetKind
from tests.calls.company import Company, Day, a_day, company
from tests.calls.scenarios import OUTSIDE, agent, group, settings
from tests.calls.test_endings import hangups_take
from tests.calls.test_scenarios import attempt_words
from tests.calls.test_troubles import Once, after
from tests.fakes.phones import Answers, Busy, Phone, Silent, on_another_call, phone, unregistered

NOBODY_ELSE = [phone("1002"), phone("1003"), unregistered("1006"), unregistered("1007")]
UNKNOWN = Target(TargetKind.AGENT_GROUP, "unheard of")


def asking(
    *asks: tuple[float, Target | None],
    number: str = "702",
    leaves: float | None = None,
    also: Callable[[Company], None] | None = None,
) -> Callable[[Company], None]:
    """One call; each is asked so many seconds after its arrival."""

    def script(here: Company) -> None:
        here.asterisk.call(number)
        for at, to in asks:
            after(here, at, here.ask, to)
        if leaves is not None:
            here.asterisk.hang_up_at("caller", leaves)
        if also is not None:
            also(here)

    return script


def results(day: Day) -> list[Result]:
    return [answer.result for answer in day.told]


def words(day: Day) -> list[str]:
    return [attempt_words(attempt) for attempt in day.record.attempts]


# The same instant.


@pytest.mark.parametrize("later", [-0.001, 0.0, 0.001])
@pytest.mark.parametrize("at", [0.5, 3.0], ids=["while it rings", "in the talk"])
def test_ended_and_hung_up_in_the_same_instant(at: float, later: float) -> None:
    day = a_day(asking((at, None), leaves=at + later), [phone("1001", Answers(1.0)), phone("1002")])
    first = next(fact for fact in day.facts[0] if isinstance(fact, HungUp))
    ended = first.by is Party.SUPERVISOR
    assert sum(isinstance(fact, HungUp) for fact in day.facts[0]) == 1
    assert results(day) == [Result.DONE if ended else Result.CALL_OVER]
    assert day.record.ended_by == ("sofia" if ended else None)
    assert any(isinstance(fact, SupervisorEnded) for fact in day.facts[0]) is ended
    if at < 1.0:
        left = Disposition.REJECTED if ended else Disposition.ABANDONED
        assert day.record.disposition is left
    if later < 0:
        assert not ended, "the caller was first"
    if later > 0:
        assert ended


@pytest.mark.parametrize("later", [-0.001, 0.0, 0.001])
def test_moved_and_the_agent_hangs_up_in_the_same_instant(later: float) -> None:
    day = a_day(
        asking((3.0 + later, agent("carla")), leaves=8.0),
        [phone("1001", Answers(1.0, talks=2.0)), phone("1002"), phone("1003", Answers(1.0))],
    )
    moved = any(isinstance(fact, Moved) for fact in day.facts[0])
    assert results(day) == [Result.DONE if moved else Result.CALL_OVER]
    assert moved or later >= 0
    assert day.record.agent == ("carla" if moved else "amina")
    assert day.record.hung_up_by is (Party.CALLER if moved else Party.AGENT)


@pytest.mark.parametrize("later", [-0.001, 0.0, 0.001])
def test_moved_as_an_agent_answers(later: float) -> None:
    day = a_day(
        asking((1.0 + later, agent("carla")), leaves=5.0),
        [phone("1001", Answers(1.0)), phone("1002"), phone("1003", Answers(1.0))],
    )
    assert results(day) == [Result.DONE]
    talked = [a.agent for a in day.record.attempts if a.outcome is Outcome.ANSWERED]
    assert talked in (["carla"], ["amina", "carla"])
    assert day.record.agent == "carla"


def test_moved_and_the_caller_hangs_up_at_once() -> None:
    day = a_day(
        asking((0.5, agent("carla")), leaves=0.5001), [phone("1001"), phone("1002"), phone("1003")]
    )
    assert day.record.disposition is Disposition.ABANDONED
    assert set(results(day)) <= {Result.DONE, Result.CALL_OVER}
    assert len(day.told) == 1


def test_a_call_is_ended_twice_and_moved_when_it_is_over() -> None:
    day = a_day(
        asking((0.5, None), (0.5001, None), (0.5002, agent("carla"))),
        [phone("1001"), phone("1002")],
    )
    assert sorted(results(day)) == [Result.CALL_OVER, Result.CALL_OVER, Result.DONE]
    assert sum(isinstance(fact, SupervisorEnded) for fact in day.facts[0]) == 1


def test_who_is_found_gone_is_not_moved() -> None:
    """Asterisk says that the caller's channel is no more; the event of its end is on its way."""

    def script(here: Company) -> None:
        here.asterisk.call("702")
        after(here, 0.5, here.asterisk.channels.pop, "caller")
        after(here, 2.2, here.ask, agent("carla"))

    day = a_day(script, [phone("1001"), phone("1002"), phone("1003")])
    assert results(day) == [Result.CALL_OVER]
    assert not any(isinstance(fact, Moved) for fact in day.facts[0])
    assert day.record.disposition is Disposition.ABANDONED


# Refusals: the call stays where it is.


@pytest.mark.parametrize(
    ("to", "result", "says"),
    [
        (UNKNOWN, Result.REFUSED, "no agent group 'unheard of'"),
        (agent("nobody"), Result.REFUSED, "no agent 'nobody'"),
        (settings("unheard of"), Result.REFUSED, "no settings 'unheard of'"),
        (Target(TargetKind.OUTSIDE_NUMBER, "+49301234"), Result.REFUSED, "is not allowed"),
        (group("nobody"), Result.REFUSED, "has no members"),
        (agent("amina"), Result.REFUSED, "Amina Haddad has this caller already."),
        (agent("carla"), Result.NOBODY, "Carla Rossi cannot be rung: on a call since 10:00."),
        (group("in-order"), Result.NOBODY, "Emil Novak (no phone can be reached)"),
        (settings("closed"), Result.NOBODY, "closed is closed: It is Monday"),
        (settings("empty-group"), Result.NOBODY, "Nobody of the settings empty-group"),
        (group("solo"), Result.NOBODY, "Amina Haddad (on a call since 10:00)"),
    ],
    ids=lambda value: str(value).replace(" ", "-") if isinstance(value, Target) else None,
)
def test_a_talk_goes_on_where_the_call_cannot_be_moved(
    to: Target, result: Result, says: str
) -> None:
    day = a_day(
        asking((2.0, to), leaves=4.0),
        [
            *(phone("1001", Answers(1.0)), phone("1002"), on_another_call("1003")),
            *(unregistered("1006"), unregistered("1007")),
        ],
    )
    (answer,) = day.told
    assert answer.result is result
    assert says in answer.detail
    assert day.record.agent == "amina"
    assert day.record.talking_seconds == pytest.approx(3.0, abs=0.01)
    assert day.record.moved_to is None
    assert not any("part" in line for line in day.transcript)


def test_of_very_many_who_cannot_be_rung_some_are_named() -> None:
    table = company()
    agents = {
        f"a{n}": replace(table.agents["amina"], id=f"a{n}", phones=(f"PJSIP/a{n}",))
        for n in range(8)
    }
    crowd = replace(table.agent_groups["sales"], name="crowd", members=tuple(agents))
    groups = {**table.agent_groups, "crowd": crowd}

    def script(here: Company) -> None:
        here.table = replace(table, agents={**table.agents, **agents}, agent_groups=groups)
        for name in agents:
            here.agents.set_status(name, logged_in=False)
        here.asterisk.call("702")
        after(here, 0.5, here.ask, group("crowd"))

    day = a_day(script, [phone("1001"), phone("1002")])
    assert day.told[0].detail.count("(logged out)") == 5
    assert "and 3 more" in day.told[0].detail


def test_a_caller_whose_number_is_not_ours_is_not_moved() -> None:
    def script(here: Company) -> None:
        here.asterisk.call("799")
        here.ask_in(Stage.ARRIVAL, 0.0, partial(here.ask, agent("carla")), "caller")

    day = a_day(script, [phone("1003")])
    assert results(day) == [Result.CALL_OVER]
    assert day.record.disposition is Disposition.REJECTED


# What is rung, and what he hears.


def test_an_agent_who_rings_for_this_call_can_have_it_alone() -> None:
    """She counts as free though she is reserved, and though her phone rings."""

    def ringing(here: Company) -> None:
        def state() -> None:
            here.agents.set_state("fake", "PJSIP/1001", "RINGING", here.now())

        after(here, 0.4, state)
        after(here, 0.6, here.agents.set_state, "fake", "PJSIP/1001", "NOT_INUSE")

    day = a_day(
        asking((0.5, agent("amina")), number="711", leaves=4.0, also=ringing),
        [phone("1001", Answers(1.0)), phone("1002"), phone("1003")],
    )
    assert words(day) == ["amina cancelled", "amina answered"]
    assert results(day) == [Result.DONE]


def test_moved_while_the_greeting_plays_and_agents_ring_he_hears_it_to_its_end() -> None:
    day = a_day(
        asking((1.0, agent("carla")), number="719", leaves=6.0),
        [phone("1001"), phone("1002"), phone("1003", Answers(2.5))],
    )
    assert words(day) == ["amina cancelled", "carla answered"]
    assert "   2.00 > ring caller" in day.transcript
    assert not any("stop playing" in line for line in day.transcript)


def test_a_message_that_is_cut_short_has_an_end_in_the_record() -> None:
    day = a_day(
        asking((1.0, agent("carla")), number="700", leaves=6.0),
        [phone("1001"), phone("1002"), phone("1003", Answers(1.0))],
    )
    started = [fact for fact in day.facts[0] if isinstance(fact, PromptStarted)]
    ended = [fact for fact in day.facts[0] if isinstance(fact, PromptEnded)]
    assert len(started) == len(ended) == 1
    assert ended[0].failure is None


@pytest.mark.parametrize("error", [Gone("it has just ended"), Unavailable("timeout")])
def test_a_message_that_cannot_be_stopped_does_not_keep_him(error: Exception) -> None:
    def script(here: Company) -> None:
        here.asterisk.call("700")

        def ask() -> None:
            here.asterisk.fail = Once(stop_playing=error)
            here.asterisk.channels["caller"].playbacks.clear()
            here.ask(agent("carla"))

        after(here, 1.0, ask)
        here.asterisk.hang_up_at("caller", 6.0)

    day = a_day(script, [phone("1001"), phone("1002"), phone("1003", Answers(1.0))])
    assert words(day) == ["carla answered"]


def test_he_hears_ringing_again_after_a_talk() -> None:
    day = a_day(
        asking((2.0, agent("carla")), leaves=6.0),
        [phone("1001", Answers(1.0)), phone("1002"), phone("1003", Answers(1.0))],
    )
    assert sum(isinstance(fact, RingingBegan) for fact in day.facts[0]) == 2
    assert sum("ring caller" in line for line in day.transcript) == 2


def test_a_caller_who_cannot_be_taken_out_of_the_talk_is_moved_all_the_same() -> None:
    def fail(here: Company) -> None:
        async def stuck(bridge_id: str, channel_id: str) -> None:
            here.asterisk.channels[channel_id].bridge = None
            raise Gone(channel_id)

        here.asterisk.remove_from_bridge = stuck  # type: ignore[method-assign]

    day = a_day(
        asking((2.0, agent("carla")), leaves=6.0, also=fail),
        [phone("1001", Answers(1.0)), phone("1002"), phone("1003", Answers(1.0))],
    )
    assert words(day) == ["amina answered", "carla answered"]


def test_settings_that_are_closed_but_follow_on_are_a_place_to_move_to() -> None:
    day = a_day(
        asking((2.0, settings("closed-follow-on")), leaves=9.0),
        [phone("1001", Answers(1.0)), phone("1002", Answers(1.0)), phone("1003")],
    )
    assert words(day) == ["amina answered", "bojan answered"]
    assert results(day) == [Result.DONE]
    decisions = [fact.settings for fact in day.facts[0] if isinstance(fact, Routed)]
    assert decisions == ["no-greeting", "closed-follow-on"]
    assert any("play caller closed" in line for line in day.transcript)
    assert day.record.settings == "no-greeting", "those of the dialled number"


def test_closed_settings_from_which_nobody_takes_it_say_so_after_the_agent_was_tried() -> None:
    day = a_day(
        asking((2.0, settings("closed-follow-on"))),
        [phone("1001", Answers(1.0, talks=1.5)), phone("1002", Busy()), phone("1003", Busy())],
    )
    assert words(day) == ["amina answered", "bojan busy", "carla busy", "amina answered"]
    assert day.record.disposition is Disposition.ANSWERED


def test_moved_by_the_configuration_of_that_moment() -> None:
    table = company()
    new = replace(table.agent_groups["others"], name="new", members=("carla",))

    def change(here: Company) -> None:
        def use() -> None:
            here.table = replace(
                table, version="later", agent_groups={**table.agent_groups, "new": new}
            )

        after(here, 0.4, use)

    day = a_day(
        asking((0.5, group("new")), leaves=4.0, also=change),
        [phone("1001"), phone("1002"), phone("1003", Answers(1.0))],
    )
    assert words(day) == ["amina cancelled", "carla answered"]
    assert day.record.agent_group == "new"


def test_settings_that_are_gone_hold_for_the_call_that_has_them() -> None:
    table = company()

    def change(here: Company) -> None:
        def use() -> None:
            left = {name: each for name, each in table.settings.items() if name != "no-greeting"}
            here.table = replace(table, settings=left)

        after(here, 0.4, use)

    day = a_day(
        asking((0.5, agent("carla")), also=change), [phone("1001"), phone("1002"), phone("1003")]
    )
    assert words(day) == ["amina cancelled", "carla no_answer"]
    assert day.record.disposition is Disposition.UNAVAILABLE


# Nobody takes it.


def test_nobody_there_takes_it_and_the_settings_follow_on() -> None:
    """What was followed on to before is not tried again."""
    day = a_day(
        asking((0.5, agent("bojan")), number="723"),
        [phone("1001"), phone("1002"), phone(f"{OUTSIDE}@provider", Answers(1.0, talks=1.0))],
    )
    assert words(day) == ["amina cancelled", "bojan no_answer", f"{OUTSIDE} answered"]

    day = a_day(
        asking((3.0, agent("bojan")), number="723"),
        [phone("1001"), phone("1002"), phone(f"{OUTSIDE}@provider", Silent())],
    )
    assert words(day) == ["amina no_answer", "bojan no_answer", f"{OUTSIDE} no_answer"]
    day = a_day(
        asking((4.0, agent("bojan")), number="723"),
        [phone("1001"), phone("1002"), phone(f"{OUTSIDE}@provider", Silent())],
    )
    assert words(day) == ["amina no_answer", f"{OUTSIDE} cancelled", "bojan no_answer"]
    assert day.record.disposition is Disposition.UNAVAILABLE


def test_a_phone_that_cannot_be_dialled_after_all_is_said_so() -> None:
    """The board did not know it: nobody rings, and he who asked is not told that somebody does."""

    def gone(here: Company) -> None:
        here.asterisk.phones["1003"] = Phone("1003", (), registered=True)

    day = a_day(
        asking((0.5, agent("carla")), also=gone), [phone("1001"), phone("1002"), phone("1003")]
    )
    assert results(day) == [Result.NOBODY]
    assert words(day) == ["amina cancelled", "carla unreachable"]
    assert day.record.message is not None, "he hears the message, not silence"


def test_the_agent_who_had_him_takes_another_call_meanwhile_so_he_hears_the_message() -> None:
    def paused(here: Company) -> None:
        def pause() -> None:
            here.agents.set_status("amina", paused="lunch", since=here.now())

        after(here, 2.5, pause)

    day = a_day(
        asking((2.0, agent("carla")), also=paused),
        [phone("1001", Answers(1.0)), phone("1002"), phone("1003")],
    )
    assert words(day) == ["amina answered", "carla no_answer", "amina skipped paused"]
    record = day.record
    assert record.disposition is Disposition.ANSWERED, "an agent had talked with him"
    assert (record.hung_up_by, record.left_during) == (Party.CALLROUTER, Stage.MESSAGE)
    assert record.message is not None
    assert record.talking_seconds == pytest.approx(1.0, abs=0.01)
    assert record.talking_since is None
    assert sentence(record) == (
        "Amina Haddad of sales answered after 1 s (Monday 00:00-24:00);"
        " moved by sofia to agent carla; nobody took it then; Carla Rossi did not answer;"
        " Amina Haddad skipped: paused (lunch) since 10:00."
    )


def test_who_had_him_is_rung_again_though_he_wraps_up_and_wraps_up_after_it() -> None:
    board: list[AgentBoard] = []

    def look(here: Company) -> None:
        board.append(here.agents)

    day = a_day(
        asking((2.0, agent("carla")), number="714", leaves=8.0, also=look),
        [phone("1001", Answers(1.0)), phone("1002"), phone("1003")],
        seconds=9.0,
    )
    assert words(day) == ["amina answered", "carla no_answer", "amina answered"]
    talks = [a.talking_seconds for a in day.record.attempts]
    assert talks == [pytest.approx(1.0, abs=0.01), None, pytest.approx(3.0, abs=0.01)]
    (followed,) = (fact for fact in day.facts[0] if isinstance(fact, FollowedOn))
    assert followed.target == "agent amina"
    (agents,) = board
    history = agents.history("amina", day.record.arrived_at, "Europe/Belgrade")
    assert history.calls == 2
    assert history.talk_seconds == pytest.approx(4.0, abs=0.01)


def test_after_a_move_the_first_agent_wraps_up_and_is_free_for_others() -> None:
    def second(here: Company) -> None:
        here.asterisk.call("702", at=3.0)
        here.asterisk.hang_up_at("caller2", 6.0)

    day = a_day(
        asking((2.0, agent("carla")), number="714", leaves=8.0, also=second),
        [phone("1001", Answers(1.0)), phone("1002", Answers(0.5)), phone("1003", Answers(1.0))],
    )
    first, other = day.records
    assert [attempt_words(a) for a in first.attempts] == ["amina answered", "carla answered"]
    assert [attempt_words(a) for a in other.attempts] == [
        "amina skipped wrap_up",
        "bojan answered",
    ]


def test_moved_back_to_who_had_him() -> None:
    day = a_day(
        asking((2.0, agent("carla")), (3.0, agent("amina")), number="714", leaves=8.0),
        [phone("1001", Answers(1.0)), phone("1002"), phone("1003")],
    )
    assert words(day) == ["amina answered", "carla cancelled", "amina answered"]
    assert results(day) == [Result.DONE, Result.DONE]


def test_from_an_outside_number_and_back_to_it() -> None:
    day = a_day(
        asking((4.5, agent("bojan")), number="723"),
        [phone("1001"), phone("1002"), phone(f"{OUTSIDE}@provider", Answers(1.0, talks=3.0))],
    )
    assert words(day) == [
        *("amina no_answer", f"{OUTSIDE} answered", "bojan no_answer", f"{OUTSIDE} answered")
    ]
    assert day.record.agent == OUTSIDE


def test_a_second_move_while_the_first_waits_for_a_message_is_the_one_that_counts() -> None:
    day = a_day(
        asking(
            (0.5, settings("closed-follow-on")),
            (1.0, agent("carla")),
            leaves=4.0,
        ),
        [phone("1001"), phone("1002"), phone("1003", Answers(1.0))],
    )
    assert words(day) == ["amina cancelled", "carla answered"]
    moves = [fact.target for fact in day.facts[0] if isinstance(fact, Moved)]
    assert moves == ["the settings closed-follow-on", "agent carla"]
    assert (day.record.moved_to, day.record.moved_by) == ("agent carla", "sofia")


def test_two_moves_at_once_are_answered_both() -> None:
    day = a_day(
        asking((0.5, agent("carla")), (0.5001, agent("bojan")), leaves=4.0),
        [phone("1001"), phone("1002", Answers(1.0)), phone("1003")],
    )
    assert results(day) == [Result.DONE, Result.DONE]
    assert day.record.agent == "bojan"


def test_who_is_overtaken_before_anybody_was_rung_is_told() -> None:
    """Her phone still ends its ringing for this very call: she is waited for."""

    def slow(here: Company) -> None:
        after(here, 0.4, hangups_take, here, 0.5)

    day = a_day(
        asking((0.5, agent("amina")), (0.7, agent("bojan")), leaves=4.0, also=slow),
        [phone("1001"), phone("1002", Answers(1.0)), phone("1003")],
    )
    assert results(day) == [Result.REFUSED, Result.DONE]
    assert day.told[0].detail == "sofia wanted something else before anybody was rung."
    assert words(day) == ["amina cancelled", "bojan answered"]


# The router and Asterisk.


@pytest.mark.parametrize(
    ("event", "result"),
    [
        (RouterStopping(), Result.CALL_OVER),
        (TakenOver(), Result.REFUSED),
        (CallerLost(), Result.CALL_OVER),
    ],
)
def test_who_asks_a_router_that_lets_go_is_answered(event: object, result: Result) -> None:
    def stop(here: Company) -> None:
        after(here, 0.5, here.tell, event)
        after(here, 0.5, here.ask, agent("carla"))

    day = a_day(
        asking(also=stop),
        [phone("1001"), phone("1002"), phone("1003")],
        leaves_channels=True,
        left_open=isinstance(event, TakenOver),
    )
    assert results(day) == [result]


def test_an_asterisk_that_does_not_hang_up_is_not_said_to_have_done_so() -> None:
    def fail(here: Company) -> None:
        async def hang_up(channel_id: str, reason: object = None) -> None:
            raise Unavailable("timeout")

        def break_() -> None:
            here.asterisk.hang_up = hang_up  # type: ignore[method-assign]

        after(here, 0.4, break_)

    day = a_day(
        asking((0.5, None), also=fail), [phone("1001"), phone("1002")], leaves_channels=True
    )
    assert results(day) == [Result.REFUSED]
    assert day.record.ended_by == "sofia", "that he wanted it is true"
