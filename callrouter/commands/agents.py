"""`callrouter agents`: who takes calls; and log in, log out, pause and unpause somebody."""

import argparse
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.commands.call_json import dumped
from callrouter.commands.live_table import (
    add_author_argument,
    add_common_arguments,
    author,
    with_table,
)
from callrouter.commands.pretended import find_agent
from callrouter.commands.terminal import cut, is_terminal, table, visible, write
from callrouter.db.agent_states import agent_statuses, change_status
from callrouter.db.engine import snapshot, transaction
from callrouter.routing.model import Agent, RoutingTable
from callrouter.routing.schedule import local_time
from callrouter.routing.status import AgentStatus, ChangeRefused, StatusChange

HEAD = ("AGENT", "NAME", "EXTENSION", "GROUPS", "STATE", "SINCE", "BY")
_ACTIONS = {
    "pause": (StatusChange.PAUSE, "no calls for a while; logged in all the same"),
    "unpause": (StatusChange.UNPAUSE, "calls again"),
    "log-in": (StatusChange.LOG_IN, "at work: calls from now on"),
    "log-out": (StatusChange.LOG_OUT, "gone: no calls until the next log-in"),
}
_NOBODY_SAID = AgentStatus()
_LONGEST_REASON = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_common_arguments(parser)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    for name, (_, summary) in _ACTIONS.items():
        action = actions.add_parser(name, help=summary, description=summary.capitalize() + ".")
        action.add_argument("agent", metavar="AGENT", help="id, extension or name")
        if name == "pause":
            action.add_argument("--reason", default="", metavar="TEXT", help="lunch, for example")
        add_author_argument(action)
        add_common_arguments(action)


def run(args: argparse.Namespace) -> int:
    async def work(engine: AsyncEngine, known: RoutingTable) -> int:
        return await (_change if args.action else _list)(args, engine, known)

    return with_table(args, work)


async def _list(args: argparse.Namespace, engine: AsyncEngine, known: RoutingTable) -> int:
    async with snapshot(engine) as connection:
        statuses = await agent_statuses(connection)
    if args.json:
        write([dumped([_json(agent, known, statuses) for agent in known.agents.values()])])
    else:
        write(_lines(known, statuses, terminal=is_terminal(sys.stdout)))
    return 0


async def _change(args: argparse.Namespace, engine: AsyncEngine, known: RoutingTable) -> int:
    change, _ = _ACTIONS[args.action]
    agent = find_agent(known, args.agent, args.action)
    reason = " ".join(getattr(args, "reason", "").split())
    if len(reason) > _LONGEST_REASON:
        raise ChangeRefused(f"the reason must have at most {_LONGEST_REASON} characters")
    now = datetime.now(UTC)
    try:
        async with transaction(engine) as connection:
            status = await change_status(connection, agent.id, change, now, author(args), reason)
    except ChangeRefused as refused:
        raise ChangeRefused(f"{agent.id} is {refused}") from None
    if args.json:
        write([dumped(_json(agent, known, {agent.id: status}))])
        return 0
    already = "already " if status.since != now else ""
    since = f" since {_clock(status.since, known.timezone)}" if already and status.since else ""
    write([visible(f"{agent.name} ({agent.extension}) is {already}{_state(status)}{since}.")])
    return 0


def _state(status: AgentStatus) -> str:
    if not status.logged_in:
        return "logged out"
    if status.paused is None:
        return "logged in"
    return f"paused ({status.paused})" if status.paused else "paused"


def _lines(
    known: RoutingTable, statuses: Mapping[str, AgentStatus], *, terminal: bool
) -> list[str]:
    if not known.agents:
        return ["The configuration has no agents."]
    rows, colours = [], []
    for agent in known.agents.values():
        status = statuses.get(agent.id, _NOBODY_SAID)
        row = (
            agent.id,
            cut(visible(agent.name), 30),
            agent.extension,
            cut(", ".join(_groups(known, agent)), 40),
            cut(visible(_state(status)), 40),
            _clock(status.since, known.timezone) if status.since else "",
            cut(visible(status.changed_by), 24),
        )
        rows.append(row)
        takes_calls = status.logged_in and status.paused is None
        colour = "green" if takes_calls else "grey" if not status.logged_in else "yellow"
        colours.append([colour if name == "STATE" else None for name in HEAD])
    return table(HEAD, rows, colours if terminal else ())


def _groups(known: RoutingTable, agent: Agent) -> list[str]:
    return [group.name for group in known.agent_groups.values() if agent.id in group.members]


def _clock(moment: datetime, timezone: str) -> str:
    return f"{local_time(moment, timezone):%Y-%m-%d %H:%M:%S}"


def _json(agent: Agent, known: RoutingTable, statuses: Mapping[str, AgentStatus]) -> dict[str, Any]:
    status = statuses.get(agent.id, _NOBODY_SAID)
    return {
        "agent": agent.id,
        "name": agent.name,
        "extension": agent.extension,
        "agent_groups": _groups(known, agent),
        "logged_in": status.logged_in,
        "paused": status.paused,
        "since": status.since.isoformat() if status.since else None,
        "changed_by": status.changed_by or None,
    }
