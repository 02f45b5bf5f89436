"""May a call be moved there? Only where somebody would be rung at this moment.

The law: a caller is never taken from where he is for the sake of nobody.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from callrouter.call_requests import Answer, Result
from callrouter.calls.agents import AgentBoard
from callrouter.routing.availability import DeviceState, PhoneState, Situation
from callrouter.routing.decide import Because, Closed, Ring, Unavailable, decide_by
from callrouter.routing.model import Agent, IncomingCallSettings, RoutingTable, Target, TargetKind
from callrouter.routing.plan import Plan, World, plan
from callrouter.routing.schedule import local_time
from callrouter.routing.sendable import checked_target
from callrouter.routing.status import ChangeRefused

MOST_NAMED = 5
"""So many agents at most are named of those who cannot be rung."""

STAYS = "The call stays where it is."


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call is: on which Asterisk, by whose settings, and which agents it has reserved.

    `talks` is who has the caller, `had` who had him before: an agent, or an outside number.
    """

    entity_id: str
    settings: IncomingCallSettings
    holds: frozenset[str]
    talks: str | None = None
    had: str | None = None


def why_not(
    table: RoutingTable, target: Target, place: Place, board: AgentBoard, now: datetime
) -> Answer | None:
    """Why the call is not moved to `target`; None where somebody there can be rung."""
    try:
        checked_target(table, target)
    except ChangeRefused as refused:
        return Answer(Result.REFUSED, f"Not moved: {refused}.")
    if target.name == place.talks and target.kind is not TargetKind.SETTINGS:
        return Answer(Result.REFUSED, f"{_named(table, target.name)} has this caller already.")
    decision = _decision(table, target, place.settings, now)
    course = plan(table, decision, now, World(_situations(table, target, place, board)))
    if any(step.rings for step in course.steps):
        return None
    return Answer(Result.NOBODY, f"{_nobody(table, target, decision, course, now)} {STAYS}")


def _decision(
    table: RoutingTable, target: Target, settings: IncomingCallSettings, now: datetime
) -> Closed | Unavailable | Ring:
    if target.kind is TargetKind.SETTINGS:
        return decide_by(table, table.settings[target.name], now)
    alone = replace(settings, follow_on=())
    return Ring(alone, local_time(now, settings.timezone), Because(), (target,), ())


def _situations(
    table: RoutingTable, target: Target, place: Place, board: AgentBoard
) -> dict[str, Situation]:
    """The agents as they will be when the call has left where it is."""
    group = target.name if target.kind is TargetKind.AGENT_GROUP else ""
    found = {}
    for agent in table.agents.values():
        situation = board.situation(agent, place.entity_id, group)
        if agent.id in place.holds and agent.id != place.talks:
            situation = _let_go(agent, situation)
        if (target.kind, target.name) == (TargetKind.AGENT, place.had) and agent.id == place.had:
            situation = replace(situation, wrap_up_until=None)  # it is his own caller
        found[agent.id] = situation
    return found


def _let_go(agent: Agent, situation: Situation) -> Situation:
    """Rung by this very call, which will stop to do so."""
    phones = {
        phone: PhoneState(DeviceState.NOT_INUSE)
        for phone in agent.phones
        if phone in situation.phones and situation.phones[phone].state is DeviceState.RINGING
    }
    return replace(situation, reserved=False, phones={**situation.phones, **phones})


def _nobody(
    table: RoutingTable,
    target: Target,
    decision: Closed | Ring | Unavailable,
    course: Plan,
    now: datetime,
) -> str:
    if isinstance(decision, Closed) and not course.steps:
        return f"{target.name} is closed: {' '.join(decision.trace)}"
    if target.kind is TargetKind.AGENT:
        words = (planned.skip for _, planned in course.skipped if planned.skip is not None)
        why = ", ".join(each.words(decision.settings.timezone, now) for each in words)
        return f"{_named(table, target.name)} cannot be rung: {why}."
    reasons = list(_reasons(table, course, now))
    named = "; ".join(reasons[:MOST_NAMED])
    more = f" and {len(reasons) - MOST_NAMED} more" if len(reasons) > MOST_NAMED else ""
    return f"Nobody of {target} can be rung{f': {named}{more}' if named else ''}."


def _reasons(table: RoutingTable, course: Plan, now: datetime) -> Iterator[str]:
    for step, planned in course.skipped:
        if planned.skip is not None:
            words = planned.skip.words(step.settings.timezone, now)
            yield f"{_named(table, planned.agent)} ({words})"


def _named(table: RoutingTable, id_: str) -> str:
    agent = table.agents.get(id_)
    return agent.name if agent else id_
