"""`callrouter token`: make, list and revoke the tokens that programs use the API with."""

import argparse
import sys
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.commands.database import add_database_argument, with_database
from callrouter.commands.live_table import add_author_argument
from callrouter.commands.terminal import table, visible, write
from callrouter.commands.user import by_command
from callrouter.console.people.said import Refused
from callrouter.console.people.tokens import end_token, make_token
from callrouter.console.rights import Right
from callrouter.db.api_tokens import Scope, Token
from callrouter.db.api_tokens import tokens as all_tokens
from callrouter.db.engine import snapshot, transaction

_LONGEST_NAME = 64
_HEAD = ("NAME", "SCOPES", "MADE", "BY", "ENDS", "STATE")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    create = actions.add_parser("create", help="make a token and print it, this once")
    create.add_argument("name", type=_name, metavar="NAME", help="who or what will use it")
    create.add_argument(
        "--scope",
        dest="scopes",
        action="append",
        required=True,
        choices=[scope.value for scope in Scope],
        help="what it may do; may be given several times",
    )
    create.add_argument(
        "--days", type=_days, metavar="N", help="it ends after so many days (default: never)"
    )
    listing = actions.add_parser("list", help="list the tokens")
    revoke = actions.add_parser("revoke", help="end a token at once")
    revoke.add_argument("name", metavar="NAME")
    for each in (create, revoke):
        add_author_argument(each)
    for each in (create, listing, revoke):
        add_database_argument(each)


def run(args: argparse.Namespace) -> int:
    try:
        match args.action:
            case "create":
                return with_database(args, lambda engine: _create(engine, args))
            case "revoke":
                return with_database(args, lambda engine: _revoke(engine, args))
            case _:
                return with_database(args, _list)
    except Refused as refused:
        print(f"callrouter: {visible(str(refused))}", file=sys.stderr)
        return 1


async def _create(engine: AsyncEngine, args: argparse.Namespace) -> int:
    scopes = {Scope(scope) for scope in args.scopes}
    async with transaction(engine) as connection:
        _made, secret = await make_token(
            connection, by_command(args), frozenset(Right), args.name, scopes, args.days
        )
    print(secret)
    print("Keep it: it is not stored and cannot be shown again.", file=sys.stderr)
    return 0


async def _revoke(engine: AsyncEngine, args: argparse.Namespace) -> int:
    by = by_command(args)
    async with transaction(engine) as connection:
        named = [
            token
            for token in await all_tokens(connection)
            if token.name == args.name and token.usable(by.now)
        ]
        for token in named:
            await end_token(connection, by, token.id)
    if not named:
        print(f"callrouter: there is no usable token {args.name!r}", file=sys.stderr)
        return 1
    print(f"The token {visible(args.name)} has ended.")
    return 0


async def _list(engine: AsyncEngine) -> int:
    async with snapshot(engine) as connection:
        found = await all_tokens(connection)
    now = datetime.now(UTC)
    if not found:
        write(["No tokens. Make one: callrouter token create NAME --scope read"])
        return 0
    write(table(_HEAD, [_row(token, now) for token in found]))
    return 0


def _row(token: Token, now: datetime) -> tuple[str, ...]:
    state = "usable" if token.usable(now) else "revoked" if token.revoked_at else "ended"
    ends = "never" if token.expires_at is None else f"{token.expires_at:%Y-%m-%d}"
    scopes = ", ".join(sorted(token.scopes))
    made = f"{token.created_at:%Y-%m-%d}"
    return (visible(token.name), scopes, made, visible(token.created_by), ends, state)


def _name(written: str) -> str:
    if not 0 < len(written.strip()) <= _LONGEST_NAME or not written.isprintable():
        raise argparse.ArgumentTypeError(f"write a name of 1 to {_LONGEST_NAME} characters")
    return written.strip()


def _days(written: str) -> int:
    if not written.isdecimal() or not 1 <= int(written) <= 3650:
        raise argparse.ArgumentTypeError("write a number of days from 1 to 3650")
    return int(written)
