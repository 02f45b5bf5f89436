"""What `callrouter simulate` says to people: the answer in a sentence, then who, what and why."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, assert_never

from callrouter.routing.admission import Refuse
from callrouter.routing.decide import (
    Closed,
    Decision,
    Refused,
    Ring,
    Unavailable,
    UnknownNumber,
)
from callrouter.routing.explain import names_of
from callrouter.routing.hours import WEEKDAYS
from callrouter.routing.model import CallRouting, Order

Explained = dict[str, Any]

_CASES = {
    "greeting": "first",
    "busy": "if nobody takes it and an agent of the group is busy",
    "unavailable": "if nobody takes it and no agent of the group is busy",
    "closed": "then, because it is closed",
    "refused": "then he is hung up",
}
_GETS = {
    Refuse.BUSY: "hears the busy tone (486)",
    Refuse.CONGESTION: "is told that there is no way now (503)",
    Refuse.REJECTED: "is turned away (403)",
    Refuse.MESSAGE: "hears a message",
    Refuse.SAFETY_NET: "is given to the safety net",
}
_NO_MEMBERS = {**_CASES, "unavailable": "then, because nobody can be rung"}

_PATTERNS = {
    CallRouting.SEQUENTIAL: "one after another",
    CallRouting.SIMULTANEOUS: "together",
    CallRouting.WAVES: "in waves",
    CallRouting.ADDING_UP: "one more each time",
    CallRouting.STAGGERED: "staggered",
}
_ORDERS = {
    Order.LISTED: "as listed",
    Order.ROUND_ROBIN: "round robin",
    Order.LONGEST_IDLE: "longest idle first",
    Order.FEWEST_CALLS: "fewest calls first",
    Order.LEAST_TALK_TIME: "least talk time first",
    Order.RANDOM: "in random order, here as listed",
    Order.SKILLS: "by preferred skills",
}


def lines(decision: Decision, explained: Explained) -> Iterator[str]:
    """The whole answer; `explained` is what `explain` says of the decision."""
    yield _answer(decision, explained)
    if explained["reopens_at"]:
        opens = datetime.fromisoformat(explained["reopens_at"])
        yield f"It opens on {WEEKDAYS[opens.weekday()]} {opens:%Y-%m-%d %H:%M}."
    if isinstance(decision, Ring):
        yield ""
        yield "Who rings, if free and reachable at that moment"
        yield from _who_rings(decision, explained)
    if explained["follow_on"] and not isinstance(decision, Closed):
        yield ""
        yield "If nobody takes it, it goes on"
        yield from _follow_on(explained)
    if explained["prompts"]:
        nobody = isinstance(decision, Unavailable) and not explained["follow_on"]
        words = _NO_MEMBERS if nobody else _CASES
        yield ""
        yield "What the caller hears"
        for case, prompt in explained["prompts"].items():
            yield f"  {words[case]}: {heard(prompt)}"
    if explained["follow_on"] and isinstance(decision, Closed):
        yield ""
        yield "Then it goes on"
        yield from _follow_on(explained)
    yield ""
    yield "Why"
    for sentence in explained["trace"]:
        yield f"  {sentence}"
    if explained["nobody_answers"]:
        yield f"  If nobody answers: {explained['nobody_answers']['rule']}"


def _answer(decision: Decision, explained: Explained) -> str:
    caller = f" from {explained['from']}" if explained["from"] else ""
    call = f"A call{caller} to {explained['number']}"
    if isinstance(decision, UnknownNumber):
        return f"{call} is refused: the number is unknown."
    if isinstance(decision, Refused):
        return f"{call} is refused: he {_GETS[decision.refuse]}."
    day = WEEKDAYS[decision.local.weekday()]
    when = f"{day} {decision.local.isoformat(' ', 'minutes')[:16]}"
    call = f"{call} on {when} ({decision.settings.timezone})"
    match decision:
        case Closed():
            return f"{call} finds {decision.settings.name} closed{_closed_by(explained)}."
        case Unavailable():
            names = names_of(decision.targets)
            if len(decision.targets) > 1:
                return f"{call} finds nobody: groups {names} have no members."
            return f"{call} finds nobody: group {names} has no members."
        case Ring():
            return f"{call} {_rings(decision, explained)}{_and_skipped(explained)}."
        case _:
            assert_never(decision)


def _closed_by(explained: Explained) -> str:
    if explained["override"]:
        return f" by an override{explained['override']['words'].removeprefix('Override: closed')}"
    return f" for a holiday: {explained['holiday']}" if explained["holiday"] else ""


def _rings(decision: Ring, explained: Explained) -> str:
    pattern = _PATTERNS[decision.settings.call_routing]
    tried, others = [], ""
    for target in explained["targets"]:
        other = target["settings"] not in (None, explained["settings"])
        by = f", by the settings {target['settings']}" if other else ""
        if target["kind"] == "incoming_call_settings":
            if target["decision"] != "ring":
                others += f"; settings {target['name']}: {target['decision'].replace('_', ' ')}"
        elif words := _target_rings(target, pattern):
            tried.append(words + by)
    if tried:
        return f"rings {', then '.join(tried)}{others}"
    return f"finds nobody of {names_of(decision.targets)} who can be rung{others}"


def _target_rings(target: Explained, pattern: str) -> str:
    names = [agent["name"] for agent in target["agents"] if agent["rings"]]
    match target["kind"]:
        case "outside_number":
            return f"the outside number {target['name']}"
        case "agent":
            return f"{names[0]} directly" if names else ""
        case _:
            if not names:
                return ""
            order = "" if len(names) == 1 else f" {pattern}"
            return f"{listed(names)} of {target['name']}{order}"


def _and_skipped(explained: Explained) -> str:
    """Those who do not ring, in any of the groups."""
    ring = {a["agent"] for target in explained["targets"] for a in target["agents"] if a["rings"]}
    skipped = (each for each in explained["skipped"] if each["agent"] not in ring)
    return "".join(f"; {each['name']} skipped: {each['words']}" for each in skipped)


def listed(names: Sequence[str]) -> str:
    """`Amina, Bojan and Carla`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _who_rings(decision: Ring, explained: Explained) -> Iterator[str]:
    settings = decision.settings
    several = len(explained["targets"]) > 1
    for target in explained["targets"]:
        if several or target["order"] not in (Order.LISTED.value, None):
            yield f"  {_heading(target)}"
        yield from _agents(target, settings.ring_seconds, settings.max_ring_seconds)
    stages = len(explained["waves"])
    longest = min(settings.ring_seconds, settings.max_ring_seconds)
    if stages * longest > settings.max_ring_seconds:
        yield f"  All ringing ends after {settings.max_ring_seconds:g} s."


def _heading(target: Explained) -> str:
    if target["kind"] == "agent_group":
        return f"Group {target['name']}, {_ORDERS[Order(target['order'])]}"
    kind = target["kind"].replace("_", " ").removeprefix("incoming call ")
    return f"{kind.capitalize()} {target['name']}"


def _agents(target: Explained, ring_seconds: float, max_ring_seconds: float) -> Iterator[str]:
    """The stages in their order, then who is skipped."""
    ringing = [agent for agent in target["agents"] if agent["rings"]]
    begins = ringing[0]["from_seconds"] if ringing else 0.0
    sequential = target["call_routing"] == CallRouting.SEQUENTIAL.value
    groups = groupby(ringing, lambda agent: agent["stage"])
    for place, (_, stage) in enumerate(groups, 1):
        agents = list(stage)
        longest = agents[0]["until_seconds"] - agents[0]["from_seconds"]
        after = agents[0]["from_seconds"] - begins
        if sequential or target["call_routing"] == CallRouting.SIMULTANEOUS.value:
            longest, after = min(ring_seconds, max_ring_seconds), 0.0
        when = f", after {after:g} s" if after else ""
        yield f"  {place}. {', '.join(_agent(each) for each in agents)}{when}, up to {longest:g} s"
    if target["kind"] == "agent_group" and not target["agents"]:
        yield "  -  nobody is in this group"
    for agent in target["agents"]:
        if agent["skipped"]:
            yield f"  -  {_agent(agent)} is skipped: {agent['skipped']}"
        elif not agent["rings"]:
            yield f"  -  {_agent(agent)} has no turn: all ringing ends before"


def _agent(agent: Explained) -> str:
    if agent["extension"] is None:
        return str(agent["name"])
    value = f": {agent['sorted_by']}" if agent["sorted_by"] else ""
    return f"{agent['name']} ({agent['extension']}{value})"


def _follow_on(explained: Explained) -> Iterator[str]:
    for step in explained["follow_on"]:
        message = f", after {heard(step['message'])}" if step["message"] else ""
        if step["kind"] == "incoming_call_settings":
            decision = step["decision"].replace("_", " ")
            yield f"  by the settings {step['name']}{message}: {decision}"
            continue
        names = [_agent(agent) for agent in step["agents"] if agent["rings"]]
        skipped = [f"{a['name']} skipped: {a['skipped']}" for a in step["agents"] if a["skipped"]]
        if step["kind"] == "outside_number":
            yield f"  to the outside number {step['name']}{message}"
        else:
            kind = "group" if step["kind"] == "agent_group" else "agent"
            who = "; ".join([", ".join(names) or "nobody can be rung", *skipped])
            yield f"  to {kind} {step['name']}{message}: {who}"


def heard(prompt: Explained | None) -> str:
    """A message as a caller hears it."""
    if prompt is None:
        return "nothing; no message is configured"
    if prompt["sound"] is not None:
        return f"the sound {prompt['sound']}"
    return f"“{' '.join(prompt['text'].split())}”"
