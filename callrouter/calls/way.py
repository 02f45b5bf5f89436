"""A caller's way through the settings: greet, ring, follow on, and say so where nobody takes him.

The law: only when everything has failed does the caller hear why.
"""

from dataclasses import replace

from callrouter.ari.causes import HangupReason
from callrouter.ari.requests import HEAR_SECONDS
from callrouter.call_requests import Answer, Result
from callrouter.calls.attempts import Winner
from callrouter.calls.call import Call
from callrouter.calls.endings import CallerLeft, CallMoved
from callrouter.calls.hearing import Hearing
from callrouter.calls.inbox import MoveRequested
from callrouter.calls.moving import Place, why_not
from callrouter.calls.passage import Passage
from callrouter.calls.refusing import refuse
from callrouter.calls.remains import Remains
from callrouter.calls.saying import Saying
from callrouter.calls.taking_up import TakingUp
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
    Stage,
)
from callrouter.routing.availability import nobody_got_it
from callrouter.routing.decide import (
    Closed,
    IncomingCall,
    Refused,
    Ring,
    Unavailable,
    UnknownNumber,
    decide,
    decide_by,
)
from callrouter.routing.model import IncomingCallSettings, RoutingTable, Target, TargetKind


class Way:
    """One call's; `table` is the configuration of its arrival."""

    def __init__(self, call: Call, table: RoutingTable) -> None:
        self._call = call
        self._hearing = Hearing(call)
        self._saying = Saying(call, self._hearing)
        self._talking = Talking(call, self._hearing)
        self._targets = Targets(call, table, self._hearing)
        self._passage = Passage(call, table, self._targets, self._saying)
        self._decision: Closed | Unavailable | Ring

    async def go(self, remains: Remains | None = None) -> None:
        """To the end of the talk or of the message; with `remains` from where these leave him.

        Raises `CallerLeft` where he leaves first, `CallEnded` where a supervisor ends the call.
        """
        step = self._from_arrival() if remains is None else self._taken_up(remains)
        while True:
            try:
                return await step
            except CallMoved as moved:
                step = self._moved(moved.asked)

    async def _from_arrival(self) -> None:
        call = self._call
        if call.came_late:  # perhaps he has left long ago, and that is about to be heard
            await call.pause(HEAR_SECONDS)
        incoming = IncomingCall(call.number, call.caller_number, call.caller_name)
        decision = call.refused or decide(self._passage.table, incoming, call.now())
        self._passage.note_decision(decision)
        if call.left_early:
            call.note(HungUp, by=Party.CALLER, stage=Stage.ARRIVAL)
            raise CallerLeft
        if isinstance(decision, UnknownNumber):
            rule = "Refused: the number is not ours."
            call.note(FallbackChosen, disposition=Disposition.REJECTED, rule=rule)
            await self._saying.hang_up(HangupReason.UNALLOCATED)
            return
        if isinstance(decision, Refused):
            await refuse(call, self._saying, decision)
            return
        self._governs(decision)
        await self._saying.greet(decision.settings, rings=isinstance(decision, Ring))
        await self._to_the_end(decision)

    async def end_open_attempts(self, outcome: Outcome, reason: HangupReason) -> None:
        """End what still rings: the caller is gone, or we must let go of him."""
        await self._targets.ringing.end_all(outcome, reason)

    async def _to_the_end(self, decision: Closed | Unavailable | Ring) -> None:
        if isinstance(decision, Closed):
            await self._closed(decision)
        else:
            winner = await self._passage.through(decision) or await self._back(decision)
            await (self._talk(winner) if winner else self._nobody(decision))

    async def _nobody(self, decision: Unavailable | Ring) -> None:
        """Nobody has him: say so and hang up."""
        settings = decision.settings
        verdict = nobody_got_it(self._passage.tried(), self._targets.busy)
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
        winner = await self._passage.through(decision) or await self._back(decision)
        await (self._talk(winner) if winner else self._nobody_after_hours(said))

    async def _nobody_after_hours(self, said: Message | None) -> None:
        """He has heard already that it is closed."""
        rule = f"Closed, and nobody of {self._passage.tried()} took the call."
        self._call.note(FallbackChosen, disposition=Disposition.CLOSED, rule=rule, message=said)
        await self._saying.dismiss(HangupReason.NO_ANSWER)

    async def _talk(self, winner: Winner, *, goes_on: bool = False) -> None:
        await self._talking.talk(winner, self._passage.table.timezone, goes_on=goes_on)

    # What another router's process has left.

    async def _taken_up(self, remains: Remains) -> None:
        """On from where the call was."""
        taking = TakingUp(self._call, remains, self._passage, self._targets, self._saying)
        talks = await taking.sort_legs()
        outer = taking.governs
        if taking.over:  # cleaning up is all that is left
            return
        if outer is None:
            await self._from_arrival()
            return
        self._governs(outer)
        self._talking.had = taking.had
        if talks is not None:
            await self._talk(talks, goes_on=taking.talked)
        elif taking.talked:  # the agent hung up while nobody listened
            self._call.note(HungUp, by=Party.AGENT, stage=Stage.TALK)
        elif taking.says_why:
            await taking.finish_saying()
        elif not taking.rang:
            await taking.greet()
            await self._to_the_end(outer)
        else:
            winner = await taking.ring() or await self._back(outer) or await taking.follow_on()
            if winner is not None:
                await self._talk(winner)
            elif isinstance(outer, Closed):
                await self._nobody_after_hours(taking.closed_said)
            else:
                await self._nobody(outer)

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
            call.reservations.agents,
            talks.id if talks else None,
            had.id if had else None,
        )
        return why_not(asked.table, asked.target, place, call.agents, call.now())

    async def _moved(self, asked: MoveRequested) -> None:
        """From whatever step it was in to where a supervisor wants the call."""
        call, target, had = self._call, asked.target, self._talking.had
        await self._targets.ringing.end_all(Outcome.CANCELLED, HangupReason.ANSWERED_ELSEWHERE)
        await self._talking.part()
        returns = had is not None and target == had.target
        self._targets.anew(asked.table, None if had is None or returns else had.id)
        if had is not None and returns:
            call.agents.own_call_returns(had.id)
        self._passage.anew(asked.table)
        if target.kind is TargetKind.SETTINGS:
            decision = decide_by(asked.table, asked.table.settings[target.name], call.now())
            self._passage.note_decision(decision)
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
        settings = self._passage.table.settings.get(name, before.settings)
        decision = replace(before, settings=settings)
        self._governs(decision)
        self._passage.entered.add(name)
        winner = await self._passage.to(target, settings, self._passage.over_at(settings))
        if winner is None:
            winner = await self._back(decision)
        if winner is None:
            self._passage.followed.add(str(target))
            winner = await self._passage.follow_on_with_the_rest(decision)
        if winner is not None:
            await self._talk(winner)
        elif isinstance(decision, Closed):
            await self._still_closed(decision)
        else:
            await self._nobody(decision)

    async def _still_closed(self, decision: Closed) -> None:
        rule = f"Closed, and nobody of {self._passage.tried()} took the call."
        message = _closed_message(decision), decision.prompt
        await self._saying.fall_back(decision.settings, Disposition.CLOSED, rule, *message)

    async def _back(self, decision: Closed | Unavailable | Ring) -> Winner | None:
        """Nobody took a call that was moved out of a talk: back to whom the caller knows."""
        call, had = self._call, self._talking.had
        words = f"Nobody of {self._passage.tried()} could be rung."
        call.requests.answer(Answer(Result.NOBODY, words))
        if had is None or had.target.name in self._targets.tried:
            return None
        why = f"Nobody of {self._passage.tried()} took the call, which {had.name} had before."
        call.note(FollowedOn, target=str(had.target), rule=why)
        call.agents.own_call_returns(had.id)
        over_at = self._passage.over_at(decision.settings)
        return await self._passage.to(had.target, decision.settings, over_at)


def _closed_message(decision: Closed) -> Message:
    usual = decision.prompt is decision.settings.agent_unavailable_message
    return Message.UNAVAILABLE if usual else Message.CLOSED
