"""`callrouter block`: callers who are not let in; who they are, and what they get."""

import argparse
import sys
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.commands.call_json import dumped
from callrouter.commands.live_table import (
    add_author_argument,
    add_common_arguments,
    author,
    with_table,
)
from callrouter.commands.terminal import cut, table, visible, write
from callrouter.commands.time_to_come import EXAMPLES, time_to_come
from callrouter.db.blocked_callers import StoredBlockedCaller, block, stored_blocked
from callrouter.db.engine import snapshot, transaction
from callrouter.routing.admission import (
    BlockedCaller,
    Refuse,
    checked,
    describe_blocked,
    sorted_blocked,
)
from callrouter.routing.model import RoutingTable
from callrouter.routing.schedule import local_time

HEAD = ("NUMBER", "STATE", "GETS", "UNTIL", "BY", "NOTE")
ANSWERS = (Refuse.REJECTED, Refuse.BUSY, Refuse.CONGESTION, Refuse.MESSAGE)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "number",
        nargs="?",
        metavar="NUMBER",
        help="a caller's number, the beginning of numbers and *, or the word anonymous;"
        " without one, who is blocked",
    )
    parser.add_argument(
        "--answer",
        type=Refuse,
        choices=ANSWERS,
        default=Refuse.REJECTED,
        metavar="WHAT",
        help="what he gets: rejected (403), busy (486), congestion (503) or message"
        " (default: rejected)",
    )
    parser.add_argument(
        "--until",
        nargs="+",
        metavar="TIME",
        help=f"when it ends by itself (default: when somebody ends it): {EXAMPLES}",
    )
    parser.add_argument("--note", default="", metavar="TEXT", help="stored, and shown with calls")
    add_author_argument(parser)
    add_common_arguments(parser)


def run(args: argparse.Namespace) -> int:
    async def work(engine: AsyncEngine, known: RoutingTable) -> int:
        if args.number is None:
            return await _list(args, engine, known)
        return await _block(args, engine, known)

    return with_table(args, work)


async def _block(args: argparse.Namespace, engine: AsyncEngine, known: RoutingTable) -> int:
    now = datetime.now(UTC)
    until = None
    if args.until is not None:
        until, note = time_to_come(" ".join(args.until), "--until", known.timezone, now)
        if note is not None:
            print(f"callrouter: {note}", file=sys.stderr)
    wanted = BlockedCaller(
        args.number,
        args.answer,
        " ".join(args.note.split()),
        until,
        author(args),
        str(uuid4()),
        live=True,
    )
    blocked = checked(wanted, known.limits.blocked_message, now)
    async with transaction(engine) as connection:
        await block(connection, blocked, now)
    if args.json:
        write([dumped(blocked_json(StoredBlockedCaller(blocked, now), now))])
        return 0
    said = describe_blocked(blocked)
    write(
        [
            visible(f"{said[0].upper()}{said[1:]}."),
            f"End it earlier: callrouter unblock '{blocked.number}'",
        ]
    )
    return 0


async def _list(args: argparse.Namespace, engine: AsyncEngine, known: RoutingTable) -> int:
    now = datetime.now(UTC)
    async with snapshot(engine) as connection:
        stored = await stored_blocked(connection, now)
    configured = [each for each in sorted_blocked(known.blocked) if each.holds(now)]
    if args.json:
        listed = [blocked_json(each, now) for each in stored]
        listed += [_json(each, "in the configuration") for each in configured]
        write([dumped(listed)])
        return 0
    rows = [_row(each.blocked, _state(each, now), known.timezone) for each in stored]
    rows += [_row(each, "in the configuration", known.timezone) for each in configured]
    if not rows:
        write(["Nobody is blocked."])
        return 0
    write([*table(HEAD, rows), f"Times are in {known.timezone}."])
    return 0


def _row(blocked: BlockedCaller, state: str, timezone: str) -> tuple[str, ...]:
    until = blocked.until_at
    return (
        visible(blocked.number),
        state,
        blocked.refuse.value,
        f"{local_time(until, timezone):%a %Y-%m-%d %H:%M}" if until else "",
        cut(visible(blocked.author), 24),
        cut(visible(blocked.note), 50),
    )


def _state(stored: StoredBlockedCaller, now: datetime) -> str:
    if stored.ended_at is not None:
        return cut(visible(f"ended by {stored.ended_by or 'somebody'}"), 24)
    return "expired" if stored.over(now) else "blocked"


def blocked_json(stored: StoredBlockedCaller, now: datetime) -> dict[str, Any]:
    """Every field; times are ISO 8601 in UTC."""
    return _json(stored.blocked, _state(stored, now)) | {
        "set_at": stored.set_at and stored.set_at.isoformat(),
        "ended_at": stored.ended_at and stored.ended_at.isoformat(),
        "ended_by": stored.ended_by,
    }


def _json(blocked: BlockedCaller, state: str) -> dict[str, Any]:
    return {
        "id": blocked.id or None,
        "number": blocked.number,
        "state": state,
        "answer": blocked.refuse.value,
        "note": blocked.note,
        "until": blocked.until_at and blocked.until_at.isoformat(),
        "author": blocked.author,
    }
