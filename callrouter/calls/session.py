"""One caller's way from arrival to the end: decide, greet, ring, talk or explain, clean up.

The law: whatever happens, `run` ends with nothing of the call left in Asterisk, no agent
reserved, and `Ended` as the last fact.
"""

import asyncio
import logging
from enum import Enum, auto
from typing import assert_never

from callrouter.ari import events
from callrouter.ari.causes import HangupReason
from callrouter.ari.errors import AriError
from callrouter.call_record import CallRecord, record_of
from callrouter.calls.call import Call, CallCut, CallerLeft, CallTakenOver, DialledLeg
from callrouter.calls.playing import answer_to_speak, play
from callrouter.calls.ringing import Ringing
from callrouter.concurrency import all_of
from callrouter.facts import (
    Disposition,
    Ended,
    Failed,
    FallbackChosen,
    HungUp,
    Interrupted,
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
)
from callrouter.routing.explain import decision_name, names_of, what_won
from callrouter.routing.model import IncomingCallSettings, RoutingTable

log = logging.getLogger(__name__)

LAST_SYLLABLE_SECONDS = 0.2
"""The end of a message is still in the phone's jitter buffer when Asterisk has sent it."""

FAREWELL_SECONDS = 3.0
"""How long we wait for Asterisk to say that the call's channels are gone."""


def in_one_line(record: CallRecord) -> str:
    """`'700' from '+38160111': answered by amina, waited 6.5 s, talked 3.0 s`, safe for a log."""
    answered = f" by {record.agent}" if record.agent else ""
    seconds = {"waited": record.waiting_seconds, "talked": record.talking_seconds}
    times = "".join(f", {did} {time:.1f} s" for did, time in seconds.items() if time is not None)
    return f"{record.number!r} from {record.caller_number!r}: {record.disposition}{answered}{times}"


class _EndsBecause(Enum):
    DONE = auto()
    CALLER_LEFT = auto()
    CUT = auto()
    TAKEN_OVER = auto()
    FAILED = auto()


class CallSession:
    """Carries one call through; `table` is the configuration of its arrival."""

    def __init__(self, call: Call, table: RoutingTable) -> None:
        self.call = call
        self._table = table
        self._ringing: Ringing | None = None

    async def run(self) -> None:
        """Never raises: a bug ends this call and touches no other."""
        reason = await self._until_over()
        if reason is not _EndsBecause.TAKEN_OVER:
            try:
                await self._clean_up(reason)
            except Exception:
                log.exception("call %s was not cleaned up", self.call.id)
        self.call.let_go()
        self.call.note(Ended)
        log.info("call %s: %s", self.call.id, in_one_line(record_of(self.call.facts)))

    async def _until_over(self) -> _EndsBecause:
        call = self.call
        try:
            await self._route()
        except CallerLeft:
            return _EndsBecause.CALLER_LEFT
        except CallCut as cut:
            call.note(Interrupted, reason=str(cut))
            over = isinstance(cut, CallTakenOver)
            return _EndsBecause.TAKEN_OVER if over else _EndsBecause.CUT
        except AriError as error:
            log.error("call %s failed: %s", call.id, error)
            call.note(Failed, error=f"{type(error).__name__}: {error}")
            return _EndsBecause.FAILED
        except Exception as error:
            log.exception("call %s failed", call.id)
            call.note(Failed, error=f"{type(error).__name__}: {error}")
            return _EndsBecause.FAILED
        return _EndsBecause.DONE

    async def _route(self) -> None:
        call = self.call
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
            case Closed(settings=settings):
                await self._greet(settings)
                await self._fall_back(settings, Disposition.CLOSED, "Closed: unavailable message.")
            case Unavailable(settings=settings):
                await self._greet(settings)
                rule = nobody_got_it(names_of(decision.targets), ()).rule
                await self._fall_back(settings, Disposition.UNAVAILABLE, rule)
            case Ring(settings=settings):
                await self._greet(settings)
                await self._ring(decision)
            case _:
                assert_never(decision)

    def _note_decision(self, decision: Decision) -> None:
        said = {"decision": decision_name(decision), "version": self._table.version}
        self.call.note(Routed, **said, **what_won(decision), trace=decision.trace)

    async def _greet(self, settings: IncomingCallSettings) -> None:
        """Answer and greet; without a greeting he is answered when somebody talks to him."""
        if settings.greeting_message is not None:
            await answer_to_speak(self.call, Stage.GREETING)
            await play(self.call, Message.GREETING, settings.greeting_message)

    async def _ring(self, decision: Ring) -> None:
        self._ringing = Ringing(self.call, decision, self._table)
        winner = await self._ringing.run()
        if winner is not None:
            await self._talk(winner)
            return
        verdict = nobody_got_it(names_of(decision.targets), self._ringing.busy)
        disposition = Disposition.BUSY if verdict.busy else Disposition.UNAVAILABLE
        await self._fall_back(decision.settings, disposition, verdict.rule)

    async def _talk(self, leg: DialledLeg) -> None:
        """Until one of the two hangs up; the caller's hanging up is raised by `next`."""
        call = self.call
        while True:
            match await call.next():
                case (
                    events.ChannelHangupRequest()
                    | events.StasisEnd()
                    | events.ChannelDestroyed() as event
                ) if event.channel.id == leg.channel_id:
                    cause = getattr(event, "cause", None) or None
                    call.note(HungUp, by=Party.AGENT, stage=Stage.TALK, cause=cause)
                    return

    async def _fall_back(
        self, settings: IncomingCallSettings, disposition: Disposition, rule: str
    ) -> None:
        """Nobody has the caller: say so and hang up."""
        call = self.call
        busy = disposition is Disposition.BUSY
        message = Message.BUSY if busy else Message.UNAVAILABLE
        prompt = settings.agent_busy_message if busy else settings.agent_unavailable_message
        call.note(
            FallbackChosen, disposition=disposition, rule=rule, message=message if prompt else None
        )
        if prompt is not None:
            await answer_to_speak(call, Stage.MESSAGE)
            await play(call, message, prompt)
            await call.pause(LAST_SYLLABLE_SECONDS)
        call.stage = Stage.MESSAGE
        unanswered = HangupReason.BUSY if busy else HangupReason.NO_ANSWER
        await self._hang_up_caller(HangupReason.NORMAL if call.answered else unanswered)

    async def _hang_up_caller(self, reason: HangupReason) -> None:
        self.call.note(HungUp, by=Party.CALLROUTER, stage=self.call.stage)
        try:
            await self.call.hang_up_caller(reason)
        except AriError as error:  # cleaning up asks once more
            log.warning("call %s: the caller was not hung up: %s", self.call.id, error)

    async def _clean_up(self, reason: _EndsBecause) -> None:
        """The one place where everything of the call is released."""
        call = self.call
        if self._ringing is not None:
            await self._ringing.end_open_attempts(
                Outcome.CALLER_LEFT if reason is _EndsBecause.CALLER_LEFT else Outcome.FAILED
            )
        if reason is _EndsBecause.CUT and call.stage is Stage.TALK and call.caller_here:
            return  # the two go on talking; only our knowledge ends
        endings = [call.hang_up_leg(leg, HangupReason.NORMAL) for leg in call.legs.values()]
        if reason in (_EndsBecause.CUT, _EndsBecause.FAILED):
            endings.append(call.give_caller_to_dialplan())
        else:
            endings.append(call.hang_up_caller(HangupReason.NORMAL))
        endings.append(call.destroy_bridge())
        for ending in await all_of(endings, expected=AriError):
            if isinstance(ending, AriError):
                log.warning("call %s: %s", call.id, ending)
        await call.wait_until_gone(asyncio.get_running_loop().time() + FAREWELL_SECONDS)
