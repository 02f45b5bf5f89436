"""`callrouter unblock`: let a caller in again who was blocked by command or in the console."""

import argparse
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.commands.call_json import dumped
from callrouter.commands.live_table import (
    add_author_argument,
    add_common_arguments,
    author,
    with_table,
)
from callrouter.commands.terminal import visible, write
from callrouter.commands.written_time import NotUnderstood
from callrouter.db.blocked_callers import live_blocked, unblock
from callrouter.db.engine import transaction
from callrouter.routing.admission import blocking, describe_blocked, with_live_blocked
from callrouter.routing.model import RoutingTable
from callrouter.routing.numbers import named_caller


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="NUMBER", help="as `callrouter block` shows it")
    add_author_argument(parser)
    add_common_arguments(parser)


def run(args: argparse.Namespace) -> int:
    async def work(engine: AsyncEngine, known: RoutingTable) -> int:
        return await _unblock(args, engine, known)

    return with_table(args, work)


async def _unblock(args: argparse.Namespace, engine: AsyncEngine, known: RoutingTable) -> int:
    now = datetime.now(UTC)
    plan = known.number_plan
    number = named_caller(args.number)
    if number is None:
        raise NotUnderstood(f"{args.number}: neither a number, the beginning of numbers, nor *")
    async with transaction(engine) as connection:
        live = await live_blocked(connection, now)
        his = [each.id for each in live if plan.pattern(each.number) == plan.pattern(number)]
        await unblock(connection, his, now, author(args))
    rest = [each for each in live if each.id not in his]
    blocked = with_live_blocked(known.blocked, rest, plan)
    still = blocking(blocked, plan, number.removesuffix("*"), now)
    if args.json:
        write([dumped({"ended": his, "still": still and describe_blocked(still)})])
        return 0
    if his:
        write([visible(f"{number} is let in again.")])
    if still is not None:
        where = "" if still.live else "; that is in the configuration, and is changed there"
        raise NotUnderstood(f"{number}: {describe_blocked(still)}{where}")
    if not his:
        raise NotUnderstood(f"{number}: nobody has blocked it; see `callrouter block`")
    return 0
