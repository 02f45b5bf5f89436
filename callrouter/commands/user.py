"""`callrouter user`: the people who sign in to the console; the same as its page does."""

import argparse
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from callrouter.commands.database import add_database_argument, with_database
from callrouter.commands.live_table import add_author_argument, author, live_table
from callrouter.commands.terminal import table, visible, write
from callrouter.commands.typed_password import NoPassword, typed_password
from callrouter.config.problems import ConfigError
from callrouter.console.people import accounts
from callrouter.console.people.accounts import By, Profile
from callrouter.console.people.passwords import Passwords, demand_good
from callrouter.console.people.said import Refused
from callrouter.console.people.set_up import set_up_code, set_up_link
from callrouter.db.engine import snapshot, transaction
from callrouter.db.user_sessions import sessions_of
from callrouter.db.users import Role, User, all_users, user_named

_HEAD = ("NAME", "FULL NAME", "ROLE", "AGENT", "MADE", "STATE")
_SESSIONS_HEAD = ("SINCE", "LAST USED", "ADDRESS", "BROWSER")
_CONSOLE = "http://127.0.0.1:8090"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    create = _action(actions, "create", "make a user; the password is asked for", name=True)
    create.add_argument("--role", required=True, choices=[str(role) for role in Role])
    create.add_argument("--full-name", default="", metavar="NAME")
    create.add_argument("--agent", metavar="ID", help="the agent of the configuration he is")
    create.add_argument(
        "--link", action="store_true", help="ask for no password: print a link to choose one"
    )
    change = _action(actions, "change", "change role, agent or full name", name=True)
    change.add_argument("--role", choices=[str(role) for role in Role])
    change.add_argument("--full-name", metavar="NAME")
    change.add_argument("--agent", metavar="ID", help="empty: none")
    _action(actions, "list", "list the users")
    _action(actions, "disable", "sign somebody out and let him in no more", name=True)
    _action(actions, "enable", "let him in again", name=True)
    password = _action(actions, "password", "give another password", name=True)
    password.add_argument(
        "--link", action="store_true", help="print a link with which he chooses one himself"
    )
    sessions = _action(actions, "sessions", "list where somebody is signed in", name=True)
    sessions.add_argument("--end", action="store_true", help="sign him out everywhere")
    first = _action(actions, "set-up-link", "print a link to make the first user with")
    for each in (create, password, first):
        each.add_argument("--url", metavar="URL", help="the console's (default: its settings)")


def _action(actions: Any, action: str, summary: str, *, name: bool = False) -> Any:
    parser = actions.add_parser(action, help=summary)
    if name:
        parser.add_argument("name", metavar="NAME", help="with which he signs in")
    add_author_argument(parser)
    add_database_argument(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    try:
        return with_database(args, lambda engine: _ACTIONS[args.action](engine, args))
    except (Refused, NoPassword, ConfigError) as refused:
        print(f"callrouter: {visible(str(refused))}", file=sys.stderr)
        return 1


async def _create(engine: AsyncEngine, args: argparse.Namespace) -> int:
    profile = Profile(args.full_name, Role(args.role), args.agent)
    agents = await _agents(engine, args.agent)
    hashed = None if args.link else await _hashed(args.name, args.full_name)
    async with transaction(engine) as connection:
        by = by_command(args)
        user = await accounts.add(connection, by, args.name, profile, agents, hashed)
        code = await accounts.password_link(connection, by, user.id) if args.link else None
    if code is not None:
        print(f"{_url(args)}/password?code={code}")
    else:
        print(f"The user {visible(user.name)} is made.")
    return 0


async def _change(engine: AsyncEngine, args: argparse.Namespace) -> int:
    agents = await _agents(engine, args.agent)
    async with transaction(engine) as connection:
        user = await _named(connection, args.name)
        profile = Profile(
            user.full_name if args.full_name is None else args.full_name,
            Role(args.role) if args.role else user.role,
            user.agent if args.agent is None else args.agent or None,
        )
        await accounts.change(connection, by_command(args), user.id, profile, agents)
    print(f"The user {visible(user.name)} is changed.")
    return 0


async def _disable(engine: AsyncEngine, args: argparse.Namespace) -> int:
    async with transaction(engine) as connection:
        user = await _named(connection, args.name)
        await accounts.disable(connection, by_command(args), user.id)
    print(f"The user {visible(user.name)} is disabled and signed out.")
    return 0


async def _enable(engine: AsyncEngine, args: argparse.Namespace) -> int:
    async with transaction(engine) as connection:
        user = await _named(connection, args.name)
        await accounts.enable(connection, by_command(args), user.id)
    print(f"The user {visible(user.name)} is enabled.")
    return 0


async def _password(engine: AsyncEngine, args: argparse.Namespace) -> int:
    async with snapshot(engine) as connection:
        user = await _named(connection, args.name)
    if args.link:
        async with transaction(engine) as connection:
            code = await accounts.password_link(connection, by_command(args), user.id)
        print(f"{_url(args)}/password?code={code}")
        return 0
    hashed = await _hashed(user.name, user.full_name)
    async with transaction(engine) as connection:
        await accounts.set_password(connection, by_command(args), user.id, hashed)
    print(f"The password of {visible(user.name)} is changed; he is signed out everywhere.")
    return 0


async def _sessions(engine: AsyncEngine, args: argparse.Namespace) -> int:
    async with transaction(engine) as connection:
        user = await _named(connection, args.name)
        if args.end:
            ended = await accounts.sign_out_everywhere(connection, by_command(args), user.id)
            print(f"{visible(user.name)} is signed out: sessions ended: {ended}.")
            return 0
        found = await sessions_of(connection, user.id, datetime.now(UTC))
    if not found:
        write([f"{visible(user.name)} is not signed in."])
        return 0
    rows = [
        (_moment(each.created_at), _moment(each.seen_at), each.address, visible(each.browser))
        for each in found
    ]
    write(table(_SESSIONS_HEAD, rows))
    return 0


async def _list(engine: AsyncEngine, _: argparse.Namespace) -> int:
    async with snapshot(engine) as connection:
        users = await all_users(connection)
    if not users:
        write(["No users. Make the first: callrouter user set-up-link, or user create"])
        return 0
    write(table(_HEAD, [_row(user) for user in users]))
    return 0


async def _set_up_link(engine: AsyncEngine, args: argparse.Namespace) -> int:
    async with transaction(engine) as connection:
        code = await set_up_code(connection, datetime.now(UTC))
    if code is None:
        print("callrouter: there are users already: sign in", file=sys.stderr)
        return 1
    print(set_up_link(_url(args), code))
    return 0


_ACTIONS: dict[str, Callable[[AsyncEngine, argparse.Namespace], Awaitable[int]]] = {
    "create": _create,
    "change": _change,
    "list": _list,
    "disable": _disable,
    "enable": _enable,
    "password": _password,
    "sessions": _sessions,
    "set-up-link": _set_up_link,
}


def by_command(args: argparse.Namespace) -> By:
    """Who does it, for the audit log."""
    # A name with a space in it is nobody's who signs in.
    return By(f"command line: {author(args)}", "", datetime.now(UTC))


async def _named(connection: AsyncConnection, name: str) -> User:
    user = await user_named(connection, name)
    if user is None:
        raise Refused("there is no user %(name)s; `callrouter user list` lists them", name=name)
    return user


async def _agents(engine: AsyncEngine, wanted: str | None) -> set[str] | None:
    """The agents of the configuration, where one of them is named. Raises ConfigError."""
    return set((await live_table(None, engine)).agents) if wanted else None


async def _hashed(name: str, full_name: str) -> str:
    password = typed_password()
    demand_good(password, name, full_name)
    passwords = Passwords()
    try:
        return await passwords.hashed(password)
    finally:
        passwords.close()


def _url(args: argparse.Namespace) -> str:
    from callrouter.console.console_settings import console_environment

    return str(args.url or console_environment().console_url or _CONSOLE).rstrip("/")


def _row(user: User) -> tuple[str, ...]:
    state = "may sign in" if user.disabled_at is None else "disabled"
    made = f"{user.created_at:%Y-%m-%d}"
    agent = visible(user.agent or "")
    return (visible(user.name), visible(user.full_name), user.role, agent, made, state)


def _moment(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M}"
