"""Who is let in at this moment: room, overload, callers who call too often."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from callrouter.calls import gate as gates
from callrouter.calls.gate import Gate
from callrouter.load_watch import Overload
from callrouter.routing.admission import Limits, Refuse
from callrouter.routing.decide import Refused
from callrouter.routing.model import Prompt, RoutingTable
from callrouter.routing.numbers import NumberPlan
from tests.calls.company import company
from tests.fakes import clock

FULL = Prompt("All lines are busy.", media="/prompts/busy", seconds=1.5)


class Door:
    """A gate and calls that come to it, in virtual time."""

    def __init__(self, limits: Limits, **settings: Any) -> None:
        here = company()
        changed = {name: replace(each, **settings) for name, each in here.settings.items()}
        self.table: RoutingTable = replace(
            here, limits=limits, settings=changed, number_plan=NumberPlan("381")
        )
        self.gate = Gate()
        self._calls = 0

    def comes(
        self, caller: str = "+38160111", number: str = "700", calls: int = 0, *, ours: bool = False
    ) -> Refused | None:
        self._calls += 1
        return self.gate.ask(
            self.table, UUID(int=self._calls), number, caller, calls, ours=lambda: ours
        )

    def leaves(self, call: int) -> None:
        self.gate.left(UUID(int=call))


def later(seconds: float) -> None:
    """The event loop's time goes on."""
    import asyncio

    loop: Any = asyncio.get_running_loop()
    loop._virtual += seconds


def in_time(test: Callable[[], None]) -> None:
    async def run() -> None:
        test()

    clock.run(run())


def test_without_limits_everybody_is_let_in() -> None:
    door = Door(Limits())
    assert [door.comes(calls=n) for n in (0, 100_000)] == [None, None]
    assert door.gate.refused == 0


@pytest.mark.parametrize("refuse", [Refuse.BUSY, Refuse.CONGESTION, Refuse.SAFETY_NET])
def test_a_call_more_than_max_calls_is_refused_as_the_settings_say(refuse: Refuse) -> None:
    door = Door(Limits(max_calls=3, when_full=refuse))
    assert door.comes(calls=2) is None
    refused = door.comes(calls=3)
    assert refused is not None
    assert refused.refuse is refuse
    assert refused.rule == "Refused: 3 calls are in progress, and max_calls is 3."
    assert refused.settings is not None
    assert door.gate.refused == 1
    door.leaves(2)
    assert door.gate.refused == 0
    assert door.comes(calls=2) is None


def test_settings_have_room_of_their_own() -> None:
    door = Door(Limits(), max_calls=2)
    assert [door.comes(), door.comes()] == [None, None]
    refused = door.comes()
    assert refused is not None
    assert refused.rule.startswith("Refused: 2 calls to it are in progress")
    assert door.comes(number="701") is None
    door.leaves(1)
    assert door.comes() is None


def test_of_many_who_shall_hear_the_message_the_last_hear_the_busy_tone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gates, "MOST_MESSAGES", 2)
    door = Door(Limits(max_calls=1, when_full=Refuse.MESSAGE, full_message=FULL))
    refused = [door.comes(calls=1) for _ in range(3)]
    assert [each and each.prompt for each in refused] == [FULL, FULL, None]
    assert [each and each.refuse for each in refused][-1] is Refuse.BUSY
    door.leaves(1)
    again = door.comes(calls=1)
    assert again is not None
    assert again.prompt is FULL


def test_overloaded_it_lets_nobody_in_and_speaks_to_nobody() -> None:
    door = Door(Limits(when_full=Refuse.MESSAGE, full_message=FULL))
    door.gate.overload.on, door.gate.overload.late = True, 1.44
    refused = door.comes()
    assert refused is not None
    assert (refused.refuse, refused.prompt) == (Refuse.BUSY, None)
    assert refused.rule == "Refused: overload, the router was 1.4 s behind."
    assert door.gate.overload.refused == 1
    door.gate.overload.on = False
    assert door.comes() is None


def test_who_calls_too_often_is_refused_until_a_minute_has_passed() -> None:
    def test() -> None:
        door = Door(Limits(calls_per_minute=2, too_many_calls=Refuse.CONGESTION))
        assert door.comes("0601111") is None
        later(30)
        assert door.comes("+381601111") is None
        refused = door.comes("00381601111")
        assert refused is not None
        assert refused.refuse is Refuse.CONGESTION
        assert refused.rule == (
            "Refused: +381601111 called 2 times within a minute, and calls_per_minute is 2."
        )
        assert door.comes("+381602222") is None
        later(30)
        assert door.comes("0601111") is None
        assert door.comes("0601111") is not None

    in_time(test)


def test_callers_without_a_number_are_one_caller_with_a_limit_of_his_own() -> None:
    def test() -> None:
        door = Door(Limits(calls_per_minute=1, anonymous_calls_per_minute=2))
        assert [door.comes(each) for each in ("", "anonymous")] == [None, None]
        refused = door.comes("Unknown")
        assert refused is not None
        assert "callers without a number called 2 times" in refused.rule
        only_numbers = Door(Limits(calls_per_minute=1))
        assert [only_numbers.comes("") for _ in range(5)] == [None] * 5

    in_time(test)


def test_some_may_call_as_often_as_they_like() -> None:
    def test() -> None:
        door = Door(Limits(calls_per_minute=1, never_limited=("+38111*", "+381601111")))
        assert [door.comes("0111234567") for _ in range(3)] == [None] * 3
        assert [door.comes("0601111") for _ in range(3)] == [None] * 3
        assert [door.comes("1001", ours=True) for _ in range(3)] == [None] * 3
        assert [bool(door.comes("0602222")) for _ in range(2)] == [False, True]

    in_time(test)


def test_of_very_many_callers_those_who_are_silent_longest_are_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gates, "MOST_CALLERS", 100)

    def test() -> None:
        door = Door(Limits(calls_per_minute=1))
        for n in range(1000):
            assert door.comes(f"+4930{n:06}") is None
        assert len(door.gate._lately) == 100
        assert door.comes("+4930000999") is not None
        assert door.comes("+4930000000") is None

    in_time(test)


def test_one_hiccup_is_no_overload_and_three_looks_in_a_row_are() -> None:
    overload = Overload()
    overload.look(20.0, 1.0, 0.0)
    overload.look(20.2, 1.0, 0.25)  # the answer to the ping of before
    overload.look(0.0, 1.0, 0.5)
    overload.look(1.1, 1.0, 0.75)
    overload.look(1.2, 1.0, 1.0)
    assert not overload.on
    overload.look(1.2, 1.0, 1.25)
    assert overload.on


def test_an_overload_is_over_when_it_was_calm_for_a_while() -> None:
    overload = Overload()
    for now in (0.0, 0.5, 1.0):
        overload.look(2.0, 1.0, now)
    overload.look(0.1, 1.0, 2.0)
    overload.look(0.5, 1.0, 3.5)  # below the limit, but not calm
    overload.look(0.1, 1.0, 4.0)
    assert overload.on
    overload.look(0.1, 1.0, 5.4)
    assert overload.on
    overload.look(0.1, 1.0, 5.5)
    assert not overload.on


def test_without_a_limit_there_is_no_overload() -> None:
    overload = Overload()
    for now in range(10):
        overload.look(100.0, 0.0, float(now))
    assert not overload.on


def test_a_limit_that_is_switched_off_ends_the_overload() -> None:
    overload = Overload()
    for now in (11.0, 11.5, 12.0):
        overload.look(2.0, 1.0, now)
    overload.look(2.0, 0.0, 14.5)
    assert not overload.on
