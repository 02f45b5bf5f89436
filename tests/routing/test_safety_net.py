"""What Asterisk shall do without a router, days ahead: as `decide` says at each moment, simply."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from callrouter.routing.decide import Closed, Ring, Unavailable, decide_by
from callrouter.routing.explain import decision_name, what_won
from callrouter.routing.hours import Hours, Weekday
from callrouter.routing.model import (
    Agent,
    AgentGroup,
    CallRouting,
    Closing,
    Holiday,
    HolidayCalendar,
    IncomingCallSettings,
    Override,
    OverrideKind,
    Prompt,
    RoutingTable,
    ScheduleRow,
    Target,
    TargetKind,
)
from callrouter.routing.safety_net import (
    NetAgent,
    NetReason,
    NetStretch,
    RingPhones,
    Speak,
    safety_net,
)

MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)  # 10:30 in Belgrade
NINE, FIVE = 9 * 3600, 17 * 3600
CLOSED = Prompt(text="closed")
NOBODY = Prompt(text="nobody")

AGENTS = {
    "amina": Agent("amina", "Amina", "1001", ("PJSIP/1001", "PJSIP/1011")),
    "bojan": Agent(
        "bojan",
        "Bojan",
        "1002",
        ("PJSIP/1002", "PJSIP/+381641@provider", "PJSIP/1012"),
        confirmed=frozenset({"PJSIP/1012"}),
    ),
    "carla": Agent("carla", "Carla", "1003", ("PJSIP/+381642@provider",)),
}
AMINAS = (NetAgent("amina", "1001", "Amina", "sales", ("PJSIP/1001", "PJSIP/1011")),)
BOJANS = (NetAgent("bojan", "1002", "Bojan", "sales", ("PJSIP/1002",)),)


def company(**more: object) -> tuple[RoutingTable, IncomingCallSettings]:
    row = ScheduleRow(Hours(tuple(Weekday), NINE, FIVE), ("sales",))
    settings = IncomingCallSettings(
        name="office",
        numbers=("700",),
        timezone="Europe/Belgrade",
        call_routing=CallRouting.SEQUENTIAL,
        call_handling_schedule=(row,),
        closed_message=CLOSED,
        agent_unavailable_message=NOBODY,
    )
    settings = replace(settings, **more)  # type: ignore[arg-type]
    table = RoutingTable(
        version="v",
        agents=AGENTS,
        agent_groups={
            "sales": AgentGroup("sales", ("amina", "bojan", "carla")),
            "empty": AgentGroup("empty", ()),
        },
        settings={"office": settings},
        numbers={"700": "office"},
        timezone="Europe/Belgrade",
    )
    return table, settings


def at(net: tuple[NetStretch, ...], moment: datetime) -> NetStretch:
    """What holds at a moment: as the dialplan chooses."""
    return next((each for each in net[:-1] if moment < each.until_at), net[-1])


def test_open_by_day_and_closed_by_night_for_days_to_come() -> None:
    net = safety_net(*company(), MONDAY)

    ring = RingPhones((AMINAS, BOJANS), 20)
    assert [each.plan for each in net] == [Speak(CLOSED), ring] * 4 + [Speak(CLOSED)]
    assert net[0].until_at == datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert net[1].until_at == datetime(2026, 11, 23, 16, tzinfo=UTC)
    assert net[-1].until_at == datetime(2026, 11, 26, 23, tzinfo=UTC)


def test_it_is_the_same_all_day() -> None:
    assert safety_net(*company(), MONDAY) == safety_net(*company(), MONDAY + timedelta(hours=9))


@pytest.mark.parametrize("hour", range(0, 80, 3))
def test_it_says_what_the_router_would(hour: int) -> None:
    christmas = Holiday("Party", 12 * 3600, 15 * 3600, message=Prompt(text="party"))
    day = (MONDAY + timedelta(days=1)).date().toordinal()
    table, settings = company(
        holidays=("own",),
        overrides=(
            Override(
                "x",
                OverrideKind.CLOSED,
                from_at=MONDAY + timedelta(hours=49),
                until_at=MONDAY + timedelta(hours=52),
                message=Prompt(text="override"),
            ),
        ),
    )
    calendar = HolidayCalendar("own", {day: (christmas,)}, 2026, 2026)
    table = replace(table, calendars={"own": calendar})
    moment = MONDAY.replace(hour=0) + timedelta(hours=hour)

    holds = at(safety_net(table, settings, MONDAY), moment)
    decision = decide_by(table, settings, moment)

    match decision:
        case Closed(prompt=prompt):
            assert holds.plan == Speak(prompt)
        case Ring() | Unavailable():
            assert isinstance(holds.plan, RingPhones)
    words = {name: word or "" for name, word in what_won(decision).items()}
    said = NetReason(
        decision_name(decision),
        *(words[name] for name in ("agent_group", "schedule_row", "holiday", "override")),
    )
    assert holds.reason == said


def test_all_at_once_rings_all_phones_in_one_step() -> None:
    net = safety_net(*company(call_routing=CallRouting.SIMULTANEOUS, max_ring_seconds=45.0), MONDAY)

    assert at(net, MONDAY).plan == RingPhones(((*AMINAS, *BOJANS),), 45)


def test_who_does_not_work_is_not_rung() -> None:
    table, settings = company()
    mornings = (Hours(tuple(Weekday), NINE, NINE + 3600),)
    agents = {**AGENTS, "amina": replace(AGENTS["amina"], working_hours=mornings)}
    net = safety_net(replace(table, agents=agents), settings, MONDAY)

    assert at(net, MONDAY - timedelta(minutes=45)).plan == RingPhones((AMINAS, BOJANS), 20)
    assert at(net, MONDAY).plan == RingPhones((BOJANS,), 20)


@pytest.mark.parametrize(
    "target",
    [Target(TargetKind.AGENT_GROUP, "empty"), Target(TargetKind.OUTSIDE_NUMBER, "+381641")],
    ids=["nobody in the group", "an outside number"],
)
def test_where_no_phone_of_ours_can_ring_nobody_does(target: Target) -> None:
    everything = Override("x", OverrideKind.SEND_TO, targets=(target,))
    net = safety_net(*company(overrides=(everything,)), MONDAY)

    (only,) = net
    assert only.plan == RingPhones((), 20)
    assert only.until_at == datetime(2026, 11, 26, 23, tzinfo=UTC)
    assert only.reason.override.startswith("Override: everything goes to")


def test_what_is_said_of_the_next_opening_changes_with_the_time() -> None:
    tonight = datetime(2026, 11, 23, 16, tzinfo=UTC)
    midnight = datetime(2026, 11, 23, 23, tzinfo=UTC)
    morning = datetime(2026, 11, 24, 8, tzinfo=UTC)
    tomorrow, today = Prompt(text="tomorrow at nine"), Prompt(text="at nine")
    net = safety_net(
        *company(
            closed_message=Prompt(text="We open {reopens_at}."),
            closings=(Closing(tonight, midnight, tomorrow), Closing(midnight, morning, today)),
        ),
        MONDAY,
    )

    assert at(net, tonight).plan == Speak(tomorrow)
    assert at(net, midnight).plan == Speak(today)
    assert at(net, morning).plan == RingPhones((AMINAS, BOJANS), 20)
    assert at(net, morning + timedelta(hours=8)).plan == Speak(NOBODY)
