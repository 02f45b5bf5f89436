"""What would happen, step by step, if nobody answered: who rings when, who is skipped and why.

Pure: the very `line_up`, `stages` and `skip` that serve live calls, with states and histories as
arguments. What `simulate` shows. The laws of ringing in time:

A stage begins when the one before it has had its seconds, or at once where all who rang in it
have failed; one in which nobody can be rung takes no time. An agent is looked at when his turn
comes; one whose phones ring in order has as many times as long. All ringing of one decision ends
after `max_ring_seconds`; each follow-on has as long again. Messages in between take no time here.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from callrouter.routing.availability import (
    WORKING,
    NobodyGotIt,
    Situation,
    Skip,
    SkipReason,
    nobody_got_it,
    reachable_phones,
    skip,
)
from callrouter.routing.decide import Closed, Decision, Ring, Unavailable, decide_by
from callrouter.routing.model import (
    FollowOn,
    IncomingCallSettings,
    Order,
    Prompt,
    RoutingTable,
    Target,
    TargetKind,
)
from callrouter.routing.order import History, LinedUp, line_up, needed_skills, stages


@dataclass(frozen=True, slots=True)
class World:
    """What is known, or pretended, of the agents; whoever is not in it is free and had no call.

    `last_first` maps a group to who was first in line for its call before this one.
    """

    situations: Mapping[str, Situation] = field(default_factory=dict)
    histories: Mapping[str, History] = field(default_factory=dict)
    last_first: Mapping[str, str] = field(default_factory=dict)
    shuffle: Callable[[list[str]], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class PlannedAgent:
    """An agent of the line (or an outside number), rung in stage `stage` (from 1) or skipped.

    `from_seconds` and `until_seconds` count from when the call's first ringing begins, None where
    his turn never comes because all ringing ends before; `until_seconds` is when he is given up.
    """

    agent: str
    stage: int
    sorted_by: str = ""
    skip: Skip | None = None
    from_seconds: float | None = None
    until_seconds: float | None = None

    @property
    def rings(self) -> bool:
        return self.skip is None and self.from_seconds is not None


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is tried for a caller, in the flow of `settings`.

    `message` is heard before it; `order` is that of a group. For other settings `decision` is
    what they say then, and what they ring are the steps that come next. `follow_on` says that the
    groups on duty come before it.
    """

    settings: IncomingCallSettings
    target: Target
    agents: tuple[PlannedAgent, ...] = ()
    message: Prompt | None = None
    order: Order | None = None
    decision: Closed | Unavailable | Ring | None = None
    follow_on: bool = False

    @property
    def rings(self) -> bool:
        """Whether anybody rings."""
        return any(planned.rings for planned in self.agents)


@dataclass(frozen=True, slots=True)
class Plan:
    """All steps in their order, and what the caller hears when none of them finds anybody.

    `ending` is None for a caller who found it closed: he has heard the closed message.
    """

    steps: tuple[Step, ...] = ()
    ending: NobodyGotIt | None = None

    @property
    def skipped(self) -> tuple[tuple[Step, PlannedAgent], ...]:
        """Who is skipped, the first time, with the step in which he is."""
        found: dict[str, tuple[Step, PlannedAgent]] = {}
        for step in self.steps:
            for planned in step.agents:
                if planned.skip is not None:
                    found.setdefault(planned.agent, (step, planned))
        return tuple(found.values())


def plan(table: RoutingTable, decision: Decision, now: datetime, world: World) -> Plan:
    """What follows from the decision at `now` (aware), if nobody answers."""
    if isinstance(decision, Closed | Unavailable | Ring):
        planner = _Planner(table, now, world)
        steps = tuple(planner.flow(decision))
        if isinstance(decision, Closed):
            return Plan(steps)
        tried = " and ".join(target.name for target in decision.targets)
        return Plan(steps, nobody_got_it(planner.tried or tried, planner.busy))
    return Plan()


class _Planner:
    """Walks through the flow of one call; `seconds` is how long all ringing has lasted so far."""

    def __init__(self, table: RoutingTable, now: datetime, world: World) -> None:
        self._table = table
        self._now = now
        self._world = world
        self._seconds = 0.0
        self._entered: set[str] = set()
        self._following = False
        self._tried: list[str] = []
        self.busy: list[str] = []

    @property
    def tried(self) -> str:
        return " and ".join(dict.fromkeys(self._tried))

    def flow(self, decision: Closed | Unavailable | Ring) -> Iterator[Step]:
        """Everything that these settings try for a caller."""
        settings = decision.settings
        self._entered.add(settings.name)
        if isinstance(decision, Closed):
            follow_on = settings.follow_on_closed
        else:
            follow_on = settings.follow_on
            yield from self._ring(settings, decision.targets)
        for each in follow_on:
            yield from self._follow(settings, each)

    def _follow(self, settings: IncomingCallSettings, follow_on: FollowOn) -> Iterator[Step]:
        self._following = True
        if follow_on.target.kind is TargetKind.SETTINGS:
            yield from self._enter(settings, follow_on.target, follow_on.message)
        else:
            yield from self._ring(settings, (follow_on.target,), follow_on.message)

    def _enter(
        self, settings: IncomingCallSettings, target: Target, message: Prompt | None = None
    ) -> Iterator[Step]:
        """The whole flow of other settings, once in a call."""
        if target.name in self._entered:
            return
        decision = decide_by(self._table, self._table.settings[target.name], self._moment())
        yield Step(settings, target, (), message, None, decision, self._following)
        yield from self.flow(decision)

    def _ring(
        self,
        settings: IncomingCallSettings,
        targets: Sequence[Target],
        message: Prompt | None = None,
    ) -> Iterator[Step]:
        give_up = self._seconds + settings.max_ring_seconds
        for target in targets:
            in_time = self._seconds < give_up
            if target.kind is not TargetKind.SETTINGS:
                if in_time:
                    self._tried.append(target.name)
                agents = tuple(self._agents(settings, target, give_up))
                order = self._order_of(target)
                yield Step(settings, target, agents, message, order, None, self._following)
            elif in_time:
                yield from self._enter(settings, target)

    def _order_of(self, target: Target) -> Order | None:
        is_group = target.kind is TargetKind.AGENT_GROUP
        return self._table.agent_groups[target.name].order if is_group else None

    def _agents(
        self, settings: IncomingCallSettings, target: Target, give_up: float
    ) -> Iterator[PlannedAgent]:
        line, needs = self._line(settings, target)
        sorted_by = {each.agent: each.sorted_by for each in line}
        planned: list[PlannedAgent] = []
        cut = stages(settings, tuple(sorted_by))
        for number, stage in enumerate(cut, 1):
            begins = self._seconds
            if begins >= give_up:
                planned += (PlannedAgent(agent, number, sorted_by[agent]) for agent in stage.agents)
                continue
            rings_on = stage.ring_on and stage.own_seconds is None and number < len(cut)
            lasts = stage.own_seconds or stage.seconds
            for agent in stage.agents:
                skipped = self._skip(target, agent, needs)
                ends: float | None = begins
                if skipped is None:
                    until = min(begins + lasts * self._turns(agent), give_up)
                    ends = None if rings_on else until
                planned.append(PlannedAgent(agent, number, sorted_by[agent], skipped, begins, ends))
            ringing = [each for each in planned if each.stage == number and each.rings]
            if ringing and stage.ring_on:
                self._seconds = min(begins + stage.seconds, give_up)
            else:
                self._wait_for(ringing)
        self._wait_for(planned)
        for each in planned:
            to_the_end = each.rings and each.until_seconds is None
            yield replace(each, until_seconds=self._seconds) if to_the_end else each

    def _wait_for(self, planned: Sequence[PlannedAgent]) -> None:
        """Until everybody of them who has a time of his own has had it."""
        clocks = (each.until_seconds for each in planned if each.until_seconds is not None)
        self._seconds = max(self._seconds, *clocks, 0.0)

    def _turns(self, agent: str) -> int:
        """How many times he is rung: once, or his phones one after another."""
        known = self._table.agents.get(agent)
        if known is None or not known.phones_in_order:
            return 1
        situation = self._world.situations.get(agent, _FREE)
        return len(reachable_phones(known, situation.phones))

    def _line(
        self, settings: IncomingCallSettings, target: Target
    ) -> tuple[tuple[LinedUp, ...], Mapping[str, int]]:
        if target.kind is not TargetKind.AGENT_GROUP:
            return (LinedUp(target.name),), {}
        group, world = self._table.agent_groups[target.name], self._world
        line = line_up(
            group,
            settings.preferred_skills,
            self._table.agents,
            world.histories,
            world.last_first.get(group.name),
            world.shuffle,
            self._table.timezone,
        )
        return line, needed_skills(group, settings.required_skills)

    def _skip(self, target: Target, agent: str, needs: Mapping[str, int]) -> Skip | None:
        if target.kind is TargetKind.OUTSIDE_NUMBER:
            line = self._table.outside
            allowed = line is not None and line.allows(target.name)
            return None if allowed else _NOT_ALLOWED
        situation = self._world.situations.get(agent, _FREE)
        found = skip(
            self._table.agents[agent], situation, self._moment(), self._table.timezone, needs
        )
        if found is not None and found.reason in WORKING:
            self.busy.append(agent)
        return found

    def _moment(self) -> datetime:
        return self._now + timedelta(seconds=self._seconds)


_FREE = Situation()
_NOT_ALLOWED = Skip(SkipReason.UNREACHABLE, note="not among the allowed outside numbers")
