"""What the commands share that change something while the router runs: names, and by whom."""

import argparse
import getpass
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.commands.database import add_database_argument, with_database
from callrouter.commands.given_config import config_source_by, usable
from callrouter.commands.terminal import visible
from callrouter.commands.written_time import NotUnderstood
from callrouter.config.load import ConfigError, load_file
from callrouter.routing.decide import settings_for
from callrouter.routing.model import IncomingCallSettings, RoutingTable
from callrouter.routing.status import ChangeRefused
from callrouter.settings import usual_config

_DEFAULTS = {"config": None, "json": False, "database": None}


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """They may be given to a command or to its action; `with_table` knows what was not given."""
    default = argparse.SUPPRESS
    parser.add_argument(
        "--config",
        type=Path,
        default=default,
        metavar="FILE",
        help="the configuration (default: CALLROUTER_CONFIG, else callrouter.yaml)",
    )
    parser.add_argument("--json", action="store_true", default=default, help="print JSON")
    add_database_argument(parser, default)


def add_author_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--by", metavar="NAME", help="who says so (default: the system's user)")


def author(args: argparse.Namespace) -> str:
    """Who asks for the change."""
    if args.by is not None:
        return str(args.by).strip()
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user without a name
        return "command line"


def with_table(
    args: argparse.Namespace, work: Callable[[AsyncEngine, RoutingTable], Awaitable[int]]
) -> int:
    """Run `work`; its exit code, or 1 where it is refused or lacks something, 2 if misunderstood.

    Says on stderr what was wrong.
    """

    for name, default in _DEFAULTS.items():
        setattr(args, name, getattr(args, name, default))

    async def loaded(engine: AsyncEngine) -> int:
        return await work(engine, await live_table(args.config, engine))

    try:
        return with_database(args, loaded)
    except ConfigError as error:
        for problem in error.problems:
            print(visible(str(problem)), file=sys.stderr)
    except ChangeRefused as refused:
        print(f"callrouter: {visible(str(refused))}", file=sys.stderr)
    except NotUnderstood as error:
        print(f"callrouter: {visible(str(error))}", file=sys.stderr)
        return 2
    return 1


async def live_table(
    config: Path | None, engine: AsyncEngine, years: range | None = None
) -> RoutingTable:
    """That of the file that is given, else of what the router follows, mistakes left out.

    `years` are those whose holidays are known, else the usual. Raises ConfigError.
    """
    if config is not None:
        return await table_from(config, engine, years)
    loaded, note = await usable(await config_source_by(engine, usual_config()), engine, years)
    if note is not None:
        print(f"callrouter: {visible(note)}", file=sys.stderr)
    return loaded.table


async def table_from(config: Path, engine: AsyncEngine, years: range | None = None) -> RoutingTable:
    """That of the file, or of the database's tables, with the holidays of `years`, else the usual.

    Raises ConfigError.
    """
    return load_file(await config_source_by(engine, config), years).table


def settings_named(table: RoutingTable, written: str) -> IncomingCallSettings:
    """By name, in capitals or not, or by one of their numbers. Raises NotUnderstood."""
    folded = written.strip().casefold()
    for settings in table.settings.values():
        if settings.name == written.strip():
            return settings
    for settings in table.settings.values():
        if settings.name.casefold() == folded:
            return settings
    if (found := settings_for(table, written.strip())) is not None:
        return found
    names = ", ".join(table.settings) or "none"
    raise NotUnderstood(f"{written}: there are no such settings; the configuration has {names}")
