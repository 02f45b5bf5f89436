"""What the commands that ask the database share: its address, and one clear line without it."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.db.engine import DatabaseUnavailable, make_engine
from callrouter.settings import BadEnvironment, from_environment


def add_database_argument(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    parser.add_argument(
        "--database",
        default=default,
        metavar="URL",
        help="postgresql://user:password@host:port/database (default: CALLROUTER_DATABASE_URL)",
    )


def with_database(args: argparse.Namespace, work: Callable[[AsyncEngine], Awaitable[int]]) -> int:
    """Run `work` with an engine; its exit code, or 1 and one line on stderr without a database."""

    async def connected() -> int:
        engine = make_engine(args.database or from_environment().database_url.get_secret_value())
        try:
            return await work(engine)
        finally:
            await engine.dispose()

    try:
        return asyncio.run(connected())
    except (BadEnvironment, DatabaseUnavailable) as error:
        print(f"callrouter: {error}", file=sys.stderr)
        return 1
