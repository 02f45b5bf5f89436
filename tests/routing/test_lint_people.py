"""What lint finds in agents, groups, skills, ring patterns and messages."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from callrouter.routing.lint import lint
from callrouter.routing.model import (
    Agent,
    AgentGroup,
    CallRouting,
    FollowOn,
    Greet,
    Holiday,
    HolidayCalendar,
    Override,
    OverrideKind,
    Prompt,
    Ringback,
    RoutingTable,
    Target,
    TargetKind,
)
from tests.routing.lint_company import OFFICE, TABLE, TODAY, found, with_office

OFFICE_PATH = "incoming_call_settings.office"
X = Target(TargetKind.AGENT_GROUP, "x")
NEXT_YEAR = datetime(2027, 1, 1, tzinfo=UTC)
BOJAN = Target(TargetKind.AGENT, "bojan")


def with_x(**changes: object) -> RoutingTable:
    """The company with a group x, which nothing uses but the changes."""
    table = with_office(**changes)
    return replace(table, agent_groups={**table.agent_groups, "x": AgentGroup("x", ("amina",))})


def with_bojan(settings: str | None = None, **changes: object) -> RoutingTable:
    """The company with an agent who is in no group."""
    table = with_office(**changes)
    bojan = Agent("bojan", "Bojan", "1002", ("PJSIP/1002",), settings=settings)
    return replace(table, agents={**table.agents, "bojan": bojan})


def with_sales(group: AgentGroup, table: RoutingTable = TABLE) -> RoutingTable:
    return replace(table, agent_groups={**table.agent_groups, "sales": group})


def with_holiday(*groups: str) -> dict[str, HolidayCalendar]:
    days = {TODAY.toordinal() + 3: (Holiday("h", agent_groups=groups),)}
    return {"c": HolidayCalendar("c", days, 2026, 2026)}


def test_an_own_number_of_an_agent_without_settings_is_a_number_that_nobody_answers() -> None:
    numbers = {"1002": "bojan", "+38111501": "bojan", "+38111502": "bojan", "700": "bojan"}
    refused = replace(with_bojan(follow_on=(FollowOn(BOJAN),)), extensions=numbers)
    assert found(refused) == [
        "agents.bojan.numbers: calls to +38111501 and +38111502 are refused:"
        " no schedule has a group of this agent"
    ]
    assert [each.error for each in lint(refused, TODAY)] == [True]
    assert found(replace(with_bojan("office"), extensions=numbers)) == []


@pytest.mark.parametrize(
    "table",
    [
        pytest.param(with_x(follow_on=(FollowOn(X),)), id="follow-on"),
        pytest.param(with_x(follow_on_closed=(FollowOn(X),)), id="follow-on when closed"),
        pytest.param(
            with_x(overrides=(Override("1", OverrideKind.OPEN, until_at=NEXT_YEAR, targets=(X,)),)),
            id="an override",
        ),
        pytest.param(
            replace(with_x(holidays=("c",)), calendars=with_holiday("sales", "x")), id="a holiday"
        ),
        pytest.param(with_bojan(follow_on=(FollowOn(BOJAN),)), id="an agent: follow-on"),
        pytest.param(with_bojan(settings="office"), id="an agent: his own number"),
    ],
)
def test_used(table: RoutingTable) -> None:
    assert found(table) == []


AMINA = TABLE.agents["amina"]
SKILLED = replace(TABLE, agents={"amina": replace(AMINA, skills={"arabic": 2})})
ARABIC_3 = AgentGroup("sales", ("amina",), required_skills={"arabic": 3})
ARABIC_2 = AgentGroup("sales", ("amina",), required_skills={"arabic": 2})


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        pytest.param(
            with_sales(ARABIC_2, SKILLED), [], id="just as much of a skill as is required"
        ),
        pytest.param(
            with_sales(ARABIC_3, SKILLED),
            ["agent_groups.sales.required_skills: no member has arabic 3, so nobody is ever rung"],
            id="a level nobody has",
        ),
        pytest.param(
            replace(SKILLED, settings={"office": replace(OFFICE, required_skills={"arabic": 2})}),
            [],
            id="settings ask for what the groups have",
        ),
        pytest.param(
            with_sales(
                ARABIC_2,
                replace(SKILLED, settings={
                    "office": replace(OFFICE, required_skills={"arabic": 1, "sales": 1})
                }),
            ),
            [f"{OFFICE_PATH}.required_skills: nobody in sales has arabic 2 and sales 1, "
             "so nobody of it is ever rung",
             f"{OFFICE_PATH}.required_skills: nobody in night has arabic 1 and sales 1, "
             "so nobody of it is ever rung",
             f"{OFFICE_PATH}: nobody can ever answer a call on 700: nobody in sales has arabic 2 "
             "and sales 1; nobody in night has arabic 1 and sales 1"],
            id="settings ask for more than the groups have",
        ),
        pytest.param(
            replace(TABLE, agents={"amina": replace(AMINA, phones=())}),
            ["agents.amina.phones: the list of phones is empty, so this agent cannot be rung",
             "agent_groups.sales.members: no member of this group has a phone that can ring",
             "agent_groups.night.members: no member of this group has a phone that can ring",
             f"{OFFICE_PATH}: nobody can ever answer a call on 700: nobody in sales has a phone; "
             "nobody in night has a phone"],
            id="nobody has a phone",
        ),
    ],
)  # fmt: skip
def test_skills_and_phones(table: RoutingTable, expected: list[str]) -> None:
    assert found(table) == expected


WAVES = CallRouting.WAVES
TRIO = AgentGroup("sales", ("amina", "bojan", "carla"))


def trio(**changes: object) -> RoutingTable:
    agents = {
        id_: Agent(id_, id_.title(), number, (f"PJSIP/{number}",))
        for id_, number in (("amina", "1001"), ("bojan", "1002"), ("carla", "1003"))
    }
    return replace(with_sales(TRIO, with_office(**changes)), agents=agents)


@pytest.mark.parametrize(
    ("table", "field", "message"),
    [
        pytest.param(
            trio(wave_sizes=(1,)), "wave_sizes",
            "wave_sizes has no effect: call_routing is Sequential", id="waves without waves",
        ),
        pytest.param(
            trio(call_routing=WAVES, wave_sizes=(3, 1)), "wave_sizes",
            "the first wave rings 3, and no group here has more than 3: all ring at once",
            id="a first wave of everybody",
        ),
        pytest.param(
            trio(stagger_seconds=3), "stagger_seconds",
            "stagger_seconds has no effect: call_routing is Sequential", id="nothing is staggered",
        ),
        pytest.param(
            trio(music_class="jazz"), "music_class",
            "music_class has no effect: ringback is ringing", id="music that nobody hears",
        ),
        pytest.param(
            trio(closed_message=Prompt(text="closed.wav", language="en")), "closed_message",
            "this looks like the name of a sound file, and it would be read out",
            id="a sound file as text",
        ),
        pytest.param(
            trio(closed_message=Prompt(text="Затворено {reopens_at}.", language="en")),
            "closed_message", "the text has Cyrillic letters, but its language is en",
            id="letters of another script",
        ),
        pytest.param(
            trio(follow_on=(FollowOn(BOJAN), FollowOn(BOJAN, Prompt(text="الآن", language="en")))),
            "follow_on.1.message", "the text has Arabic letters, but its language is en",
            id="letters of another script in a message before follow-on",
        ),
    ],
)  # fmt: skip
def test_values_without_effect(table: RoutingTable, field: str, message: str) -> None:
    assert found(table) == [f"{OFFICE_PATH}.{field}: {message}"]


@pytest.mark.parametrize(
    "table",
    [
        pytest.param(trio(call_routing=WAVES, wave_sizes=(1, 1)), id="waves"),
        pytest.param(trio(call_routing=WAVES), id="the usual waves"),
        pytest.param(trio(call_routing=WAVES, wave_sizes=()), id="one wave"),
        pytest.param(trio(call_routing=CallRouting.STAGGERED, stagger_seconds=3), id="staggered"),
        pytest.param(trio(ringback=Ringback.MUSIC, music_class="jazz"), id="music"),
        pytest.param(
            trio(greet=Greet.WHILE_RINGING, skip_greeting_minutes=5), id="a greeting meanwhile"
        ),
        pytest.param(
            trio(closed_message=Prompt(text="اتصل {reopens_at} abc", language="ar")),
            id="what stands in braces has no letters",
        ),
    ],
)
def test_values_with_effect(table: RoutingTable) -> None:
    assert found(table) == []


def test_a_greeting_that_is_not_there() -> None:
    table = with_office(greeting_message=None, greet=Greet.WHILE_RINGING, skip_greeting_minutes=5)
    assert found(table)[1:] == [
        f"{OFFICE_PATH}.greet: greet has no effect: there is no greeting_message",
        f"{OFFICE_PATH}.skip_greeting_minutes: skip_greeting_minutes has no effect: "
        "there is no greeting_message",
    ]
