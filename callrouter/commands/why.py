"""`callrouter why CALL-ID`: why a call went where it went: what was decided, by what, for whom."""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.call_record import Attempt, CallRecord
from callrouter.commands.call import add_id_argument, asked_for
from callrouter.commands.call_json import attempt_json, dumped
from callrouter.commands.call_words import agent, caller, outcome, party, stage
from callrouter.commands.database import add_database_argument, with_database
from callrouter.commands.terminal import table, visible, write
from callrouter.commands.why_words import (
    local,
    local_arrival,
    name,
    sentence,
    what_won,
    why_skipped,
)
from callrouter.db.queries import StoredCall
from callrouter.facts import (
    AgentRung,
    AgentSkipped,
    FollowedOn,
    GroupLinedUp,
    Moved,
    Outcome,
    Routed,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_id_argument(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_database_argument(parser)


def run(args: argparse.Namespace) -> int:
    async def show(engine: AsyncEngine) -> int:
        call = await asked_for(engine, args.id)
        if call is None:
            return 1
        write([dumped(why_json(call))] if args.json else map(visible, why_lines(call)))
        return 0

    return with_database(args, show)


@dataclass(slots=True)
class _Tried:
    """One thing that was tried: a group with its line, an agent, an outside number.

    `before` is the follow-on that led to it.
    """

    lined_up: GroupLinedUp | None = None
    before: FollowedOn | None = None
    routed: Routed | None = None
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def is_new(self) -> bool:
        return self.lined_up is None and not self.attempts

    def goes_on_with(self, group: str) -> bool:
        """Whether an agent rung for the sake of `group` belongs here."""
        return self.is_new or group == (self.lined_up.agent_group if self.lined_up else "")

    @property
    def not_reached(self) -> Iterator[tuple[str, str]]:
        """Members of the line who had no turn, with the values they were sorted by."""
        if self.lined_up is not None:
            considered = {attempt.agent for attempt in self.attempts}
            values = self.lined_up.agents, self.lined_up.sorted_by
            for member, value in zip_longest(*values, fillvalue=""):
                if member not in considered:
                    yield member, value


def _tried(call: StoredCall) -> list[_Tried]:
    """What was tried, in its order, from the facts; each attempt in its place."""
    found: list[_Tried] = []
    attempts = list(call.record.attempts)
    for fact in call.facts:
        match fact:
            case GroupLinedUp():
                if not found or not found[-1].is_new:
                    found.append(_Tried())
                found[-1].lined_up = fact
            case FollowedOn():
                found.append(_Tried(before=fact))
            case Moved():
                rule = f"{fact.by} moved the call."
                found.append(_Tried(before=FollowedOn(at=fact.at, target=fact.target, rule=rule)))
            case Routed() if found:
                found[-1].routed = fact
            case AgentSkipped() | AgentRung() if attempts:
                if not found or not found[-1].goes_on_with(fact.agent_group):
                    found.append(_Tried())
                found[-1].attempts.append(attempts.pop(0))
            case _:
                pass
    if attempts:  # whose facts are lost
        found.append(_Tried(attempts=attempts))
    return found


def why_lines(call: StoredCall) -> Iterator[str]:
    """Everything that decided, for people; times by the clock of the settings."""
    record = call.record
    yield sentence(record)
    yield ""
    yield from _facts(call)
    for tried in _tried(call):
        yield ""
        yield from _tried_lines(tried)
    if record.rule is not None:
        yield ""
        yield f"At last: {record.rule}"
    if record.trace:
        yield ""
        yield "Why"
        yield from (f"  {reason}" for reason in record.trace)


def _facts(call: StoredCall) -> Iterator[str]:
    record = call.record
    yield f"Call      {call.id} from {caller(record)}"
    yield f"Number    {record.number}"
    if record.settings is not None:
        yield f"Settings  {record.settings}, configuration {record.settings_version}"
    yield f"Time      {local(record)}"
    if record.decision not in (None, "unknown_number"):
        yield f"On duty   {_on_duty(record)}"
    if record.hung_up_by is not None:
        where = f" {stage(record.left_during)}" if record.left_during else ""
        yield f"End       {party(record.hung_up_by)} hung up{where}"


def _on_duty(record: CallRecord) -> str:
    won = what_won(record) or "nothing covers this time"
    if record.decision == "ring" and record.schedule_row == won:
        return f"row {won}"
    return won


def _tried_lines(tried: _Tried) -> Iterator[str]:
    if tried.before is not None:
        yield f"{tried.before.rule} The call goes on to {tried.before.target}"
    if tried.routed is not None:
        yield f"  {tried.routed.settings}: {tried.routed.decision.replace('_', ' ')}"
    if (line := tried.lined_up) is not None:
        order = line.order.replace("_", " ")
        yield f"Group {line.agent_group}: {line.call_routing}, {order}"
    rows = [
        (f"  {number}.", agent(name(each), each.extension), each.sorted_by, _what(each))
        for number, each in enumerate(tried.attempts, 1)
    ]
    rows += [("  -", member, value, "had no turn") for member, value in tried.not_reached]
    if rows:
        yield from table(("  #", "AGENT", "SORTED BY", "WHAT HAPPENED"), _safe(rows))


def _safe(rows: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Made visible before the columns are measured."""
    return [tuple(map(visible, row)) for row in rows]


def _what(attempt: Attempt) -> str:
    if attempt.outcome is Outcome.SKIPPED:
        return f"skipped: {why_skipped(attempt)}"
    seconds = "" if attempt.ended_at is None else f" after {attempt.seconds:.1f} s"
    return f"{outcome(attempt)}{seconds}"


def why_json(call: StoredCall) -> dict[str, Any]:
    """The same for programs; times are ISO 8601 with offset."""
    record = call.record
    return {
        "id": str(call.id),
        "why": sentence(record),
        "number": record.number,
        "from": record.caller_number,
        "arrived_at": record.arrived_at,
        "timezone": record.timezone,
        "local_time": local_arrival(record),
        "settings": record.settings,
        "version": record.settings_version,
        "decision": record.decision,
        "schedule_row": record.schedule_row,
        "holiday": record.holiday,
        "override": record.override,
        "agent_group": record.agent_group,
        "agent": record.agent,
        "tried": [_tried_json(each) for each in _tried(call)],
        "disposition": record.disposition,
        "message": record.message,
        "rule": record.rule,
        "trace": list(record.trace),
    }


def _tried_json(tried: _Tried) -> dict[str, Any]:
    line, before = tried.lined_up, tried.before
    return {
        "follow_on": before and {"target": before.target, "rule": before.rule},
        "settings": tried.routed and tried.routed.settings,
        "decision": tried.routed and tried.routed.decision,
        "agent_group": line and line.agent_group,
        "call_routing": line and line.call_routing,
        "order": line and line.order,
        "agents": [attempt_json(attempt) for attempt in tried.attempts],
        "not_reached": [
            {"agent": member, "sorted_by": value} for member, value in tried.not_reached
        ],
    }
