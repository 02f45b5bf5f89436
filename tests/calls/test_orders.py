"""A hundred calls for one group: who got how many, for each order of its agents."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from callrouter.facts import AgentRung, GroupLinedUp
from callrouter.routing.model import Order, RoutingTable
from callrouter.routing.order import History
from tests.calls.company import MONDAY_TEN, Company, Day, a_day
from tests.fakes.phones import Answers, phone

CALLS = 100
PAUSE_SECONDS = 10.0
"""From one arrival to the next: each call is over before the next comes."""

AGENTS = ("amina", "bojan", "carla")


def ordered(table: RoutingTable, order: Order) -> RoutingTable:
    """The company with another order of the support group, which number 728 reaches."""
    support = replace(table.agent_groups["support"], order=order)
    skilled = replace(table.settings["skilled"], required_skills={}, preferred_skills={"arabic": 4})
    return replace(
        table,
        agent_groups={**table.agent_groups, "support": support},
        settings={**table.settings, "skilled": skilled},
    )


def calls(
    order: Order,
    *,
    at: Callable[[int], float] = lambda call: call * PAUSE_SECONDS,
    count: int = CALLS,
    talks: tuple[float, float, float] = (2.0, 2.0, 2.0),
) -> Day:
    """So many calls; the agents talk for so many seconds each time."""

    def script(here: Company) -> None:
        here.table = ordered(here.table, order)
        for call in range(count):
            here.asterisk.call("728", at=at(call))

    phones = [
        phone(extension, Answers(0.1, talks=seconds))
        for extension, seconds in zip(("1001", "1002", "1003"), talks, strict=True)
    ]
    return a_day(script, phones, seconds=at(count) + 60.0)


def got(day: Day) -> dict[str | None, int]:
    return dict(Counter(record.agent for record in day.records))


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (Order.LISTED, {"amina": 100}),
        (Order.SKILLS, {"carla": 100}),
        (Order.ROUND_ROBIN, {"amina": 34, "bojan": 33, "carla": 33}),
        (Order.LONGEST_IDLE, {"amina": 34, "bojan": 33, "carla": 33}),
        (Order.FEWEST_CALLS, {"amina": 34, "bojan": 33, "carla": 33}),
        (Order.LEAST_TALK_TIME, {"amina": 34, "bojan": 33, "carla": 33}),
    ],
    ids=lambda value: str(value) if isinstance(value, Order) else "",
)
def test_a_hundred_calls_one_after_another(order: Order, expected: dict[str, int]) -> None:
    assert got(calls(order)) == expected


def test_at_random_everybody_gets_his_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "shuffle", random.Random(7).shuffle)  # noqa: S311
    shares = got(calls(Order.RANDOM))
    assert set(shares) == set(AGENTS)
    assert min(shares.values()) > 20


def test_by_talk_time_who_talks_longer_gets_fewer_calls() -> None:
    day = calls(Order.LEAST_TALK_TIME, talks=(4.0, 2.0, 1.0))
    shares = got(day)
    assert shares == {"amina": 15, "bojan": 29, "carla": 56}
    talked = {
        agent: sum(each.talking_seconds or 0.0 for each in day.records if each.agent == agent)
        for agent in AGENTS
    }
    assert max(talked.values()) - min(talked.values()) <= 4.0, "not more than one call"


@pytest.mark.parametrize("order", Order, ids=str)
def test_calls_in_the_same_instant_ring_different_agents(order: Order) -> None:
    day = calls(order, at=lambda call: 0.0, count=4)
    rung = [fact.agent for facts in day.facts for fact in facts if isinstance(fact, AgentRung)]
    assert sorted(rung) == sorted(AGENTS)
    assert Counter(got(day)) == Counter([*AGENTS, None])


@pytest.mark.parametrize(
    "order",
    [Order.ROUND_ROBIN, Order.LONGEST_IDLE, Order.FEWEST_CALLS, Order.LEAST_TALK_TIME],
    ids=str,
)
def test_a_hundred_calls_two_at_a_time_are_shared_out_as_fairly(order: Order) -> None:
    day = calls(order, at=lambda call: call // 2 * PAUSE_SECONDS)
    shares = got(day)
    assert set(shares) == set(AGENTS)
    assert max(shares.values()) - min(shares.values()) <= 1


def test_what_was_known_before_a_restart_counts_and_is_said() -> None:
    def script(here: Company) -> None:
        here.table = ordered(here.table, Order.FEWEST_CALLS)
        histories = {
            "amina": History(3, 90.0, MONDAY_TEN - timedelta(minutes=5)),
            "bojan": History(1, 30.0, MONDAY_TEN - timedelta(minutes=1)),
            "carla": History(1, 50.0, MONDAY_TEN - timedelta(minutes=9)),
        }
        here.agents.restore(histories, {}, {}, MONDAY_TEN, here.table.timezone)
        here.asterisk.call("728")

    phones = [phone(extension, Answers(0.1, talks=1.0)) for extension in ("1001", "1002", "1003")]
    (lined,) = [f for f in a_day(script, phones).facts[0] if isinstance(f, GroupLinedUp)]
    assert lined.agents == ("carla", "bojan", "amina")
    assert lined.sorted_by == ("1 call today", "1 call today", "3 calls today")
    assert (lined.call_routing, lined.order) == ("Sequential", "fewest_calls")
