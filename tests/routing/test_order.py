"""Who comes first, by each order, with its tie-breaks; and how the line is cut into stages."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callrouter.routing.model import Agent, AgentGroup, CallRouting, Order
from callrouter.routing.order import (
    History,
    LinedUp,
    line_up,
    needed_skills,
    stages,
)
from tests.routing.company import OFFICE

TEN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NAMES = ("a", "b", "c", "d")
LEVELS = {"a": {"sales": 1}, "b": {"sales": 5}, "c": {"sales": 3, "arabic": 2}, "d": {"arabic": 4}}
AGENTS = {name: Agent(name, name.upper(), "1" + name, (), LEVELS[name]) for name in NAMES}


def group(order: Order, *members: str, **said: object) -> AgentGroup:
    return AgentGroup("sales", members or NAMES, order, **said)  # type: ignore[arg-type]


def idle(minutes: int | None, calls: int = 0, talk: float = 0) -> History:
    """Idle since so many minutes after ten; None: no call so far."""
    return History(calls, talk, None if minutes is None else TEN + timedelta(minutes=minutes))


def backwards(names: list[str]) -> None:
    names.reverse()


def lined_up(
    group: AgentGroup,
    histories: dict[str, History] | None = None,
    last_first: str | None = None,
    preferred: dict[str, int] | None = None,
) -> tuple[LinedUp, ...]:
    return line_up(
        group, preferred or {}, AGENTS, histories or {}, last_first, backwards, "Europe/Belgrade"
    )


def order_of(line: Sequence[LinedUp]) -> str:
    return "".join(each.agent for each in line)


@pytest.mark.parametrize(
    ("order", "histories", "expected"),
    [
        (Order.LISTED, {"a": idle(9, 9, 9)}, "abcd"),
        (Order.RANDOM, {}, "dcba"),
        (Order.LONGEST_IDLE, {}, "abcd"),
        (Order.LONGEST_IDLE, {"a": idle(3), "b": idle(1), "c": idle(2), "d": idle(0)}, "dbca"),
        (Order.LONGEST_IDLE, {"a": idle(3), "b": idle(-9999), "d": idle(0)}, "cbda"),
        (Order.LONGEST_IDLE, {"a": idle(1, 2), "b": idle(1, 1), "c": idle(1, 1), "d": idle(1, 3)},
         "bcad"),
        (Order.FEWEST_CALLS, {}, "abcd"),
        (Order.FEWEST_CALLS, {"a": idle(1, 2), "b": idle(2, 0), "c": idle(3, 1), "d": idle(4, 3)},
         "bcad"),
        (Order.FEWEST_CALLS, {"a": idle(3, 1), "b": idle(1, 1), "c": idle(2, 1), "d": idle(2, 1)},
         "bcda"),
        (Order.LEAST_TALK_TIME, {"a": idle(1, 1, 60), "b": idle(2, 9, 59.5), "c": idle(3, 1, 61)},
         "dbac"),
        (Order.LEAST_TALK_TIME, {"a": idle(2, 2, 60), "b": idle(2, 1, 60), "c": idle(1, 1, 60),
                                 "d": idle(1, 1, 60)}, "cdba"),
    ],
    ids=[
        "listed: whatever they have done",
        "random: as chance will have it",
        "longest idle: of those without a call the first listed",
        "longest idle",
        "longest idle: who has had no call has been idle the longest",
        "longest idle: of equals the one with fewer calls, then the first listed",
        "fewest calls: of those without a call the first listed",
        "fewest calls",
        "fewest calls: of equals the one who has been idle longer, then the first listed",
        "least talk time: of few calls or of many",
        "least talk time: of equals fewer calls, then longer idle, then the first listed",
    ],
)  # fmt: skip
def test_orders(order: Order, histories: dict[str, History], expected: str) -> None:
    assert order_of(lined_up(group(order), histories)) == expected


@pytest.mark.parametrize(
    ("last_first", "expected"),
    [(None, "abcd"), ("a", "bcda"), ("c", "dabc"), ("d", "abcd"), ("gone", "abcd")],
    ids=["the first call", "after the first", "in the middle", "around", "he has left the group"],
)
def test_round_robin(last_first: str | None, expected: str) -> None:
    line = lined_up(group(Order.ROUND_ROBIN), last_first=last_first)
    assert order_of(line) == expected
    known = last_first in NAMES
    assert line[0].sorted_by == (f"comes after {last_first}" if known else "the round begins")
    assert {each.sorted_by for each in line[1:]} == {""}


@pytest.mark.parametrize(
    ("of_group", "of_settings", "expected", "first"),
    [
        ({"sales": 3}, {}, "bcad", "sales 5"),
        ({"sales": 1}, {}, "bcad", "sales 5"),
        ({"sales": 3, "arabic": 2}, {}, "cbda", "sales 3, arabic 2"),
        ({"sales": 3}, {"arabic": 4}, "bcda", "sales 5, arabic 0"),
        ({"sales": 5}, {"sales": 1}, "bcad", "sales 5"),
        ({"french": 1}, {}, "abcd", "french 0"),
        ({}, {}, "abcd", ""),
    ],
    ids=[
        "the highest level first", "who meets it, by level", "who meets more of them first",
        "the group's and the settings'", "where both name a skill the settings' level counts",
        "nobody has it", "no skill is preferred",
    ],
)  # fmt: skip
def test_preferred_skills(
    of_group: dict[str, int], of_settings: dict[str, int], expected: str, first: str
) -> None:
    line = lined_up(group(Order.SKILLS, preferred_skills=of_group), preferred=of_settings)
    assert (order_of(line), line[0].sorted_by) == (expected, first)


def test_of_equally_skilled_the_fairness_of_the_others_decides() -> None:
    sales = group(Order.SKILLS, preferred_skills={"french": 1})
    histories = {"a": idle(1, 2), "b": idle(5, 1), "c": idle(4, 1), "d": idle(4, 1)}
    assert order_of(lined_up(sales, histories)) == "cdba"


@pytest.mark.parametrize(
    ("of_group", "of_settings", "expected"),
    [
        ({}, {}, {}),
        ({"arabic": 3}, {}, {"arabic": 3}),
        ({}, {"arabic": 3}, {"arabic": 3}),
        ({"arabic": 3, "sales": 1}, {"arabic": 2, "sales": 4}, {"arabic": 3, "sales": 4}),
    ],
    ids=["none", "the group's", "the settings'", "of both the higher level"],
)
def test_needed_skills(
    of_group: dict[str, int], of_settings: dict[str, int], expected: dict[str, int]
) -> None:
    sales = group(Order.LISTED, required_skills=of_group)
    assert needed_skills(sales, of_settings) == expected


@pytest.mark.parametrize(
    ("order", "history", "words"),
    [
        (Order.LISTED, idle(1, 1, 1), ""),
        (Order.RANDOM, idle(1, 1, 1), ""),
        (Order.LONGEST_IDLE, idle(None), "no call so far"),
        (Order.LONGEST_IDLE, idle(42), "idle since 2026-11-23 10:42:00"),
        (Order.FEWEST_CALLS, idle(None), "0 calls today"),
        (Order.FEWEST_CALLS, idle(1, 1), "1 call today"),
        (Order.FEWEST_CALLS, idle(1, 2), "2 calls today"),
        (Order.LEAST_TALK_TIME, idle(1, 1, 61.6), "talked 62 s today"),
    ],
)
def test_the_value_in_words(order: Order, history: History, words: str) -> None:
    (only,) = lined_up(group(order, "a"), {"a": history})
    assert only == LinedUp("a", words)


histories = st.dictionaries(
    st.sampled_from(NAMES),
    st.builds(
        History,
        st.integers(0, 2),
        st.sampled_from([0.0, 60.0]),
        st.none() | st.sampled_from([TEN, TEN + timedelta(minutes=1)]),
    ),
)


@given(
    st.sampled_from(Order),
    st.permutations(NAMES).flatmap(lambda names: st.integers(0, 4).map(lambda n: names[:n])),
    histories,
    st.none() | st.sampled_from(NAMES),
)
def test_everybody_is_in_line_once_and_the_same_again_is_the_same(
    order: Order, members: list[str], done: dict[str, History], last_first: str | None
) -> None:
    sales = AgentGroup("sales", tuple(members), order, preferred_skills={"sales": 2})
    line = lined_up(sales, done, last_first)
    assert sorted(each.agent for each in line) == sorted(members)
    assert lined_up(sales, done, last_first) == line


@given(st.integers(1, 6), st.integers(0, 30))
def test_round_robin_is_fair(size: int, calls: int) -> None:
    """Each is first in line as often as the others, or once more."""
    members = tuple("abcdef"[:size])
    sales = AgentGroup("sales", members, Order.ROUND_ROBIN)
    firsts: list[str] = []
    for _ in range(calls):
        line = line_up(sales, {}, {}, {}, firsts[-1] if firsts else None, backwards, "UTC")
        firsts.append(line[0].agent)
    counts = [firsts.count(member) for member in members]
    assert max(counts) - min(counts) <= 1


@given(st.sampled_from([Order.FEWEST_CALLS, Order.LONGEST_IDLE]), st.integers(1, 30))
def test_who_has_just_had_a_call_comes_last(order: Order, calls: int) -> None:
    done: dict[str, History] = {}
    for call in range(calls):
        first = lined_up(group(order), done)[0].agent
        done[first] = History(done.get(first, History()).calls + 1, 0, TEN + timedelta(hours=call))
        assert lined_up(group(order), done)[-1].agent == first or order is Order.FEWEST_CALLS
    counts = [done.get(name, History()).calls for name in NAMES]
    assert max(counts) - min(counts) <= 1


def cut(pattern: CallRouting, agents: str, *sizes: int) -> list[tuple[str, float, bool, object]]:
    settings = replace(
        OFFICE,
        call_routing=pattern,
        ring_seconds=20.0,
        stagger_seconds=5.0,
        wave_sizes=sizes or (2,),
    )
    return [
        ("".join(stage.agents), stage.seconds, stage.ring_on, stage.own_seconds)
        for stage in stages(settings, list(agents))
    ]


@pytest.mark.parametrize(
    ("pattern", "agents", "sizes", "expected"),
    [
        (CallRouting.SEQUENTIAL, "abc", (),
         [("a", 20, False, None), ("b", 20, False, None), ("c", 20, False, None)]),
        (CallRouting.SIMULTANEOUS, "abc", (), [("abc", 20, False, None)]),
        (CallRouting.WAVES, "abcde", (), [("ab", 20, True, None), ("cde", 20, True, None)]),
        (CallRouting.WAVES, "abcde", (1, 2),
         [("a", 20, True, None), ("bc", 20, True, None), ("de", 20, True, None)]),
        (CallRouting.WAVES, "abc", (1, 2), [("a", 20, True, None), ("bc", 20, True, None)]),
        (CallRouting.WAVES, "ab", (5,), [("ab", 20, True, None)]),
        (CallRouting.ADDING_UP, "abc", (),
         [("a", 20, True, None), ("b", 20, True, None), ("c", 20, True, None)]),
        (CallRouting.STAGGERED, "abc", (),
         [("a", 5, True, 20), ("b", 5, True, 20), ("c", 20, True, None)]),
        (CallRouting.STAGGERED, "a", (), [("a", 20, True, None)]),
    ],
    ids=[
        "one after another", "all together", "two, then all", "waves of several sizes",
        "no empty last wave", "a wave larger than the group", "one more each time",
        "staggered: the last one rings his whole time", "staggered alone",
    ],
)  # fmt: skip
def test_patterns(
    pattern: CallRouting, agents: str, sizes: tuple[int, ...], expected: list[object]
) -> None:
    assert cut(pattern, agents, *sizes) == expected


@pytest.mark.parametrize("pattern", CallRouting)
def test_an_empty_line_has_no_stage(pattern: CallRouting) -> None:
    assert cut(pattern, "") == []


@given(
    st.sampled_from(CallRouting),
    st.integers(0, 12),
    st.lists(st.integers(1, 4), min_size=1, max_size=4),
)
def test_stages_are_the_line_in_its_order(
    pattern: CallRouting, size: int, sizes: list[int]
) -> None:
    line = "abcdefghijkl"[:size]
    found = cut(pattern, line, *sizes)
    assert "".join(agents for agents, *_ in found) == line
    assert all(agents for agents, *_ in found)
