"""`callrouter config`: the configuration in the database, its versions, and drafts of new ones.

Exit code 1 where something is wrong: with a configuration, or with the database.
"""

import argparse
import getpass
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.commands import config_changes, config_views
from callrouter.commands.database import add_database_argument, with_database
from callrouter.commands.terminal import visible
from callrouter.commands.when import EXAMPLES, point_in_time
from callrouter.config.problems import ConfigError
from callrouter.db.engine import DataRefused

_WHICH = "a version's number, `live` for the one in use, `database`, or a file"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `callrouter config`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, summary: str) -> argparse.ArgumentParser:
        added = actions.add_parser(name, help=summary, description=summary.capitalize() + ".")
        add_database_argument(added)
        return added

    put = action("import", "put a file in the place of the configuration in the database")
    put.add_argument("file", type=Path, metavar="FILE")
    put.add_argument(
        "--if-empty", action="store_true", help="only where the database has no configuration yet"
    )
    _add_author(put)
    export = action("export", "print the configuration in the database, or a version, as YAML")
    export.add_argument("--version", type=_number, metavar="N", help="this version")
    diff = action("diff", "say what one configuration says otherwise than another")
    diff.add_argument("before", nargs="?", metavar="A", help=f"{_WHICH}; default: the version"
                      " before the newest")  # fmt: skip
    diff.add_argument("after", nargs="?", metavar="B", help="the same; default: live")
    history = action("history", "list the versions of the configuration, newest first")
    history.add_argument("--limit", type=_number, metavar="N", help="at most so many")
    history.add_argument("--json", action="store_true", help="print a JSON list")
    back = action("rollback", "put an earlier version into the database, as a new one")
    back.add_argument("number", type=_number, metavar="N", help="the version's number")
    _add_author(back)
    replay = action("replay", "say which recorded calls a draft would have sent elsewhere")
    replay.add_argument("draft", metavar="DRAFT", help=_WHICH)
    replay.add_argument(
        "--since",
        type=point_in_time,
        default="7d",
        metavar="WHEN",
        help=f"calls that arrived then or later: {EXAMPLES} (default: 7d)",
    )
    replay.add_argument(
        "--until", type=point_in_time, metavar="WHEN", help="calls that arrived before then"
    )
    replay.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Do what is asked for, or say in lines on stderr what is in the way."""
    work: Callable[[argparse.Namespace, AsyncEngine], Awaitable[int]] = {
        "import": config_changes.import_file,
        "rollback": config_changes.roll_back,
        "export": config_views.export,
        "diff": config_views.diff,
        "history": config_views.history,
        "replay": config_views.replay,
    }[args.action]
    try:
        return with_database(args, lambda engine: work(args, engine))
    except ConfigError as error:
        for problem in error.problems:
            print(visible(str(problem)), file=sys.stderr)
    except (config_changes.NotPossible, DataRefused) as error:
        print(f"callrouter: {visible(str(error))}", file=sys.stderr)
    return 1


def _add_author(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--note", metavar="TEXT", help="why, for the history")
    parser.add_argument(
        "--author", type=str.strip, default=_user(), metavar="NAME", help="who (default: you)"
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user without a name
        return "command line"


def _number(written: str) -> int:
    if not written.isascii() or not written.isdigit() or not 0 < int(written) < 2**31:
        raise argparse.ArgumentTypeError(f"{written!r} is not a number from 1")
    return int(written)
