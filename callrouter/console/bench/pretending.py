"""`simulate` for a draft, with states of agents that are pretended on top of the real ones."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from callrouter.commands.pretended import find_agent, in_state
from callrouter.config.closings import with_closings_asked
from callrouter.console.bench.asked import SimulateIn
from callrouter.routing.admission import BlockedCaller, with_live_blocked
from callrouter.routing.availability import Situation
from callrouter.routing.decide import IncomingCall, decide
from callrouter.routing.explain import explain
from callrouter.routing.model import RoutingTable
from callrouter.routing.order import History
from callrouter.routing.plan import World

LONGEST_CALL = timedelta(hours=1)


class KnownWorld(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the database knows of the agents, `routing.plan.World` on its way to the workbench; and
    the callers who are blocked there."""

    situations: dict[str, Situation] = {}
    histories: dict[str, History] = {}
    last_first: dict[str, str] = {}
    blocked: tuple[BlockedCaller, ...] = ()


def simulated(
    table: RoutingTable, asked: SimulateIn, at: datetime, known: dict[str, Any]
) -> dict[str, Any]:
    """The decision and its reasons, as `callrouter simulate --json`; raises NotUnderstood."""
    world = msgspec.convert(known, KnownWorld)
    situations = {id_: each for id_, each in world.situations.items() if id_ in table.agents}
    states = {
        "busy": asked.busy,
        "unreachable": asked.unreachable,
        "wrap-up": asked.wrap_up,
        "logged-out": asked.logged_out,
    }
    for state, names in states.items():
        for name in names:
            agent = find_agent(table, name, state)
            situations[agent.id] = in_state(situations.get(agent.id, Situation()), agent, state)
    for paused in asked.paused:
        agent = find_agent(table, paused.agent, "paused")
        before = situations.get(agent.id, Situation())
        situations[agent.id] = replace(before, paused=paused.reason.strip())
    blocked = with_live_blocked(table.blocked, world.blocked, table.number_plan)
    table = with_closings_asked(replace(table, blocked=blocked), at, LONGEST_CALL)
    call = IncomingCall(asked.to, caller_number=asked.caller)
    full = World(situations, world.histories, world.last_first)
    return explain(table, call, at, decide(table, call, at), full)
