"""A call in progress: its channels, its facts and its next event; the steps are built on it.

The law: one task per call, which reads the call's inbox in order. Whatever step it is in, the
caller's leaving ends it: `next` raises `CallerLeft`.
"""

import asyncio
import logging
from collections.abc import Awaitable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NoReturn
from urllib.parse import unquote

from callrouter.ari import events
from callrouter.ari.causes import HangupReason
from callrouter.ari.commands import Commands
from callrouter.ari.errors import AriError, Gone
from callrouter.ari.events import ChannelRef
from callrouter.calls.endings import CallCut, CallerLeft, CallTakenOver
from callrouter.calls.inbox import (
    CallerLost,
    EndRequested,
    Inbox,
    InboxEvent,
    MoveRequested,
    RouterStopping,
    TakenOver,
)
from callrouter.calls.leg import DialledLeg
from callrouter.calls.meeting import Meeting
from callrouter.calls.names import call_id_of, name_of, prefix_of
from callrouter.calls.remains import Remains
from callrouter.calls.requests import Requests
from callrouter.calls.reservations import Reservations
from callrouter.calls.story import Story
from callrouter.calls.surroundings import Surroundings
from callrouter.facts import (
    Arrived,
    Ended,
    EndLearned,
    Fact,
    HungUp,
    Party,
    Stage,
    TakenUp,
)
from callrouter.routing.decide import Refused

log = logging.getLogger(__name__)

ALREADY_LEFT = "left"
"""The dialplan's first argument for a caller who hung up before he came to us; then his number."""

ODD_NUMBER = "odd"
"""The same for a number that Asterisk could not name in an event, as it is perhaps no text."""

_HANGUP_EVENT_SECONDS = 3.0  # also where Asterisk could not be heard and is looked at anew
_LATE = timedelta(seconds=1)
_NAMES_A_LIFE = 10_000  # which of them the process before us has used, nobody knows


class Call:
    """Made when a caller enters Stasis; `stage` and `answered` are kept by the steps.

    `came_late` says that he came while this process stood still.
    `heard_early` is whether he hears what we play though he is not answered. With `remains` it is
    the call of another router's process, taken up. `refused` is why he is not let in.
    """

    def __init__(
        self,
        start: events.StasisStart,
        commands: Commands,
        surroundings: Surroundings,
        remains: Remains | None = None,
    ) -> None:
        self.id = call_id_of(start.ref)
        self.caller_channel = start.channel.id
        self.caller_number = start.channel.caller.number
        self.caller_name = start.channel.caller.name
        self.left_early = start.args[:1] == (ALREADY_LEFT,)
        encoded = self.left_early or start.args[:1] == (ODD_NUMBER,)
        dialled = start.args[1:2] if encoded else ()
        self.number = unquote(dialled[0]) if dialled else start.channel.dialplan.exten
        self.entity_id = start.asterisk_id
        self.came_late = start.late > 0
        self.commands = commands
        self.agents = surroundings.agents
        self.greeted = surroundings.greeted
        self.stage = Stage.ARRIVAL
        self.answered = False
        self.heard_early = False
        self.caller_here = True
        self._left_at: datetime | None = None
        self.refused: Refused | None = None
        self._caller_out = False
        self._found_out: Exception | None = None
        self._finding_out = asyncio.Lock()
        self._caller_dismissed = False
        self.legs: dict[str, DialledLeg] = {}
        self.reservations = Reservations(self.agents, self.id, self.entity_id, self.legs)
        self.inbox = Inbox()
        self.meeting = Meeting(commands, self.caller_channel)
        self._switchboard = surroundings.switchboard
        self._story = Story(self.id, surroundings.ledger, surroundings.now(), start.late)
        self.requests = Requests(self.inbox, self._story)
        self._names = 0
        self._switchboard.claim(start.ref, self.inbox)
        if remains is not None:
            self._take_up(remains)
            return
        self.note(
            Arrived,
            entity_id=self.entity_id,
            channel_id=self.caller_channel,
            number=self.number,
            caller_number=self.caller_number,
            caller_name=self.caller_name,
        )

    def _take_up(self, remains: Remains) -> None:
        """Be what the other process's call was; every leg's events come here from now on."""
        self._story.take_up(remains.facts, remains.arrived.at)
        lives = 1 + sum(isinstance(fact, TakenUp) for fact in self.facts)
        self._names = lives * _NAMES_A_LIFE
        if remains.bridge is not None:
            self.meeting.goes_on_in(remains.bridge.id)
        for channel in remains.legs:
            phone = channel.name.rpartition("-")[0]
            self.legs[channel.id] = DialledLeg(channel.id, "", phone)
            self._switchboard.claim(ChannelRef(self.entity_id, channel.id), self.inbox)
        self.note(TakenUp)

    def new_name(self) -> str:
        """An id for a channel or playback of this call that was never used before."""
        return self.name(self.new_number())

    def new_number(self) -> int:
        """The number of a new name, for facts."""
        self._names += 1
        return self._names

    def name(self, number: int) -> str:
        return name_of(prefix_of(self.id), number)

    @property
    def facts(self) -> list[Fact]:
        """What happened so far, the oldest first."""
        return self._story.facts

    def now(self) -> datetime:
        """The time of the event that is looked at; see `Story.now`."""
        return self._story.now()

    def note(self, fact: type[Fact], **fields: Any) -> None:
        """Append a fact with the present time. Before the request that it announces."""
        self._story.note(fact, **fields)

    async def next(self, deadline: float | None = None) -> events.CallEvent | None:
        """The call's next event, or None when `deadline` (event loop time) passes first.

        Raises `CallerLeft` when the caller hung up, `CallCut` when we have to let go.
        """
        event = await self._next_of_inbox(deadline)
        match event:
            case CallerLost(late=None):
                self.keep_books(event)
                raise CallCut("the caller's channel was lost while Asterisk could not be heard")
            case CallerLost():
                self.keep_books(event)
                # Who rang or was rung did not end it; of two who talked nobody knows who did.
                by = None if self.stage is Stage.TALK else Party.CALLER
                self.note(EndLearned, by=by, stage=self.stage)
                raise CallerLeft
            case RouterStopping():
                raise CallCut("the router was stopped")
            case TakenOver():
                raise CallTakenOver("another program took over the Stasis application")
            case EndRequested() | MoveRequested():
                self.requests.came(event, self.stage)  # raises where it is to be done
                return await self.next(deadline)
            case None:
                return None
        self.keep_books(event)
        if not self.caller_here:
            cause = getattr(event, "cause", None) or None
            self.note(HungUp, by=Party.CALLER, stage=self.stage, cause=cause)
            raise CallerLeft
        if isinstance(event, events.StasisStart):
            leg = self.legs.get(event.channel.id)
            if leg is not None and leg.given_up:  # he answered although we had cancelled
                await self.hang_up_leg(leg, HangupReason.ANSWERED_ELSEWHERE)
                return await self.next(deadline)
        return event

    async def pause(self, seconds: float) -> None:
        """Do nothing for so long, unless the caller leaves."""
        deadline = asyncio.get_running_loop().time() + seconds
        while await self.next(deadline) is not None:
            pass

    def keep_books(self, event: InboxEvent) -> None:
        """Note who is gone; an agent whose last leg is gone may be rung by others again."""
        match event:
            case events.StasisEnd() | events.ChannelHangupRequest() | events.ChannelDestroyed():
                if event.channel.id == self.caller_channel:
                    self._caller_left()
                    self._caller_out |= not isinstance(event, events.ChannelHangupRequest)
                elif isinstance(event, events.ChannelDestroyed):
                    self.leg_gone(event.channel.id)
                elif leg := self.legs.get(event.channel.id):
                    leg.leaving = True
            case CallerLost(late=None):
                self.caller_is_gone()
            case CallerLost():
                self._caller_left()
                self.caller_is_gone()
            case EndRequested() | MoveRequested():
                self.requests.too_late(event)

    def caller_is_gone(self, left_at: datetime | None = None) -> None:
        """Asterisk has nothing of him any more; since when, where that is known."""
        self.caller_here, self._caller_out = False, True
        self._left_at = self._left_at or left_at

    def _caller_left(self) -> None:
        self.caller_here = False
        self._left_at = self._left_at or self.now()

    async def ask(self, request: Awaitable[None]) -> None:
        """A request on the caller's channel; if that has left meanwhile, so has the caller."""
        try:
            await request
        except Gone:
            await self.found_gone()

    async def found_gone(self) -> NoReturn:
        """Asterisk no longer has the caller's channel: the event that says so is on its way."""
        self.requests.over = True
        async with self._finding_out:  # of requests at the same time, one for all
            if self._found_out is None:
                self._found_out = await self._find_out()
        raise self._found_out

    async def _find_out(self) -> Exception:
        try:
            await self.pause(_HANGUP_EVENT_SECONDS)
        except Exception as why:
            return why
        # Whether he truly has left, cleaning up finds out: it hangs up all the same.
        self.note(HungUp, by=Party.CALLER, stage=self.stage)
        return CallerLeft()

    def add_leg(self, owner: str, endpoint: str, *, confirm: bool) -> DialledLeg:
        """A leg about to be dialled, already listened for."""
        name = self.new_name()
        leg = self.legs[name] = DialledLeg(name, owner, endpoint, confirm)
        self._switchboard.claim(ChannelRef(self.entity_id, leg.channel_id), self.inbox)
        return leg

    def leg_gone(self, channel_id: str) -> None:
        leg = self.legs.get(channel_id)
        if leg is None or leg.gone:
            return
        leg.gone = True
        self._switchboard.release(ChannelRef(self.entity_id, channel_id))
        self.reservations.leg_gone(leg.owner)

    async def hang_up_leg(self, leg: DialledLeg, reason: HangupReason) -> None:
        """Hang up a leg, once; a leg that has left already is success."""
        leg.given_up = True
        if leg.gone or leg.leaving:
            return
        try:
            with suppress(Gone):
                await self.commands.hang_up(leg.channel_id, reason)
            leg.leaving = True
        except AriError as error:
            log.warning("%s: leg %s could not be hung up: %s", self.id, leg.channel_id, error)

    async def hang_up_caller(self, reason: HangupReason) -> None:
        """Hang up the caller, once; one who has left already is success."""
        if self.caller_here and not self._caller_dismissed:
            await self._farewell(self.commands.hang_up(self.caller_channel, reason))

    async def give_caller_to_dialplan(self, *, only_speak: bool = False) -> None:
        """Let the dialplan's safety net look after a caller whom we cannot; or only speak."""
        if self.caller_here and not self._caller_dismissed:
            channel, number = self.caller_channel, self.number
            await self._farewell(
                self.commands.continue_in_dialplan(channel, number, only_speak=only_speak)
            )

    async def _farewell(self, request: Awaitable[None]) -> None:
        try:
            await request
        except Gone:
            self.caller_is_gone()
        self._caller_dismissed = True  # not where it failed: he must not sit in silence

    async def wait_until_gone(self, deadline: float) -> bool:
        """Whether Asterisk says until then that every channel of the call has left."""
        while not self._caller_out or any(not leg.gone for leg in self.legs.values()):
            event = await self._next_of_inbox(deadline)
            if event is None:
                return False
            self.keep_books(event)
        for event in self.inbox.rest():  # perhaps it says when he left
            self._looks_at(event)
            self.keep_books(event)
        return True

    def note_end(self) -> None:
        """`Ended`, the last fact."""
        self._story.late = 0.0
        late = self._left_at and self.now() - self._left_at > _LATE
        self.note(Ended, left_at=self._left_at if late else None)

    async def _next_of_inbox(self, deadline: float | None) -> InboxEvent | None:
        event = await self.inbox.next(deadline)
        self._looks_at(event)
        return event

    def _looks_at(self, event: InboxEvent | None) -> None:
        """What is noted now happened when this event did, not when we were free to look at it."""
        late = getattr(event, "late", None) or 0.0
        self._story.late = late + (0.0 if event is None else self.inbox.waited)

    def let_go(self) -> None:
        """Give up every claim and reservation of this call; whoever still asks is answered.

        Nothing refers back to the call from now on, so its memory is free when its task ends.
        """
        self.requests.close(caller_here=self.caller_here)
        self._found_out = None  # its traceback leads here
        self._switchboard.release(ChannelRef(self.entity_id, self.caller_channel))
        for leg in self.legs.values():
            self.leg_gone(leg.channel_id)
        self.reservations.release_all()
