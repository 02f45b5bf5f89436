"""Ring until one has the caller: the first to answer (and to confirm, where he must) gets him.

Losers are let go only when caller and winner are connected, so that a winner who drops in the
same instant does not cost the caller those who still ring.
"""

import asyncio
import math
from datetime import timedelta
from typing import assert_never

from callrouter.ari import events
from callrouter.ari.causes import HangupReason, leg_result
from callrouter.ari.errors import AriError
from callrouter.calls.attempts import Attempt, LegEnd, Winner
from callrouter.calls.call import Call
from callrouter.calls.confirm import CONFIRM_KEY, CONFIRM_SECONDS, Asked
from callrouter.calls.dialling import Dialler
from callrouter.calls.hearing import Hearing
from callrouter.calls.leg import DialledLeg
from callrouter.calls.playing import answer, answer_in_meeting
from callrouter.concurrency import all_of
from callrouter.facts import (
    AgentAnswered,
    AgentAsked,
    AgentRinging,
    AttemptEnded,
    Connected,
    Outcome,
    Stage,
)
from callrouter.routing.model import Prompt


class Ringing:
    """Those who ring for one call at this moment; `busy` names those who said that they are.

    `sentence` is what somebody hears who must confirm.
    """

    def __init__(self, call: Call, hearing: Hearing, sentence: Prompt | None) -> None:
        self._call = call
        self._hearing = hearing
        self._sentence = sentence
        self._dialler = Dialler(call)
        self._attempts: dict[str, Attempt] = {}
        self._asked: dict[str, Asked] = {}
        self._over_at = math.inf
        self.busy: list[str] = []

    async def begin(self, attempts: list[Attempt], over_at: float, *, rings: bool = False) -> None:
        """Ring these, who are reserved and noted; by `over_at` (event loop) all ringing ends.

        `rings`: from now on the caller is to hear it.
        """
        self._over_at = over_at
        self._attempts |= {attempt.id: attempt for attempt in attempts}
        await self._begin_turns(attempts, rings=rings)

    def take_up(self, attempts: list[Attempt], over_at: float) -> None:
        """Those who were rung when another router's process left the call.

        Of whom nothing rings any more, nobody knows why: his attempt is no more.
        """
        self._over_at = over_at
        for attempt in attempts:
            self._attempts[attempt.id] = attempt
            if not attempt.open:
                self._note_end(attempt, LegEnd(Outcome.CANCELLED))

    async def wait(self, deadline: float) -> Winner | None:
        """Until somebody has the caller, everybody has failed, or the deadline passes."""
        while self._attempts:
            wake = min(deadline, self._next_time())
            event = await self._call.next(wake)
            match event:
                case None:
                    await self._it_is(wake)
                    if wake >= deadline:
                        return None
                case events.StasisStart():
                    if winner := await self._answered(event.channel.id):
                        return winner
                case events.ChannelDtmfReceived():
                    if winner := await self._key_pressed(event):
                        return winner
                case events.ChannelStateChange():
                    self._note_ringing(event)
                case events.ChannelDestroyed():
                    await self._leg_ended(event)
                case events.PlaybackFinished():
                    await self._played(event)
                case events.StasisEnd() | events.ChannelHangupRequest():
                    pass  # of a leg: its ChannelDestroyed follows and says why
                case _:
                    assert_never(event)
        return None

    async def catch_up(self) -> Winner | None:
        """Take in what has happened meanwhile: who has left costs no agent a ring."""
        if self._attempts:
            return await self.wait(asyncio.get_running_loop().time())
        await self._hearing.pause(0)
        return None

    async def finish(self) -> Winner | None:
        """Who has time of his own has it; then all are given up.

        Only who is being asked for a key may still press it.
        """
        while clocks := [a.turn_ends for a in self._attempts.values() if not a.rings_on]:
            latest = max(clock for clock in clocks if clock is not None)
            if winner := await self.wait(min(latest, self._over_at)):
                return winner
            if latest >= self._over_at:
                break
        await self._give_up(list(self._attempts.values()))
        return await self.wait(math.inf)

    async def end_all(self, outcome: Outcome, reason: HangupReason = HangupReason.NORMAL) -> None:
        """End every attempt that is still open, for a reason that is not its own."""
        attempts = list(self._attempts.values())
        legs = [leg for attempt in attempts for leg in attempt.open.values()]
        for attempt in attempts:
            self._note_end(attempt, LegEnd(outcome))
        await self._hang_up(legs, reason)

    # What time does.

    def _next_time(self) -> float:
        """When a turn, a question or the greeting will have had its time."""
        times = [attempt.turn_ends for attempt in self._attempts.values()]
        times += [asked.next_time for asked in self._asked.values()]
        times.append(self._hearing.late_at)
        return min((time for time in times if time is not None), default=math.inf)

    async def _it_is(self, now: float) -> None:
        if (late_at := self._hearing.late_at) is not None and late_at <= now:
            await self._hearing.is_late()
        for asked in list(self._asked.values()):
            if asked.until <= now:
                await self._refused(asked, Outcome.NO_ANSWER)
            elif asked.repeat_at is not None and asked.repeat_at <= now:
                await asked.say(self._call, self._sentence)
        over = [
            a for a in self._attempts.values() if a.turn_ends is not None and a.turn_ends <= now
        ]
        for attempt in over:
            questions = [self._asked[leg].until for leg in attempt.open if leg in self._asked]
            if questions:  # whoever is deciding is given his time
                attempt.turn_ends = max(questions)
            elif attempt.turns:
                await self._hang_up(self._drop_legs(attempt))
                await self._begin_turns([attempt])
        await self._give_up([a for a in over if a.turn_ends is not None and a.turn_ends <= now])

    async def _begin_turns(self, attempts: list[Attempt], *, rings: bool = False) -> None:
        loop = asyncio.get_running_loop()
        longest = max(0.0, self._over_at - loop.time())
        hopeless = await self._dialler.begin_turns(attempts, longest, rings=rings)
        for attempt in attempts:
            if attempt in hopeless:
                self._end(attempt)
            else:
                attempt.begun(loop.time())

    async def _give_up(self, attempts: list[Attempt]) -> None:
        """Their time is over; another phone of the same agent may have said more than silence."""
        legs = []
        for attempt in attempts:
            attempt.no_more_turns()
            legs += self._drop_legs(attempt)
            if not attempt.open:
                self._end(attempt)
        await self._hang_up(legs)

    def _drop_legs(self, attempt: Attempt) -> list[DialledLeg]:
        """The legs that nobody has answered: they have had their time, and are to be hung up."""
        legs = [leg for leg in attempt.open.values() if leg.channel_id not in self._asked]
        for leg in legs:
            del attempt.open[leg.channel_id]
        if legs:
            attempt.ends.append(LegEnd(Outcome.NO_ANSWER))
        return legs

    # What phones do.

    def _attempt_of(self, channel_id: str) -> Attempt | None:
        return next((a for a in self._attempts.values() if channel_id in a.open), None)

    def _note_ringing(self, event: events.ChannelStateChange) -> None:
        attempt = self._attempt_of(event.channel.id)
        if attempt and not attempt.ringing and event.channel.state == "Ringing":
            attempt.ringing = True
            self._call.note(AgentRinging, agent=attempt.id)

    async def _leg_ended(self, event: events.ChannelDestroyed) -> None:
        attempt = self._attempt_of(event.channel.id)
        if attempt is None:
            return
        if self._asked.pop(event.channel.id, None):  # he hung up instead of pressing the key
            end = LegEnd(Outcome.REJECTED, event.cause)
        else:
            outcome = Outcome(leg_result(event.cause, event.tech_cause).value)
            end = LegEnd(outcome, event.cause, event.tech_cause)
        await self._end_leg(attempt, event.channel.id, end)

    async def _end_leg(self, attempt: Attempt, channel_id: str, end: LegEnd) -> None:
        """One of the legs is over; with the last one, so is the turn, or the attempt."""
        del attempt.open[channel_id]
        attempt.ends.append(end)
        if attempt.open:
            return
        if attempt.turns:
            await self._begin_turns([attempt])
        else:
            self._end(attempt)

    async def _played(self, event: events.PlaybackFinished) -> None:
        await self._hearing.played(event)
        for asked in self._asked.values():
            asked.said(event.playback.id, asyncio.get_running_loop().time())

    async def _answered(self, channel_id: str) -> Winner | None:
        attempt = self._attempt_of(channel_id)
        if attempt is None:
            return None
        leg = attempt.open[channel_id]
        if not leg.confirm:
            return await self._connect(attempt, leg)
        if channel_id not in self._asked:
            self._call.note(AgentAsked, agent=attempt.id, phone=leg.endpoint)
            until = asyncio.get_running_loop().time() + CONFIRM_SECONDS
            asked = self._asked[channel_id] = Asked(leg, until)
            await asked.say(self._call, self._sentence)
        return None

    async def _key_pressed(self, event: events.ChannelDtmfReceived) -> Winner | None:
        asked = self._asked.get(event.channel.id)
        attempt = self._attempt_of(event.channel.id)
        if asked is None or attempt is None:
            return None
        if event.digit == CONFIRM_KEY:
            return await self._connect(attempt, asked.leg)
        await self._refused(asked, Outcome.REJECTED)
        return None

    async def _refused(self, asked: Asked, outcome: Outcome) -> None:
        """He pressed another key, or none in time."""
        leg = asked.leg
        del self._asked[leg.channel_id]
        if (attempt := self._attempt_of(leg.channel_id)) is not None:
            await self._end_leg(attempt, leg.channel_id, LegEnd(outcome))
        await self._call.hang_up_leg(leg, HangupReason.NORMAL)

    async def _connect(self, attempt: Attempt, leg: DialledLeg) -> Winner | None:
        """Join him and the caller, then let the others go."""
        call = self._call
        call.note(AgentAnswered, agent=attempt.id)
        winner = Winner(attempt.rung, leg, call.now())
        asked = self._asked.pop(leg.channel_id, None)
        at_once = asked is None and self._hearing.silent
        joined = at_once and await answer_in_meeting(call, leg.channel_id)
        if not joined:
            await answer(call)
        try:
            if asked is not None:
                await asked.silence(call)
            if not joined:
                await self._hearing.silence()
                await call.meeting.join(leg.channel_id)
        except AriError:  # one of them has just left; if it was the caller, his event says so
            await call.hang_up_leg(leg, HangupReason.NORMAL)
            if not leg.leaving:  # Asterisk understood neither: nobody will tell us of his end
                await self._end_leg(attempt, leg.channel_id, LegEnd(Outcome.FAILED))
            await self._hearing.resume()
            return None
        call.stage = Stage.TALK
        call.note(Connected, agent=attempt.id)
        del attempt.open[leg.channel_id]
        others = list(attempt.open.values())
        self._over(attempt)
        await self._hang_up(others, HangupReason.ANSWERED_ELSEWHERE)
        await self.end_all(Outcome.ANSWERED_ELSEWHERE, HangupReason.ANSWERED_ELSEWHERE)
        return winner

    # The ends of attempts.

    def _end(self, attempt: Attempt) -> None:
        """Every leg has ended, or had its time."""
        call, end, group = self._call, attempt.end, attempt.rung.group
        if end.outcome is Outcome.BUSY:
            self.busy.append(attempt.id)
        if group is not None and (rest := attempt.rest_after(end.outcome)):
            until = call.now() + timedelta(seconds=rest.seconds)
            call.agents.declined(attempt.id, group.name, rest.words, until)
        self._note_end(attempt, end)

    def _note_end(self, attempt: Attempt, end: LegEnd) -> None:
        self._over(attempt)
        how = {"outcome": end.outcome, "cause": end.cause, "sip_status": end.sip_status}
        self._call.note(AttemptEnded, agent=attempt.id, **how)

    def _over(self, attempt: Attempt) -> None:
        del self._attempts[attempt.id]
        for channel_id in attempt.open:
            self._asked.pop(channel_id, None)
        self._call.reservations.no_more_legs(attempt.id)

    async def _hang_up(
        self, legs: list[DialledLeg], reason: HangupReason = HangupReason.NORMAL
    ) -> None:
        await all_of([self._call.hang_up_leg(leg, reason) for leg in legs])
