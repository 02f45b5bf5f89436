"""Listening to one Asterisk: hand its events on, and keep it prepared for our calls.

The law: whoever is connected gets prepared, however often that fails; `ready` says that it is.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Never, TypeAlias

from callrouter.ari import events
from callrouter.ari.client import AriClient
from callrouter.ari.errors import AriError, Refused, Unavailable, UnfitAsterisk
from callrouter.asterisk_conf.net import DIALPLAN, NET_MODULES
from callrouter.calls.agents import AgentBoard
from callrouter.calls.remains import Remains
from callrouter.concurrency import first_error, spawn
from callrouter.listening.absences import keep_absences
from callrouter.listening.catching_up import CatchingUp, report_restart
from callrouter.listening.history import History, NoHistory, Unheard
from callrouter.listening.inheritance import Inheritance
from callrouter.listening.phone_states import PhoneStates
from callrouter.switchboard import Switchboard

log = logging.getLogger(__name__)

RETRY_FIRST_SECONDS = 0.2
RETRY_MOST_SECONDS = 5.0

UNNOTICED = timedelta(seconds=15)
"""How long, at most, a socket may be dead before that is noticed; its heartbeat is quicker."""

BEFORE_US = timedelta(minutes=5)
"""The router before us may have died so long ago, with the last it heard unwritten."""


Waiting: TypeAlias = dict[events.ChannelRef, list[events.CallEvent]]
"""What happened to callers who are not let in yet, in order."""


class OtherRouter(Exception):
    """Another program has taken over our Stasis application: we must stop acting."""


class AsteriskListener:
    """Listens to one Asterisk for as long as it runs; `ready` is set while we hear it.

    `siblings` are all listeners of the router; `history` is what this Asterisk writes down itself,
    and `unheard` the time for which nobody has looked there yet. `unusable` is set while this
    Asterisk is too old, does not let us in, or cannot be told from a sibling's.
    """

    def __init__(
        self,
        client: AriClient,
        switchboard: Switchboard,
        agents: AgentBoard,
        siblings: "Sequence[AsteriskListener]",
        phones: Callable[[], Iterable[str]],
        bridges_in_use: Callable[[], set[str]],
        adopt: Callable[[AriClient, events.Bridge], None],
        inheritance: Inheritance,
        take_up: Callable[[AriClient, Remains], None],
    ) -> None:
        self.client = client
        self.ready = asyncio.Event()
        self.unusable: AriError | None = None
        self.history: History = NoHistory()
        self.unheard: Unheard | None = Unheard(datetime.now(UTC) - BEFORE_US)
        self._switchboard = switchboard
        self._agents = agents
        self._siblings = siblings
        self._phones = phones
        self._bridges_in_use = bridges_in_use
        self._adopt = adopt
        self._inheritance = inheritance
        self._take_up = take_up
        self._states = PhoneStates(client, agents)
        self._modules: set[str] = set()
        self._asked = asyncio.Event()
        self._hears: str | None = None
        self._connected: events.Connected | None = None
        self._prepared: events.Connected | None = None
        self._said = ""
        self._callers_wait: Waiting | None = None
        self._preparing: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Raises `OtherRouter`, and `AriError` when no Asterisk is left that can be used."""
        while True:
            try:
                await self._listen()
            except ExceptionGroup as group:
                error = first_error(group)
                if not isinstance(error, UnfitAsterisk | Refused):
                    raise error from None
                self._deaf()
                self.unusable = error
                if all(each.unusable for each in self._siblings):
                    raise error from None
                self._say(logging.ERROR, str(error))
            await asyncio.sleep(RETRY_MOST_SECONDS)

    def phones_changed(self, modules: Iterable[str] = ()) -> None:
        """Watch the phones anew, after these Asterisk modules have read their files again."""
        self._modules.update(modules)
        self._asked.set()

    async def _listen(self) -> None:
        async with asyncio.TaskGroup() as group:
            spawn(group, self.client.requests.keep_time(), name=f"keep time of {self.client.url}")
            await self.client.listen(lambda event: self._hear(event, group))

    def _hear(self, event: events.Event, group: asyncio.TaskGroup) -> None:
        match event:
            case events.Connected():
                self._greet(event)
                name = f"prepare {self.client.url}"
                self._preparing = spawn(group, self._keep_prepared(event), name=name)
            case events.Disconnected():
                self._deaf()
                self._say(logging.WARNING, f"not connected: {event.reason}")
                if self._preparing is not None:
                    self._preparing.cancel()
            case events.ApplicationReplaced():
                self._stop_acting()
            case events.DeviceStateChanged(device_state=device):
                entity_id, now = self.client.entity_id, datetime.now(UTC)
                self._agents.set_state(entity_id, device.name, device.state, now)
            case events.ChannelStateChange(channel=channel) if channel.state != "Ringing":
                pass  # an answer comes as StasisStart, an end as ChannelDestroyed: no call wakes
            case _ if self._callers_wait is not None and self._waits(event, self._callers_wait):
                pass
            case _:
                self._switchboard.deliver(event)

    def _waits(self, event: events.CallEvent, waiting: Waiting) -> bool:
        """Whether a new caller came before we know who is on a call: he waits for that.

        What he does meanwhile waits behind him: he may leave again.
        """
        if isinstance(event, events.StasisStart) and not self._switchboard.owns(event.ref):
            waiting.setdefault(event.ref, [])
        if event.ref not in waiting:
            return False
        waiting[event.ref].append(event)
        return True

    def _let_in(self) -> None:
        waiting, self._callers_wait = self._callers_wait or {}, None
        for told in waiting.values():
            for event in told:
                self._switchboard.deliver(event)

    def _stop_acting(self) -> Never:
        """At once, on every Asterisk: what our calls still meant to ask is not ours any more."""
        reason = f"another router has taken over the application {self.client.app!r}"
        for each in self._siblings:
            each.client.stop_acting(reason)
        raise OtherRouter(f"{self.client.url}: {reason}; this one stops")

    def _greet(self, connected: events.Connected) -> None:
        """Note which Asterisk this is, and whether it is still the one of before."""
        entity_id = connected.entity_id
        for each in self._siblings:
            if each is not self and each._hears == entity_id:
                raise UnfitAsterisk(
                    f"{self.client.url}: has the entity id of {each.client.url}; "
                    "give each Asterisk server its own (entityid in asterisk.conf)"
                )
        self._hears = entity_id
        self._callers_wait = {}
        self.unusable = None
        self._said = ""
        log.info("%s: connected, %s", self.client.url, entity_id)
        before, self._connected = self._connected, connected
        if before is not None and before != connected:
            report_restart(self._switchboard, before.entity_id)
            self.client.bridge_pool.forget()

    def _deaf(self) -> None:
        self.ready.clear()
        self._callers_wait = None  # whoever is still there is found when we look around
        if self._hears is not None:
            self._agents.unheard(self._hears)
        self._hears = None
        since = datetime.now(UTC) - UNNOTICED
        self.unheard = Unheard(min(since, self.unheard.since) if self.unheard else since)

    async def _keep_prepared(self, connected: events.Connected) -> None:
        """Prepare this Asterisk, then again whenever `phones_changed`, until cancelled."""
        self._asked.clear()
        await self._until_done(lambda: self._prepare(connected))
        self.ready.set()
        if self.unheard is not None:
            self.unheard = replace(self.unheard, until=datetime.now(UTC))
        log.info("%s: prepared", self.client.url)
        async with asyncio.TaskGroup() as group:
            spawn(group, keep_absences(self.client, self._agents), name="tell who is absent")
            spawn(group, self.client.bridge_pool.run(), name="look into bridges")
            while True:
                await self._asked.wait()
                self._asked.clear()
                await self._until_done(self._refresh)

    async def _until_done(self, work: Callable[[], Awaitable[None]]) -> None:
        pause = RETRY_FIRST_SECONDS
        while True:
            try:
                return await work()
            except AriError as error:
                self._say(logging.ERROR, f"could not be prepared, trying again: {error}")
            await asyncio.sleep(pause)
            pause = min(pause * 2, RETRY_MOST_SECONDS)

    async def _prepare(self, connected: events.Connected) -> None:
        client = self.client
        catching_up = CatchingUp(
            client,
            self._switchboard,
            self._bridges_in_use,
            lambda bridge: self._adopt(client, bridge),
            self._inheritance,
            lambda remains: self._take_up(client, remains),
            self.history,
            heard_before=self._prepared == connected,
        )
        try:
            told = await catching_up.tell()
            await client.filter_events()
            await self._refresh()
        finally:
            client.go_on()
            self._let_in()
        await catching_up.run(told)
        self._prepared = connected

    async def _refresh(self) -> None:
        if DIALPLAN in self._modules:
            await self._load(NET_MODULES)
        for module in sorted(self._modules, reverse=True):  # phones first, then who dials them
            self._modules.discard(module)  # now: it may be asked for again while we wait
            try:
                await self.client.reload_module(module)
            except (Unavailable, asyncio.CancelledError):  # who is deaf prepares it anew
                self._modules.add(module)
                raise
            except AriError as error:
                log.error("%s: %s was not reloaded: %s", self.client.url, module, error)
        await self._states.watch(self._phones())

    async def _load(self, modules: Iterable[str]) -> None:
        """What the dialplan needs: Asterisk may have been started before it needed it."""
        for module in modules:
            try:
                await self.client.load_module(module)
            except Unavailable:
                raise
            except AriError as error:
                log.error("%s: %s was not loaded: %s", self.client.url, module, error)

    def _say(self, level: int, what: str) -> None:
        """Once, until something else happens."""
        if what != self._said:
            self._said = what
            log.log(level, "%s: %s", self.client.url, what)
