"""A caller's way through the settings: greet, ring, follow on, and say so where nobody takes him.

The laws: settings are entered once a call, and anew when a supervisor moves it; only when
everything has failed does the caller hear why.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from callrouter.ari.causes import HangupReason
from callrouter.call_requests import Answer, Result
from callrouter.calls.attempts import Winner
from callrouter.calls.call import Call
from callrouter.calls.endings import CallerLeft, CallMoved
from callrouter.calls.hearing import Hearing
from callrouter.calls.inbox import MoveRequested
from callrouter.calls.moving import Place, why_not
from callrouter.calls.saying import Saying
from callrouter.calls.talking import Talking
from callrouter.calls.targets import Targets
from callrouter.facts import (
    Disposition,
    FallbackChosen,
    FollowedOn,
    HungUp,
    Message,
    Outcome,
    Party,
    Routed,
    Stage,
)
from callrouter.routing.availability import nobody_got_it
from callrouter.routing.decide import (
    Closed,
    Decision,
    IncomingCall,
    Ring,
    Unavailable,
    UnknownNumber,
    decide,
    decide_by,
    targets_of,
)
from callrouter.routing.explain import decision_name, what_won
from callrouter.routing.model import (
    FollowOn,
    IncomingCallSettings,
    RoutingTable,
    Target,
    TargetKind,
)


class Way:
    """One call's; `table` is the configuration of its arrival."""

    def __init__(self, call: Call, table: RoutingTable) -> None:
        self._call = call
        self._table = table
        self._hearing = Hearing(call)
        self._saying = Saying(call, self._hearing)
        self._talking = Talking(call, self._hearing)
        self._targets = Targets(call, table, self._hearing)
        self._entered: set[str] = set()
        self._followed: set[Target] = set()
        self._decision: Closed | Unavailable | Ring

    async def go(self) -> None:
        """To the end of the talk or of the message.

        Raises `CallerLeft` where he leaves first, `CallEnded` where a supervisor ends the call.
        """
        step = self._from_arrival()
        while True:
            try:
                return await step
            except CallMoved as moved:
                step = self._moved(moved.asked)

    async def _from_arrival(self) -> None:
        call = self._call
        incoming = IncomingCall(call.number, call.caller_number, call.caller_name)
        decision = decide(self._table, incoming, call.now())
        self._note_decision(decision)
        if call.left_early:
            call.note(HungUp, by=Party.CALLER, stage=Stage.ARRIVAL)
            raise CallerLeft
        if isinstance(decision, UnknownNumber):
            rule = "Refused: the number is not ours."
            call.note(FallbackChosen, disposition=Disposition.REJECTED, rule=rule)
            await self._saying.hang_up(HangupReason.UNALLOCATED)
            return
        self._governs(decision)
        await self._saying.greet(decision.settings, rings=isinstance(decision, Ring))
        await self._to_the_end(decision)

    async def end_open_attempts(self, outcome: Outcome, reason: HangupReason) -> None:
        """End what still rings: the caller is gone, or we must let go of him."""
        await self._targets.ringing.end_all(outcome, reason)

    def _note_decision(self, decision: Decision) -> None:
        said = {"decision": decision_name(decision), "version": self._table.version}
        targets = tuple(map(str, targets_of(decision)))
        self._call.note(Routed, **said, **what_won(decision), targets=targets, trace=decision.trace)

    async def _to_the_end(self, decision: Closed | Unavailable | Ring) -> None:
        if isinstance(decision, Closed):
            await self._closed(decision)
        else:
            winner = await self._through(decision) or await self._back(decision)
            await (self._talk(winner) if winner else self._nobody(decision))

    async def _nobody(self, decision: Unavailable | Ring) -> None:
        """Nobody has him: say so and hang up."""
        settings = decision.settings
        verdict = nobody_got_it(self._tried(), self._targets.busy)
        if verdict.busy:
            message, prompt = Message.BUSY, settings.agent_busy_message
        else:
            message, prompt = Message.UNAVAILABLE, settings.agent_unavailable_message
        disposition = Disposition.BUSY if verdict.busy else Disposition.UNAVAILABLE
        await self._saying.fall_back(settings, disposition, verdict.rule, message, prompt)

    async def _closed(self, decision: Closed) -> None:
        """Say so; then whoever is there for closed hours, if anybody is."""
        settings, prompt = decision.settings, decision.prompt
        message = _closed_message(decision)
        words = f"Closed: {message.replace('_', ' ')}." if prompt else "Closed: no message."
        if not settings.follow_on_closed and self._talking.had is None:
            await self._saying.fall_back(settings, Disposition.CLOSED, words, message, prompt)
            return
        said = message if prompt else None
        self._call.note(FallbackChosen, disposition=Disposition.CLOSED, rule=words, message=said)
        if prompt is not None:
            await self._saying.say(settings, message, prompt)
        winner = await self._through(decision) or await self._back(decision)
        if winner is not None:
            await self._talk(winner)
            return
        rule = f"Closed, and nobody of {self._tried()} took the call."
        self._call.note(FallbackChosen, disposition=Disposition.CLOSED, rule=rule, message=said)
        await self._saying.dismiss(HangupReason.NO_ANSWER)

    async def _talk(self, winner: Winner) -> None:
        await self._talking.talk(winner, self._table.timezone)

    async def _through(self, decision: Closed | Unavailable | Ring) -> Winner | None:
        """Through these settings: their targets, then their follow-on."""
        settings = decision.settings
        self._entered.add(settings.name)
        match decision:
            case Ring(targets=targets):
                over_at = self._over_at(settings)
                for target in targets:
                    if asyncio.get_running_loop().time() >= over_at:
                        break
                    if winner := await self._try(target, settings, over_at):
                        return winner
            case Unavailable(targets=targets):
                self._targets.tried += [each.name for each in targets]
            case Closed():
                pass
            case _:
                assert_never(decision)
        return await self._follow_on(decision, _follow_on(decision))

    async def _follow_on(
        self,
        decision: Closed | Unavailable | Ring,
        entries: Iterable[FollowOn],
        *,
        moved: bool = False,
    ) -> Winner | None:
        """Each in turn, for `max_ring_seconds` of its own."""
        settings = decision.settings
        why = f"{settings.name} is closed." if isinstance(decision, Closed) and not moved else None
        for entry in entries:
            if entry.target.kind is TargetKind.SETTINGS and entry.target.name in self._entered:
                continue
            rule = why or f"Nobody of {self._tried()} took the call."
            self._call.note(FollowedOn, target=str(entry.target), rule=rule)
            if entry.message is not None:
                await self._saying.say(settings, Message.FOLLOW_ON, entry.message)
            self._followed.add(entry.target)
            if winner := await self._try(entry.target, settings, self._over_at(settings)):
                return winner
            why = None if self._targets.tried else why
        return None

    async def _try(
        self, target: Target, settings: IncomingCallSettings, over_at: float
    ) -> Winner | None:
        if target.kind is not TargetKind.SETTINGS:
            return await self._targets.ring(target, settings, over_at)
        if target.name in self._entered:
            return None
        other = self._table.settings[target.name]
        decision = decide_by(self._table, other, self._call.now())
        self._note_decision(decision)
        return await self._through(decision)

    def _over_at(self, settings: IncomingCallSettings) -> float:
        return asyncio.get_running_loop().time() + settings.max_ring_seconds

    def _tried(self) -> str:
        return " and ".join(dict.fromkeys(self._targets.tried))

    # What supervisors want.

    def _governs(self, decision: Closed | Unavailable | Ring) -> None:
        """Its settings are the call's from now on, until it is moved to others."""
        self._decision = decision
        self._call.requests.why_not = lambda asked: self._why_not(asked, decision.settings)

    def _why_not(self, asked: MoveRequested, settings: IncomingCallSettings) -> Answer | None:
        call, talks, had = self._call, self._talking.talks, self._talking.had
        place = Place(
            call.entity_id,
            settings,
            call.reserved,
            talks.id if talks else None,
            had.id if had else None,
        )
        return why_not(asked.table, asked.target, place, call.agents, call.now())

    async def _moved(self, asked: MoveRequested) -> None:
        """From whatever step it was in to where a supervisor wants the call."""
        call, target, had = self._call, asked.target, self._talking.had
        self._table = asked.table
        await self._targets.ringing.end_all(Outcome.CANCELLED, HangupReason.ANSWERED_ELSEWHERE)
        await self._talking.part()
        returns = had is not None and target == had.target
        self._targets.anew(self._table, None if had is None or returns else had.id)
        if had is not None and returns:
            call.agents.own_call_returns(had.id)
        self._entered.clear()
        if target.kind is TargetKind.SETTINGS:
            decision = decide_by(self._table, self._table.settings[target.name], call.now())
            self._note_decision(decision)
            self._governs(decision)
            if not isinstance(decision, Ring):
                words = f"The call was moved to {target}: nobody is on duty, it follows on."
                call.requests.answer(Answer(Result.DONE, words))
            await self._to_the_end(decision)
        else:
            await self._moved_to(target)

    async def _moved_to(self, target: Target) -> None:
        """Ring the target, by the settings that hold, and follow on as they have it."""
        before = self._decision
        name = before.settings.name
        settings = self._table.settings.get(name, before.settings)
        decision = replace(before, settings=settings)
        self._governs(decision)
        self._entered.add(name)
        winner = await self._try(target, settings, self._over_at(settings))
        if winner is None:
            winner = await self._back(decision)
        if winner is None:
            done = {*self._followed, target}
            rest = [each for each in _follow_on(decision) if each.target not in done]
            winner = await self._follow_on(decision, rest, moved=True)
        if winner is not None:
            await self._talk(winner)
        elif isinstance(decision, Closed):
            await self._still_closed(decision)
        else:
            await self._nobody(decision)

    async def _still_closed(self, decision: Closed) -> None:
        rule = f"Closed, and nobody of {self._tried()} took the call."
        message = _closed_message(decision), decision.prompt
        await self._saying.fall_back(decision.settings, Disposition.CLOSED, rule, *message)

    async def _back(self, decision: Closed | Unavailable | Ring) -> Winner | None:
        """Nobody took a call that was moved out of a talk: back to whom the caller knows."""
        call, had = self._call, self._talking.had
        words = f"Nobody of {self._tried()} could be rung."
        call.requests.answer(Answer(Result.NOBODY, words))
        if had is None or had.target.name in self._targets.tried:
            return None
        why = f"Nobody of {self._tried()} took the call, which {had.name} had before."
        call.note(FollowedOn, target=str(had.target), rule=why)
        call.agents.own_call_returns(had.id)
        return await self._try(had.target, decision.settings, self._over_at(decision.settings))


def _follow_on(decision: Closed | Unavailable | Ring) -> tuple[FollowOn, ...]:
    closed = isinstance(decision, Closed)
    return decision.settings.follow_on_closed if closed else decision.settings.follow_on


def _closed_message(decision: Closed) -> Message:
    usual = decision.prompt is decision.settings.agent_unavailable_message
    return Message.UNAVAILABLE if usual else Message.CLOSED
