"""An in-memory Asterisk: phones that behave as told, events as the real one sends them.

What it does was seen on a real Asterisk 22; the scenarios that run on both keep it honest. It
writes down everything that passes between it and the router, in the form of a transcript.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote

from msgspec import structs

from callrouter.ari import events
from callrouter.ari.bridges import BridgePool
from callrouter.ari.causes import Cause, HangupReason
from callrouter.ari.commands import Leg
from callrouter.ari.errors import AriError, Gone, NoBridge, NotDialable
from callrouter.ari.events import CallerId, Channel, DialplanPosition
from callrouter.calls.agents import AgentBoard
from callrouter.concurrency import all_of
from callrouter.switchboard import Switchboard
from tests.fakes.phones import Answers, Busy, Declines, Phone, Redirects, Silent

ENTITY = "fake"
RING_DELAY = 0.05
"""Seconds from our request to the phone's 180."""

_CAUSES = {
    HangupReason.NORMAL: Cause.NORMAL_CLEARING,
    HangupReason.BUSY: Cause.USER_BUSY,
    HangupReason.NO_ANSWER: Cause.NO_ANSWER,
    HangupReason.UNALLOCATED: Cause.UNALLOCATED,
    HangupReason.ANSWERED_ELSEWHERE: Cause.ANSWERED_ELSEWHERE,
    HangupReason.CONGESTION: Cause.CONGESTION,
    HangupReason.REJECTED: Cause.CALL_REJECTED,
}


@dataclass
class FakeChannel:
    """A channel and the name by which the transcript calls it."""

    id: str
    alias: str
    state: str = "Down"
    phone: Phone | None = None
    timers: list[asyncio.TimerHandle] = field(default_factory=list)
    bridge: str | None = None
    playbacks: set[str] = field(default_factory=set)
    music: bool = False
    dialled: str = ""
    caller: str = ""
    heard_out: set[str] = field(default_factory=set)  # begun by a router that died


class FakeAsterisk:
    """Implements `Commands`. `fail` maps a command's name to an error it raises instead."""

    entity_id = ENTITY

    def __init__(self, phones: list[Phone], playback_seconds: dict[str, float]) -> None:
        self.phones = {phone.extension: phone for phone in phones}
        self.playback_seconds = playback_seconds
        self.channels: dict[str, FakeChannel] = {}
        self.bridges: set[str] = set()
        self.bridge_pool = BridgePool(self)
        self.transcript: list[str] = []
        self.sent: list[events.CallEvent] = []
        self._held: list[tuple[float, events.CallEvent]] | None = None
        self.fail: dict[str, Exception] = {}
        self._states: dict[str, str] = {}
        self._switchboard: Switchboard | None = None
        self._agents: AgentBoard | None = None
        self._now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._callers = 0
        self._timers = 0

    def plug_in(
        self,
        switchboard: Switchboard,
        agents: AgentBoard,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Connect the router's side, and tell it the phones' states."""
        self._switchboard, self._agents, self._now = switchboard, agents, now
        for phone in self.phones.values():
            self._set_state(phone, self._states.get(phone.extension, phone.state))

    def unplug(self) -> None:
        """The router is dead: nobody hears what happens, and who calls never gets to it."""
        self._switchboard, self._agents = None, None
        for channel in self.channels.values():
            channel.heard_out |= channel.playbacks

    # The people

    def call(self, number: str, caller: str = "+38160111", name: str = "", at: float = 0.0) -> str:
        """Somebody calls `number` after `at` seconds; returns the alias of his channel."""
        self._callers += 1
        alias = "caller" if self._callers == 1 else f"caller{self._callers}"
        self._later(at, self._arrive, alias, number, caller, name)
        return alias

    def call_and_leave(self, number: str) -> None:
        """Somebody hangs up before Stasis: the dialplan's `h` tells us of him."""
        channel = self.channels["caller"] = FakeChannel("caller", "caller", "Ring")
        self._says(f"caller dialled {number} and left")
        args = ("left", quote(number, safe=""))
        self._send(events.StasisStart(self._snapshot(channel, exten="h"), ENTITY, args))
        self._later(0.01, self._end, channel, Cause.NORMAL_CLEARING)

    def dial_code(self, extension: str, code: str, at: float = 0.0) -> None:
        """Somebody dials a feature code on the phone with this extension."""
        self._later(at, self._dials_code, extension, code)

    def hang_up_at(self, alias: str, at: float) -> None:
        """The person on this channel hangs up after `at` seconds."""
        self._later(at, self._person_leaves, alias)

    def unread(self, at: float, seconds: float) -> None:
        """From `at` on, the router's process stands still for so long, and reads all of it then."""
        self._later(at, self._hold)
        self._later(at + seconds, self._deliver_held)

    def _arrive(self, alias: str, number: str, caller: str, name: str) -> None:
        if self._switchboard is None:
            self._says(f"{alias} {caller} dials {number}, and Asterisk looks after him")
            return
        channel = FakeChannel(alias, alias, "Ring", dialled=number, caller=caller)
        self.channels[alias] = channel
        self._says(f"{alias} {caller} dials {number}")
        self._send(events.StasisStart(self._snapshot(channel, caller, name, number), ENTITY))

    def _dials_code(self, extension: str, code: str) -> None:
        name = f"PJSIP/{extension}-00000001"
        channel = self.channels[name] = FakeChannel(name, name, "Ring")
        self._says(f"{extension} dials {code}")
        snapshot = self._snapshot(channel, extension, exten=code)
        self._send(events.StasisStart(snapshot, ENTITY, ("code",)))

    def _person_leaves(self, alias: str) -> None:
        channel = next((c for c in self.channels.values() if c.alias == alias), None)
        if channel is not None:
            self._says(f"{alias} hangs up")
            snapshot = self._snapshot(channel)
            self._send(events.ChannelHangupRequest(snapshot, ENTITY, Cause.NORMAL_CLEARING))
            self._end(channel, Cause.NORMAL_CLEARING)

    # The router's side

    async def answer(self, channel_id: str) -> None:
        channel = self._asked("answer", channel_id)
        channel.state = "Up"

    async def ring(self, channel_id: str) -> None:
        channel = self._asked("ring", channel_id)
        assert channel.bridge is None, "who is in a talk would hear no ringing"

    async def progress(self, channel_id: str) -> None:
        self._asked("progress", channel_id)

    async def play(self, channel_id: str, playback_id: str, media: str) -> None:
        channel = self._asked("play", channel_id, media.rpartition("/")[2])
        assert channel.bridge is None, "it would wait for the end of the talk"
        channel.playbacks.add(playback_id)
        seconds = self.playback_seconds[media]
        if seconds < float("inf"):
            timer = self._later(seconds, self._played, channel, playback_id)
            channel.timers.append(timer)

    async def stop_playing(self, playback_id: str) -> None:
        playing = (c for c in self.channels.values() if playback_id in c.playbacks)
        channel = next(playing, None)
        self._writes(f"stop playing to {channel.alias if channel else 'gone'}")
        self._maybe_fail("stop_playing")
        if channel is None:
            raise Gone(playback_id)
        self._played(channel, playback_id, "stopped")

    async def start_music(self, channel_id: str, music_class: str) -> None:
        channel = self._asked("music for", channel_id, music_class)
        assert channel.bridge is None, "who is in a talk would hear no music"
        channel.music = True

    async def stop_music(self, channel_id: str) -> None:
        channel = self._asked("no music for", channel_id)
        channel.music = False

    async def contacts(self, channel_id: str, *phones: str) -> list[tuple[str, ...] | AriError]:
        return [self._contacts(channel_id, phone) for phone in phones]

    async def ring_and_contacts(
        self, channel_id: str, *phones: str
    ) -> list[tuple[str, ...] | AriError] | None:
        try:
            await self.ring(channel_id)
        except AriError:
            return None
        found = await self.contacts(channel_id, *phones)
        return None if any(isinstance(each, AriError) for each in found) else found

    def _contacts(self, channel_id: str, phone: str) -> tuple[str, ...] | AriError:
        try:
            self._maybe_fail("contacts")
        except AriError as error:
            return error
        if channel_id not in self.channels:
            return Gone(channel_id)
        count = self.phones[phone.removeprefix("PJSIP/")].contacts
        return tuple(f"{phone}/sip:{n}" if count > 1 else phone for n in range(1, count + 1))

    async def originate(self, *legs: Leg) -> list[AriError | None]:
        return await all_of(map(self._originate, legs), expected=AriError)

    async def _originate(self, leg: Leg) -> None:
        extension, _, contact = leg.endpoint.removeprefix("PJSIP/").partition("/sip:")
        alias = f"{extension}#{contact}" if contact else extension
        self._writes(f"dial {alias}")
        self._maybe_fail("originate")
        if leg.originator not in self.channels:
            raise Gone(leg.originator)
        phone = self.phones[extension]
        if not phone.registered:
            raise NotDialable("Allocation failed")
        behaviour = phone.behaviours[int(contact or 1) - 1]
        channel = FakeChannel(leg.channel_id, alias, "Down", phone)
        self.channels[leg.channel_id] = channel
        match behaviour:
            case Answers(after=after):
                if not behaviour.early_media:
                    self._phone(channel, RING_DELAY, self._rings)
                self._phone(channel, after, self._answers)
                if behaviour.presses:
                    when = after + behaviour.presses_after
                    self._phone(channel, when, self._presses, behaviour.presses)
                if behaviour.talks is not None:
                    self._phone(channel, after + behaviour.talks, self._agent_leaves)
            case Silent():
                self._phone(channel, RING_DELAY, self._rings)
            case Busy(after=after):
                self._phone(channel, after, self._refuses, Cause.USER_BUSY, 486)
            case Declines(after=after):
                self._phone(channel, after, self._refuses, Cause.CALL_REJECTED, 603)
            case Redirects(after=after):
                self._phone(channel, after, self._refuses, Cause.NORMAL_CLEARING, 302)

    async def hang_up(self, channel_id: str, reason: HangupReason = HangupReason.NORMAL) -> None:
        why = "" if reason is HangupReason.NORMAL else f"({reason})"
        channel = self._asked("hang up", channel_id, why)
        self._end(channel, _CAUSES[reason])

    async def create_bridge(self, bridge_id: str) -> None:
        self._maybe_fail("create_bridge")
        self.bridges.add(bridge_id)

    async def add_to_bridge(self, bridge_id: str, *channel_ids: str) -> None:
        names = " and ".join(self._alias(channel_id) for channel_id in channel_ids)
        self._writes(f"connect {names}")
        self._maybe_fail("add_to_bridge")
        if bridge_id not in self.bridges:
            raise NoBridge(bridge_id)
        for channel_id in channel_ids:
            if channel_id not in self.channels:
                raise Gone(channel_id)
            playing = self.channels[channel_id].playbacks - self.channels[channel_id].heard_out
            assert not playing, "it would wait for the playback"
            assert not self.channels[channel_id].music, "he would hear music and a voice"
        within = {each.id for each in self.channels.values() if each.bridge == bridge_id}
        assert within <= {*channel_ids}, "somebody else would hear them"
        for channel_id in channel_ids:
            self.channels[channel_id].bridge = bridge_id

    async def answer_in_bridge(self, bridge_id: str, caller: str, agent: str) -> bool:
        try:
            await self.answer(caller)
            await self.add_to_bridge(bridge_id, caller, agent)
        except AriError:
            return False
        return True

    async def remove_from_bridge(self, bridge_id: str, channel_id: str) -> None:
        channel = self._asked("part", channel_id)
        if channel.bridge != bridge_id:
            raise Gone(channel_id)
        channel.bridge = None

    async def destroy_bridge(self, bridge_id: str) -> None:
        if bridge_id not in self.bridges:
            raise Gone(bridge_id)
        self.bridges.remove(bridge_id)

    async def bridge_is_empty(self, bridge_id: str) -> bool:
        if bridge_id not in self.bridges:
            raise Gone(bridge_id)
        return not any(channel.bridge == bridge_id for channel in self.channels.values())

    async def empty_bridges(self) -> tuple[int, frozenset[str]]:
        empty = [each for each in self.bridges if await self.bridge_is_empty(each)]
        return len(self.bridges), frozenset(empty)

    async def continue_in_dialplan(
        self, channel_id: str, number: str, *, only_speak: bool = False
    ) -> None:
        channel = self._asked("to the dialplan", channel_id, "(sentence)" if only_speak else "")
        self._end(channel, Cause.NORMAL_CLEARING)

    # What a router asks that has just come.

    async def channels_now(self) -> tuple[Channel, ...]:
        return tuple(self._listed(channel) for channel in self.channels.values())

    async def bridges_now(self) -> tuple[events.Bridge, ...]:
        within = {
            bridge: tuple(c.id for c in self.channels.values() if c.bridge == bridge)
            for bridge in self.bridges
        }
        return tuple(events.Bridge(bridge, channels) for bridge, channels in within.items())

    def _listed(self, channel: FakeChannel) -> Channel:
        """As `GET /channels` has it: named for the phone, at its place in the dialplan."""
        if channel.phone is None:
            place = DialplanPosition("from-trunk", channel.dialled, "Stasis", "callrouter,incoming")
            return structs.replace(self._snapshot(channel, channel.caller), dialplan=place)
        account = channel.phone.extension.rpartition("@")[2]
        return structs.replace(self._snapshot(channel), name=f"PJSIP/{account}-00000001")

    # What phones do

    def _rings(self, channel: FakeChannel) -> None:
        channel.state = "Ringing"
        self._says(f"{channel.alias} rings")
        self._send(events.ChannelStateChange(self._snapshot(channel), ENTITY))

    def _answers(self, channel: FakeChannel) -> None:
        channel.state = "Up"
        self._says(f"{channel.alias} answers")
        assert channel.phone is not None
        self._set_state(channel.phone, "INUSE")
        self._send(events.ChannelStateChange(self._snapshot(channel), ENTITY))
        self._send(events.StasisStart(self._snapshot(channel), ENTITY, ("leg", "")))

    def _presses(self, channel: FakeChannel, key: str) -> None:
        self._says(f"{channel.alias} presses {key}")
        self._send(events.ChannelDtmfReceived(self._snapshot(channel), ENTITY, key))

    def _refuses(self, channel: FakeChannel, cause: int, status: int) -> None:
        self._says(f"{channel.alias} says {status}")
        self._end(channel, cause, status)

    def _agent_leaves(self, channel: FakeChannel) -> None:
        self._person_leaves(channel.alias)

    def _phone(
        self, channel: FakeChannel, after: float, act: Callable[..., None], *a: int | str
    ) -> None:
        channel.timers.append(self._later(after, act, channel, *a))

    def _played(self, channel: FakeChannel, playback_id: str, said: str = "played") -> None:
        if channel.id in self.channels and playback_id in channel.playbacks:
            channel.playbacks.remove(playback_id)
            self._says(said)
            playback = events.Playback(playback_id, f"channel:{channel.id}", "done")
            self._send(events.PlaybackFinished(playback, ENTITY))

    # The bookkeeping

    def _end(self, channel: FakeChannel, cause: int, status: int | None = None) -> None:
        """The channel leaves; what it still had to do is off."""
        del self.channels[channel.id]
        for timer in channel.timers:
            timer.cancel()
        snapshot = self._snapshot(channel)
        if channel.phone is None or channel.state == "Up":
            self._send(events.StasisEnd(snapshot, ENTITY))
        if channel.phone is not None:
            self._set_state(channel.phone, channel.phone.state)
            self._send(events.ChannelDestroyed(snapshot, ENTITY, cause, status))

    def _snapshot(
        self, channel: FakeChannel, number: str = "", name: str = "", exten: str = ""
    ) -> Channel:
        return Channel(
            channel.id,
            channel.alias,
            channel.state,
            CallerId(name, number),
            DialplanPosition("from-trunk", exten),
        )

    def _asked(self, what: str, channel_id: str, detail: str = "") -> FakeChannel:
        self._writes(" ".join(filter(None, [what, self._alias(channel_id), detail])))
        self._maybe_fail(what.replace(" ", "_"))
        channel = self.channels.get(channel_id)
        if channel is None:
            raise Gone(channel_id)
        return channel

    def _maybe_fail(self, command: str) -> None:
        if error := self.fail.get(command):
            raise error

    def _alias(self, channel_id: str) -> str:
        channel = self.channels.get(channel_id)
        return channel.alias if channel else ("caller" if channel_id == "caller" else "gone")

    def _set_state(self, phone: Phone, state: str) -> None:
        self._states[phone.extension] = state
        if self._agents is not None and "@" not in phone.extension:
            self._agents.set_state(ENTITY, f"PJSIP/{phone.extension}", state, self._now())

    def _send(self, event: events.CallEvent) -> None:
        self.sent.append(event)
        if self._held is not None:
            self._held.append((self._time(), event))
        elif self._switchboard is not None:
            self._switchboard.deliver(event)

    def _hold(self) -> None:
        self._held = []

    def _deliver_held(self) -> None:
        held, self._held = self._held or [], None
        for sent, event in held:
            if self._switchboard is not None:
                self._switchboard.deliver(structs.replace(event, late=self._time() - sent))

    def _says(self, what: str) -> None:
        self.transcript.append(f"{self._time():7.2f} < {what}")

    def _writes(self, what: str) -> None:
        self.transcript.append(f"{self._time():7.2f} > {what}")

    def _time(self) -> float:
        return asyncio.get_running_loop().time()

    def _later(self, after: float, act: Callable[..., None], *a: object) -> asyncio.TimerHandle:
        self._timers += 1  # what happens at the same time happens in the order it was asked for
        return asyncio.get_running_loop().call_later(after + self._timers * 1e-7, act, *a)
