"""States of agents that `simulate` is told to pretend: `--busy amina --paused bojan=lunch`."""

import argparse
from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches

from callrouter.commands.written_time import NotUnderstood
from callrouter.routing.availability import NEVER, DeviceState, PhoneState, Situation
from callrouter.routing.model import Agent, RoutingTable

STATES = {
    "busy": "on a call",
    "unreachable": "with no phone registered",
    "wrap-up": "still wrapping up a call",
    "logged-out": "logged out",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The pretended states, each repeatable; who is not named is free and reachable."""
    group = parser.add_argument_group(
        "pretended states",
        "can be repeated; AGENT is an id of the configuration, an extension or a name",
    )
    for name, words in STATES.items():
        group.add_argument(
            f"--{name}", action="append", default=[], metavar="AGENT", help=f"as if he were {words}"
        )
    group.add_argument(
        "--paused",
        action="append",
        default=[],
        metavar="AGENT[=REASON]",
        help="as if he were paused, for a reason or without one",
    )


def pretended(
    args: argparse.Namespace, table: RoutingTable, known: Mapping[str, Situation]
) -> dict[str, Situation]:
    """The `known` situations as the command line changes them; raises NotUnderstood."""
    found = dict(known)
    for name in STATES:
        for written in getattr(args, name.replace("-", "_")):
            agent = find_agent(table, written, f"--{name}")
            found[agent.id] = in_state(found.get(agent.id, Situation()), agent, name)
    for written in args.paused:
        who, _, reason = written.partition("=")
        agent = find_agent(table, who, "--paused")
        found[agent.id] = replace(found.get(agent.id, Situation()), paused=reason.strip())
    return found


def find_agent(table: RoutingTable, written: str, option: str) -> Agent:
    """By id, extension or name, in capitals or not; raises NotUnderstood, with a guess."""
    who, folded = written.strip(), written.strip().casefold()
    found = [
        agent
        for agent in table.agents.values()
        if folded in (agent.id.casefold(), agent.extension, agent.name.casefold())
    ]
    exact = [agent for agent in found if agent.id == who]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if found:
        ids = ", ".join(agent.id for agent in found)
        raise NotUnderstood(f"{option} {written}: that may be {ids}; give the id")
    raise NotUnderstood(f"{option} {written}: there is no such agent; {_guess(table, who)}")


def in_state(situation: Situation, agent: Agent, state: str) -> Situation:
    """The situation as one of `STATES` makes it."""
    match state:
        case "busy":
            return replace(situation, phones=_phones(agent, DeviceState.INUSE))
        case "unreachable":
            return replace(situation, phones=_phones(agent, DeviceState.UNAVAILABLE))
        case "wrap-up":
            return replace(situation, wrap_up_until=NEVER)
        case _:
            return replace(situation, logged_in=False)


def _phones(agent: Agent, state: DeviceState) -> dict[str, PhoneState]:
    return dict.fromkeys(agent.phones, PhoneState(state))


def _guess(table: RoutingTable, who: str) -> str:
    by_name = {agent.name.lower(): agent.id for agent in table.agents.values()}
    names: Iterable[str] = [*(id_.lower() for id_ in table.agents), *by_name]
    ids = {id_.lower(): id_ for id_ in table.agents}
    near = get_close_matches(who.lower(), names, n=1, cutoff=0.5)
    if near:
        return f"did you mean {ids.get(near[0]) or by_name[near[0]]}?"
    return f"the configuration has {', '.join(table.agents) or 'none'}"
