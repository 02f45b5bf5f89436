"""A router that dies at any moment of any call: the next process goes on where it was.

Every scenario is run with its router killed at each moment at which something happens in it.
"""

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial

import pytest

from callrouter.call_record import CallRecord
from callrouter.facts import Disposition, Ended, Outcome, Party, Stage, TakenUp
from tests.calls.company import MONDAY_TEN, Company, Day, a_day
from tests.calls.scenarios import SCENARIOS, CallerHangsUp, Scenario
from tests.calls.test_scenarios import EARLIER_CALL_SECONDS, attempt_words, play
from tests.fakes.phones import Answers, Phone, Silent, phone

AWAY_SECONDS = 0.4
VERY_LONG = 50.0
"""So long nobody stays."""

OTHERWISE = {
    "an agent whose one phone is busy while the other rings in vain is busy": (
        "that one of his phones was busy died with the router"
    ),
    "phones in order: the second is rung at once when the first is busy": (
        "that one of his phones was busy died with the router"
    ),
    "an agent wraps up his last call and the next is rung": (
        "what there is to wrap up is read from the records, which is not played here"
    ),
    "all ringing together lasts no longer than max_ring_seconds": (
        "who is rung when the call is taken up has ring_seconds"
    ),
}
"""Where a call may end in another way, and why."""


def killed(scenario: Scenario, at: float, *, unwritten: int) -> Day:
    """The scenario, with its router killed at a moment, and another started a little later."""

    def script(here: Company) -> None:
        def pause() -> None:
            for agent in scenario.paused:
                here.agents.set_status(agent, paused="lunch", since=here.now())

        async def restart() -> None:
            here.kill(unwritten)
            await asyncio.sleep(AWAY_SECONDS)
            await here.start_again(pause)

        pause()
        caller, begins = "caller", 0.0
        if earlier := scenario.earlier:
            here.asterisk.call(earlier.number)
            here.leave_caller(earlier.stage, earlier.after)
            caller, begins = "caller2", EARLIER_CALL_SECONDS
        here.asterisk.call(scenario.number, at=begins)
        if isinstance(scenario.ending, CallerHangsUp):
            here.leave_caller(scenario.ending.stage, scenario.ending.after, caller)
        for asks in scenario.asks:
            here.ask_in(asks.stage, asks.after, partial(here.ask, asks.to, caller), caller)
        here.at(at, restart)
        here.asterisk.hang_up_at(caller, VERY_LONG)

    return a_day(script, list(scenario.phones), unfinished=True)


def left_unheard(day: Day, at: float) -> bool:
    """Whether somebody hung up while no router was there."""
    times = [float(line[:7]) for line in day.transcript if line.endswith("hangs up")]
    return any(at <= time <= at + AWAY_SECONDS for time in times)


def asked_unheard(scenario: Scenario, day: Day) -> bool:
    return len(day.asked_at) < len(scenario.asks)


def came_of_it(record: CallRecord) -> tuple[object, ...]:
    return record.disposition, record.agent, record.hung_up_by, record.left_during


@pytest.mark.parametrize("unwritten", [0, 2])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_call_ends_as_if_its_router_had_not_died(scenario: Scenario, unwritten: int) -> None:
    usual = play(scenario)
    for moment in sorted({float(line[:7]) for line in usual.transcript}):
        at = moment + 0.011
        day = killed(scenario, at, unwritten=unwritten)
        record = day.records[-1]
        if left_unheard(day, at) or asked_unheard(scenario, day):
            assert record.disposition is not Disposition.FAILED, at
        elif scenario.name not in OTHERWISE:
            assert came_of_it(record) == came_of_it(usual.records[-1]), at
            alive = [fact for fact in day.facts[-1] if fact.at.timestamp() < at]
            taken_up = [fact for fact in day.facts[-1] if isinstance(fact, TakenUp)]
            assert len(taken_up) <= 1, at
            assert taken_up or not alive or isinstance(alive[-1], Ended), at


def with_restart(
    at: float, phones: list[Phone], *, away: float = AWAY_SECONDS, leaves: float | None = None
) -> Day:
    """One call of 700; its router dies, and another comes."""

    def script(here: Company) -> None:
        async def restart() -> None:
            here.kill()
            await asyncio.sleep(away)
            await here.start_again()

        here.asterisk.call("700")
        if leaves is not None:
            here.asterisk.hang_up_at("caller", leaves)
        here.at(at, restart)

    return a_day(script, phones, unfinished=True)


BOJAN = phone("1002", Silent())


def test_whose_phone_rings_hears_nothing_of_it() -> None:
    day = with_restart(2.5, [phone("1001", Answers(1.5)), BOJAN], leaves=6.0)
    assert [attempt_words(each) for each in day.record.attempts] == ["amina answered"]
    assert sum("dial 1001" in line for line in day.transcript) == 1


def test_who_answers_while_no_router_is_there_has_the_caller_when_one_comes() -> None:
    day = with_restart(2.5, [phone("1001", Answers(1.0)), BOJAN], away=2.0, leaves=8.0)
    assert day.record.agent == "amina"
    assert day.record.talking_seconds == pytest.approx(8.0 - 4.5, abs=0.1)
    assert sum("> dial" in line for line in day.transcript) == 1


def test_a_talk_goes_on_and_its_record_is_whole() -> None:
    day = with_restart(5.0, [phone("1001", Answers(1.0)), BOJAN], away=3.0, leaves=12.0)
    usual = with_restart(20.0, [phone("1001", Answers(1.0)), BOJAN], leaves=12.0)
    assert came_of_it(day.record) == came_of_it(usual.record)
    assert day.record.talking_seconds == usual.record.talking_seconds
    assert day.record.waiting_seconds == usual.record.waiting_seconds
    assert [attempt.talking_seconds for attempt in day.record.attempts] == [
        attempt.talking_seconds for attempt in usual.record.attempts
    ]


def test_an_agent_who_hung_up_unheard_ended_the_call() -> None:
    day = with_restart(5.0, [phone("1001", Answers(1.0, talks=3.0)), BOJAN], away=3.0)
    assert day.record.disposition is Disposition.ANSWERED
    assert (day.record.hung_up_by, day.record.left_during) == (Party.AGENT, Stage.TALK)


def test_a_caller_who_hung_up_unheard_leaves_nobody_in_silence() -> None:
    day = with_restart(5.0, [phone("1001", Answers(1.0)), BOJAN], away=3.0, leaves=6.0)
    assert day.record.disposition is Disposition.ANSWERED
    assert (day.record.hung_up_by, day.record.left_during) == (Party.CALLER, Stage.TALK)


def test_when_he_hung_up_unheard_is_known_from_asterisk() -> None:
    left = 2.6

    class Known:
        async def ends(self, channels: Collection[str], since: datetime) -> dict[str, datetime]:
            return dict.fromkeys(channels, MONDAY_TEN + timedelta(seconds=left))

    def script(here: Company) -> None:
        async def restart() -> None:
            here.kill()
            await asyncio.sleep(5.0)
            await here.start_again(history=Known())

        here.asterisk.call("700")
        here.asterisk.hang_up_at("caller", left)
        here.at(2.5, restart)

    record = a_day(script, [phone("1001", Silent()), BOJAN], unfinished=True).record
    assert (record.hung_up_by, record.left_during) == (Party.CALLER, Stage.RINGING)
    assert record.ended_at == MONDAY_TEN + timedelta(seconds=left)


def test_it_may_happen_again_and_again() -> None:
    def script(here: Company) -> None:
        async def restart() -> None:
            here.kill()
            await asyncio.sleep(0.2)
            await here.start_again()

        here.asterisk.call("700")
        for at in (0.5, 2.5, 4.5, 5.5):
            here.at(at, restart)
        here.asterisk.hang_up_at("caller", 12.0)

    day = a_day(script, [phone("1001", Silent()), phone("1002", Answers(1.0))], unfinished=True)
    words = [attempt_words(attempt) for attempt in day.record.attempts]
    assert words == ["amina no_answer", "bojan answered"]
    assert sum(isinstance(fact, TakenUp) for fact in day.facts[0]) == 4


def test_who_waits_longest_is_taken_up_first() -> None:
    def script(here: Company) -> None:
        async def restart() -> None:
            here.kill()
            await here.start_again()

        for place in range(5):
            here.asterisk.call("700", caller=f"+3816011{place}", at=place * 0.1)
        here.at(1.0, restart)

    day = a_day(script, [phone("1001", Answers(1.0, talks=0.5)), BOJAN], unfinished=True)
    order = [facts for facts in day.facts if any(isinstance(f, TakenUp) for f in facts)]
    taken = [next(f.at for f in facts if isinstance(f, TakenUp)) for facts in order]
    assert len(taken) == 5
    assert taken == sorted(taken)
    first = next(record for record in day.records if record.caller_number == "+38160110")
    assert first.agent == "amina"


def test_no_agent_stays_reserved_and_nobody_is_rung_for_two_calls() -> None:
    def script(here: Company) -> None:
        async def restart() -> None:
            here.kill()
            await asyncio.sleep(0.3)
            await here.start_again()

        here.asterisk.call("700")
        here.asterisk.call("700", caller="+38160222", at=0.2)
        here.at(2.6, restart)
        here.asterisk.hang_up_at("caller", 9.0)
        here.asterisk.hang_up_at("caller2", 9.0)

    phones = [phone("1001", Answers(1.5)), phone("1002", Answers(1.5))]
    day = a_day(script, phones, unfinished=True)
    assert {record.agent for record in day.records} == {"amina", "bojan"}
    outcomes = [each.outcome for record in day.records for each in record.attempts]
    assert outcomes.count(Outcome.ANSWERED) == 2
