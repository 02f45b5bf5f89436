"""A decision as plain data for people and programs: what `callrouter simulate` shows."""

from datetime import datetime
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from callrouter.routing.decide import (
    Closed,
    Decision,
    IncomingCall,
    Ring,
    Unavailable,
    UnknownNumber,
    describe_override,
    members_of,
)
from callrouter.routing.hours import WEEKDAYS, format_time
from callrouter.routing.model import (
    IncomingCallSettings,
    Prompt,
    RoutingTable,
    Target,
    TargetKind,
)
from callrouter.routing.order import stages
from callrouter.routing.schedule import started_on


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
    explained["schedule_row"] = _row(decision)
    if isinstance(decision, Ring | Unavailable):
        explained["agent_group"] = what_won(decision)["agent_group"]
    if isinstance(decision, Ring):
        members = [m for target in decision.targets for m in members_of(table, target)]
        explained["waves"] = [list(stage.agents) for stage in stages(settings, members)]
    return explained


def what_won(decision: Decision) -> dict[str, str | None]:
    """The settings, the first group, and the row, holiday or override that won, in words."""
    if isinstance(decision, UnknownNumber):
        return {}
    settings, because = decision.settings, decision.because
    first = () if isinstance(decision, Closed) else decision.targets[:1]
    group = first and first[0].kind is TargetKind.AGENT_GROUP
    return {
        "settings": settings.name,
        "timezone": settings.timezone,
        "agent_group": first[0].name if group else None,
        "schedule_row": str(because.row) if because.row else None,
        "holiday": because.holiday.name if because.holiday else None,
        "override": describe_override(because.override, settings.timezone)
        if because.override
        else None,
    }


def names_of(targets: tuple[Target, ...]) -> str:
    """`sales and support`: the names of those who were to take the call."""
    return " and ".join(target.name for target in targets)


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


def _row(decision: Closed | Unavailable | Ring) -> dict[str, Any] | None:
    """As an admin writes it; `day_of_week` is the day on which the row began."""
    row = decision.because.row
    if row is None:
        return None
    hours = row.hours
    local = decision.local.astimezone(ZoneInfo(hours.timezone or decision.settings.timezone))
    began = started_on(hours, local)
    return {
        "day_of_week": WEEKDAYS[began.weekday()].value if began else hours.days[0].value,
        "days": [day.value for day in hours.days],
        "from_time": format_time(hours.from_time),
        "to_time": format_time(hours.to_time),
        "agent_group": row.agent_groups[0],
        "agent_groups": list(row.agent_groups),
        "timezone": hours.timezone,
        "valid_from": str(hours.valid_from) if hours.valid_from else None,
        "valid_to": str(hours.valid_to) if hours.valid_to else None,
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
