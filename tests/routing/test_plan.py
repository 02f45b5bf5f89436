"""What would happen step by step: who rings when, who is skipped, and what follows."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callrouter.routing.availability import DeviceState, PhoneState, Situation, SkipReason
from callrouter.routing.decide import IncomingCall, decide
from callrouter.routing.hours import Hours, Weekday
from callrouter.routing.model import (
    AgentGroup,
    CallRouting,
    FollowOn,
    IncomingCallSettings,
    Order,
    OutsideLine,
    Override,
    OverrideKind,
    Prompt,
    RoutingTable,
    ScheduleRow,
    Target,
    TargetKind,
)
from callrouter.routing.order import History
from callrouter.routing.plan import Plan, World, plan
from tests.routing.company import TABLE, with_office
from tests.routing.rows import row

MONDAY = datetime.fromisoformat("2026-11-23T10:42+01:00")
SUNDAY = datetime.fromisoformat("2026-11-22T10:42+01:00")
FREE = World()


def group(name: str) -> Target:
    return Target(TargetKind.AGENT_GROUP, name)


def planned(
    table: RoutingTable, world: World = FREE, now: datetime = MONDAY, number: str = "700"
) -> Plan:
    return plan(table, decide(table, IncomingCall(number), now), now, world)


def times(course: Plan) -> list[str]:
    """`bojan 0-20` for who rings, `amina paused`, `carla no turn`; a step begins with its name."""
    found = []
    for step in course.steps:
        found.append(f"{step.target.name}:")
        for agent in step.agents:
            if agent.skip is not None:
                found.append(f"{agent.agent} {agent.skip.reason}")
            elif agent.rings:
                found.append(f"{agent.agent} {agent.from_seconds:g}-{agent.until_seconds:g}")
            else:
                found.append(f"{agent.agent} no turn")
    return found


def busy(*agents: str) -> World:
    phones = {id_: dict.fromkeys(TABLE.agents[id_].phones, INUSE) for id_ in agents}
    return World({id_: Situation(states) for id_, states in phones.items()})


INUSE = PhoneState(DeviceState.INUSE)


@pytest.mark.parametrize(
    ("pattern", "settings", "world", "expected"),
    [
        (CallRouting.SEQUENTIAL, {}, FREE, "bojan 0-20, amina 20-40, carla 40-60"),
        (CallRouting.SEQUENTIAL, {}, busy("bojan"), "bojan on_call, amina 0-20, carla 20-40"),
        (CallRouting.SEQUENTIAL, {"max_ring_seconds": 30.0}, FREE,
         "bojan 0-20, amina 20-30, carla no turn"),
        (CallRouting.SEQUENTIAL, {"max_ring_seconds": 20.0}, busy("carla"),
         "bojan 0-20, amina no turn, carla no turn"),
        (CallRouting.SIMULTANEOUS, {}, busy("amina"), "bojan 0-20, amina on_call, carla 0-20"),
        (CallRouting.WAVES, {}, FREE, "bojan 0-40, amina 0-40, carla 20-40"),
        (CallRouting.WAVES, {}, busy("bojan", "amina"),
         "bojan on_call, amina on_call, carla 0-20"),
        (CallRouting.WAVES, {"max_ring_seconds": 25.0}, FREE,
         "bojan 0-25, amina 0-25, carla 20-25"),
        (CallRouting.ADDING_UP, {}, FREE, "bojan 0-60, amina 20-60, carla 40-60"),
        (CallRouting.ADDING_UP, {}, busy("amina"), "bojan 0-40, amina on_call, carla 20-40"),
        (CallRouting.STAGGERED, {}, FREE, "bojan 0-20, amina 5-25, carla 10-30"),
        (CallRouting.STAGGERED, {"max_ring_seconds": 12.0}, FREE,
         "bojan 0-12, amina 5-12, carla 10-12"),
        (CallRouting.STAGGERED, {}, busy("bojan"), "bojan on_call, amina 0-20, carla 5-25"),
    ],
    ids=[
        "one after another", "who is busy takes no time", "all ringing ends at its limit",
        "who has no turn is not looked at", "together", "in waves", "an empty wave takes no time",
        "waves end at the limit", "adding up", "adding up without one", "staggered",
        "staggered until the limit", "staggered without the first",
    ],
)  # fmt: skip
def test_one_group(
    pattern: CallRouting, settings: dict[str, object], world: World, expected: str
) -> None:
    course = planned(with_office(call_routing=pattern, **settings), world)
    assert times(course) == ["sales:", *expected.split(", ")]


def test_the_order_of_the_group_and_what_the_agents_have_done_count() -> None:
    sales = replace(TABLE.agent_groups["sales"], order=Order.FEWEST_CALLS)
    table = replace(TABLE, agent_groups={**TABLE.agent_groups, "sales": sales})
    world = World(histories={"bojan": History(calls=2), "carla": History(calls=1)})
    (step,) = planned(table, world).steps
    assert step.order is Order.FEWEST_CALLS
    assert [(each.agent, each.sorted_by) for each in step.agents] == [
        ("amina", "0 calls today"), ("carla", "1 call today"), ("bojan", "2 calls today"),
    ]  # fmt: skip
    around = replace(sales, order=Order.ROUND_ROBIN)
    table = replace(TABLE, agent_groups={**TABLE.agent_groups, "sales": around})
    (step,) = planned(table, World(last_first={"sales": "bojan"})).steps
    assert [each.agent for each in step.agents] == ["amina", "carla", "bojan"]
    by_chance = replace(sales, order=Order.RANDOM)
    table = replace(TABLE, agent_groups={**TABLE.agent_groups, "sales": by_chance})
    (step,) = planned(table).steps
    assert [each.agent for each in step.agents] == ["bojan", "amina", "carla"]


def test_an_agent_is_looked_at_when_his_turn_comes() -> None:
    from_10_42_20 = Hours((Weekday.MONDAY,), 10 * 3600 + 42 * 60 + 20, 11 * 3600)
    until_10_42_20 = replace(from_10_42_20, from_time=0, to_time=10 * 3600 + 42 * 60 + 20)
    agents = {
        **TABLE.agents,
        "amina": replace(TABLE.agents["amina"], working_hours=(from_10_42_20,)),
        "carla": replace(TABLE.agents["carla"], working_hours=(until_10_42_20,)),
    }
    table = replace(TABLE, agents=agents, timezone="Europe/Belgrade")
    assert times(planned(table))[1:] == ["bojan 0-20", "amina 20-40", "carla off_hours"]
    assert times(planned(table, busy("bojan")))[1:] == [
        "bojan on_call", "amina off_hours", "carla 0-20",
    ]  # fmt: skip


def test_skills_that_the_call_needs() -> None:
    skilled = {
        id_: replace(agent, skills={"arabic": level})
        for (id_, agent), level in zip(TABLE.agents.items(), (3, 2, 4), strict=True)
    }
    table = replace(with_office(required_skills={"arabic": 3}), agents=skilled)
    assert times(planned(table)) == ["sales:", "bojan no_skill", "amina 0-20", "carla 20-40"]


TWO_GROUPS = ScheduleRow(row("Monday 09:00-17:00 x").hours, ("sales", "night"))


def test_the_next_group_is_rung_within_the_time_of_all() -> None:
    table = with_office(call_handling_schedule=(TWO_GROUPS,), max_ring_seconds=70.0)
    assert times(planned(table)) == [
        "sales:", "bojan 0-20", "amina 20-40", "carla 40-60", "night:", "amina 60-70",
    ]  # fmt: skip


OTHER = IncomingCallSettings(
    name="other",
    numbers=("710",),
    timezone="UTC",
    call_routing=CallRouting.SIMULTANEOUS,
    call_handling_schedule=(row("Monday 00:00-24:00 night"),),
)
LINE = OutsideLine("provider", ("+38164*",))
OUTSIDE = Target(TargetKind.OUTSIDE_NUMBER, "+38164123")
MESSAGE = Prompt(text="One moment.")


def following(*targets: Target, **changes: object) -> RoutingTable:
    follow_on = tuple(FollowOn(target, MESSAGE) for target in targets)
    other = {name: changes.pop(name) for name in list(changes) if name.startswith("other_")}
    table = with_office(follow_on=follow_on, max_ring_seconds=20.0, **changes)
    settings = replace(OTHER, **{name.removeprefix("other_"): v for name, v in other.items()})  # type: ignore[arg-type]
    return replace(table, settings={**table.settings, "other": settings}, outside=LINE)


def test_follow_on_in_order_each_with_a_time_of_its_own() -> None:
    agent = Target(TargetKind.AGENT, "carla")
    course = planned(following(group("lunch"), OUTSIDE, agent))
    assert times(course) == [
        "sales:", "bojan 0-20", "amina no turn", "carla no turn",
        "lunch:", "carla 20-40", "amina no turn",
        "+38164123:", "+38164123 40-60",
        "carla:", "carla 60-80",
    ]  # fmt: skip
    assert [step.message for step in course.steps] == [None, MESSAGE, MESSAGE, MESSAGE]
    assert [step.follow_on for step in course.steps] == [False, True, True, True]


def test_other_settings_with_their_whole_flow_and_each_once() -> None:
    to_other, back = (
        Target(TargetKind.SETTINGS, "other"),
        Target(TargetKind.SETTINGS, "head-office"),
    )
    table = following(
        to_other, group("lunch"), other_follow_on=(FollowOn(back), FollowOn(to_other))
    )
    course = planned(table)
    assert times(course)[4:] == [
        "other:", "night:", "amina 20-40", "lunch:", "carla 40-60", "amina no turn",
    ]  # fmt: skip
    assert [step.follow_on for step in course.steps] == [False, True, True, True]
    entered = course.steps[1]
    assert entered.decision is not None
    assert entered.decision.settings.name == "other"
    closed = following(
        to_other, other_call_handling_schedule=(), other_follow_on_closed=(FollowOn(OUTSIDE),)
    )
    assert times(planned(closed))[4:] == ["other:", "+38164123:", "+38164123 20-40"]


def test_an_outside_number_that_is_not_allowed() -> None:
    for outside in (None, OutsideLine("provider", ("+38111*",))):
        (_, step) = planned(replace(following(OUTSIDE), outside=outside)).steps
        (number,) = step.agents
        assert number.skip is not None
        assert number.skip.note == "not among the allowed outside numbers"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (CallRouting.SEQUENTIAL, "bojan 0-60, amina 60-80, carla 80-100"),
        (CallRouting.SIMULTANEOUS, "bojan 0-60, amina 0-20, carla 0-20"),
        (CallRouting.WAVES, "bojan 0-40, amina 0-40, carla 20-40"),
        (CallRouting.STAGGERED, "bojan 0-60, amina 5-25, carla 10-30"),
    ],
)
def test_phones_that_ring_in_order(pattern: CallRouting, expected: str) -> None:
    phones = ("PJSIP/1", "PJSIP/2", "PJSIP/3", "PJSIP/4")
    bojan = replace(TABLE.agents["bojan"], phones=phones, phones_in_order=True)
    table = replace(with_office(call_routing=pattern), agents={**TABLE.agents, "bojan": bojan})
    away = Situation({"PJSIP/4": PhoneState(DeviceState.UNAVAILABLE)})
    course = planned(table, World({"bojan": away}))
    assert times(course)[1:] == expected.split(", ")


def test_when_it_is_closed_only_what_follows_then() -> None:
    table = with_office(follow_on=(FollowOn(group("lunch")),))
    assert planned(table, now=SUNDAY) == Plan()
    table = following(follow_on_closed=(FollowOn(OUTSIDE),))
    course = planned(table, now=SUNDAY)
    assert (times(course), course.ending) == (["+38164123:", "+38164123 0-20"], None)


def test_an_override_may_send_it_elsewhere() -> None:
    to = (Target(TargetKind.SETTINGS, "other"),)
    table = following(overrides=(Override("1", OverrideKind.SEND_TO, targets=to),))
    course = planned(table)
    assert times(course) == ["other:", "night:", "amina 0-20"]
    assert not course.steps[0].follow_on
    assert course.steps[0].message is None
    late = (group("lunch"), *to, group("night"))
    table = following(overrides=(Override("1", OverrideKind.SEND_TO, targets=late),))
    course = planned(table)
    assert times(course) == ["lunch:", "carla 0-20", "amina no turn", "night:", "amina no turn"]
    assert course.ending is not None
    assert "nobody of lunch was there" in course.ending.rule, "night had no turn"


def test_a_direct_call_and_an_unknown_number() -> None:
    carla = replace(TABLE.agents["carla"], settings="head-office", skills={})
    table = replace(
        with_office(required_skills={"arabic": 5}),
        agents={**TABLE.agents, "carla": carla},
        extensions={"1003": "carla"},
    )
    assert times(planned(table, number="1003")) == ["carla:", "carla 0-20"]
    assert planned(table, number="999") == Plan()


@pytest.mark.parametrize(
    ("world", "is_busy", "rule"),
    [
        (FREE, False, "Unavailable message: nobody of sales and lunch was there and answered."),
        (busy("carla"), True, "Busy message: of sales and lunch, working but busy: carla."),
        (World({"bojan": Situation(paused="lunch")}), False,
         "Unavailable message: nobody of sales and lunch was there and answered."),
    ],
    ids=["nobody answers", "one is busy", "one is away"],
)  # fmt: skip
def test_how_it_ends(world: World, is_busy: bool, rule: str) -> None:
    ending = planned(following(group("lunch")), world).ending
    assert ending is not None
    assert (ending.busy, ending.rule) == (is_busy, rule)


def test_empty_groups() -> None:
    wednesday = datetime.fromisoformat("2026-11-25T10:00+01:00")
    course = planned(following(group("night")), now=wednesday)
    assert times(course) == ["nobody:", "night:", "amina 0-20"]
    assert not course.steps[0].rings
    assert course.steps[1].rings


def test_who_is_skipped_is_said_once() -> None:
    course = planned(following(group("lunch")), busy("amina", "carla"))
    assert [(step.target.name, agent.agent) for step, agent in course.skipped] == [
        ("lunch", "carla"), ("lunch", "amina"),
    ]  # fmt: skip
    course = planned(with_office(follow_on=(FollowOn(group("lunch")),)), busy("amina"))
    assert [(step.target.name, agent.agent) for step, agent in course.skipped] == [
        ("sales", "amina")
    ]


@given(
    st.sampled_from(CallRouting),
    st.integers(0, 6),
    st.sets(st.integers(0, 5)),
    st.integers(1, 5),
    st.integers(1, 30),
    st.integers(1, 90),
)
def test_laws_of_ringing(
    pattern: CallRouting, size: int, away: set[int], wave: int, ring: int, longest: int
) -> None:
    names = tuple("abcdef"[:size])
    agents = {name: replace(TABLE.agents["amina"], id=name) for name in names}
    table = replace(
        with_office(
            call_routing=pattern,
            wave_sizes=(wave,),
            ring_seconds=float(ring),
            max_ring_seconds=float(longest),
        ),
        agents=agents,
        agent_groups={**TABLE.agent_groups, "sales": AgentGroup("sales", names)},
    )
    gone = {name: Situation(logged_in=False) for i, name in enumerate(names) if i in away}
    course = planned(table, World(gone))
    (step,) = course.steps
    assert [each.agent for each in step.agents] == list(names)
    last = 0.0
    for each in step.agents:
        if each.from_seconds is None:
            assert last <= longest
            continue
        assert last <= each.from_seconds <= longest, "in the order of the line"
        assert each.until_seconds is not None
        assert each.from_seconds <= each.until_seconds <= longest
        assert (each.skip is not None) == (each.agent in gone)
        assert each.rings == (each.until_seconds > each.from_seconds)
        last = each.from_seconds
    if step.rings:
        assert min(each.from_seconds or 0 for each in step.agents if each.rings) == 0
    assert {each.skip.reason for each in step.agents if each.skip} <= {SkipReason.LOGGED_OUT}
