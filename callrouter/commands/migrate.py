"""`callrouter migrate`: bring the database to this version's tables, or back to an older one's."""

import argparse
import sys

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.commands.database import add_database_argument, with_database
from callrouter.db.engine import described
from callrouter.db.schema import RevisionUnknown, downgrade, upgrade


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_database_argument(parser)
    parser.add_argument(
        "--down",
        metavar="REVISION",
        help="go back to this revision and lose what only newer tables hold; 'base' removes all",
    )


def run(args: argparse.Namespace) -> int:
    async def migrate(engine: AsyncEngine) -> int:
        try:
            reached = await (downgrade(engine, args.down) if args.down else upgrade(engine))
        except RevisionUnknown as error:
            print(f"callrouter: {error}", file=sys.stderr)
            return 1
        state = f"at revision {reached}" if reached else "without callrouter's tables"
        print(f"PostgreSQL at {described(engine.url)}: {state}.")
        return 0

    return with_database(args, migrate)
