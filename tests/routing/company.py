"""A company's routing table for tests of decisions, and ways to change it."""

from dataclasses import replace

from callrouter.routing.model import (
    Agent,
    AgentGroup,
    CallRouting,
    IncomingCallSettings,
    Prompt,
    RoutingTable,
)
from tests.routing.rows import row

OFFICE = IncomingCallSettings(
    name="head-office",
    numbers=("+381111234567", "700"),
    timezone="Europe/Belgrade",
    call_routing=CallRouting.SEQUENTIAL,
    call_handling_schedule=(
        row("Monday 12:00-13:00 lunch"),
        row("Monday 09:00-17:00 sales"),
        row("Monday 22:00-06:00 night"),
        row("Wednesday 09:00-17:00 nobody"),
    ),
    greeting_message=Prompt(text="Welcome.", language="en"),
    agent_busy_message=Prompt(sound="/sounds/busy.wav"),
    agent_unavailable_message=Prompt(text="Nobody is here.", language="en"),
)
TABLE = RoutingTable(
    version="5f3a9c1e",
    agents={
        id_: Agent(id_, f"{id_.capitalize()} H.", extension, (f"PJSIP/{extension}",))
        for id_, extension in (("amina", "1001"), ("bojan", "1002"), ("carla", "1003"))
    },
    agent_groups={
        "sales": AgentGroup("sales", ("bojan", "amina", "carla")),
        "lunch": AgentGroup("lunch", ("carla", "amina")),
        "night": AgentGroup("night", ("amina",)),
        "nobody": AgentGroup("nobody", ()),
    },
    settings={"head-office": OFFICE},
    numbers={"+381111234567": "head-office", "700": "head-office"},
)


def with_office(**changes: object) -> RoutingTable:
    return replace(TABLE, settings={"head-office": replace(OFFICE, **changes)})  # type: ignore[arg-type]
