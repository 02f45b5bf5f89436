"""`callrouter calls`: the call log, newest first; exports it, ends and moves calls in progress."""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise, takewhile

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.commands import steer_calls
from callrouter.commands.call_export import add_export, run_export
from callrouter.commands.call_filters import add_filters, wanted_of
from callrouter.commands.call_json import call_json, dumped
from callrouter.commands.call_words import (
    agent,
    attempts_in_short,
    caller,
    duration,
    status,
    talked,
    waited,
)
from callrouter.commands.database import add_database_argument, with_database
from callrouter.commands.terminal import cut, is_terminal, table, visible, write
from callrouter.db.call_log import calls_since
from callrouter.db.engine import snapshot
from callrouter.db.queries import StoredCall

NEWEST = 50
HEAD = (
    *("DATE", "TIME", "FROM", "TO", "SETTINGS", "GROUP", "STATUS", "WAITING", "TALKING"),
    *("ANSWERED BY", "CALL", "ATTEMPTS"),
)
_SHORTEST_ID = 8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_filters(parser, NEWEST)
    parser.add_argument(
        "--limit",
        type=_count,
        metavar="N",
        help=f"at most the N newest ended calls (default: all with --since, else {NEWEST})",
    )
    add_export(parser)
    parser.add_argument("--json", action="store_true", help="a JSON list with every field")
    add_database_argument(parser)
    steer_calls.add_actions(parser)


def run(args: argparse.Namespace) -> int:
    if args.action is not None:
        return steer_calls.run(args)
    if args.export is not None:
        return run_export(args)

    async def show(engine: AsyncEngine) -> int:
        limit = args.limit or (None if args.since else NEWEST)
        async with snapshot(engine) as connection:
            # One more than is shown tells whether there are more.
            more = None if limit is None else limit + 1
            calls = await calls_since(
                connection, args.since, args.until, limit=more, wanted=wanted_of(args)
            )
        shown, rest = _split(calls, limit)
        if args.json:
            write([dumped([call_json(call) for call in shown])])
        else:
            now = datetime.now(UTC)
            write(log_lines(shown, now=now, terminal=is_terminal(sys.stdout)))
            if shown:
                print(f"Times are this computer's: {_own_zone(now)}.", file=sys.stderr)
        if rest and limit:
            print(f"Older calls are not shown: --limit {2 * limit}", file=sys.stderr)
        return 0

    return with_database(args, show)


def _own_zone(now: datetime) -> str:
    """`CET (UTC+01:00)`."""
    local = now.astimezone()
    return f"{local:%Z} (UTC{local.isoformat()[-6:]})"


def log_lines(calls: Sequence[StoredCall], *, now: datetime, terminal: bool) -> list[str]:
    """The log as a table in local time; symbols and colours for a terminal."""
    if not calls:
        return ["No calls."]
    digits = _digits_that_tell_apart([call.id.hex for call in calls])
    rows = [_row(call, now, digits, terminal=terminal) for call in calls]
    if not terminal:
        return table(HEAD, rows)
    column = HEAD.index("STATUS")
    colours = [
        [status(call.record).colour if i == column else None for i in range(len(HEAD))]
        for call in calls
    ]
    return table(HEAD, rows, colours)


def _row(call: StoredCall, now: datetime, digits: int, *, terminal: bool) -> tuple[str, ...]:
    record = call.record
    local = record.arrived_at.astimezone()
    state = status(record)
    running = "…" if call.live else ""
    answered = record.agent_answered_at is not None
    return (
        f"{local:%Y-%m-%d}",
        f"{local:%H:%M:%S}",
        cut(caller(record), 34),
        cut(visible(record.number), 20),
        cut(visible(record.settings or ""), 20),
        cut(visible(record.agent_group or ""), 16),
        f"{state.symbol} {state.word}" if terminal else state.word,
        duration(waited(record, now)) + ("" if answered else running),
        duration(talked(record, now)) + running if answered else "",
        cut(agent(record.agent, record.agent_extension), 24) if record.agent else "",
        call.id.hex[:digits],
        attempts_in_short(record.attempts),
    )


def _split(calls: list[StoredCall], limit: int | None) -> tuple[list[StoredCall], bool]:
    ended = sum(not call.live for call in calls)
    if limit is None or ended <= limit:
        return calls, False
    return calls[:-1], True


def _digits_that_tell_apart(ids: Sequence[str]) -> int:
    """How many digits of these ids are enough for `callrouter call`, at least eight."""
    ordered = sorted(ids)
    longest = 0
    for one, other in pairwise(ordered):
        same = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=True))
        longest = max(longest, len(list(same)))
    return max(_SHORTEST_ID, longest + 1)


def _count(written: str) -> int:
    number = int(written) if written.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{written!r} is not a number of calls, 1 or more")
    return number
