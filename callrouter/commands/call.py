"""`callrouter call ID`: what happened to one call, its timeline, its attempts and the reasons."""

import argparse
import sys
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.call_record import Attempt
from callrouter.commands.call_json import call_json, dumped, facts_json
from callrouter.commands.call_words import agent, caller, outcome, status, what_happened
from callrouter.commands.database import add_database_argument, with_database
from callrouter.commands.fact_words import timeline
from callrouter.commands.terminal import coloured, is_terminal, table, visible, write
from callrouter.commands.why_words import sentence
from callrouter.db.engine import snapshot
from callrouter.db.queries import (
    CallNotFound,
    SeveralCalls,
    StoredCall,
    call_by_prefix,
    newest_call,
)
from callrouter.facts import Outcome

LAST = "last"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_id_argument(parser)
    parser.add_argument("--json", action="store_true", help="every field, with the facts")
    add_database_argument(parser)


def add_id_argument(parser: argparse.ArgumentParser) -> None:
    words = f"the call's id, enough of its beginning, or `{LAST}` for the newest call"
    parser.add_argument("id", metavar="CALL-ID", help=words)


def run(args: argparse.Namespace) -> int:
    async def show(engine: AsyncEngine) -> int:
        call = await asked_for(engine, args.id)
        if call is None:
            return 1
        if args.json:
            write([dumped({**call_json(call), "facts": facts_json(call.facts)})])
        else:
            write(call_lines(call, now=datetime.now(UTC), terminal=is_terminal(sys.stdout)))
        return 0

    return with_database(args, show)


async def asked_for(engine: AsyncEngine, written: str) -> StoredCall | None:
    """The call with this beginning of an id, or the `last` one; None, and a line says why."""
    try:
        async with snapshot(engine) as connection:
            if written.strip().lower() == LAST:
                return await newest_call(connection)
            return await call_by_prefix(connection, written)
    except CallNotFound:
        last = written.strip().lower() == LAST
        why = "there are no calls" if last else f"no call's id begins with {visible(written)}"
        print(f"callrouter: {why}", file=sys.stderr)
    except SeveralCalls as several:
        ids = ", ".join(str(each) for each in several.ids)
        print(f"callrouter: several calls begin so: {ids}", file=sys.stderr)
    return None


def call_lines(call: StoredCall, *, now: datetime, terminal: bool) -> list[str]:
    """The whole story of a call, in local time."""
    record = call.record
    local = record.arrived_at.astimezone()
    state = status(record)
    word = coloured(f"{state.symbol} {state.word}", state.colour) if terminal else state.word
    settings = f" ({visible(record.settings)})" if record.settings else ""
    lines = [
        f"Call {call.id}: {word}",
        f"{local:%A, %Y-%m-%d %H:%M:%S %Z}: {caller(record)} called"
        f" {visible(record.number)}{settings}.",
        what_happened(record, now),
        f"Why: {visible(sentence(record))}",
        "",
        "Timeline (seconds since the arrival)",
        *timeline(call.facts),
    ]
    if record.attempts:
        lines += ["", "Attempts", *_attempt_lines(call)]
    if record.trace:
        lines += ["", "Why", *(f"  {visible(reason)}" for reason in record.trace)]
    return lines


def _attempt_lines(call: StoredCall) -> list[str]:
    rows = [
        (
            f"  {attempt.ordinal}.",
            agent(attempt.agent, attempt.extension),
            outcome(attempt),
            _seconds(attempt),
        )
        for attempt in call.record.attempts
    ]
    return table(("  #", "AGENT", "OUTCOME", "TIME"), rows)


def _seconds(attempt: Attempt) -> str:
    if attempt.outcome is Outcome.SKIPPED or attempt.ended_at is None:
        return ""
    return f"{attempt.seconds:.1f} s"
