"""A caller's way through the settings: greet, ring, follow on, and say so where nobody takes him.

The law: settings are entered once a call; only when everything has failed does the caller hear
why.
"""

import asyncio
import logging
from collections.abc import Iterable
from typing import assert_never

from callrouter.ari import events
from callrouter.ari.causes import HangupReason
from callrouter.ari.errors import AriError
from callrouter.calls.attempts import Winner
from callrouter.calls.call import Call
from callrouter.calls.endings import CallerLeft
from callrouter.calls.hearing import Hearing
from callrouter.calls.playing import answer_to_speak, play
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
    Greet,
    IncomingCallSettings,
    Prompt,
    RoutingTable,
    Target,
    TargetKind,
)

log = logging.getLogger(__name__)

LAST_SYLLABLE_SECONDS = 0.2
"""The end of a message is still in the phone's jitter buffer when Asterisk has sent it."""


class Way:
    """One call's; `table` is the configuration of its arrival."""

    def __init__(self, call: Call, table: RoutingTable) -> None:
        self._call = call
        self._table = table
        self._hearing = Hearing(call)
        self._targets = Targets(call, table, self._hearing)
        self._entered: set[str] = set()

    async def go(self) -> None:
        """To the end of the talk or of the message; raises `CallerLeft` where he leaves first."""
        call = self._call
        incoming = IncomingCall(call.number, call.caller_number, call.caller_name)
        decision = decide(self._table, incoming, call.now())
        self._note_decision(decision)
        if call.left_early:
            call.note(HungUp, by=Party.CALLER, stage=Stage.ARRIVAL)
            raise CallerLeft
        match decision:
            case UnknownNumber():
                call.note(
                    FallbackChosen,
                    disposition=Disposition.REJECTED,
                    rule="Refused: the number is not ours.",
                )
                await self._hang_up_caller(HangupReason.UNALLOCATED)
            case Closed():
                await self._greet(decision.settings)
                await self._closed(decision)
            case Unavailable() | Ring():
                await self._greet(decision.settings, rings=isinstance(decision, Ring))
                await self._open(decision)
            case _:
                assert_never(decision)

    async def end_open_attempts(self, outcome: Outcome) -> None:
        """End what still rings: the caller is gone, or we must let go of him."""
        await self._targets.ringing.end_all(outcome)

    def _note_decision(self, decision: Decision) -> None:
        said = {"decision": decision_name(decision), "version": self._table.version}
        targets = tuple(map(str, targets_of(decision)))
        self._call.note(Routed, **said, **what_won(decision), targets=targets, trace=decision.trace)

    async def _greet(self, settings: IncomingCallSettings, *, rings: bool = False) -> None:
        """Answer and greet; without a greeting he is answered when somebody talks to him."""
        call, greeting = self._call, settings.greeting_message
        if greeting is None or call.greeted.lately(settings, call.caller_number, call.now()):
            return
        if rings and settings.greet is Greet.WHILE_RINGING:
            await self._hearing.greet_meanwhile(settings, greeting)
            return
        await answer_to_speak(call, Stage.GREETING, early=settings.early_media)
        if await play(call, Message.GREETING, greeting):
            call.greeted.note(settings, call.caller_number, call.now())

    async def _open(self, decision: Ring | Unavailable) -> None:
        """Ring; nobody has him: say so and hang up."""
        winner = await self._through(decision)
        if winner is not None:
            await self._talk(winner)
            return
        settings = decision.settings
        verdict = nobody_got_it(self._tried(), self._targets.busy)
        if verdict.busy:
            await self._fall_back(
                settings,
                Disposition.BUSY,
                verdict.rule,
                Message.BUSY,
                settings.agent_busy_message,
            )
        else:
            await self._fall_back(
                settings,
                Disposition.UNAVAILABLE,
                verdict.rule,
                Message.UNAVAILABLE,
                settings.agent_unavailable_message,
            )

    async def _closed(self, decision: Closed) -> None:
        """Say so; then whoever is there for closed hours, if anybody is."""
        settings, prompt = decision.settings, decision.prompt
        usual = prompt is settings.agent_unavailable_message
        message = Message.UNAVAILABLE if usual else Message.CLOSED
        words = f"Closed: {message.replace('_', ' ')}." if prompt else "Closed: no message."
        if not settings.follow_on_closed:
            await self._fall_back(settings, Disposition.CLOSED, words, message, prompt)
            return
        said = message if prompt else None
        self._call.note(FallbackChosen, disposition=Disposition.CLOSED, rule=words, message=said)
        if prompt is not None:
            await self._say(settings, message, prompt)
        winner = await self._through(decision)
        if winner is not None:
            await self._talk(winner)
            return
        rule = f"Closed, and nobody of {self._tried()} took the call."
        self._call.note(FallbackChosen, disposition=Disposition.CLOSED, rule=rule, message=said)
        await self._dismiss(HangupReason.NO_ANSWER)

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
                follow_on = settings.follow_on
            case Unavailable(targets=targets):
                self._targets.tried += [each.name for each in targets]
                follow_on = settings.follow_on
            case Closed():
                follow_on = settings.follow_on_closed
            case _:
                assert_never(decision)
        return await self._follow_on(decision, follow_on)

    async def _follow_on(
        self, decision: Closed | Unavailable | Ring, entries: Iterable[FollowOn]
    ) -> Winner | None:
        """Each in turn, for `max_ring_seconds` of its own."""
        call, settings = self._call, decision.settings
        why = f"{settings.name} is closed." if isinstance(decision, Closed) else None
        for entry in entries:
            if entry.target.kind is TargetKind.SETTINGS and entry.target.name in self._entered:
                continue
            rule = why or f"Nobody of {self._tried()} took the call."
            call.note(FollowedOn, target=str(entry.target), rule=rule)
            if entry.message is not None:
                await self._say(settings, Message.FOLLOW_ON, entry.message)
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

    async def _talk(self, winner: Winner) -> None:
        """Until one of the two hangs up; the caller's hanging up is raised by `next`."""
        call, rung = self._call, winner.rung
        zone = self._table.timezone
        wrap_up = rung.group.wrap_up_seconds if rung.group else 0.0
        if rung.agent is not None:
            call.agents.talk_began(rung.id, winner.answered_at, zone)
        try:
            await self._until_hung_up(winner.leg.channel_id)
        finally:
            if rung.agent is not None:
                seconds = (call.now() - winner.answered_at).total_seconds()
                call.agents.talk_ended(rung.id, seconds, call.now(), zone, wrap_up)

    async def _until_hung_up(self, channel_id: str) -> None:
        while True:
            match await self._call.next():
                case (
                    events.ChannelHangupRequest()
                    | events.StasisEnd()
                    | events.ChannelDestroyed() as event
                ) if event.channel.id == channel_id:
                    cause = getattr(event, "cause", None) or None
                    self._call.note(HungUp, by=Party.AGENT, stage=Stage.TALK, cause=cause)
                    return

    async def _say(self, settings: IncomingCallSettings, message: Message, prompt: Prompt) -> None:
        await self._hearing.before_message()
        await answer_to_speak(self._call, Stage.MESSAGE, early=settings.early_media)
        await play(self._call, message, prompt)

    async def _fall_back(
        self,
        settings: IncomingCallSettings,
        disposition: Disposition,
        rule: str,
        message: Message,
        prompt: Prompt | None,
    ) -> None:
        """Nobody has the caller: say so and hang up."""
        said = message if prompt else None
        self._call.note(FallbackChosen, disposition=disposition, rule=rule, message=said)
        if prompt is not None:
            await self._say(settings, message, prompt)
            await self._call.pause(LAST_SYLLABLE_SECONDS)
        busy = disposition is Disposition.BUSY
        await self._dismiss(HangupReason.BUSY if busy else HangupReason.NO_ANSWER)

    async def _dismiss(self, unanswered: HangupReason) -> None:
        self._call.stage = Stage.MESSAGE
        await self._hang_up_caller(HangupReason.NORMAL if self._call.answered else unanswered)

    async def _hang_up_caller(self, reason: HangupReason) -> None:
        self._call.note(HungUp, by=Party.CALLROUTER, stage=self._call.stage)
        try:
            await self._call.hang_up_caller(reason)
        except AriError as error:  # cleaning up asks once more
            log.warning("call %s: the caller was not hung up: %s", self._call.id, error)
