"""Ring agents wave by wave until one has the caller: the first to answer gets the call.

Losers are let go only when caller and winner are connected, so that a winner who drops in the
same instant does not cost the caller those who still ring.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import assert_never

from callrouter.ari import events
from callrouter.ari.causes import HangupReason, leg_result
from callrouter.ari.commands import Leg
from callrouter.ari.errors import AriError, Gone, NotDialable
from callrouter.calls.call import Call, DialledLeg
from callrouter.calls.playing import answer
from callrouter.concurrency import all_of
from callrouter.facts import (
    AgentAnswered,
    AgentRinging,
    AgentRung,
    AgentSkipped,
    AttemptEnded,
    Connected,
    Outcome,
    RingingBegan,
    Stage,
)
from callrouter.routing.availability import WORKING
from callrouter.routing.decide import Ring, members_of
from callrouter.routing.model import Agent, RoutingTable
from callrouter.routing.order import stages

SAFETY_SECONDS = 10
"""How much longer than we Asterisk lets a leg ring: it ends it should the router die."""

_WORST_LAST = (
    Outcome.REJECTED,
    Outcome.BUSY,
    Outcome.NO_ANSWER,
    Outcome.FAILED,
    Outcome.UNREACHABLE,
)
"""An agent with several phones: the most telling of their results is the attempt's outcome."""


@dataclass(slots=True)
class _Attempt:
    """One agent being rung; over when its last leg has ended."""

    agent: Agent
    phones: tuple[str, ...]
    open: dict[str, DialledLeg] = field(default_factory=dict)
    ends: list[tuple[Outcome, int | None, int | None]] = field(default_factory=list)
    ringing: bool = False


class Ringing:
    """The ringing of one call. After `run`, `busy` names the agents who work but were busy."""

    def __init__(self, call: Call, ring: Ring, table: RoutingTable) -> None:
        self._call = call
        self._ring = ring
        self._agents = table.agents
        self._table = table
        self._attempts: dict[str, _Attempt] = {}
        self._began = False
        self._caller_gone = False
        self.busy: list[str] = []

    async def run(self) -> DialledLeg | None:
        """Ring until an agent and the caller are connected; returns his leg, or None."""
        self._call.stage = Stage.RINGING
        loop = asyncio.get_running_loop()
        give_up = loop.time() + self._ring.settings.max_ring_seconds
        members = [m for target in self._ring.targets for m in members_of(self._table, target)]
        for stage in stages(self._ring.settings, members):
            if loop.time() >= give_up:
                break
            await self._begin(stage.agents)
            deadline = min(give_up, loop.time() + self._ring.settings.ring_seconds)
            if winner := await self._wait(deadline):
                return winner
            await self._give_up()
        return None

    async def end_open_attempts(self, outcome: Outcome) -> None:
        """End what still rings: the caller is gone, or we must let go of him."""
        await self._end_all(outcome, HangupReason.NORMAL)

    async def _begin(self, wave: Iterable[str]) -> None:
        """Reserve and ring every agent of the wave who is free."""
        call = self._call
        await call.pause(0)  # whoever has left in the meantime costs no agent a ring
        free = []
        for agent in (self._agents[member] for member in wave):
            skipped = call.reserve(agent, self._table.timezone, {})
            if skipped is None:
                phones = call.agents.phones_to_ring(agent, call.entity_id)
                call.note(
                    AgentRung,
                    agent=agent.id,
                    extension=agent.extension,
                    phones=phones,
                    name=agent.name,
                )
                attempt = self._attempts[agent.id] = _Attempt(agent, phones)
                free.append(attempt)
                continue
            call.note(
                AgentSkipped,
                agent=agent.id,
                extension=agent.extension,
                reason=skipped.reason,
                name=agent.name,
                detail=skipped.words(self._ring.settings.timezone, call.now()),
            )
            if skipped.reason in WORKING:
                self.busy.append(agent.id)
        if free:
            await self._let_caller_hear_ringing()
            await all_of([self._dial(attempt) for attempt in free])
            if self._caller_gone:  # what failed for want of him says nothing about the phones
                await call.found_gone()
            self._end_hopeless()

    async def _let_caller_hear_ringing(self) -> None:
        if not self._began:
            self._began = True
            call = self._call
            call.note(RingingBegan)
            await call.ask(call.commands.ring(call.caller_channel))
            await call.create_bridge()

    async def _dial(self, attempt: _Attempt) -> None:
        """Dial each contact of each of the agent's phones."""
        call = self._call
        found = await all_of(
            [call.commands.contacts(call.caller_channel, phone) for phone in attempt.phones],
            expected=AriError,
        )
        if any(isinstance(contacts, Gone) for contacts in found):
            self._caller_gone = True
            return
        endpoints = [
            endpoint
            for phone, contacts in zip(attempt.phones, found, strict=True)
            for endpoint in ((phone,) if isinstance(contacts, AriError) else contacts)
        ]
        legs = [call.add_leg(attempt.agent, endpoint) for endpoint in endpoints]
        attempt.open = {leg.channel_id: leg for leg in legs}
        if not legs:
            attempt.ends.append((Outcome.UNREACHABLE, None, None))
            call.release(attempt.agent)
        await all_of([self._dial_leg(attempt, leg) for leg in legs])

    async def _dial_leg(self, attempt: _Attempt, leg: DialledLeg) -> None:
        call = self._call
        try:
            await call.commands.originate(
                Leg(
                    channel_id=leg.channel_id,
                    endpoint=leg.endpoint,
                    originator=call.caller_channel,
                    caller_number=call.caller_number,
                    caller_name=call.caller_name,
                    timeout=int(self._ring.settings.ring_seconds) + SAFETY_SECONDS,
                    call_id=str(call.id),
                )
            )
        except Gone:
            self._caller_gone = True
            call.leg_gone(leg.channel_id)
        except NotDialable:
            self._leg_never_was(attempt, leg, Outcome.UNREACHABLE)
        except AriError:
            await call.hang_up_leg(leg, HangupReason.NORMAL)
            self._leg_never_was(attempt, leg, Outcome.FAILED)

    def _leg_never_was(self, attempt: _Attempt, leg: DialledLeg, outcome: Outcome) -> None:
        attempt.open.pop(leg.channel_id, None)
        attempt.ends.append((outcome, None, None))
        self._call.leg_gone(leg.channel_id)

    def _end_hopeless(self) -> None:
        """End the attempts of which not one leg could be dialled."""
        for attempt in [a for a in self._attempts.values() if not a.open]:
            self._end(attempt)

    async def _wait(self, deadline: float) -> DialledLeg | None:
        """Until somebody has the caller, everybody has failed, or the deadline passes."""
        while self._attempts:
            event = await self._call.next(deadline)
            match event:
                case None:
                    return None
                case events.StasisStart():
                    if winner := await self._connect(event.channel.id):
                        return winner
                case events.ChannelStateChange():
                    self._note_ringing(event)
                case events.ChannelDestroyed():
                    self._leg_ended(event)
                case events.StasisEnd() | events.ChannelHangupRequest():
                    pass  # of a leg: its ChannelDestroyed follows and says why
                case events.PlaybackFinished() | events.ChannelDtmfReceived():
                    pass
                case _:
                    assert_never(event)
        return None

    def _attempt_of(self, channel_id: str) -> _Attempt | None:
        return next((a for a in self._attempts.values() if channel_id in a.open), None)

    def _note_ringing(self, event: events.ChannelStateChange) -> None:
        attempt = self._attempt_of(event.channel.id)
        if attempt and not attempt.ringing and event.channel.state == "Ringing":
            attempt.ringing = True
            self._call.note(AgentRinging, agent=attempt.agent.id)

    def _leg_ended(self, event: events.ChannelDestroyed) -> None:
        attempt = self._attempt_of(event.channel.id)
        if attempt is None:
            return
        outcome = Outcome(leg_result(event.cause, event.tech_cause).value)
        self._end_leg(attempt, event.channel.id, outcome, event.cause, event.tech_cause)

    def _end_leg(
        self,
        attempt: _Attempt,
        channel_id: str,
        outcome: Outcome,
        cause: int | None = None,
        sip_status: int | None = None,
    ) -> None:
        """One of the agent's legs is over; with the last one, so is the attempt."""
        del attempt.open[channel_id]
        attempt.ends.append((outcome, cause, sip_status))
        if not attempt.open:
            self._end(attempt)

    def _end(self, attempt: _Attempt) -> None:
        """Every leg of the agent has ended, or had its time."""
        outcome, cause, sip_status = min(attempt.ends, key=lambda end: _WORST_LAST.index(end[0]))
        if outcome is Outcome.BUSY:
            self.busy.append(attempt.agent.id)
        self._note_end(attempt, outcome, cause, sip_status)

    def _note_end(
        self,
        attempt: _Attempt,
        outcome: Outcome,
        cause: int | None = None,
        sip_status: int | None = None,
    ) -> None:
        del self._attempts[attempt.agent.id]
        self._call.note(
            AttemptEnded,
            agent=attempt.agent.id,
            outcome=outcome,
            cause=cause,
            sip_status=sip_status,
        )

    async def _connect(self, channel_id: str) -> DialledLeg | None:
        """An agent answered: join him and the caller, then let the others go."""
        call = self._call
        leg = call.legs.get(channel_id)
        attempt = self._attempt_of(channel_id)
        if leg is None or attempt is None:
            return None
        call.note(AgentAnswered, agent=attempt.agent.id)
        await answer(call)
        try:
            await call.commands.add_to_bridge(call.bridge_id, call.caller_channel, channel_id)
        except AriError:  # one of them has just left; if it was the caller, his event says so
            await call.hang_up_leg(leg, HangupReason.NORMAL)
            if not leg.leaving:  # Asterisk understood neither: nobody will tell us of his end
                self._end_leg(attempt, channel_id, Outcome.FAILED)
            return None
        call.stage = Stage.TALK
        call.note(Connected, agent=attempt.agent.id)
        del attempt.open[channel_id]
        others = list(attempt.open.values())
        del self._attempts[attempt.agent.id]
        await all_of([call.hang_up_leg(leg, HangupReason.ANSWERED_ELSEWHERE) for leg in others])
        await self._end_all(Outcome.ANSWERED_ELSEWHERE, HangupReason.ANSWERED_ELSEWHERE)
        return leg

    async def _give_up(self) -> None:
        """The time is over; another phone of the same agent may have said more than silence."""
        legs = self._open_legs()
        for attempt in list(self._attempts.values()):
            attempt.ends.append((Outcome.NO_ANSWER, None, None))
            self._end(attempt)
        await all_of([self._call.hang_up_leg(leg, HangupReason.NORMAL) for leg in legs])

    async def _end_all(self, outcome: Outcome, reason: HangupReason) -> None:
        """End every attempt that is still open, for a reason that is not its own."""
        legs = self._open_legs()
        for attempt in list(self._attempts.values()):
            self._note_end(attempt, outcome)
        await all_of([self._call.hang_up_leg(leg, reason) for leg in legs])

    def _open_legs(self) -> list[DialledLeg]:
        return [leg for attempt in self._attempts.values() for leg in attempt.open.values()]
