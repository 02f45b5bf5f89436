"""Black holes: what nobody can answer, and what goes round."""

from dataclasses import replace

import pytest

from callrouter.routing.model import (
    Agent,
    AgentGroup,
    FollowOn,
    Override,
    OverrideKind,
    RoutingTable,
    Target,
    TargetKind,
)
from tests.routing.lint_company import OFFICE, TABLE, found, with_office
from tests.routing.rows import row

SETTINGS = "incoming_call_settings"
AMINA = TABLE.agents["amina"]
OUTSIDE = Target(TargetKind.OUTSIDE_NUMBER, "+38164123456")
TO_OUTSIDE = (FollowOn(OUTSIDE),)


def group(name: str) -> Target:
    return Target(TargetKind.AGENT_GROUP, name)


def settings_of(name: str) -> Target:
    return Target(TargetKind.SETTINGS, name)


def empty(**changes: object) -> RoutingTable:
    """The company without anybody in its groups."""
    table = with_office(**changes)
    groups = {name: AgentGroup(name, ()) for name in table.agent_groups}
    spare = AgentGroup("spare", ("amina",))
    return replace(table, agent_groups={**groups, "spare": spare})


def about_nobody(table: RoutingTable) -> list[str]:
    return [each for each in found(table) if "can ever answer" in each]


NOBODY = (
    f"{SETTINGS}.office: nobody can ever answer a call on 700: "
    "sales has no members; night has no members"
)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        pytest.param(TABLE, [], id="somebody"),
        pytest.param(empty(), [NOBODY], id="groups without members"),
        pytest.param(empty(follow_on=(FollowOn(group("spare")),)), [], id="follow-on: a group"),
        pytest.param(
            empty(follow_on=(FollowOn(Target(TargetKind.AGENT, "amina")),)), [],
            id="follow-on: an agent",
        ),
        pytest.param(empty(follow_on=TO_OUTSIDE), [], id="follow-on: a number"),
        pytest.param(
            empty(overrides=(Override("1", OverrideKind.OPEN, targets=(group("spare"),)),)), [],
            id="an override",
        ),
        pytest.param(
            replace(
                empty(follow_on=(FollowOn(Target(TargetKind.AGENT, "x")),)),
                agents={"amina": AMINA, "x": Agent("x", "X", "1002", ())},
            ),
            [f"{NOBODY}; X has no phone"],
            id="follow-on: an agent without a phone",
        ),
        pytest.param(
            empty(numbers=()),
            [NOBODY.replace("a call on 700", "such a call")],
            id="settings without numbers",
        ),
    ],
)  # fmt: skip
def test_numbers_that_nobody_can_answer(table: RoutingTable, expected: list[str]) -> None:
    assert about_nobody(table) == expected


def working(*hours: str, zone: str | None = None) -> RoutingTable:
    own = tuple(row(f"{each} x", zone).hours for each in hours)
    return replace(TABLE, agents={"amina": replace(AMINA, working_hours=own)})


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        pytest.param(working("Monday 16:00-18:00"), [], id="some of the time"),
        pytest.param(
            working("Tuesday 09:00-17:00"),
            [f"{SETTINGS}.office: nobody can ever answer a call on 700: "
             "nobody in sales works when it is on duty; nobody in night works when it is on duty"],
            id="never",
        ),
        pytest.param(working("Sunday 22:00-09:30"), [], id="the night before"),
        pytest.param(
            working("Tuesday 09:00-17:00", zone="Asia/Tokyo"), [], id="by another clock: perhaps"
        ),
    ],
)  # fmt: skip
def test_people_who_do_not_work_when_they_are_on_duty(
    table: RoutingTable, expected: list[str]
) -> None:
    assert about_nobody(table) == expected


def several(**follow: tuple[str, ...]) -> RoutingTable:
    """Settings that follow on from each other; all of them have empty groups but `last`."""
    settings = {
        name: replace(
            OFFICE,
            name=name,
            numbers=(name,),
            call_handling_schedule=(
                row(f"Monday 09:00-17:00 {'sales' if name == 'last' else 'x'}"),
            ),
            follow_on=tuple(FollowOn(settings_of(each)) for each in others),
        )
        for name, others in follow.items()
    }
    return replace(
        TABLE,
        settings=settings,
        agent_groups={"sales": TABLE.agent_groups["sales"], "x": AgentGroup("x", ())},
    )


def test_somebody_answers_by_way_of_other_settings() -> None:
    assert about_nobody(several(a=("b",), b=("last",), last=())) == []
    assert len(about_nobody(several(a=("b",), b=("a",)))) == 2


@pytest.mark.parametrize(
    ("table", "rounds"),
    [
        pytest.param(several(a=("b",), b=("c",), c=("b", "last"), last=()), ["b → c → b"],
                     id="a round that is entered from outside"),
        pytest.param(several(a=("a",)), ["a → a"], id="to itself"),
        pytest.param(several(a=("b",), b=("a",), last=("a",)), ["a → b → a"], id="told once"),
        pytest.param(several(a=("b", "c"), b=("last",), c=("last",), last=()), [],
                     id="two ways are no round"),
    ],
)  # fmt: skip
def test_calls_that_go_round(table: RoutingTable, rounds: list[str]) -> None:
    told = [each for each in found(table) if "go round" in each]
    assert told == [
        f"{SETTINGS}.{each[0]}: calls that nobody takes go round: {each}; "
        "no settings are tried twice, so there they end"
        for each in rounds
    ]


@pytest.mark.parametrize(
    ("number", "told"),
    [("700", True), ("00700", False), ("+38164123456", False)],
    ids=["our own", "another", "outside"],
)
def test_an_outside_number_that_is_our_own(number: str, told: bool) -> None:
    table = with_office(follow_on=(FollowOn(Target(TargetKind.OUTSIDE_NUMBER, number)),))
    own = (
        f"{SETTINGS}.office: the outside number 700 is one of your own (office), so the call "
        "comes in again as another one"
    )
    assert found(table) == ([own] if told else [])


def test_settings_that_only_other_settings_reach_need_no_numbers() -> None:
    other = replace(OFFICE, name="other", numbers=())
    table = with_office(follow_on=(FollowOn(settings_of("other")),))
    assert found(replace(table, settings={**table.settings, "other": other})) == []
    direct = replace(AMINA, settings="other")
    table = replace(TABLE, settings={**TABLE.settings, "other": other}, agents={"amina": direct})
    assert found(table) == []
