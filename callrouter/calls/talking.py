"""The talk of caller and agent: until one of them hangs up, or a supervisor moves the call.

The law: a talk counts for the agent who had it, however it ends, and he wraps up after it.
"""

import logging

from callrouter.ari import events
from callrouter.ari.causes import HangupReason
from callrouter.ari.errors import AriError
from callrouter.calls.attempts import Rung, Winner
from callrouter.calls.call import Call
from callrouter.calls.endings import CallMoved
from callrouter.calls.hearing import Hearing
from callrouter.facts import HungUp, Party, Stage

log = logging.getLogger(__name__)


class Talking:
    """One call's talks: `talks` is who has the caller, `had` from whom he was moved away last."""

    def __init__(self, call: Call, hearing: Hearing) -> None:
        self._call = call
        self._hearing = hearing
        self._to_part_from: Winner | None = None
        self.talks: Rung | None = None
        self.had: Rung | None = None

    async def talk(self, winner: Winner, zone: str, *, goes_on: bool = False) -> None:
        """Until the agent hangs up; the caller's hanging up, or a move, is raised by `next`.

        `zone` is whose days are counted. A talk that `goes_on` was counted when it began.
        """
        call, rung = self._call, winner.rung
        wrap_up = rung.group.wrap_up_seconds if rung.group else 0.0
        self.talks = rung
        if rung.agent is not None and not goes_on:
            call.agents.talk_began(rung.id, winner.answered_at, zone)
        try:
            await self._until_hung_up(winner.leg.channel_id)
        except CallMoved:
            self.had, self._to_part_from = rung, winner
            raise
        finally:
            self.talks = None
            if rung.agent is not None:
                seconds = (call.now() - winner.answered_at).total_seconds()
                call.agents.talk_ended(rung.id, seconds, call.now(), zone, wrap_up)

    async def part(self) -> None:
        """After a move: the agent is let go, and the caller can hear something else."""
        winner, self._to_part_from = self._to_part_from, None
        if winner is None:
            return
        call = self._call
        self._hearing.talked()
        try:
            await call.meeting.part()
        except AriError as error:  # if he has left, his event says so
            log.info("call %s: the caller was not taken out of the talk: %s", call.id, error)
        await call.hang_up_leg(winner.leg, HangupReason.NORMAL)

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
