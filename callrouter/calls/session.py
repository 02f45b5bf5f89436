"""One caller from arrival to the end: his way, whatever cuts it short, and the cleaning up.

The law: whatever happens, `run` ends with nothing of the call left in Asterisk, no agent
reserved, and `Ended` as the last fact; or with all as it is, for another process to take up.
"""

import asyncio
import logging
from enum import Enum, auto

from callrouter.ari.causes import HangupReason
from callrouter.ari.errors import AriError, Unavailable
from callrouter.call_record import CallRecord, record_of
from callrouter.calls.call import Call
from callrouter.calls.endings import CallCut, CallEnded, CallerLeft, CallTakenOver
from callrouter.calls.remains import Remains
from callrouter.calls.requests import ENDED
from callrouter.calls.way import Way
from callrouter.concurrency import all_of
from callrouter.facts import Failed, Interrupted, Outcome, Stage
from callrouter.logs import CALL
from callrouter.routing.model import RoutingTable

log = logging.getLogger(__name__)

UNHEARD_SECONDS = 30.0
AGAIN_SECONDS = 1.0
"""While Asterisk cannot be asked, it is told so often and so long to let the channels go."""

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
    ENDED = auto()
    CUT = auto()
    LEFT = auto()  # for another router's process
    FAILED = auto()
    CRASHED = auto()


_FOR_AGENTS = {
    _EndsBecause.CALLER_LEFT: (Outcome.CALLER_LEFT, HangupReason.NORMAL),
    # It is no call that they have missed.
    _EndsBecause.ENDED: (Outcome.CANCELLED, HangupReason.ANSWERED_ELSEWHERE),
}
"""What becomes of agents who are still rung, and what their phones are told."""


class CallSession:
    """Carries one call through; `table` is the configuration of its arrival.

    With `remains`, those of the call's earlier process, from where it was.
    """

    def __init__(self, call: Call, table: RoutingTable, remains: Remains | None = None) -> None:
        self.call = call
        self._remains = remains
        self._way = Way(call, table)

    async def run(self) -> None:
        """Never raises: a bug ends this call and touches no other."""
        CALL.set(self.call.id)
        reason = await self._until_over()
        if reason is _EndsBecause.LEFT:
            self.call.let_go()
            return
        try:
            await self._clean_up(reason)
        except Exception:
            log.exception("call %s was not cleaned up", self.call.id)
        for last in (self.call.let_go, self.call.note_end, self._log_end):
            try:
                last()
            except Exception:
                log.exception("call %s was not ended in order", self.call.id)

    def _log_end(self) -> None:
        log.info("call %s: %s", self.call.id, in_one_line(record_of(self.call.facts)))

    async def _until_over(self) -> _EndsBecause:
        call = self.call
        try:
            await self._way.go(self._remains)
        except CallerLeft:
            return _EndsBecause.CALLER_LEFT
        except CallEnded:
            return _EndsBecause.ENDED
        except CallTakenOver:
            return _EndsBecause.LEFT
        except CallCut as cut:
            if call.stage is Stage.TALK and call.caller_here:
                return _EndsBecause.LEFT  # they talk on, and the next process listens
            call.note(Interrupted, reason=str(cut))
            return _EndsBecause.CUT
        except AriError as error:
            log.error("call %s failed: %s", call.id, error)
            call.note(Failed, error=f"{type(error).__name__}: {error}")
            return _EndsBecause.FAILED
        except Exception as error:
            log.exception("call %s failed", call.id)
            call.note(Failed, error=f"{type(error).__name__}: {error}")
            return _EndsBecause.CRASHED
        return _EndsBecause.DONE

    async def _clean_up(self, reason: _EndsBecause) -> None:
        """The one place where everything of the call is released."""
        call = self.call
        outcome, told = _FOR_AGENTS.get(reason, (Outcome.FAILED, HangupReason.NORMAL))
        try:
            await self._way.end_open_attempts(outcome, told)
        except Exception:  # their legs are hung up below all the same
            log.exception("call %s: its attempts were not ended", call.id)
        loop, empty = asyncio.get_running_loop(), False
        patience = loop.time() + UNHEARD_SECONDS
        try:
            while not await self._end_everything(reason) and loop.time() < patience:
                await call.wait_until_gone(loop.time() + AGAIN_SECONDS)
            empty = await call.wait_until_gone(loop.time() + FAREWELL_SECONDS)
            if not empty:
                log.warning("call %s: Asterisk never said that its channels had ended", call.id)
        finally:
            await self._leave_bridge(empty=empty)
        if reason is _EndsBecause.ENDED and not call.caller_here:
            call.requests.answer(ENDED)

    async def _leave_bridge(self, *, empty: bool) -> None:
        try:
            await self.call.meeting.end(empty=empty)
        except AriError as error:
            log.warning("call %s: its bridge is left behind: %s", self.call.id, error)

    async def _end_everything(self, reason: _EndsBecause) -> bool:
        """Whether Asterisk has heard all of it: what it has not, is to be said again."""
        call = self.call
        still_there = (leg for leg in call.legs.values() if not (leg.gone or leg.leaving))
        endings = [call.hang_up_leg(leg, HangupReason.NORMAL) for leg in still_there]
        if call.caller_here:
            endings.append(self._let_caller_go(reason))
        errors = [
            ending
            for ending in await all_of(endings, expected=Exception)
            if isinstance(ending, Exception)
        ]
        for error in errors:
            level = logging.WARNING if isinstance(error, AriError) else logging.ERROR
            log.log(level, "call %s: %r", call.id, error)
        unheard = any(isinstance(error, Unavailable) for error in errors)
        return not unheard and all(leg.gone or leg.leaving for leg in call.legs.values())

    async def _let_caller_go(self, reason: _EndsBecause) -> None:
        call = self.call
        if reason in (_EndsBecause.CUT, _EndsBecause.FAILED, _EndsBecause.CRASHED):
            # What was a bug, or came after a talk, rings nobody any more.
            only_speak = reason is _EndsBecause.CRASHED or call.stage is Stage.TALK
            await call.give_caller_to_dialplan(only_speak=only_speak)
        elif reason is _EndsBecause.ENDED and not call.answered:
            await call.hang_up_caller(HangupReason.BUSY)
        else:
            await call.hang_up_caller(HangupReason.NORMAL)
