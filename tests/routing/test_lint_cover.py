"""Hours without cover: which holes of a week are told, and which are meant."""

from dataclasses import replace
from datetime import date

import pytest

from callrouter.routing.model import (
    AgentGroup,
    FollowOn,
    Prompt,
    RoutingTable,
    ScheduleRow,
    Target,
    TargetKind,
)
from tests.routing.lint_company import TABLE, TODAY, found, with_office
from tests.routing.rows import row

SCHEDULE = "incoming_call_settings.office.call_handling_schedule"
CLOSED = Prompt(text="We are closed.", language="en")
BREAK = (row("Monday-Friday 09:00-13:00 sales"), row("Monday-Friday 14:00-17:00 night"))
HOLES = f"{SCHEDULE}: hours without cover: no row covers"


def holes(*rows: ScheduleRow, today: date = TODAY, **changes: object) -> list[str]:
    """What is said of the rows together."""
    told = found(with_office(call_handling_schedule=rows, **changes), today)
    return [each.removeprefix(f"{HOLES} ") for each in told if each.startswith(HOLES)]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([row("Monday-Friday 09:00-17:00 sales")], [], id="closed nights"),
        pytest.param([], [], id="never open"),
        pytest.param(BREAK, ["Monday-Friday 13:00-14:00"], id="a break"),
        pytest.param(
            [row("Monday 09:00-12:00 sales"), row("Monday 14:00-17:00 sales")],
            ["Monday 12:00-14:00"], id="two hours",
        ),
        pytest.param(
            [row("Monday 09:00-12:00 sales"), row("Monday 14:00:01-17:00 sales")], [],
            id="longer than two hours",
        ),
        pytest.param(
            [row("Monday 20:00-07:00 night"), row("Tuesday 08:00-17:00 sales")],
            ["Tuesday 07:00-08:00"], id="after a night",
        ),
        pytest.param(
            [row("Sunday 20:00-24:00 night"), row("Monday 01:00-17:00 sales")],
            ["Monday 00:00-01:00"], id="at the start of the week",
        ),
        pytest.param(
            [row("Sunday 20:00-23:30 night"), row("Monday 00:30-17:00 sales")],
            ["Sunday 23:30-00:30"], id="over the end of the week",
        ),
        pytest.param(
            [row("Monday-Tuesday,Thursday-Friday 09:00-17:00 sales")], ["Wednesday"],
            id="a day between days",
        ),
        pytest.param(
            [row("Monday-Tuesday,Thursday-Saturday 09:00-13:00 sales"),
             row("Monday-Tuesday,Thursday-Saturday 14:00-18:00 sales")],
            ["Monday-Tuesday, Thursday-Saturday 13:00-14:00 and Wednesday"], id="both",
        ),
        pytest.param([row("Monday,Wednesday,Friday 09:00-17:00 g")], [], id="every other day"),
        pytest.param([row("Monday-Wednesday 09:00-17:00 g")], [], id="the first days"),
        pytest.param([row("Tuesday-Sunday 09:00-17:00 g")], [], id="closed on Mondays"),
        pytest.param([row("Sunday-Sunday 09:00-17:00 g"), row("Monday-Thursday 09:00-17:00 g")], [],
                     id="closed on Fridays and Saturdays"),
        pytest.param(
            [row("Monday-Thursday 00:00-24:00 g"), row("Friday 00:00-18:00 g"),
             row("Saturday-Sunday 00:00-24:00 g")],
            ["Friday 18:00-24:00"], id="nearly always open",
        ),
        pytest.param([row("Monday-Sunday 00:00-24:00 g")], [], id="always open"),
        pytest.param([row("Monday-Sunday 06:00-23:00 g")], [], id="nights, all the week"),
        pytest.param(
            [row("Monday 09:00-12:00 g"), row("Monday 22:00-24:00 g", "Asia/Tokyo")],
            ["Monday 12:00-13:00"], id="another zone",
        ),
        pytest.param(
            [*BREAK, row("Monday-Friday 13:00-14:00 g", valid_from="06-01", valid_to="08-31")],
            ["Monday-Friday 13:00-14:00"], id="out of season",
        ),
        pytest.param(
            [*BREAK, row("Monday-Friday 13:00-14:00 g", valid_from="11-01", valid_to="11-30")],
            [], id="in season",
        ),
        pytest.param(
            [*BREAK, row("Monday-Friday 13:00-14:00 g", valid_to="2026-11-25")],
            ["Thursday-Friday 13:00-14:00"], id="a season that ends within the week",
        ),
    ],
)  # fmt: skip
def test_holes(rows: list[ScheduleRow], expected: list[str]) -> None:
    groups = tuple(replace(each, agent_groups=("sales", "night")) for each in rows)
    assert holes(*groups) == expected


def test_a_break_that_is_meant() -> None:
    assert holes(*BREAK, closed_message=CLOSED) == []
    missed = (row("Monday-Friday 09:00-12:59 sales"), row("Monday-Friday 13:00-17:00 night"))
    assert holes(*missed, closed_message=CLOSED) == ["Monday-Friday 12:59-13:00"]
    other = (row("Monday-Friday 09:00-13:00 sales"), row("Monday-Thursday 14:00-17:00 night"))
    assert holes(*other, row("Friday 13:30-17:00 night"), closed_message=CLOSED) == [
        "Monday-Thursday 13:00-14:00 and Friday 13:00-13:30"
    ]


@pytest.mark.parametrize(
    ("target", "told"),
    [
        (Target(TargetKind.AGENT_GROUP, "sales"), False),
        (Target(TargetKind.AGENT_GROUP, "empty"), True),
        (Target(TargetKind.OUTSIDE_NUMBER, "+38164"), False),
        (Target(TargetKind.SETTINGS, "other"), False),
        (Target(TargetKind.SETTINGS, "hollow"), True),
    ],
    ids=["a group", "an empty group", "a number", "settings", "empty settings"],
)
def test_callers_who_are_sent_on(target: Target, told: bool) -> None:
    table = with_office(call_handling_schedule=BREAK, follow_on_closed=(FollowOn(target),))
    office = TABLE.settings["office"]
    hollow = replace(
        office, name="hollow", call_handling_schedule=(row("Monday 09:00-10:00 empty"),)
    )
    table = replace(
        table,
        settings={**table.settings, "other": replace(office, name="other"), "hollow": hollow},
        agent_groups={**table.agent_groups, "empty": AgentGroup("empty", ())},
    )
    assert any(each.startswith(HOLES) for each in found(table)) is told


ALL_WEEK = row("Monday-Friday 09:00-17:00 sales,night")


def with_hours(*written: str, rows: tuple[ScheduleRow, ...]) -> RoutingTable:
    hours = tuple(row(f"{each} x").hours for each in written)
    agents = {"amina": replace(TABLE.agents["amina"], working_hours=hours)}
    return replace(with_office(call_handling_schedule=rows), agents=agents)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        pytest.param(
            with_hours("Monday-Friday 08:00-16:00", rows=(ALL_WEEK,)),
            [f"{SCHEDULE}.0: hours without cover: nobody in sales and night works on "
             "Monday-Friday 16:00-17:00"],
            id="the last hour",
        ),
        pytest.param(
            with_hours("Monday-Friday 08:00-18:00", rows=(ALL_WEEK,)),
            [], id="longer than the row",
        ),
        pytest.param(
            with_hours(
                "Monday-Friday 08:00-16:00",
                rows=(row("Monday 09:00-10:00 night"), row("Monday 16:00-22:00 sales")),
            ),
            [f"{SCHEDULE}.1: hours without cover: nobody in "
             "sales works on Monday 16:00-22:00"],
            id="all of a row",
        ),
        pytest.param(
            with_hours("Monday 08:00-24:00", rows=(row("Monday 22:00-06:00 sales,night"),)),
            [f"{SCHEDULE}.0: hours without cover: nobody in sales and night works on "
             "Tuesday 00:00-06:00"],
            id="after midnight",
        ),
    ],
)  # fmt: skip
def test_rows_whose_people_do_not_work(table: RoutingTable, expected: list[str]) -> None:
    assert found(table) == expected


def test_one_who_always_works_is_enough() -> None:
    table = with_hours("Monday 08:00-09:00", rows=(row("Monday 08:00-12:00 sales,night"),))
    bojan = replace(TABLE.agents["amina"], id="bojan", name="Bojan")
    both = AgentGroup("sales", ("amina", "bojan"))
    table = replace(
        table,
        agents={**table.agents, "bojan": bojan},
        agent_groups={**table.agent_groups, "sales": both},
    )
    assert found(table) == []
