"""`callrouter calls --export csv|xlsx|json`: the file that the console's call log exports.

Law: what of it was written is whole or the exit code says that it is not; it is in the audit log
before its first byte.
"""

import argparse
import os
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.commands.call_filters import wanted_of
from callrouter.commands.database import with_database
from callrouter.commands.live_table import author
from callrouter.commands.terminal import visible
from callrouter.db.audit import note_deed
from callrouter.db.engine import transaction
from callrouter.exporting.columns import COLUMNS, NoSuchColumn, chosen
from callrouter.exporting.stream import Export, ExportFailed, Format, pieces_of

_NOT_UNDERSTOOD = 2
_LOCAL_ZONE = Path("/etc/localtime")


def add_export(parser: argparse.ArgumentParser) -> None:
    """The options of an export."""
    parser.set_defaults(by=None)  # the actions beside the list know another
    parser.add_argument(
        "--export",
        type=Format,
        choices=list(Format),
        metavar="FORMAT",
        help="write all calls of these filters to the standard output: csv, xlsx or json",
    )
    parser.add_argument(
        "--columns",
        default="",
        metavar="NAMES",
        help=f"of the export, with commas between: {', '.join(COLUMNS)}",
    )
    parser.add_argument(
        "--timezone",
        metavar="ZONE",
        help="whose days and clock the export has, like Europe/Belgrade (default: this computer's)",
    )


def run_export(args: argparse.Namespace) -> int:
    """0 where the whole file was written; 1 where not; 2 where the options mean nothing."""
    try:
        columns, zone = chosen(args.columns.split(",")), _zone(args.timezone)
    except NoSuchColumn as unknown:
        return _refused(f"there is no column {str(unknown)!r}: choose of {', '.join(COLUMNS)}")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return _refused(f"{args.timezone!r} is no time zone; write one like Europe/Belgrade")
    if args.limit is not None:
        return _refused("an export has all calls of the filters: leave out --limit")
    if args.export is Format.XLSX and sys.stdout.isatty():
        return _refused("an Excel file is not for a terminal: write `> calls.xlsx` after it")

    async def write(engine: AsyncEngine) -> int:
        now = datetime.now(UTC)
        wanted = replace(wanted_of(args), since=args.since, until=args.until)
        details = {"query": f"{wanted}"[:2000], "columns": list(columns)}
        async with transaction(engine) as connection:
            await note_deed(
                connection, f"command line: {author(args)}", "calls.export", args.export, now,
                details=details,
            )  # fmt: skip
        async for piece in pieces_of(engine, Export(wanted, columns, zone, now), args.export):
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return 0

    try:
        return with_database(args, write)
    except ExportFailed as error:
        print(f"callrouter: {visible(str(error))}", file=sys.stderr)
    except BrokenPipeError:  # `| head`: Python would complain again when it closes the stream
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _refused(why: str) -> int:
    print(f"callrouter: {visible(why)}", file=sys.stderr)
    return _NOT_UNDERSTOOD


def _zone(written: str | None) -> str:
    """The zone's name, this computer's where none is written; raises where there is none such."""
    if written is not None:
        return ZoneInfo(written).key
    named = os.environ.get("TZ", "").removeprefix(":")
    if not named and _LOCAL_ZONE.is_symlink():
        named = str(_LOCAL_ZONE.resolve()).rpartition("zoneinfo/")[2]
    try:
        return ZoneInfo(named).key if named else "UTC"
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "UTC"
