"""`callrouter override`: close, open or send calls elsewhere for a while; list and end that."""

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.commands.call_json import dumped
from callrouter.commands.live_table import (
    add_author_argument,
    add_common_arguments,
    author,
    settings_named,
    with_table,
)
from callrouter.commands.override_words import list_lines, override_json
from callrouter.commands.pretended import find_agent
from callrouter.commands.terminal import visible, write
from callrouter.commands.time_to_come import EXAMPLES, time_to_come
from callrouter.commands.written_time import NotUnderstood
from callrouter.db.engine import snapshot, transaction
from callrouter.db.overrides import (
    StoredOverride,
    end_overrides,
    live_overrides,
    set_override,
    stored_overrides,
)
from callrouter.routing.model import (
    Override,
    OverrideKind,
    Prompt,
    RoutingTable,
    Target,
    TargetKind,
)
from callrouter.routing.override_effects import in_words
from callrouter.routing.overriding import checked

_KINDS = {
    "close": (OverrideKind.CLOSED, "callers hear the closed message, whatever the schedule says"),
    "open": (OverrideKind.OPEN, "agents ring, whatever the schedule and holidays say"),
    "send": (OverrideKind.SEND_TO, "every call goes to a group, an agent, settings or a number"),
}
SHOWN_DIGITS = 8
ALL = "all"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, (kind, summary) in _KINDS.items():
        action = actions.add_parser(name, help=summary, description=summary.capitalize() + ".")
        _add_override_arguments(action, kind)
        add_common_arguments(action)
    listing = actions.add_parser("list", help="what is in force, to come, and over lately")
    add_common_arguments(listing)
    ending = actions.add_parser("end", help="end one at once, or all")
    ending.add_argument("id", metavar="ID|all", help="as `list` shows it; its beginning is enough")
    add_author_argument(ending)
    add_common_arguments(ending)


def _add_override_arguments(action: argparse.ArgumentParser, kind: OverrideKind) -> None:
    action.add_argument(
        "--settings",
        action="append",
        default=[],
        metavar="NAME",
        help="for these incoming call settings, or those of this number; may be repeated"
        " (default: all)",
    )
    # So that a time need not be quoted.
    action.add_argument("--from", dest="begins", nargs="+", metavar="TIME", help="(default: now)")
    action.add_argument(
        "--until",
        nargs="+",
        metavar="TIME",
        help=f"when it ends by itself (default: when somebody ends it): {EXAMPLES}",
    )
    if kind is OverrideKind.CLOSED:
        action.add_argument(
            "--message",
            metavar="TEXT",
            help="what callers hear instead of the closed message; may hold {reopens_at}",
        )
        action.add_argument("--language", metavar="CODE", help="the message's language")
    if kind is not OverrideKind.CLOSED:
        _add_target(action, "--group", TargetKind.AGENT_GROUP, "GROUP")
    if kind is OverrideKind.SEND_TO:
        _add_target(action, "--agent", TargetKind.AGENT, "AGENT")
        _add_target(action, "--settings-to", TargetKind.SETTINGS, "NAME")
        _add_target(action, "--outside", TargetKind.OUTSIDE_NUMBER, "NUMBER")
    action.add_argument("--reason", default="", metavar="TEXT", help="stored, and shown with calls")
    add_author_argument(action)


def _add_target(
    action: argparse.ArgumentParser, option: str, kind: TargetKind, metavar: str
) -> None:
    action.add_argument(
        option,
        dest="targets",
        action="append",
        type=_target_of(kind),
        metavar=metavar,
        help="ring it; of several the next when nobody of the one before takes the call",
    )


def _target_of(kind: TargetKind) -> Callable[[str], Target]:
    def target(written: str) -> Target:
        return Target(kind, written)

    return target


def run(args: argparse.Namespace) -> int:
    async def work(engine: AsyncEngine, known: RoutingTable) -> int:
        match args.action:
            case "list":
                return await _list(args, engine, known)
            case "end":
                return await _end(args, engine)
            case _:
                return await _set(args, engine, known)

    return with_table(args, work)


async def _set(args: argparse.Namespace, engine: AsyncEngine, known: RoutingTable) -> int:
    now = datetime.now(UTC)
    override = checked(known, _asked(args, known, now), now)
    async with transaction(engine) as connection:
        await set_override(connection, override, now)
    async with snapshot(engine) as connection:
        live = await live_overrides(connection, now)
    if args.json:
        write([dumped(override_json(StoredOverride(override, now), now))])
        return 0
    write(visible(sentence) for sentence in in_words(known, override, live, now))
    write([f"End it earlier: callrouter override end {override.id[:SHOWN_DIGITS]}"])
    return 0


def _asked(args: argparse.Namespace, known: RoutingTable, now: datetime) -> Override:
    settings = [settings_named(known, written) for written in args.settings]
    zones = {each.timezone for each in settings}
    timezone = zones.pop() if len(zones) == 1 else known.timezone
    begins = _time(args.begins, "--from", timezone, now)
    message = getattr(args, "message", None)
    return Override(
        str(uuid4()),
        _KINDS[args.action][0],
        from_at=begins,
        until_at=_time(args.until, "--until", timezone, now, begins),
        settings=tuple(dict.fromkeys(each.name for each in settings)),
        targets=tuple(_known_agent(known, each) for each in getattr(args, "targets", None) or ()),
        message=None if message is None else Prompt(message, args.language or known.language),
        author=author(args),
        reason=" ".join(args.reason.split()),
        live=True,
    )


def _known_agent(known: RoutingTable, target: Target) -> Target:
    if target.kind is not TargetKind.AGENT:
        return target
    return Target(target.kind, find_agent(known, target.name, "--agent").id)


def _time(
    words: list[str] | None,
    option: str,
    timezone: str,
    now: datetime,
    begins: datetime | None = None,
) -> datetime | None:
    if words is None:
        return None
    moment, note = time_to_come(" ".join(words), option, timezone, now, begins)
    if note is not None:
        print(f"callrouter: {note}", file=sys.stderr)
    return moment


async def _list(args: argparse.Namespace, engine: AsyncEngine, known: RoutingTable) -> int:
    now = datetime.now(UTC)
    async with snapshot(engine) as connection:
        stored = await stored_overrides(connection, now)
    if args.json:
        write([dumped([override_json(each, now) for each in stored])])
    else:
        write(list_lines(stored, known.timezone, now))
    return 0


async def _end(args: argparse.Namespace, engine: AsyncEngine) -> int:
    now = datetime.now(UTC)
    async with transaction(engine) as connection:
        live = await live_overrides(connection, now)
        ids = [each.id for each in live]
        if args.id.strip().lower() != ALL:
            ids = [_one_of(ids, args.id)]
        ended = await end_overrides(connection, ids, now, author(args))
    if args.json:
        write([dumped({"ended": ids})])
        return 0
    write([f"{ended} ended." if ended != 1 else f"{ids[0][:SHOWN_DIGITS]} has ended."])
    return 0


def _one_of(ids: list[str], written: str) -> str:
    prefix = written.strip().lower().replace("-", "")
    found = [each for each in ids if prefix and each.replace("-", "").startswith(prefix)]
    if len(found) == 1:
        return found[0]
    if found:
        raise NotUnderstood(f"{written}: {len(found)} overrides begin so; give more of the id")
    raise NotUnderstood(
        f"{written}: no override that is in force or to come has this id;"
        " see `callrouter override list`"
    )
