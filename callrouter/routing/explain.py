"""A decision, and what follows from it, as plain data for people and programs."""

from datetime import datetime
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from callrouter.routing.decide import (
    Closed,
    Decision,
    IncomingCall,
    Refused,
    Ring,
    Unavailable,
    UnknownNumber,
    describe_override,
)
from callrouter.routing.hours import WEEKDAYS, format_time
from callrouter.routing.model import (
    IncomingCallSettings,
    Override,
    Prompt,
    RoutingTable,
    Target,
    TargetKind,
)
from callrouter.routing.opening import opens_next
from callrouter.routing.order import describe_line
from callrouter.routing.plan import Plan, PlannedAgent, Step, World, plan
from callrouter.routing.schedule import started_on

NOBODY_KNOWN = World()


def explain(
    table: RoutingTable,
    call: IncomingCall,
    at: datetime,
    decision: Decision,
    world: World = NOBODY_KNOWN,
) -> dict[str, Any]:
    """What the decision says, as JSON-ready values; times are ISO 8601 with offset.

    Who rings and who is skipped is as in `world`; where nothing is known of an agent, he is free.
    `waves` are the agents of the decision's groups who ring, by stages; `targets` has everybody.
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
        "agent_groups": [],
        "direct": False,
        "schedule_row": None,
        "holiday": None,
        "override": None,
        "reopens_at": None,
        "call_routing": None,
        "ring_seconds": None,
        "max_ring_seconds": None,
        "order": [],
        "waves": [],
        "targets": [],
        "skipped": [],
        "follow_on": [],
        "nobody_answers": None,
        "refused": None,
        "prompts": {},
        "trace": list(decision.trace),
    }
    if isinstance(decision, Refused):
        heard = {"refused": _prompt("message", decision.prompt)} if decision.prompt else {}
        gets = {"refused_with": decision.refuse.value, "rule": decision.rule}
        return explained | {"settings": decision.settings, "prompts": heard, "refused": gets}
    if isinstance(decision, UnknownNumber):
        return explained
    settings, because = decision.settings, decision.because
    explained |= {
        "settings": settings.name,
        "timezone": settings.timezone,
        "local_time": decision.local.isoformat(),
        "schedule_row": _row(decision),
        "holiday": because.holiday.name if because.holiday else None,
        "override": because.override and _override(because.override, settings.timezone),
        "call_routing": settings.call_routing.value,
        "ring_seconds": settings.ring_seconds,
        "max_ring_seconds": settings.max_ring_seconds,
        "prompts": _prompts(settings, decision),
    }
    if isinstance(decision, Closed):
        reopens = opens_next(table, settings, at)
        explained["reopens_at"] = reopens and reopens.isoformat()
    else:
        explained["agent_group"] = what_won(decision)["agent_group"]
        explained["agent_groups"] = _group_names(decision.targets)
    explained["direct"] = isinstance(decision, Ring) and decision.direct
    course = plan(table, decision, at, world)
    explained["trace"] += [_line(step) for step in course.steps if step.order is not None]
    return explained | _what_follows(table, course, at)


def what_won(decision: Decision) -> dict[str, str | None]:
    """The settings, the first group, and the row, holiday or override that won, in words."""
    if isinstance(decision, Refused):
        return {"settings": decision.settings}
    if isinstance(decision, UnknownNumber):
        return {}
    settings, because = decision.settings, decision.because
    names = [] if isinstance(decision, Closed) else _group_names(decision.targets[:1])
    return {
        "settings": settings.name,
        "timezone": settings.timezone,
        "agent_group": names[0] if names else None,
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
        case Refused():
            return "refused"
        case Closed():
            return "closed"
        case Unavailable():
            return "unavailable"
        case Ring():
            return "ring"
        case _:
            assert_never(decision)


def _group_names(targets: tuple[Target, ...]) -> list[str]:
    return [target.name for target in targets if target.kind is TargetKind.AGENT_GROUP]


def _what_follows(table: RoutingTable, course: Plan, at: datetime) -> dict[str, Any]:
    """Who rings and who does not, and what comes when nobody answers."""
    first = [step for step in course.steps if not step.follow_on]
    stages: dict[tuple[int, int], list[str]] = {}
    for place, step in enumerate(first):
        for planned in step.agents:
            if planned.rings:
                stages.setdefault((place, planned.stage), []).append(planned.agent)
    ending = course.ending
    return {
        "order": [planned.agent for step in first for planned in step.agents],
        "waves": list(stages.values()),
        "targets": [_step(table, step, at) for step in first],
        "skipped": [_skipped(_agent(table, *each, at)) for each in course.skipped],
        "follow_on": [_step(table, step, at) for step in course.steps if step.follow_on],
        "nobody_answers": ending
        and {"message": "busy" if ending.busy else "unavailable", "rule": ending.rule},
    }


def _line(step: Step) -> str:
    line = ((planned.agent, planned.sorted_by) for planned in step.agents)
    pattern, order = step.settings.call_routing.value, str(step.order)
    return describe_line(step.target.name, pattern, order, line)


def _step(table: RoutingTable, step: Step, at: datetime) -> dict[str, Any]:
    return {
        "kind": step.target.kind.value,
        "name": step.target.name,
        "settings": step.settings.name,
        "call_routing": step.settings.call_routing.value,
        "order": step.order and step.order.value,
        "message": _prompt("follow_on_message", step.message),
        "decision": step.decision and decision_name(step.decision),
        "trace": list(step.decision.trace) if step.decision else [],
        "agents": [_agent(table, step, planned, at) for planned in step.agents],
    }


def _agent(table: RoutingTable, step: Step, planned: PlannedAgent, at: datetime) -> dict[str, Any]:
    agent = table.agents.get(planned.agent)
    why = planned.skip
    return {
        "agent": planned.agent,
        "name": agent.name if agent else planned.agent,
        "extension": agent.extension if agent else None,
        "stage": planned.stage,
        "sorted_by": planned.sorted_by or None,
        "rings": planned.rings,
        "from_seconds": planned.from_seconds,
        "until_seconds": planned.until_seconds,
        "skip_reason": why and why.reason.value,
        "skipped": why and why.words(step.settings.timezone, at),
    }


def _skipped(shown: dict[str, Any]) -> dict[str, Any]:
    return {
        "agent": shown["agent"],
        "name": shown["name"],
        "reason": shown["skip_reason"],
        "words": shown["skipped"],
    }


def _override(override: Override, timezone: str) -> dict[str, Any]:
    return {
        "kind": override.kind.value,
        "from_at": _local(override.from_at, timezone),
        "until_at": _local(override.until_at, timezone),
        "author": override.author or None,
        "reason": override.reason or None,
        "live": override.live,
        "words": describe_override(override, timezone),
    }


def _local(moment: datetime | None, timezone: str) -> str | None:
    return None if moment is None else moment.astimezone(ZoneInfo(timezone)).isoformat()


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
    cases = {"greeting": _prompt("greeting_message", settings.greeting_message)}
    unavailable = _prompt("agent_unavailable_message", settings.agent_unavailable_message)
    match decision:
        case Closed():
            own = decision.prompt is not settings.agent_unavailable_message
            message = "closed_message" if own else "agent_unavailable_message"
            cases["closed"] = _prompt(message, decision.prompt)
        case Unavailable() if not settings.follow_on:
            cases["unavailable"] = unavailable
        case Unavailable() | Ring():
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
