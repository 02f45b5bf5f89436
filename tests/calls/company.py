"""The company of the scenarios on the in-memory Asterisk, in virtual time."""

import asyncio
import weakref
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from callrouter.ari.bridges import LOOK_SECONDS, BridgePool
from callrouter.ari.events import StasisStart
from callrouter.call_record import CallRecord, record_of
from callrouter.call_requests import Answer
from callrouter.calls.agents import AgentBoard
from callrouter.calls.call import Call
from callrouter.calls.inbox import EndRequested, InboxEvent, MoveRequested
from callrouter.calls.remains import Remains
from callrouter.calls.session import CallSession
from callrouter.calls.surroundings import Surroundings
from callrouter.concurrency import beside, spawn
from callrouter.config.load import load_file
from callrouter.db.orphans import interrupted
from callrouter.facts import Ended, Fact, Stage
from callrouter.listening.catching_up import CatchingUp
from callrouter.listening.history import History, NoHistory
from callrouter.listening.inheritance import Inheritance
from callrouter.routing.model import (
    IncomingCallSettings,
    Prompt,
    RoutingTable,
    Sentence,
    Target,
)
from callrouter.switchboard import Switchboard
from tests.calls.scenarios import GREETING_SECONDS
from tests.fakes import clock
from tests.fakes.asterisk import FakeAsterisk
from tests.fakes.phones import Phone

MONDAY_TEN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""Monday 10:00 in Belgrade, where the scenarios' company is."""

PLAYBACKS = {
    "/prompts/greeting": GREETING_SECONDS,
    "/prompts/busy": 1.5,
    "/prompts/unavailable": 2.5,
    "/prompts/closed": 1.25,
    "/prompts/one_moment": 1.0,
    "/prompts/confirm": 2.0,
}
"""What is said, and how long it lasts on the in-memory Asterisk."""


NEVER_SECONDS = 60.0
"""A stage that a call has not come to by then, it does not come to."""


class Listed:
    """The in-memory Asterisk as the client that a new router asks what there is."""

    app = "callrouter"

    def __init__(self, asterisk: FakeAsterisk) -> None:
        self.entity_id = asterisk.entity_id
        self.channels, self.bridges = asterisk.channels_now, asterisk.bridges_now
        self.hang_up, self.destroy_bridge = asterisk.hang_up, asterisk.destroy_bridge
        self.continue_in_dialplan = asterisk.continue_in_dialplan

    def go_on(self) -> None: ...


class Book:
    """A ledger in memory."""

    def __init__(self) -> None:
        self.facts: dict[UUID, list[Fact]] = {}

    def append(self, call_id: UUID, fact: Fact) -> None:
        facts = self.facts.setdefault(call_id, [])
        assert not (facts and isinstance(facts[-1], Ended)), f"a fact after the end: {fact}"
        facts.append(fact)

    def close(self) -> None:
        """What a router does in the end with calls of which nothing is left."""
        for facts in self.facts.values():
            if not isinstance(facts[-1], Ended):
                facts += interrupted(facts[-1].at, facts[-1].at)

    def resume(self, call_id: UUID, facts: Sequence[Fact]) -> None:
        assert self.facts[call_id] == list(facts)


@cache
def company() -> RoutingTable:
    """The table of `tests/data/scenarios.yaml`, its messages as if rendered."""
    path = Path(__file__).parent.parent / "data" / "scenarios.yaml"
    table = load_file(path).table
    settings = {name: _rendered(each) for name, each in table.settings.items()}
    sentences = {Sentence.CONFIRM: _prompt(table.sentences[Sentence.CONFIRM], "confirm")}
    return replace(table, settings=settings, sentences=sentences)


def _prompt(message: Prompt, name: str) -> Prompt:
    media = f"/prompts/{name}"
    return replace(message, media=media, seconds=PLAYBACKS[media])


def _rendered(settings: IncomingCallSettings) -> IncomingCallSettings:
    def prompt(message: Prompt | None, name: str) -> Prompt | None:
        return message and _prompt(message, name)

    return replace(
        settings,
        greeting_message=prompt(settings.greeting_message, "greeting"),
        agent_busy_message=prompt(settings.agent_busy_message, "busy"),
        agent_unavailable_message=prompt(settings.agent_unavailable_message, "unavailable"),
        closed_message=prompt(settings.closed_message, "closed"),
        follow_on=tuple(
            replace(each, message=prompt(each.message, "one_moment")) for each in settings.follow_on
        ),
    )


@dataclass
class Day:
    """What came of it: the records in the order of the calls' arrival, and the transcript."""

    records: list[CallRecord]
    transcript: list[str]
    facts: list[list[Fact]]
    told: list[Answer] = field(default_factory=list)
    asked_at: list[datetime] = field(default_factory=list)

    @property
    def record(self) -> CallRecord:
        (record,) = self.records
        return record


class Company:
    """One router's calls on one in-memory Asterisk."""

    def __init__(self, phones: list[Phone], playbacks: dict[str, float]) -> None:
        self.table = company()
        self.asterisk = FakeAsterisk(phones, dict(playbacks))
        self.agents = AgentBoard()
        self.book = Book()
        self.switchboard = Switchboard(self._new_caller, lambda orphan: None)
        self.asterisk.plug_in(self.switchboard, self.agents, self.now)
        self.calls: list[Call] = []
        self.told: list[Answer] = []
        self.asked_at: list[datetime] = []
        self._group: asyncio.TaskGroup | None = None
        self._sessions: list[asyncio.Task[None]] = []
        self._surroundings = Surroundings(self.switchboard, self.agents, self.book, self.now)

    def now(self) -> datetime:
        return MONDAY_TEN + timedelta(seconds=asyncio.get_running_loop().time())

    def _new_caller(self, start: StasisStart, remains: Remains | None = None) -> None:
        assert self._group is not None
        call = Call(start, self.asterisk, self._surroundings, remains)
        self.calls.append(call)
        session = CallSession(call, self.table, remains)
        self._sessions.append(spawn(self._group, session.run(), name=f"call {call.id}"))

    def kill(self, unwritten: int = 0) -> None:
        """The router dies at once; the newest facts of each call were not written yet."""
        self.asterisk.unplug()
        for session in self._sessions:
            session.cancel()
        self._sessions.clear()
        self.calls.clear()
        if unwritten:
            for facts in self.book.facts.values():
                if not isinstance(facts[-1], Ended):
                    del facts[max(1, len(facts) - unwritten) :]

    async def start_again(
        self, prepare: Callable[[], None] = lambda: None, history: History | None = None
    ) -> None:
        """Another process of the router: it knows what was written, and what Asterisk shows."""
        self.agents = AgentBoard()
        self.switchboard = Switchboard(self._new_caller, lambda orphan: None)
        self.asterisk.bridge_pool = BridgePool(self.asterisk)
        self.asterisk.plug_in(self.switchboard, self.agents, self.now)
        self._surroundings = Surroundings(self.switchboard, self.agents, self.book, self.now)
        prepare()
        inheritance = Inheritance(self._unfinished)
        await CatchingUp(
            Listed(self.asterisk),  # type: ignore[arg-type]
            self.switchboard,
            lambda: self.asterisk.bridge_pool.ids,
            lambda bridge: None,
            inheritance,
            self._take_up,
            history or NoHistory(),
            heard_before=False,
        ).run(set())

    async def _unfinished(self) -> tuple[Mapping[UUID, Sequence[Fact]], bool]:
        known = self.book.facts.items()
        return {call: tuple(f) for call, f in known if not isinstance(f[-1], Ended)}, True

    def _take_up(self, remains: Remains) -> None:
        self._new_caller(remains.start, remains)

    async def work(self, script: Callable[["Company"], None], seconds: float) -> None:
        looking = beside(self._look_into_bridges(), name="look into bridges")
        async with looking, asyncio.TaskGroup() as self._group:
            script(self)
            await asyncio.sleep(seconds)
        await self.asterisk.bridge_pool.look()

    async def _look_into_bridges(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.asterisk.bridge_pool.look()

    def at(self, when: float, act: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do so when that many seconds have passed."""

        async def later() -> None:
            await asyncio.sleep(when)
            await act()

        assert self._group is not None
        spawn(self._group, later(), name=f"at {when}")

    def tell(self, event: InboxEvent) -> None:
        """Something that the router itself tells every call."""
        for call in self.calls:
            call.inbox.put(event)

    def ask(self, to: Target | None = None, caller: str = "caller", by: str = "sofia") -> None:
        """A supervisor wants the call moved `to` somebody, or ended; `told` gets the answer."""
        call = next((call for call in self.calls if call.caller_channel == caller), None)
        if call is None:  # no router is there
            return
        self.asked_at.append(self.now())
        if to is None:
            call.requests.hand(EndRequested(by, self.table, self.told.append))
        else:
            call.requests.hand(MoveRequested(by, self.table, self.told.append, to))

    def ask_in(self, stage: Stage, after: float, ask: Callable[[], None], caller: str) -> None:
        """Ask so many seconds into a stage of the call."""
        self._in_stage(stage, after, ask, caller)

    def forget(self) -> list[Call]:
        """Keep no call any more; returns those that something else keeps all the same."""
        calls = [weakref.ref(call) for call in self.calls]
        self.calls.clear()
        self._sessions.clear()
        return [left for call in calls if (left := call()) is not None]

    def repeat_events(self) -> None:
        """Everything that Asterisk has sent so far comes once more, but for new callers."""
        for event in self.asterisk.sent.copy():
            if not (isinstance(event, StasisStart) and event.channel.id.startswith("caller")):
                self.switchboard.deliver(event)

    def leave_caller(self, stage: Stage, after: float, caller: str = "caller") -> None:
        """A caller hangs up so many seconds into a stage of his call."""
        self._in_stage(stage, after, lambda: self.asterisk.hang_up_at(caller, 0.0), caller)

    def _in_stage(self, stage: Stage, after: float, act: Callable[[], None], caller: str) -> None:
        def reached() -> bool:
            own = (call for call in self.calls if call.caller_channel == caller)
            return any(call.stage is stage for call in own)

        async def watch() -> None:
            while not reached():
                if asyncio.get_running_loop().time() > NEVER_SECONDS:
                    return
                await asyncio.sleep(0.01)
            await asyncio.sleep(after)
            act()

        assert self._group is not None
        spawn(self._group, watch(), name=f"of {caller}")

    def check_nothing_is_left(self) -> None:
        """No task is left (the group has ended); neither is a channel, owner, agent.

        And no bridge that could not be used again.
        """
        assert self.asterisk.channels == {}
        assert self.asterisk.bridges == self.asterisk.bridge_pool.free
        assert len(self.switchboard) == 0
        assert self.agents.reserved == {}


def a_day(
    script: Callable[[Company], None],
    phones: list[Phone],
    *,
    seconds: float = 30.0,
    leaves_channels: bool = False,
    unfinished: bool = False,
    left_open: bool = False,
    playbacks: dict[str, float] = PLAYBACKS,
) -> Day:
    """Run `script` (which makes people call) for so long, then until every call has ended.

    With `unfinished` a call whose router died is closed in the end, with `left_open` it is not.
    """

    async def day() -> Day:
        here = Company(phones, playbacks)
        await here.work(script, seconds)
        if not leaves_channels:
            here.check_nothing_is_left()
        if unfinished:
            here.book.close()
        facts = list(here.book.facts.values())
        assert left_open or all(isinstance(each[-1], Ended) for each in facts)
        records = [record_of(each) for each in facts]
        return Day(records, here.asterisk.transcript, facts, here.told, here.asked_at)

    return clock.run(day())
