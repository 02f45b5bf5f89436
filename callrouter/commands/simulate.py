"""`callrouter simulate`: where a call to a number would go at a given time, and why.

The very `decide` that routes calls, asked without a call: needs neither Asterisk nor, but for
`--live`, a database, and renders nothing. Exit code 0 with an answer, also that a number is
unknown; 1 when the configuration cannot be used; 2 when the question cannot be understood.
"""

import argparse
import json
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.commands import pretended
from callrouter.commands.database import add_database_argument, with_database
from callrouter.commands.live_table import live_table, table_from
from callrouter.commands.live_world import live
from callrouter.commands.simulate_words import lines
from callrouter.commands.terminal import visible, write
from callrouter.commands.week import show_week
from callrouter.commands.written_time import (
    EXAMPLES,
    NotUnderstood,
    is_time_of_day,
    written_time,
)
from callrouter.config.closings import with_closings
from callrouter.config.configured import DATABASE
from callrouter.config.holidays import usual_years
from callrouter.config.load import ConfigError, load_file
from callrouter.routing.decide import IncomingCall, UnknownNumber, decide, let_in
from callrouter.routing.explain import explain
from callrouter.routing.model import RoutingTable
from callrouter.routing.plan import World
from callrouter.routing.schedule import wall_clock
from callrouter.settings import usual_config

_LONGEST_CALL = timedelta(hours=1)
"""So long `{reopens_at}` is known for after the moment that is asked about."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `callrouter simulate`."""
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE",
        help="the configuration: a file, or `database` (default: CALLROUTER_CONFIG, else "
        "callrouter.yaml)",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="the same by name")
    parser.add_argument("--to", required=True, metavar="NUMBER", help="the dialled number")
    parser.add_argument("--from", dest="caller", default="", metavar="NUMBER", help="who calls")
    parser.add_argument(
        "--at",
        metavar="TIME",
        help="without an offset it is what the clock shows in the settings' time zone; a time "
        f"alone is today's, Monday the next one (default: now): {EXAMPLES}",
    )
    parser.add_argument(
        "--week",
        nargs="?",
        const="today",
        metavar="DATE",
        help="who is on duty, hour by hour, on seven days from then on (default: today)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    pretended.add_arguments(parser)
    parser.add_argument(
        "--live",
        action="store_true",
        help="with the overrides that are set now, who is logged out or paused, and what agents "
        "did today, from the database; phones count as free",
    )
    add_database_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Answer the question, or say why there is no answer."""
    try:
        config = _configuration(args)
        try:
            if args.live or str(config) == DATABASE:
                return with_database(args, lambda engine: _show_from(engine, config, args))
            return _show(load_file(config, _years(args)).table, World(), args)
        except OverflowError:
            asked = f"--week {args.week}" if args.week is not None else f"--at {args.at}"
            raise NotUnderstood(f"{asked}: the years 1 to 9999 are known") from None
    except NotUnderstood as error:
        print(f"callrouter: {visible(str(error))}", file=sys.stderr)
        return 2
    except ConfigError as error:
        for problem in error.problems:
            print(visible(str(problem)), file=sys.stderr)
        return 1


async def _show_from(engine: AsyncEngine, config: Path, args: argparse.Namespace) -> int:
    if not args.live:
        return _show(await table_from(config, engine, _years(args)), World(), args)
    table = await live_table(args.config or args.file, engine, _years(args))
    return _show(*await live(engine, table, datetime.now(UTC)), args)


def _show(table: RoutingTable, world: World, args: argparse.Namespace) -> int:
    return show_week(table, args) if args.week is not None else _show_call(table, world, args)


def _show_call(table: RoutingTable, world: World, args: argparse.Namespace) -> int:
    call = IncomingCall(args.to, caller_number=args.caller)
    at, note = _moment(table, call, args.at)
    table = with_closings(table, at, _LONGEST_CALL).table
    world = replace(world, situations=pretended.pretended(args, table, world.situations))
    decision = decide(table, call, at)
    explained = explain(table, call, at, decision, world)
    if note is not None:
        explained["trace"] = [note, *explained["trace"]]
    if args.json:
        # ASCII: whatever was dialled, a terminal shows it and obeys nothing.
        write([json.dumps(explained, indent=2)])
    else:
        write(map(visible, lines(decision, explained)))
    return 0


def _configuration(args: argparse.Namespace) -> Path:
    named: Path | None = args.config or args.file
    if args.config and args.file:
        raise NotUnderstood(f"two configurations are named: {args.file} and {args.config}")
    if args.week is not None and args.at is not None:
        raise NotUnderstood("--at asks about one call and --week about seven days: give one")
    if args.at is not None:
        if args.file and is_time_of_day(str(args.file)):
            # An unquoted space: `--at 2026-11-23 10:42` names a file `10:42`.
            raise NotUnderstood(f'write the time in quotes: --at "{args.at} {args.file}"')
        written_time(args.at)  # before anything is read
    # Not `Settings()`: what else is wrong with the environment is not our question.
    return named or usual_config()


def _years(args: argparse.Namespace) -> range | None:
    """The years whose holidays count: the usual ones, else those around what is asked about."""
    now = datetime.now(UTC)
    usual = usual_years(now.date())
    try:
        asked = written_time(args.week or args.at or "now")(now.replace(tzinfo=None)).year
    except NotUnderstood:  # of --week: it is refused by name later
        return None
    return None if asked in usual[1:-1] else range(max(1, asked - 1), min(9999, asked + 2) + 1)


def _moment(
    table: RoutingTable, call: IncomingCall, written: str | None
) -> tuple[datetime, str | None]:
    """The moment that is asked about, and what has to be said about it."""
    now = datetime.now(UTC)
    if written is None:
        return now, None  # to the microsecond: an override may have been set in this second
    decision = let_in(table, call, now)
    timezone = None if isinstance(decision, UnknownNumber) else decision.settings.timezone
    meant = written_time(written)(
        now.astimezone(ZoneInfo(timezone or "UTC")).replace(tzinfo=None, microsecond=0)
    )
    if meant.tzinfo is not None:
        return meant, None
    if timezone is None:
        return meant.replace(tzinfo=UTC), "Without settings there is no time zone: UTC is meant."
    return wall_clock(meant, timezone)
