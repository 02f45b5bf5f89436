"""`callrouter calls end` and `move`: what supervisors do with a call in progress."""

import argparse
import sys
from collections.abc import Callable
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.call_requests import Answer, CallRequest, Result, What
from callrouter.commands.call import add_id_argument, asked_for
from callrouter.commands.call_json import dumped
from callrouter.commands.live_table import (
    add_author_argument,
    add_common_arguments,
    author,
    settings_named,
    with_table,
)
from callrouter.commands.pretended import find_agent
from callrouter.commands.terminal import visible, write
from callrouter.db.asking import asked
from callrouter.routing.model import RoutingTable, Target, TargetKind
from callrouter.routing.sendable import checked_target
from callrouter.settings import from_environment

OVER = Answer(Result.CALL_OVER, "The call is over.")
SILENCE = "The router has taken the request and not said yet what came of it: see `callrouter call`"


def add_actions(parser: argparse.ArgumentParser) -> None:
    """The actions beside the list."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    summary = "end a call in progress, whatever step it is in"
    ending = actions.add_parser("end", help=summary, description=summary.capitalize() + ".")
    summary = "move a call in progress to somebody else; it stays where nobody there can be rung"
    moving = actions.add_parser("move", help=summary, description=summary.capitalize() + ".")
    for action in (ending, moving):
        add_id_argument(action)
        add_author_argument(action)
        add_common_arguments(action)
    to = moving.add_mutually_exclusive_group(required=True)
    for option, kind, metavar in (
        ("--group", TargetKind.AGENT_GROUP, "GROUP"),
        ("--agent", TargetKind.AGENT, "AGENT"),
        ("--settings", TargetKind.SETTINGS, "NAME"),
        ("--outside", TargetKind.OUTSIDE_NUMBER, "NUMBER"),
    ):
        to.add_argument(option, dest="target", type=_target_of(kind), metavar=metavar)


def _target_of(kind: TargetKind) -> Callable[[str], Target]:
    def target(written: str) -> Target:
        return Target(kind, written.strip())

    return target


def run(args: argparse.Namespace) -> int:
    """0 where it was done, else 1, and a line says why."""

    async def work(engine: AsyncEngine, known: RoutingTable) -> int:
        target = _found(known, args.target) if args.action == "move" else None
        call = await asked_for(engine, args.id)
        if call is None:
            return 1
        what = What.END if target is None else What.MOVE
        request = CallRequest(uuid4(), call.id, what, author(args), target)
        url = args.database or from_environment().database_url.get_secret_value()
        answer = await asked(engine, url, request) if call.live else OVER
        return _say(args, request, answer)

    return with_table(args, work)


def _found(table: RoutingTable, target: Target) -> Target:
    match target.kind:
        case TargetKind.AGENT:
            target = Target(target.kind, find_agent(table, target.name, "--agent").id)
        case TargetKind.SETTINGS:
            target = Target(target.kind, settings_named(table, target.name).name)
        case _:
            pass
    return checked_target(table, target)


def _say(args: argparse.Namespace, request: CallRequest, answer: Answer | None) -> int:
    result = answer.result.value if answer else None
    says = answer.detail if answer else SILENCE
    done = answer is not None and answer.result is Result.DONE
    if args.json:
        write([dumped({"call": str(request.call_id), "result": result, "says": says})])
    elif done:
        write([visible(says)])
    else:
        print(f"callrouter: {visible(says)}", file=sys.stderr)
    return 0 if done else 1
