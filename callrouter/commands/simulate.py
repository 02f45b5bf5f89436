"""`callrouter simulate`: where a call to a number would go at a given time, and why.

The very `decide` that routes calls, asked without a call: needs neither Asterisk nor a database,
and renders nothing. Exit code 0 with an answer, also that a number is unknown; 1 when the
configuration cannot be used; 2 when the question cannot be understood.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, assert_never

from callrouter.commands.terminal import cut, visible, write
from callrouter.config.load import ConfigError, load_file
from callrouter.routing.decide import (
    Closed,
    Decision,
    IncomingCall,
    Ring,
    Unavailable,
    UnknownNumber,
    decide,
    members_of,
    settings_for,
)
from callrouter.routing.explain import explain, names_of
from callrouter.routing.hours import WEEKDAYS
from callrouter.routing.model import CallRouting, RoutingTable
from callrouter.routing.order import stages
from callrouter.routing.schedule import wall_clock
from callrouter.settings import usual_config

EXAMPLES = "2026-11-23T10:42, 2026-11-23 10:42:30, 2026-11-23T10:42+01:00, 2026-11-23T09:42Z"

_CASES = {
    "greeting": "first",
    "busy": "if nobody takes it and an agent of the group is busy",
    "unavailable": "if nobody takes it and no agent of the group is busy",
    "closed": "then, because it is closed",
}
_NO_MEMBERS = {**_CASES, "unavailable": "then, because nobody can be rung"}


class _NotUnderstood(Exception):
    """The question makes no sense; the text says what would."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `callrouter simulate`."""
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE",
        help="the configuration (default: CALLROUTER_CONFIG, else callrouter.yaml)",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="the same by name")
    parser.add_argument("--to", required=True, metavar="NUMBER", help="the dialled number")
    parser.add_argument("--from", dest="caller", default="", metavar="NUMBER", help="who calls")
    parser.add_argument(
        "--at",
        metavar="TIME",
        help="ISO 8601; without an offset it is what the clock shows in the settings' time zone "
        f"(default: now): {EXAMPLES}",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Answer the question, or say why there is no answer."""
    try:
        written = None if args.at is None else iso_time(args.at)
        table = load_file(_configuration(args)).table
        call = IncomingCall(args.to, caller_number=args.caller)
        try:
            at, note = _moment(table, call, written)
            decision = decide(table, call, at)
        except OverflowError:
            raise _NotUnderstood(f"--at {args.at}: the years 1 to 9999 are known") from None
    except _NotUnderstood as error:
        print(f"callrouter: {visible(str(error))}", file=sys.stderr)
        return 2
    except ConfigError as error:
        for problem in error.problems:
            print(visible(str(problem)), file=sys.stderr)
        return 1
    explained = explain(table, call, at, decision)
    if note is not None:
        explained["trace"] = [note, *explained["trace"]]
    if args.json:
        # ASCII: whatever was dialled, a terminal shows it and obeys nothing.
        write([json.dumps(explained, indent=2)])
    else:
        write(map(visible, _lines(table, decision, explained)))
    return 0


def iso_time(written: str) -> datetime:
    """What ISO 8601 means by `written`; naive when there is no offset.

    Raises _NotUnderstood for anything else. `24:00` is the end of a day, a date alone its start.
    """
    text = written.strip().upper().replace("\u2212", "-")  # ISO's own minus sign
    end_of_day = re.fullmatch(r"([0-9W-]+[T ])24(:?00(:?00(?:[.,]0+)?)?)?(Z|[+-].*)?", text)
    if end_of_day:
        text = f"{end_of_day[1]}00{end_of_day[4] or ''}"
    try:
        if ordinal := re.fullmatch(r"([0-9]{4})-([0-9]{3})([T ].*)?", text):
            text = f"{_day_of_year(int(ordinal[1]), int(ordinal[2]))}{ordinal[3] or ''}"
        moment = datetime.fromisoformat(text)
        return moment + timedelta(days=1) if end_of_day else moment
    except (ValueError, OverflowError):
        shown = cut(repr(written), 60)
        raise _NotUnderstood(f"--at {shown} is not a time; write one like {EXAMPLES}") from None


def _day_of_year(year: int, number: int) -> date:
    day = date(year, 1, 1) + timedelta(days=number - 1)
    if day.year != year:
        raise ValueError(number)
    return day


def _configuration(args: argparse.Namespace) -> Path:
    named: Path | None = args.config or args.file
    if args.config and args.file:
        raise _NotUnderstood(f"two configurations are named: {args.file} and {args.config}")
    if args.file and args.at and _is_time_of_day(str(args.file)):
        # An unquoted space: `--at 2026-11-23 10:42` names a file `10:42`.
        raise _NotUnderstood(f'write the time in quotes: --at "{args.at} {args.file}"')
    # Not `Settings()`: what else is wrong with the environment is not our question.
    return named or usual_config()


def _is_time_of_day(written: str) -> bool:
    try:
        time.fromisoformat(written)
    except ValueError:
        return False
    return ":" in written


def _moment(
    table: RoutingTable, call: IncomingCall, written: datetime | None
) -> tuple[datetime, str | None]:
    """The moment that is asked about, and what has to be said about it."""
    if written is None:
        return datetime.now(UTC).replace(microsecond=0), None
    if written.tzinfo is not None:
        return written, None
    settings = settings_for(table, call.number)
    if settings is None:
        return written.replace(tzinfo=UTC), "Without settings there is no time zone: UTC is meant."
    return wall_clock(written, settings.timezone)


def _lines(table: RoutingTable, decision: Decision, explained: dict[str, Any]) -> Iterator[str]:
    yield _answer(table, decision, explained)
    if isinstance(decision, Ring):
        yield ""
        yield "Who rings, if free and reachable at that moment"
        yield from _who_rings(table, decision)
    if explained["prompts"]:
        words = _NO_MEMBERS if isinstance(decision, Unavailable) else _CASES
        yield ""
        yield "What the caller hears"
        for case, prompt in explained["prompts"].items():
            yield f"  {words[case]}: {_heard(prompt)}"
    yield ""
    yield "Why"
    for sentence in explained["trace"]:
        yield f"  {sentence}"


def _answer(table: RoutingTable, decision: Decision, explained: dict[str, Any]) -> str:
    caller = f" from {explained['from']}" if explained["from"] else ""
    call = f"A call{caller} to {explained['number']}"
    if isinstance(decision, UnknownNumber):
        return f"{call} is refused: the number is unknown."
    day = WEEKDAYS[decision.local.weekday()]
    when = f"{day} {decision.local.isoformat(' ', 'minutes')[:16]}"
    call = f"{call} on {when} ({decision.settings.timezone})"
    match decision:
        case Closed():
            return f"{call} finds {decision.settings.name} closed."
        case Unavailable():
            return f"{call} finds nobody: group {names_of(decision.targets)} has no members."
        case Ring():
            members = [m for target in decision.targets for m in members_of(table, target)]
            names = [table.agents[member].name for member in members]
            together = decision.settings.call_routing is CallRouting.SIMULTANEOUS
            order = "" if len(names) == 1 else " together" if together else " one after another"
            return f"{call} rings {_listed(names)} of {names_of(decision.targets)}{order}."
        case _:
            assert_never(decision)


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _who_rings(table: RoutingTable, decision: Ring) -> Iterator[str]:
    settings = decision.settings
    longest = min(settings.ring_seconds, settings.max_ring_seconds)
    members = [m for target in decision.targets for m in members_of(table, target)]
    cut = stages(settings, members)
    for place, stage in enumerate(cut, 1):
        agents = (table.agents[member] for member in stage.agents)
        who = ", ".join(f"{agent.name} ({agent.extension})" for agent in agents)
        yield f"  {place}. {who}, up to {longest:g} s"
    if len(cut) * longest > settings.max_ring_seconds:
        yield f"  All ringing ends after {settings.max_ring_seconds:g} s."


def _heard(prompt: dict[str, Any] | None) -> str:
    if prompt is None:
        return "nothing; no message is configured"
    if prompt["sound"] is not None:
        return f"the sound {prompt['sound']}"
    return f"“{' '.join(prompt['text'].split())}”"
