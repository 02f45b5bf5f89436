"""A small company without anything to find, ways to change it, and what lint says then."""

from dataclasses import replace
from datetime import date

from callrouter.routing.hours import Hours, Weekday
from callrouter.routing.lint import lint
from callrouter.routing.model import (
    Agent,
    AgentGroup,
    CallRouting,
    IncomingCallSettings,
    Prompt,
    RoutingTable,
    ScheduleRow,
)

HOUR = 3600
TODAY = date(2026, 11, 22)  # a Sunday
HELLO = Prompt(text="Hello.", language="en")


def row(day: str, start: float, end: float, group: str = "sales") -> ScheduleRow:
    """A row from and to these hours."""
    return ScheduleRow(Hours((Weekday(day),), int(start * HOUR), int(end * HOUR)), (group,))


OFFICE = IncomingCallSettings(
    name="office",
    numbers=("700",),
    timezone="UTC",
    call_routing=CallRouting.SEQUENTIAL,
    call_handling_schedule=(row("Monday", 9, 17), row("Monday", 17, 24, "night")),
    greeting_message=HELLO,
    agent_busy_message=HELLO,
    agent_unavailable_message=HELLO,
)
TABLE = RoutingTable(
    version="1",
    agents={"amina": Agent("amina", "Amina", "1001", ("PJSIP/1001",))},
    agent_groups={
        "sales": AgentGroup("sales", ("amina",)),
        "night": AgentGroup("night", ("amina",)),
    },
    settings={"office": OFFICE},
    numbers={"700": "office"},
)


def with_office(**changes: object) -> RoutingTable:
    return replace(TABLE, settings={"office": replace(OFFICE, **changes)})  # type: ignore[arg-type]


def with_rows(*rows: ScheduleRow) -> RoutingTable:
    every = (*rows, row("Saturday", 1, 2), row("Saturday", 5, 6, "night"))  # no group is unused
    return with_office(call_handling_schedule=every)


def found(table: RoutingTable, today: date = TODAY) -> list[str]:
    """`agent_groups.sales.members: message`."""
    findings = lint(table, today)
    assert all(each.remedy for each in findings)
    return [f"{'.'.join(map(str, each.path))}: {each.message}" for each in findings]
