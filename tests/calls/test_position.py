"""Where a call's facts leave it."""

from callrouter.calls.position import position_of
from callrouter.facts import Fact, Moved, Stage
from callrouter.routing.model import Target, TargetKind
from tests.calls.scenarios import SCENARIOS, AgentHangsUp, CallerHangsUp, Scenario
from tests.calls.test_scenarios import play


def scenario(name: str) -> Scenario:
    return next(each for each in SCENARIOS if each.name == name)


def until(name: str, kind: type[Fact]) -> list[Fact]:
    """The scenario's facts to the first of this kind."""
    facts = play(scenario(name)).facts[-1]
    place = next(place for place, fact in enumerate(facts) if isinstance(fact, kind))
    return facts[: place + 1]


def test_targets_are_read_back_from_their_words() -> None:
    for kind in TargetKind:
        target = Target(kind, "the settings of agent group 7")
        assert Target.of_words(str(target)) == target


def test_every_end_is_an_end_and_nothing_before_it_is() -> None:
    for each in SCENARIOS:
        if isinstance(each.ending, CallerHangsUp | AgentHangsUp):
            facts = play(each).facts[-1]
            last = next(n for n, fact in enumerate(facts) if type(fact).__name__ == "HungUp")
            assert not position_of(facts[:last]).over
            assert position_of(facts[: last + 1]).over
            assert position_of(facts[:last]).stage is each.ending.stage


def test_who_rang_when_the_call_was_moved_is_to_ring_no_more() -> None:
    position = position_of(until("moved while the first rings to an agent", Moved))
    assert set(position.left) == {"amina"}
    assert position.rung == {}
    assert position.stage is Stage.RINGING
    assert position.follows is not None
