"""A decision as plain data for people and programs: what `callrouter simulate` shows."""

from datetime import datetime
from typing import Any, assert_never

from callrouter.routing.decide import (
    Closed,
    Decision,
    IncomingCall,
    Ring,
    Unavailable,
    UnknownNumber,
)
from callrouter.routing.model import (
    IncomingCallSettings,
    Prompt,
    RoutingTable,
    ScheduleRow,
    format_time,
)


def explain(
    table: RoutingTable, call: IncomingCall, at: datetime, decision: Decision
) -> dict[str, Any]:
    """What the decision says, as JSON-ready values; times are ISO 8601 with offset.

    Without live phone state `waves` holds every member of the group.
    """
    explained: dict[str, Any] = {
        "number": call.number,
        "from": call.caller_number or None,
        "at": at.isoformat(),
        "version": table.version,
        "decision": decision_name(decision),
        "settings": None,
        "timezone": None,
        "local_time": None,
        "agent_group": None,
        "schedule_row": None,
        "call_routing": None,
        "ring_seconds": None,
        "max_ring_seconds": None,
        "waves": [],
        "prompts": {},
        "trace": list(decision.trace),
    }
    if isinstance(decision, UnknownNumber):
        return explained
    settings = decision.settings
    explained |= {
        "settings": settings.name,
        "timezone": settings.timezone,
        "local_time": decision.local.isoformat(),
        "call_routing": settings.call_routing.value,
        "ring_seconds": settings.ring_seconds,
        "max_ring_seconds": settings.max_ring_seconds,
        "prompts": _prompts(settings, decision),
    }
    if isinstance(decision, Ring | Unavailable):
        explained["agent_group"] = decision.group.name
        explained["schedule_row"] = _row(decision.row)
    if isinstance(decision, Ring):
        explained["waves"] = [list(wave) for wave in decision.waves]
    return explained


def decision_name(decision: Decision) -> str:
    """The word for a decision in records and in simulate's JSON."""
    match decision:
        case UnknownNumber():
            return "unknown_number"
        case Closed():
            return "closed"
        case Unavailable():
            return "unavailable"
        case Ring():
            return "ring"
        case _:
            assert_never(decision)


def _row(row: ScheduleRow) -> dict[str, Any]:
    """As an admin writes it."""
    return {
        "day_of_week": row.day_of_week.value,
        "from_time": format_time(row.from_time),
        "to_time": format_time(row.to_time),
        "agent_group": row.agent_group,
    }


def _prompts(
    settings: IncomingCallSettings, decision: Closed | Unavailable | Ring
) -> dict[str, Any]:
    unavailable = _prompt("agent_unavailable_message", settings.agent_unavailable_message)
    cases = {"greeting": _prompt("greeting_message", settings.greeting_message)}
    match decision:
        case Closed():
            cases["closed"] = unavailable
        case Unavailable():
            cases["unavailable"] = unavailable
        case Ring():
            cases["busy"] = _prompt("agent_busy_message", settings.agent_busy_message)
            cases["unavailable"] = unavailable
        case _:
            assert_never(decision)
    return cases


def _prompt(message: str, prompt: Prompt | None) -> dict[str, Any] | None:
    if prompt is None:
        return None
    return {
        "message": message,
        "text": prompt.text,
        "language": prompt.language,
        "sound": prompt.sound,
    }
