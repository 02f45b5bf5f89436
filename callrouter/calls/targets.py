"""Ring one target after another: a group in its order and pattern, an agent, an outside number.

The law: an agent is looked at when his turn comes; between lining up and reserving the first,
and between looking at an agent and reserving him, nothing is awaited.
"""

import asyncio
import logging
from collections.abc import Awaitable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from callrouter.calls.attempts import Attempt, Rung, Winner
from callrouter.calls.call import Call
from callrouter.calls.hearing import Hearing
from callrouter.calls.position import Position
from callrouter.calls.requests import now_rings
from callrouter.calls.ringing import Ringing
from callrouter.concurrency import all_of
from callrouter.facts import AgentRung, AgentSkipped, GroupLinedUp, Stage
from callrouter.routing.availability import WORKING, Skip, SkipReason
from callrouter.routing.model import (
    Agent,
    AgentGroup,
    IncomingCallSettings,
    Ringback,
    RoutingTable,
    Sentence,
    Target,
    TargetKind,
)
from callrouter.routing.order import Stage as LineStage
from callrouter.routing.order import needed_skills, stages

log = logging.getLogger(__name__)

LET_GO_SECONDS = 1.0
"""How long an agent who was rung by this call before is waited for: his phone may still ring."""


@dataclass(frozen=True, slots=True)
class _Terms:
    """On which terms agents are rung: for which group, by which settings, until when at most."""

    settings: IncomingCallSettings
    over_at: float
    group: AgentGroup | None
    needs: Mapping[str, int]
    sorted_by: Mapping[str, str]


class Targets:
    """All whom one call rings. `tried` names them, `busy` those who work but were busy.

    `without` is the agent from whom the call was moved away: no group rings him.
    """

    def __init__(self, call: Call, table: RoutingTable, hearing: Hearing) -> None:
        self._call = call
        self._table = table
        self._hearing = hearing
        self._rung: set[str] = set()
        self.without: str | None = None
        self.ringing = Ringing(call, hearing, table.sentences.get(Sentence.CONFIRM))
        self.tried: list[str] = []
        self.busy = self.ringing.busy

    def anew(self, table: RoutingTable, without: str | None) -> None:
        """Nobody has been tried, by this table; nothing rings now."""
        self._table, self.without = table, without
        self.ringing = Ringing(self._call, self._hearing, table.sentences.get(Sentence.CONFIRM))
        self.tried = []
        self.busy = self.ringing.busy

    async def ring(
        self, target: Target, settings: IncomingCallSettings, over_at: float
    ) -> Winner | None:
        """Ring the target by the pattern of `settings` until somebody has the caller, or nobody.

        No longer than until `over_at`, in the event loop's time. Raises ValueError for settings,
        which are entered, not rung.
        """
        self._call.stage = Stage.RINGING
        if target.name not in self.tried:
            self.tried.append(target.name)
        match target.kind:
            case TargetKind.AGENT_GROUP:
                return await self._ring_group(target.name, settings, over_at)
            case TargetKind.AGENT:
                await self._until_let_go((target.name,))
                terms = _Terms(settings, over_at, None, {}, {})
                return await self._ring_all(self._reserve((target.name,), terms), terms)
            case TargetKind.OUTSIDE_NUMBER:
                terms = _Terms(settings, over_at, None, {}, {})
                return await self._ring_all(self._outside(target.name), terms)
            case TargetKind.SETTINGS:
                raise ValueError(f"{target} cannot be rung")
            case _:
                assert_never(target.kind)

    async def _ring_group(
        self, name: str, settings: IncomingCallSettings, over_at: float
    ) -> Winner | None:
        call, table = self._call, self._table
        group = table.agent_groups[name]
        await self._until_let_go(group.members)
        needs = needed_skills(group, settings.required_skills)
        lined = call.agents.line_up(
            group,
            settings.preferred_skills,
            needs,
            table.agents,
            call.entity_id,
            call.now(),
            table.timezone,
        )
        sorted_by = {each.agent: each.sorted_by for each in lined}
        terms = _Terms(settings, over_at, group, needs, sorted_by)
        call.note(
            GroupLinedUp,
            agent_group=name,
            call_routing=settings.call_routing,
            order=group.order,
            agents=tuple(sorted_by),
            sorted_by=tuple(sorted_by.values()) if any(sorted_by.values()) else (),
        )
        return await self._ring_line(stages(settings, tuple(sorted_by)), terms)

    async def _ring_line(self, cut: tuple[LineStage, ...], terms: _Terms) -> Winner | None:
        """One stage after another, then what time is left for those who ring on."""
        loop = asyncio.get_running_loop()
        for number, stage in enumerate(cut, 1):
            if number > 1 and (winner := await self.ringing.catch_up()):
                return winner
            if loop.time() >= terms.over_at:
                break
            rung = self._reserve(stage.agents, terms)
            if not rung:
                continue
            last = number == len(cut)
            seconds, rings_on = _time_of(stage, last=last)
            await self._begin(rung, terms, seconds, rings_on=rings_on)
            until = terms.over_at if last or not stage.ring_on else loop.time() + stage.seconds
            if not last and (winner := await self.ringing.wait(min(until, terms.over_at))):
                return winner
        return await self.ringing.finish()

    async def ring_on(
        self, position: Position, settings: IncomingCallSettings, over_at: float
    ) -> Winner | None:
        """On with the target that another router's process was ringing, as `ring`.

        Who rings goes on ringing; whose phone rings no more, and nobody knows why, is rung again.
        """
        call, line = self._call, position.line
        call.stage = Stage.RINGING
        group = self._table.agent_groups.get(line.agent_group) if line else None
        needs = needed_skills(group, settings.required_skills) if group else {}
        terms = _Terms(settings, over_at, group, needs, {})
        agents = tuple(each for each in line.agents if each in self._table.agents) if line else ()
        cut = stages(settings, agents)
        attempts = [self._still_rung(each, position, terms, cut) for each in position.rung.values()]
        living = [each for each in attempts if each.open]
        self.ringing.take_up(attempts, over_at)
        self._hearing.began = position.rings
        if self._hearing.agents_ring(settings):
            await self._hearing.resume()
        await call.meeting.prepare()
        considered = position.considered - {each.id for each in attempts if not each.open}
        if group is None:
            return await self._one_again(position, considered, terms)
        rest = _rest_of(cut, considered)
        begun = next((stage for stage in reversed(cut) if considered & {*stage.agents}), None)
        if living and begun and rest:
            rung_for = min(each.rung_for for each in living)
            until = asyncio.get_running_loop().time() + begun.seconds - rung_for
            until = until if begun.ring_on else over_at
            if winner := await self.ringing.wait(min(until, over_at)):
                return winner
        return await self._ring_line(rest, terms)

    async def _one_again(
        self, position: Position, considered: Collection[str], terms: _Terms
    ) -> Winner | None:
        target = position.target
        if target is None or target.name in considered:
            return await self.ringing.finish()
        if target.kind is TargetKind.OUTSIDE_NUMBER:
            return await self._ring_all(self._outside(target.name), terms)
        known = [target.name] if target.name in self._table.agents else []
        return await self._ring_all(self._reserve(known, terms), terms)

    def _still_rung(
        self, rung: AgentRung, position: Position, terms: _Terms, cut: tuple[LineStage, ...]
    ) -> Attempt:
        """One who was rung when the other process died, with his legs that are left."""
        call = self._call
        agent = self._table.agents.get(rung.agent)
        seconds, rings_on = terms.settings.ring_seconds, False
        for stage in cut:
            if rung.agent in stage.agents:
                seconds, rings_on = _time_of(stage, last=stage is cut[-1])
        open_legs = {id_: leg for id_, leg in call.legs.items() if leg.owner == rung.agent}
        who = Rung(rung.agent, agent, terms.group, rung.phones, rung.sorted_by)
        attempt = Attempt(who, [], seconds, rings_on, open=open_legs)
        ringing = [leg.endpoint for leg in open_legs.values()]
        begun = [place for place, turn in enumerate(who.turns) if {*turn} & {*ringing}]
        if begun:
            attempt.turns = list(who.turns[max(begun) + 1 :])
        rung_for = (call.now() - rung.at).total_seconds() - seconds * max(begun, default=0)
        attempt.begun(asyncio.get_running_loop().time() - rung_for)
        attempt.rung_for, attempt.ringing = rung_for, rung.agent in position.ringing
        return attempt

    async def _ring_all(self, rung: list[Rung], terms: _Terms) -> Winner | None:
        if rung:
            await self._begin(rung, terms, terms.settings.ring_seconds, rings_on=False)
        return await self.ringing.finish()

    def _reserve(self, agents: Iterable[str], terms: _Terms) -> list[Rung]:
        """Reserve all of them who are free; why others are not is noted."""
        call, table = self._call, self._table
        group = terms.group.name if terms.group else ""
        free = []
        for agent in (table.agents[each] for each in agents):
            if group and agent.id == self.without:
                skipped: Skip | None = Skip(SkipReason.MOVED_AWAY)
            else:
                skipped = call.reservations.reserve(
                    agent, call.now(), table.timezone, terms.needs, group
                )
            if skipped is None:
                free.append(self._note_rung(agent, terms))
                continue
            call.note(
                AgentSkipped,
                agent=agent.id,
                extension=agent.extension,
                reason=skipped.reason,
                name=agent.name,
                agent_group=group,
                detail=skipped.words(terms.settings.timezone, call.now()),
            )
            if skipped.reason in WORKING:
                self.busy.append(agent.id)
        return free

    def _note_rung(self, agent: Agent, terms: _Terms) -> Rung:
        call = self._call
        phones = call.agents.phones_to_ring(agent, call.entity_id)
        sorted_by = terms.sorted_by.get(agent.id, "")
        self._rung.add(agent.id)
        call.note(
            AgentRung,
            agent=agent.id,
            extension=agent.extension,
            phones=phones,
            name=agent.name,
            agent_group=terms.group.name if terms.group else "",
            sorted_by=sorted_by,
        )
        return Rung(agent.id, agent, terms.group, phones)

    def _outside(self, number: str) -> list[Rung]:
        """An outside number, if the configuration allows it: asked once more, as it costs money."""
        call, line = self._call, self._table.outside
        if line is None or not line.allows(number):
            log.error("call %s: the outside number %r is not allowed", call.id, number)
            call.note(
                AgentSkipped,
                agent=number,
                extension="",
                reason=SkipReason.UNREACHABLE,
                detail="not among the allowed outside numbers",
            )
            return []
        phones = (line.phone(number),)
        call.note(AgentRung, agent=number, extension="", phones=phones)
        return [Rung(number, None, None, phones)]

    async def _begin(
        self, rung: list[Rung], terms: _Terms, seconds: float, *, rings_on: bool
    ) -> None:
        attempts = [Attempt(each, list(each.turns), seconds, rings_on) for each in rung]
        sounds = self._hearing.agents_ring(terms.settings)
        rings = sounds and terms.settings.ringback is Ringback.RINGING
        works: list[Awaitable[object]] = []
        if sounds and not rings:
            works.append(self._hearing.resume())
        if not self._call.meeting.at_once():
            works.append(self._call.meeting.prepare())
        works.append(self.ringing.begin(attempts, terms.over_at, rings=rings))
        await all_of(works)
        if ringing := [each.rung.name for each in attempts if each.open]:
            self._call.requests.answer(now_rings(ringing))

    async def _until_let_go(self, agents: Collection[str]) -> None:
        """Whom this call rang before may be rung again once Asterisk says that his legs ended."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + LET_GO_SECONDS
        await self._hearing.pause(0)  # who has left in the meantime costs no agent a ring
        while self._still_ours(agents) and loop.time() < deadline:
            await self._hearing.pause(0.02)

    def _still_ours(self, agents: Collection[str]) -> bool:
        call = self._call
        again = self._rung.intersection(agents)
        return call.reservations.hold(again) or any(
            call.agents.rings(self._table.agents[agent], call.entity_id) for agent in again
        )


def _time_of(stage: LineStage, *, last: bool) -> tuple[float, bool]:
    """How long its agents ring, and whether they ring on when the next stage begins."""
    own = stage.own_seconds
    return (stage.seconds if own is None else own), stage.ring_on and own is None and not last


def _rest_of(cut: Iterable[LineStage], considered: Collection[str]) -> tuple[LineStage, ...]:
    """What is left of the stages when these had their turn."""
    left = (
        (stage, tuple(each for each in stage.agents if each not in considered)) for stage in cut
    )
    return tuple(replace(stage, agents=agents) for stage, agents in left if agents)
