"""A call whose router died goes on where it was: its legs are sorted, and its way is found again.

The laws: nobody who is not to ring is left ringing, and who talks is not touched. What was decided
stays decided, by the settings as they are now.
"""

import asyncio
from typing import TypeAlias

from callrouter.ari.causes import HangupReason
from callrouter.calls.attempts import Rung, Winner
from callrouter.calls.call import Call
from callrouter.calls.endings import CallerLeft
from callrouter.calls.leg import DialledLeg
from callrouter.calls.passage import Passage, follow_on_of
from callrouter.calls.remains import Remains, account, give_owners
from callrouter.calls.saying import Saying
from callrouter.calls.targets import Targets
from callrouter.facts import (
    AgentAnswered,
    AgentRung,
    AnsweredByUs,
    AttemptEnded,
    Connected,
    HungUp,
    Message,
    Outcome,
    Party,
    Routed,
    Stage,
)
from callrouter.routing.decide import (
    Closed,
    IncomingCall,
    Ring,
    Unavailable,
    UnknownNumber,
    decide_by,
    let_in,
)
from callrouter.routing.model import IncomingCallSettings, Prompt

WithSettings: TypeAlias = Closed | Unavailable | Ring


class TakingUp:
    """Of one call. `governs` is the decision whose messages hold; None where there is none (any
    more). `over` says that only cleaning up is left, `talked` that he was in a talk, `says_why`
    that he was being told why nobody has him, `rang` that the passage had begun.
    """

    def __init__(
        self, call: Call, remains: Remains, passage: Passage, targets: Targets, saying: Saying
    ) -> None:
        self._call = call
        self._remains = remains
        self._passage = passage
        self._targets = targets
        self._saying = saying
        self._position = position = remains.position
        found = [self._again(each) for each in position.entered]
        self.governs = found[0] if found else None
        self._entered = [each for each in found if each is not None]
        self.over = position.over
        self.talked = position.talks is not None
        passage.entered |= {each.settings.name for each in self._entered}
        passage.followed |= position.followed
        targets.tried += position.tried
        targets.busy += position.busy
        self._mirror()

    def _mirror(self) -> None:
        """What the call itself knows of where it is."""
        call, position = self._call, self._position
        call.stage = position.stage
        caller = self._remains.caller
        call.answered = position.answered
        if caller is not None and caller.state == "Up" and not call.answered:
            call.answered = True
            call.note(AnsweredByUs)
        call.heard_early = bool(position.prompt or position.said) and not call.answered

    def _again(self, routed: Routed) -> WithSettings | None:
        """What was decided then; None where those settings are no more."""
        call, table = self._call, self._passage.table
        if routed is self._position.arrival:
            incoming = IncomingCall(call.number, call.caller_number, call.caller_name)
            decision = let_in(table, incoming, routed.at)  # he is, whoever is blocked since
            return None if isinstance(decision, UnknownNumber) else decision
        settings = table.settings.get(routed.settings or "")
        return decide_by(table, settings, routed.at) if settings else None

    @property
    def had(self) -> Rung | None:
        """From whom he was moved away."""
        had = self._position.had
        return self._rung(had) if had else None

    @property
    def says_why(self) -> bool:
        outer = self.governs
        closed_first = isinstance(outer, Closed) and outer.settings.follow_on_closed
        return self._position.fallback is not None and not (closed_first and not self.rang)

    @property
    def rang(self) -> bool:
        position = self._position
        return bool(position.begun or position.follows or len(position.entered) > 1)

    @property
    def closed_said(self) -> Message | None:
        """The message by which he heard that it is closed."""
        said = self._position.said & {Message.CLOSED, Message.UNAVAILABLE}
        return min(said, default=None)

    # Legs.

    async def sort_legs(self) -> Winner | None:
        """Whom he talks with. Who is not to ring any more is hung up, and so are strangers.

        Raises `CallerLeft` where he has hung up meanwhile.
        """
        call, position = self._call, self._position
        rung = [*position.rung.values(), *filter(None, [position.talks])]
        legs = list(call.legs.values())
        give_owners(legs, rung, self._passage.table)
        talking = next((leg for leg in legs if leg.channel_id in self._remains.talk), None)
        winner = self._winner(talking) if talking is not None and not position.over else None
        in_talk = winner is not None or self.talked
        if self._remains.caller is None:
            call.caller_is_gone(self._remains.left_at)
            if not position.over:
                call.note(HungUp, by=Party.CALLER, stage=position.stage)
        for leg in legs:
            if leg.owner in position.rung and leg.owner in self._passage.table.agents:
                call.reservations.keep(leg.owner, position.rung[leg.owner].at)
        ended = dict.fromkeys(position.left, Outcome.CANCELLED)
        if in_talk:
            ended |= dict.fromkeys(position.rung, Outcome.ANSWERED_ELSEWHERE)
            ended.pop(winner.rung.id if winner else "", None)
        for agent, outcome in ended.items():
            call.note(AttemptEnded, agent=agent, outcome=outcome)
        for leg in legs:
            if leg is not talking and (in_talk or leg.owner not in position.rung):
                await call.hang_up_leg(leg, HangupReason.ANSWERED_ELSEWHERE)
        if not call.caller_here and not position.over:
            raise CallerLeft
        if position.refused and not self.over:  # he has heard enough of it
            self.over = True
            call.note(HungUp, by=Party.CALLROUTER, stage=position.stage)
        return winner

    def _winner(self, leg: DialledLeg) -> Winner | None:
        """The leg with which the caller is joined; what is not written of it yet is noted."""
        call, position = self._call, self._position
        rung = position.talks if position.talks else position.rung.get(leg.owner)
        rung = rung or self._note_rung(leg)
        if rung is None:
            return None
        since = position.talks_since or position.answers.get(rung.agent)
        if since is None:
            since = call.now()
            call.note(AgentAnswered, agent=rung.agent)
        leg.owner, call.stage = rung.agent, Stage.TALK
        if position.talks is None:
            call.note(Connected, agent=rung.agent)
        if rung.agent in self._passage.table.agents:
            call.reservations.keep(rung.agent, rung.at, since)
        return Winner(self._rung(rung), leg, since)

    def _note_rung(self, leg: DialledLeg) -> AgentRung | None:
        """Whose phone this is, where that was never written; None where nobody knows."""
        for agent in self._passage.table.agents.values():
            phones = tuple(phone for phone in agent.phones if account(phone) == leg.endpoint)
            if phones:
                who = {"agent": agent.id, "extension": agent.extension, "name": agent.name}
                self._call.note(AgentRung, **who, phones=phones)
                return AgentRung(at=self._call.now(), **who, phones=phones)
        return None

    def _rung(self, fact: AgentRung) -> Rung:
        table = self._passage.table
        group = table.agent_groups.get(fact.agent_group)
        return Rung(fact.agent, table.agents.get(fact.agent), group, fact.phones, fact.sorted_by)

    # Steps.

    async def greet(self) -> None:
        """The greeting, from where it was."""
        position, decision = self._position, self.governs
        if decision is None or position.moved:
            return
        rings = isinstance(decision, Ring)
        if position.prompt is not None:
            started = position.prompt
            await self._saying.greeting_goes_on(decision.settings, started, rings=rings)
        elif Message.GREETING not in position.said:
            await self._saying.greet(decision.settings, rings=rings)

    async def ring(self) -> Winner | None:
        """On with the target that was rung, then with those of the same settings."""
        position = self._position
        inner = self._entered[-1]
        settings, over_at = inner.settings, self._over_at(inner.settings)
        await self._hear_out(inner)
        if isinstance(inner, Unavailable) and not position.begun:
            self._targets.tried += [each.name for each in inner.targets]
        if position.begun:
            if winner := await self._targets.ring_on(position, settings, over_at):
                return winner
        elif position.follows is not None:
            over_at = self._passage.over_at(settings)
            return await self._passage.to(position.follows, settings, over_at)
        if position.follows is None and isinstance(inner, Ring):
            rest = inner.targets[len(position.begun) :]
            return await self._passage.ring(rest, settings, over_at)
        return None

    async def follow_on(self) -> Winner | None:
        """Whoever has not had his turn, from the settings that were entered last outwards."""
        for each in reversed(self._entered):
            moved = self._position.moved
            if winner := await self._passage.follow_on_with_the_rest(each, moved=moved):
                return winner
        return None

    async def finish_saying(self) -> None:
        """Why nobody has him, from where it was, to the end."""
        position, decision = self._position, self.governs
        fallback = position.fallback
        if decision is None or fallback is None:
            return
        prompt = self._prompt(fallback.message) if fallback.message else None
        if position.prompt is not None:
            await self._saying.hear_out(position.prompt, prompt)
        elif prompt and fallback.message and fallback.message not in position.said:
            await self._saying.say(decision.settings, fallback.message, prompt)
        await self._saying.that_was_it(fallback.disposition, fallback.message)

    async def _hear_out(self, inner: WithSettings) -> None:
        started = self._position.prompt
        if started is None:
            return
        if started.message is Message.GREETING and self.governs is not None:
            rings, settings = isinstance(inner, Ring), self.governs.settings
            await self._saying.greeting_goes_on(settings, started, rings=rings)
        else:
            await self._saying.hear_out(started, self._prompt(started.message))

    def _prompt(self, message: Message) -> Prompt | None:
        decision = self.governs
        if decision is None:
            return None
        settings = decision.settings
        follow_on = (entry for each in self._entered for entry in follow_on_of(each))
        return {
            Message.GREETING: settings.greeting_message,
            Message.BUSY: settings.agent_busy_message,
            Message.UNAVAILABLE: settings.agent_unavailable_message,
            Message.CLOSED: decision.prompt if isinstance(decision, Closed) else None,
            Message.REFUSED: None,
            Message.FOLLOW_ON: next(
                (e.message for e in follow_on if e.target == self._position.follows), None
            ),
        }[message]

    def _over_at(self, settings: IncomingCallSettings) -> float:
        """As long as is left of it, but long enough to ring somebody."""
        began_at = self._position.began_at
        gone = (self._call.now() - began_at).total_seconds() if began_at else 0.0
        left = max(settings.max_ring_seconds - gone, settings.ring_seconds)
        return asyncio.get_running_loop().time() + left
