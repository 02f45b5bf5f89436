"""Calls in progress as the board shows them: in which stage each is, who waits longest. Pure."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from callrouter.console.live.content import CallNow, CallStage, Now, RungAgent
from callrouter.db.board import LiveCall


def call_now(call: LiveCall) -> CallNow:
    """A call as the board shows it, and in which stage it is."""
    stage, since = _stage(call)
    waits = stage not in (CallStage.TALKING, CallStage.MESSAGE)
    return CallNow(
        number=call.number,
        caller_number=call.caller_number,
        caller_name=call.caller_name,
        arrived_at=call.arrived_at,
        stage=stage,
        since=since,
        waiting=waits,
        settings=call.settings,
        agent_group=call.agent_group,
        ringing=[
            RungAgent(agent=each.agent, name=each.name or each.agent, since=each.since)
            for each in call.rung
        ],
        agent=call.agent if stage is CallStage.TALKING else None,
        moved_by=call.moved_by,
    )


def _stage(call: LiveCall) -> tuple[CallStage, datetime]:
    if call.talking_since is not None:
        return CallStage.TALKING, call.talking_since
    if call.fallback is not None:
        return CallStage.MESSAGE, call.arrived_at
    if call.rung:
        return CallStage.RINGING, min(each.since for each in call.rung)
    if call.first_ring_at is not None:
        return CallStage.WAITING, call.first_ring_at
    if call.answered_at is not None:
        return CallStage.GREETING, call.answered_at
    return CallStage.ARRIVAL, call.arrived_at


def now_of(calls: Iterable[CallNow]) -> Now:
    """How many of these wait, ring and talk."""
    calls = list(calls)
    waiting = [each.arrived_at for each in calls if each.waiting]
    stages = Counter(each.stage for each in calls)
    return Now(
        waiting=len(waiting),
        ringing=stages[CallStage.RINGING],
        talking=stages[CallStage.TALKING],
        longest_since=min(waiting, default=None),
    )
