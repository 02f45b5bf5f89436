"""Software phones: real SIP user agents (baresip) that register, ring, talk and listen.

All phones of a process share one SIP stack: baresip allows one at a time in a process. They have
one SIP port and RTP ports of their own, on 127.0.0.1. Law: a phone does only what it was told;
untold, it rings and does not answer.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from baresip import Account, BaresipError, Call, CallState, Config, Runtime, UserAgent
from baresip.events import Event, StackEvent

from callrouter.concurrency import spawn
from callrouter.local.ports import free_ports, free_range
from callrouter.local.sound import Sound, silence

Tell = Callable[["Phone", str], None]

_FRAME_SECONDS = 0.02
_SAY_AHEAD_SECONDS = 0.1
_MOST_CALLS = 32
_RTP_PORTS = 100
_PORT_ATTEMPTS = 3


@dataclass(slots=True)
class PhoneCall:
    """One call of a phone, with what was heard in it. Seconds are of the event loop's clock."""

    call: Call
    incoming: bool
    began: float
    answered: float | None = None
    ended: float | None = None
    reason: str = ""
    rate: int = 8000
    pcm: bytearray = field(default_factory=bytearray)
    to_say: bytearray = field(default_factory=bytearray)
    established: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Phone:
    """One registered phone. It takes part in one call at a time; `calls` has all it ever had."""

    def __init__(self, agent: UserAgent, name: str, server: str, group: asyncio.TaskGroup) -> None:
        self.name = name
        self.calls: list[PhoneCall] = []
        self._agent = agent
        self._server = server
        self._group = group
        self._answer_after: float | None = None
        self._declines = False
        self._says: Sound | None = None
        self._rings = asyncio.Event()
        self._listeners: list[Tell] = []
        agent.on_incoming(self._on_incoming)

    def on_event(self, tell: Tell) -> None:
        """`tell(phone, what)` is called with `rings`, `answered`, `is answered`, `call over…`."""
        self._listeners.append(tell)

    def _tell(self, what: str) -> None:
        for tell in self._listeners:
            tell(self, what)

    async def register(self) -> None:
        """Raises baresip.RegistrationError, with the SIP status."""
        await self._agent.register()

    async def unregister(self) -> None:
        """From then on it is not rung. Nothing happens if it never registered."""
        await self._agent.unregister()

    def answer_after(self, seconds: float, *, saying: Sound | None = None) -> None:
        """From now on: ring `seconds`, answer, and say something."""
        self._answer_after, self._declines, self._says = seconds, False, saying

    def decline(self) -> None:
        """From now on: answer every call with 486 Busy Here."""
        self._answer_after, self._declines = None, True

    def just_ring(self) -> None:
        """From now on: ring and do not answer."""
        self._answer_after, self._declines = None, False

    async def dial(self, number: str, *, saying: Sound | None = None) -> PhoneCall:
        """Call `number` over the server; returns when the INVITE is on its way."""
        call = await self._agent.dial(f"sip:{number}@{self._server}")
        return self._follow(call, incoming=False, saying=saying)

    def say(self, sound: Sound) -> None:
        """Say `sound` after what is still being said; the call need not be answered yet."""
        call = self.current()
        call.to_say += sound.at(call.rate).samples.tobytes()

    def heard(self) -> Sound:
        """Everything heard in the newest call so far, from its first audio on."""
        call = self.calls[-1]
        return Sound.of_bytes(bytes(call.pcm), call.rate)

    def current(self) -> PhoneCall:
        """The newest call. Raises LookupError when there has not been one."""
        if not self.calls:
            raise LookupError(f"phone {self.name} has had no call")
        return self.calls[-1]

    async def answer(self) -> None:
        """Pick up now."""
        with suppress(BaresipError):  # the caller has just left
            await self.current().call.answer()

    async def hang_up(self) -> None:
        """End the newest call; nothing happens when it is over."""
        with suppress(BaresipError):
            await self.current().call.hangup()

    async def wait_ringing(self, *, seconds: float = 30.0) -> PhoneCall:
        """Wait for the next incoming call (or take the one that is ringing now)."""
        async with asyncio.timeout(seconds):
            await self._rings.wait()
        return self.current()

    async def wait_established(self, *, seconds: float = 30.0) -> None:
        """Wait until the newest call is answered.

        Raises TimeoutError, or BaresipError with the reason if it ends unanswered.
        """
        call = self.current()
        async with asyncio.timeout(seconds):
            await call.established.wait()
        if call.answered is None:
            raise BaresipError(f"phone {self.name}: not answered: {call.reason}")

    async def wait_ended(self, *, seconds: float = 30.0) -> str:
        """Wait until the newest call is over; returns the reason, such as `486 Busy Here`."""
        call = self.current()
        async with asyncio.timeout(seconds):
            await call.over.wait()
        return call.reason

    def _on_incoming(self, call: Call) -> None:
        followed = self._follow(call, incoming=True, saying=self._says)
        self._rings.set()
        self._tell("rings")
        if self._declines:
            spawn(self._group, self._reject(call), name=f"phone {self.name} declines")
        elif self._answer_after is not None:
            work = self._answer_later(followed, self._answer_after)
            spawn(self._group, work, name=f"phone {self.name} answers")

    def _follow(self, call: Call, *, incoming: bool, saying: Sound | None) -> PhoneCall:
        now = asyncio.get_running_loop().time()
        followed = PhoneCall(call, incoming, now)
        if saying:
            followed.to_say += saying.at(followed.rate).samples.tobytes()
        self.calls.append(followed)
        call.on(lambda event: self._on_event(followed, event))
        if call.state is CallState.ESTABLISHED:  # answered before we listened
            self._established(followed)
        spawn(self._group, self._carry_audio(followed), name=f"phone {self.name} audio")
        return followed

    def _on_event(self, call: PhoneCall, event: StackEvent) -> None:
        if event.event is Event.CALL_ESTABLISHED:
            self._established(call)
        elif event.event is Event.CALL_CLOSED:
            call.ended, call.reason = asyncio.get_running_loop().time(), event.text or ""
            self._rings.clear()
            call.over.set()
            call.established.set()
            self._tell(f"call over{': ' + call.reason if call.reason else ''}")

    def _established(self, call: PhoneCall) -> None:
        if call.answered is None:
            call.answered = asyncio.get_running_loop().time()
            call.established.set()
            self._rings.clear()
            self._tell("answered" if call.incoming else "is answered")

    async def _answer_later(self, call: PhoneCall, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await call.over.wait()
        if call.call.state is CallState.INCOMING:
            with suppress(BaresipError):
                await call.call.answer()

    async def _reject(self, call: Call) -> None:
        with suppress(BaresipError):
            await call.reject()

    async def _carry_audio(self, call: PhoneCall) -> None:
        """Take what arrives, hand over what is to be said, until the call is over."""
        while not call.over.is_set():
            with suppress(BaresipError):  # no audio yet, or it has just been renegotiated
                self._exchange_audio(call)
            await asyncio.sleep(_FRAME_SECONDS)

    def _exchange_audio(self, call: PhoneCall) -> None:
        audio = call.call.audio
        info = audio.info()
        if info.rx_ready:
            arrived = audio.read(max(2, info.rx_buffered))
            call.pcm += Sound.of_bytes(arrived, info.rx_sample_rate).at(call.rate).samples.tobytes()
        if info.tx_ready and call.to_say and call.answered is not None:
            frame = round(_SAY_AHEAD_SECONDS * info.tx_sample_rate) * 2 - info.tx_buffered
            if frame > 0:
                taken = audio.write(bytes(call.to_say[:frame]))
                del call.to_say[:taken]


class Phones:
    """The phones of this process."""

    def __init__(self, runtime: Runtime, group: asyncio.TaskGroup) -> None:
        self._runtime = runtime
        self._group = group
        self._phones: list[Phone] = []

    async def add(self, name: str, secret: str, *, server: str) -> Phone:
        """A phone with the account `name` at `server` (`127.0.0.1:5060`), not yet registered."""
        account = Account(
            user=name,
            domain=server,
            password=secret,
            audio_codecs=("pcma", "pcmu"),  # both ends at 8 kHz, what most trunks speak
            reg_interval=300,
        )
        phone = Phone(await UserAgent.create(self._runtime, account), name, server, self._group)
        self._phones.append(phone)
        return phone

    async def _leave(self) -> None:
        for phone in self._phones:
            for call in phone.calls:
                if not call.over.is_set():
                    with suppress(BaresipError):
                        await call.call.hangup()
                    with suppress(TimeoutError):
                        async with asyncio.timeout(1.0):
                            await call.over.wait()
                    call.over.set()
            with suppress(BaresipError):
                await phone.unregister()


@asynccontextmanager
async def software_phones(*, address: str = "127.0.0.1") -> AsyncIterator[Phones]:
    """Phones on free ports of `address`; at the end they hang up and unregister.

    Only one such block can be open in a process at a time. Must be left by the task that entered
    it.
    """
    logging.getLogger("baresip").setLevel(os.environ.get("CALLROUTER_PHONES_LOG", "CRITICAL"))
    runtime = await _started_runtime(address)
    try:
        failure: Exception | None = None
        async with asyncio.TaskGroup() as group:
            phones = Phones(runtime, group)
            try:
                yield phones
            except Exception as error:  # raised below as it is, not wrapped by the group
                failure = error
            finally:
                await phones._leave()
        if failure is not None:
            raise failure
    finally:
        await runtime.close()


async def _started_runtime(address: str) -> Runtime:
    """baresip on ports of its own; another program may take a free port before we do."""
    first, last = free_range(_RTP_PORTS)
    for attempts_left in reversed(range(_PORT_ATTEMPTS)):
        runtime = Runtime(native_log_level="error")
        lines = [f"sip_listen {address}:{free_ports(1)[0]}", f"rtp_ports {first}-{last}", ""]
        config = Config(
            net_interface=address,
            max_concurrent_calls=_MOST_CALLS,
            extra_config_text="\n".join(lines),
        )
        try:
            await runtime.start(config)
        except BaresipError:
            if not attempts_left:
                raise
        else:
            return runtime
    raise AssertionError("unreachable")


__all__ = ["Phone", "PhoneCall", "Phones", "silence", "software_phones"]
