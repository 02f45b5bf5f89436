"""The calls in progress: one task for each caller, on every Asterisk we listen to."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from callrouter.ari import events
from callrouter.ari.client import AriClient
from callrouter.ari.commands import Commands
from callrouter.ari.errors import AriError
from callrouter.ari.events import Bridge, ChannelRef
from callrouter.call_requests import Answer, CallRequest
from callrouter.calls.agents import AgentBoard
from callrouter.calls.call import Call
from callrouter.calls.feature_code import FeatureCodeCall, is_feature_code, obey
from callrouter.calls.gate import Gate
from callrouter.calls.inbox import (
    EndRequested,
    InboxEvent,
    MoveRequested,
    RouterStopping,
    TakenOver,
)
from callrouter.calls.live_changes import LiveChanges
from callrouter.calls.remains import Remains
from callrouter.calls.requests import OVER
from callrouter.calls.session import CallSession
from callrouter.calls.surroundings import Ledger, Surroundings
from callrouter.concurrency import all_of, first_error, first_of, spawn
from callrouter.listening.inheritance import Inheritance, Unfinished, nothing_unfinished
from callrouter.listening.left_behind import LeftBehind
from callrouter.listening.listener import AsteriskListener, OtherRouter
from callrouter.load_watch import LoadWatch
from callrouter.routing.model import Agent, RoutingTable, Sentence
from callrouter.switchboard import Switchboard

log = logging.getLogger(__name__)

LAST_WORDS_SECONDS = 5.0
"""How long calls that are cut off at the end may take to clean up."""

_REMEMBERED_CALLERS = 2_000


class Router:
    """Handles calls by `table`, which may be replaced at any time with `use`.

    `run` returns when `stop` was called and the calls had their time; raises `OtherRouter` when
    another program takes over, `AriError` when no Asterisk is left that can be used.
    """

    def __init__(
        self,
        clients: list[AriClient],
        table: RoutingTable,
        ledger: Ledger,
        unfinished: Unfinished = nothing_unfinished,
    ) -> None:
        self.table = self._compiled = table
        self.agents = AgentBoard()
        self.live = LiveChanges(self.agents)
        self.gate = Gate()
        self.switchboard = Switchboard(self._take_in, self._orphan)
        self._inheritance = Inheritance(unfinished)
        self.listeners: list[AsteriskListener] = []
        self.listeners.extend(self._listener(client) for client in clients)
        self._surroundings = Surroundings(
            self.switchboard, self.agents, ledger, lambda: datetime.now(UTC)
        )
        self._calls: dict[asyncio.Task[None], Call] = {}
        self._codes: dict[asyncio.Task[None], FeatureCodeCall] = {}
        self._left_behind: dict[asyncio.Task[None], LeftBehind] = {}
        self._met: dict[ChannelRef, None] = {}
        self._over: dict[UUID, None] = {}
        self._group: asyncio.TaskGroup | None = None
        self._stop_asked = asyncio.Event()
        self._hurry = asyncio.Event()
        self._drain_seconds = 0.0

    async def run(self) -> None:
        """Listen and handle calls until stopped."""
        failure: BaseException | None = None
        async with asyncio.TaskGroup() as calls:
            self._group = calls
            try:
                await self._listen_until_stopped()
            except* Exception as group:
                failure = first_error(group)
                over = isinstance(failure, OtherRouter)
                self._tell_all(TakenOver() if over else RouterStopping())
                self._wait_for_nobody()
        if failure is not None:
            raise failure

    def stop(self, drain_seconds: float) -> None:
        """Take no new calls, let those in progress finish for so long, then end `run`.

        Asked again, it does not wait any longer.
        """
        if self._stop_asked.is_set():
            self._hurry.set()
        self._drain_seconds = drain_seconds
        self._stop_asked.set()

    async def asked_to_stop(self) -> None:
        """Returns when `stop` was called."""
        await self._stop_asked.wait()

    async def ready(self) -> None:
        """Returns when the first Asterisk is heard and prepared."""
        await first_of([listener.ready.wait() for listener in self.listeners])

    def use(self, table: RoutingTable, modules: Iterable[str] = ()) -> RoutingTable:
        """Route new calls by `table`; calls in progress keep the one they came with.

        Each Asterisk reads the files of `modules` again, when it can. Returns the table before.
        """
        before, self._compiled = self._compiled, table
        self.amend()
        for listener in self.listeners:
            listener.phones_changed(modules)
        return before

    def amend(self) -> None:
        """Route by what people have changed since the table was compiled."""
        self.table = self.live.amended(self._compiled)

    @property
    def stopping(self) -> bool:
        """Whether no new calls are taken any more."""
        return self._stop_asked.is_set()

    def knows(self, call_id: UUID) -> bool:
        """Whether this call is, or lately was, in progress here."""
        return call_id in self._over or self._call(call_id) is not None

    def steer(self, request: CallRequest, tell: Callable[[Answer], None]) -> None:
        """Let the call know what a supervisor wants of it; `tell`, which never waits, is told."""
        call = self._call(request.call_id)
        if call is None:
            tell(OVER)
        elif request.target is None:
            call.requests.hand(EndRequested(request.by, self.table, tell))
        else:
            call.requests.hand(MoveRequested(request.by, self.table, tell, request.target))

    def _call(self, call_id: UUID) -> Call | None:
        return next((call for call in self._calls.values() if call.id == call_id), None)

    @property
    def calls(self) -> int:
        """How many calls are in progress."""
        return len(self._calls)

    def _listener(self, client: AriClient) -> AsteriskListener:
        return AsteriskListener(
            client,
            self.switchboard,
            self.agents,
            self.listeners,
            phones=self._phones,
            bridges_in_use=self._bridges_in_use,
            adopt=self._adopt,
            inheritance=self._inheritance,
            take_up=self._take_up,
        )

    async def _listen_until_stopped(self) -> None:
        async with asyncio.TaskGroup() as listening:
            listeners = [
                spawn(listening, listener.run(), name=f"listen to {listener.client.url}")
                for listener in self.listeners
            ]
            clients = [each.client for each in self.listeners]
            watch = LoadWatch(self.gate.overload, self._max_lag_seconds, clients)
            listeners.append(spawn(listening, watch.run(), name="watch the load"))
            await self._stop_asked.wait()
            await self._drain()
            for listener in listeners:
                listener.cancel()

    def _max_lag_seconds(self) -> float:
        return self.table.limits.max_lag_seconds

    async def _drain(self) -> None:
        if self._calls:
            log.info("%d calls in progress have %g s", len(self._calls), self._drain_seconds)
            calls = set(self._calls)
            await first_of([_wait_for(calls, self._drain_seconds), self._hurry.wait()])
        if self._calls:
            log.warning("letting go of %d calls", len(self._calls))
        self._tell_all(RouterStopping())
        await _wait_for({*self._calls, *self._codes}, LAST_WORDS_SECONDS)
        self._wait_for_nobody()
        await all_of([each.client.bridge_pool.clear() for each in self.listeners])

    def _wait_for_nobody(self) -> None:
        """Ask an Asterisk that is not heard for nothing more: it may be away for long."""
        for each in self.listeners:
            if each.client.requests.held:
                each.client.stop_acting("the router has stopped, and Asterisk is not heard")

    def _tell_all(self, event: InboxEvent) -> None:
        inboxes = [each.inbox for each in self._calls.values()]
        inboxes += [each.inbox for each in self._left_behind.values()]
        inboxes += [each.inbox for each in self._codes.values()]
        for inbox in inboxes:
            inbox.put(event)

    def _phones(self) -> tuple[str, ...]:
        return tuple(phone for agent in self.table.agents.values() for phone in agent.phones)

    def _bridges_in_use(self) -> set[str]:
        behind = {each.bridge_id for each in self._left_behind.values()}
        return behind.union(*(each.client.bridge_pool.ids for each in self.listeners))

    def _adopt(self, client: AriClient, bridge: Bridge) -> None:
        if self._group is not None and not self._stop_asked.is_set():
            behind = LeftBehind(bridge, client, self.switchboard)
            task = spawn(self._group, behind.run(), name=f"left behind in {bridge.id}")
            self._left_behind[task] = behind
            task.add_done_callback(lambda done: self._left_behind.pop(done, None))

    def _take_in(self, start: events.StasisStart) -> None:
        try:
            self._new_caller(start)
        except Exception:  # a bug: this caller hears that nobody is there, no other is harmed
            log.exception("channel %s could not be taken in", start.channel.id)
            if (commands := self._commands(start.asterisk_id)) is not None:
                number = start.channel.dialplan.exten
                told = commands.continue_in_dialplan(start.channel.id, number, only_speak=True)
                self._dismiss(told, start)

    def _new_caller(self, start: events.StasisStart) -> None:
        commands = self._commands(start.asterisk_id)
        if commands is None or self._group is None:
            log.error("channel %s is on an unknown Asterisk: %r", start.channel.id, start.ref)
            return
        if start.replace_channel is not None:
            self._end_pickup(commands, start, start.replace_channel.id)
            return
        if self._stop_asked.is_set() or start.ref in self._met:
            self._dismiss(
                commands.continue_in_dialplan(start.channel.id, start.channel.dialplan.exten), start
            )
            return
        if is_feature_code(self.table, start):
            self._meet(start.ref)
            self._new_feature_code(start, commands, self._group)
            return
        self._begin(start, commands, self._group)

    def _take_up(self, client: AriClient, remains: Remains) -> None:
        """Go on with a call of a router before us."""
        if self._group is not None and not self._stop_asked.is_set():
            self._begin(remains.start, client, self._group, remains)

    def _begin(
        self,
        start: events.StasisStart,
        commands: Commands,
        group: asyncio.TaskGroup,
        remains: Remains | None = None,
    ) -> None:
        self._meet(start.ref)
        call = Call(start, commands, self._surroundings, remains)
        self.gate.admit(self.table, call, start.channel.name, len(self._calls), remains)
        session = CallSession(call, self.table, remains)
        task = spawn(group, session.run(), name=f"call {call.id}")
        self._calls[task] = call
        task.add_done_callback(self._call_over)

    def _meet(self, ref: ChannelRef) -> None:
        """Nobody's call begins twice."""
        self._met[ref] = None
        if len(self._met) > _REMEMBERED_CALLERS:
            del self._met[next(iter(self._met))]

    def _call_over(self, done: asyncio.Task[None]) -> None:
        call = self._calls.pop(done)
        self.gate.left(call.id)
        self._over[call.id] = None
        if len(self._over) > _REMEMBERED_CALLERS:
            del self._over[next(iter(self._over))]

    def _new_feature_code(
        self, start: events.StasisStart, commands: Commands, group: asyncio.TaskGroup
    ) -> None:
        code = FeatureCodeCall(start, commands, self.switchboard, self._obey, self.table)
        task = spawn(group, code.run(), name=f"feature code on {start.channel.id}")
        self._codes[task] = code
        task.add_done_callback(lambda done: self._codes.pop(done, None))

    def _obey(self, agent: Agent | None, dialled: str) -> Sentence:
        sentence = obey(self.table, agent, dialled, self.live, datetime.now(UTC))
        self.amend()
        return sentence

    def _end_pickup(self, commands: Commands, start: events.StasisStart, replaced: str) -> None:
        """A phone has taken somebody's place in a call, where our record would not see it.

        Asterisk obeys although transfers are forbidden. The one who was replaced would sit in
        silence: it is as if he had hung up.
        """
        log.warning("channel %s took the place of %s: both are hung up", start.channel.id, replaced)
        for channel_id in (replaced, start.channel.id):
            self._dismiss(commands.hang_up(channel_id), start)

    def _orphan(self, start: events.StasisStart) -> None:
        """A leg nobody waits for: its call is over, or belonged to a router that died."""
        if self._inheritance.awaits(start.channel.id):
            return  # its call is about to be taken up
        if commands := self._commands(start.asterisk_id):
            self._dismiss(commands.hang_up(start.channel.id), start)

    def _dismiss(self, request: Coroutine[Any, Any, None], start: events.StasisStart) -> None:
        """Send a channel away on which no call will ever wait."""

        async def dismiss() -> None:
            try:
                await request
            except AriError as error:
                log.debug("channel %s: %s", start.channel.id, error)

        if self._group is not None:
            spawn(self._group, dismiss(), name=f"dismiss {start.channel.id}")

    def _commands(self, entity_id: str) -> Commands | None:
        return next((c.client for c in self.listeners if c.client.entity_id == entity_id), None)


async def _wait_for(tasks: set[asyncio.Task[None]], seconds: float) -> None:
    if tasks:
        await asyncio.wait(tasks, timeout=seconds)
