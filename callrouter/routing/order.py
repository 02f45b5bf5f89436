"""Who is rung first: lining up a group, and cutting the line into stages of ringing.

Pure: what the agents have done so far is an argument, and so is chance.

Of equals comes first:
  longest_idle      the one with fewer calls today, then the one listed first
  fewest_calls      the one who has been idle longer, then the one listed first
  least_talk_time   the one with fewer calls today, then the longer idle, then the one listed first
  skills            the same, of those with as many wanted skills and as much of them
`listed`, `round_robin` and `random` leave no equals.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, assert_never

from callrouter.routing.model import (
    Agent,
    AgentGroup,
    CallRouting,
    IncomingCallSettings,
    Order,
)
from callrouter.routing.schedule import local_time


@dataclass(frozen=True, slots=True)
class History:
    """What an agent has done: calls answered and seconds talked today, and since when he is idle.

    Today began at midnight in the configuration's time zone. `idle_since` is the end of his last
    call (of any day); None where he has had none that we know, which counts as idle the longest.
    """

    calls: int = 0
    talk_seconds: float = 0.0
    idle_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class LinedUp:
    """An agent in his place; `sorted_by` says in words by which value he came there."""

    agent: str
    sorted_by: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """Agents who begin to ring together; after `seconds` the next stage begins.

    With `ring_on` those who ring go on ringing then, otherwise they are given up; with
    `own_seconds` each of these is given up after so long. Where all who ring have failed, the
    next stage begins at once.
    """

    agents: tuple[str, ...]
    seconds: float
    ring_on: bool = False
    own_seconds: float | None = None


NO_HISTORY = History()


def line_up(
    group: AgentGroup,
    preferred_skills: Mapping[str, int],
    agents: Mapping[str, Agent],
    histories: Mapping[str, History],
    last_first: str | None,
    shuffle: Callable[[list[str]], None],
    timezone: str,
) -> tuple[LinedUp, ...]:
    """All members of the group in the order in which they are to be considered.

    `preferred_skills` are those of the settings; where the group prefers the same skill, theirs is
    the level that counts. `last_first` is who was first in line for the call before this one, for
    `round_robin`; `shuffle` shuffles a list in place, as `random.shuffle` does. `timezone` is that
    of the times in the words.
    """

    def history(agent: str) -> History:
        return histories.get(agent, NO_HISTORY)

    def idle_since(agent: str) -> float:
        since = history(agent).idle_since
        return since.timestamp() if since else -math.inf

    def fair(agent: str) -> tuple[int, float]:
        return history(agent).calls, idle_since(agent)

    members = list(group.members)
    match group.order:
        case Order.LISTED:
            return tuple(map(LinedUp, members))
        case Order.RANDOM:
            shuffle(members)
            return tuple(map(LinedUp, members))
        case Order.ROUND_ROBIN:
            return _after(members, last_first)
        case Order.LONGEST_IDLE:
            return _sorted(
                members,
                lambda agent: (idle_since(agent), history(agent).calls),
                lambda agent: _idle_words(history(agent), timezone),
            )
        case Order.FEWEST_CALLS:
            return _sorted(members, fair, lambda agent: _calls_words(history(agent)))
        case Order.LEAST_TALK_TIME:
            return _sorted(
                members,
                lambda agent: (history(agent).talk_seconds, *fair(agent)),
                lambda agent: f"talked {history(agent).talk_seconds:.0f} s today",
            )
        case Order.SKILLS:
            wanted = {**group.preferred_skills, **preferred_skills}
            return _sorted(
                members,
                lambda agent: (*_skill_key(agents[agent], wanted), *fair(agent)),
                lambda agent: _skill_words(agents[agent], wanted),
            )
        case _:
            assert_never(group.order)


def _after(members: list[str], last_first: str | None) -> tuple[LinedUp, ...]:
    """The one after him who was first the last time comes first."""
    start = members.index(last_first) + 1 if last_first in members else 0
    turned = members[start:] + members[:start]
    words = f"comes after {last_first}" if last_first in members else "the round begins"
    return tuple(LinedUp(agent, words if place == 0 else "") for place, agent in enumerate(turned))


def _sorted(
    members: list[str], key: Callable[[str], tuple[Any, ...]], words: Callable[[str], str]
) -> tuple[LinedUp, ...]:
    return tuple(LinedUp(agent, words(agent)) for agent in sorted(members, key=key))


def _skill_key(agent: Agent, wanted: Mapping[str, int]) -> tuple[int, int]:
    """How many of the wanted skills he has at their level, then how much of them; most first."""
    met = sum(agent.skills.get(name, 0) >= level for name, level in wanted.items())
    return -met, -sum(agent.skills.get(name, 0) for name in wanted)


def describe_line(
    group: str, call_routing: str, order: str, line: Iterable[tuple[str, str]]
) -> str:
    """`Group sales, Sequential, longest idle: amina (no call so far), bojan.`

    `line` has each agent with the value by which he came to his place, if any.
    """
    who = ", ".join(f"{agent} ({value})" if value else agent for agent, value in line)
    return f"Group {group}, {call_routing}, {order.replace('_', ' ')}: {who or 'nobody'}."


def needed_skills(group: AgentGroup, required_skills: Mapping[str, int]) -> dict[str, int]:
    """What an agent of the group needs for a call to settings that require `required_skills`.

    Where both name a skill, the higher level counts.
    """
    both = group.required_skills, required_skills
    return {name: max(one.get(name, 0) for one in both) for one in both for name in one}


def _skill_words(agent: Agent, wanted: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {agent.skills.get(name, 0)}" for name in wanted)


def _calls_words(history: History) -> str:
    return f"{history.calls} call{'' if history.calls == 1 else 's'} today"


def _idle_words(history: History, timezone: str) -> str:
    if history.idle_since is None:
        return "no call so far"
    return f"idle since {local_time(history.idle_since, timezone).isoformat(' ', 'seconds')[:19]}"


def stages(settings: IncomingCallSettings, agents: Sequence[str]) -> tuple[Stage, ...]:
    """The line cut into stages by the settings' pattern; no stage without an agent."""
    seconds = settings.ring_seconds
    match settings.call_routing:
        case CallRouting.SEQUENTIAL:
            return tuple(Stage((agent,), seconds) for agent in agents)
        case CallRouting.SIMULTANEOUS:
            return (Stage(tuple(agents), seconds),) if agents else ()
        case CallRouting.WAVES:
            return _waves(agents, settings.wave_sizes, seconds)
        case CallRouting.ADDING_UP:
            return _waves(agents, (1,) * len(agents), seconds)
        case CallRouting.STAGGERED:
            waves = _waves(agents, (1,) * len(agents), seconds)
            apart = settings.stagger_seconds
            earlier = (replace(each, seconds=apart, own_seconds=seconds) for each in waves[:-1])
            return (*earlier, *waves[-1:])
        case _:
            assert_never(settings.call_routing)


def _waves(agents: Sequence[str], sizes: Sequence[int], seconds: float) -> tuple[Stage, ...]:
    cut, start = [], 0
    for size in (*sizes, len(agents)):
        if wave := tuple(agents[start : start + size]):
            cut.append(Stage(wave, seconds, ring_on=True))
        start += size
    return tuple(cut)
