"""The one place of the console that hears what changes, and tells everybody who looks on.

However many browsers there are: one connection that listens, a few questions a second at most, and
one computation of the board. While nobody looks, nothing is asked of the database.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.concurrency import spawn
from callrouter.console.live.board import Known, board
from callrouter.console.live.content import Targets, Version
from callrouter.console.live.reading import TICK, Reading
from callrouter.console.live.streams import Event, Follower, Sight, event
from callrouter.console.live.views import View, seen
from callrouter.console.problems import ApiProblem
from callrouter.console.surroundings import Configuration
from callrouter.db.changes import CHANNEL, RESYNC, changes
from callrouter.db.engine import DatabaseUnavailable, DataRefused
from callrouter.db.models import Call
from callrouter.db.presence import CHANNEL as LIVE_CHANNEL

log = logging.getLogger(__name__)

TOGETHER_SECONDS = 0.1
"""What changes so soon after each other is read together."""

PAUSE_SECONDS = 0.2
"""At least so long from one reading to the next."""

TICK_SECONDS = 2.0
CLOCK_SECONDS = 1.0
PING_SECONDS = 3.0
FIRST_SECONDS = 5.0
"""So long the first who looks waits at most."""

REST_SECONDS = 30.0
"""So long after somebody looked last, nothing is asked any more until somebody looks again."""

FORGOTTEN_SECONDS = 60.0
"""What a view was told is remembered so long after its last follower left."""

TOPICS = ("board", "calls", "configuration")


class Hub:
    """`run` for as long as the console runs; `board` and `following` for who looks."""

    def __init__(
        self,
        engine: AsyncEngine,
        database_url: str,
        configuration: Configuration,
        targets: Targets,
    ) -> None:
        self._database_url = database_url
        self._reading = Reading(engine, configuration, targets)
        self._names: set[str] = set()
        self._news = asyncio.Event()
        self._wanted = asyncio.Event()
        self._ready = asyncio.Event()
        self._woken = asyncio.Event()
        self._asked_at = 0.0
        self._sights: dict[View, Sight] = {}
        self._others: dict[str, set[Follower]] = {"calls": set(), "configuration": set()}
        self._everybody: set[Follower] = set()
        self._version: Version | None = None
        self._trouble: Exception | None = None

    async def run(self) -> None:
        """For ever; from when it is first wanted."""
        await self._wanted.wait()
        async with asyncio.TaskGroup() as group:
            spawn(group, self._hear(), name="hear of changes")
            spawn(group, self._ping(), name="ping who looks on")
            spawn(group, self._keep_reading(), name="keep the board")

    async def board(self, view: View) -> dict[str, Any]:
        """The board as it is. Raises DatabaseUnavailable or ApiProblem where nothing is known."""
        return await _seen(await self._first(), view)

    async def known(self) -> Known:
        """What the board is made of. Raises as `board`."""
        return await self._first()

    @asynccontextmanager
    async def following(
        self, view: View, topics: tuple[str, ...] = TOPICS, last_id: str = ""
    ) -> AsyncIterator[Follower]:
        """Somebody who is told of these topics until he leaves; the board must be known."""
        follower = Follower()
        self._everybody.add(follower)
        try:
            if "board" in topics:
                (await self._sight(view)).join(follower, last_id)
            for topic in self._others.keys() & set(topics):
                self._others[topic].add(follower)
            follower.tell(self._ping_now())
            yield follower
        finally:
            self._everybody.discard(follower)
            for each in self._others.values():
                each.discard(follower)
            if sight := self._sights.get(view):
                sight.followers.discard(follower)
                sight.left_at = asyncio.get_running_loop().time()

    async def _first(self) -> Known:
        self._asked_at = asyncio.get_running_loop().time()
        self._wanted.set()
        self._woken.set()
        try:
            async with asyncio.timeout(FIRST_SECONDS):
                await self._ready.wait()
        except TimeoutError:
            raise DatabaseUnavailable("the board could not be read in time") from None
        known = await self._reading.by_the_clock(datetime.now(UTC))
        if known is None:
            raise self._trouble or DatabaseUnavailable("the board could not be read")
        return known

    async def _sight(self, view: View) -> Sight:
        sight = self._sights.get(view)
        if sight is not None and sight.followers:
            return sight
        # Nobody has kept it true: it is looked at anew, and said if somebody missed it.
        state = await _seen(await self._first(), view)
        sight = self._sights.setdefault(view, Sight(state))
        if not sight.followers:
            sight.show(state)
        return sight

    async def _hear(self) -> None:
        async with aclosing(changes(self._database_url, (CHANNEL, LIVE_CHANNEL))) as heard:
            async for name in heard:
                self._names.add(name)
                self._news.set()

    async def _keep_reading(self) -> None:
        loop = asyncio.get_running_loop()
        names, ticked_at = {RESYNC}, loop.time()
        while True:
            try:
                if names:
                    await self._reading.refresh(names)
                self._trouble = None
            except (DatabaseUnavailable, DataRefused, ApiProblem) as error:
                self._failed(error)
                self._names.add(RESYNC)
            except Exception as error:  # whatever somebody wrote there, the next may be readable
                log.exception("the board cannot be read")
                self._failed(error)
                self._names.add(RESYNC)
            await self._show(names)
            await asyncio.sleep(PAUSE_SECONDS if self._trouble is None else CLOCK_SECONDS)
            try:
                async with asyncio.timeout(CLOCK_SECONDS):
                    await self._news.wait()
                await asyncio.sleep(TOGETHER_SECONDS)
            except TimeoutError:
                pass
            self._news.clear()
            names, self._names = self._names, set()
            if not self._everybody and loop.time() - self._asked_at > REST_SECONDS:
                self._ready.clear()
                self._woken.clear()
                await self._woken.wait()
                names, self._names = names | self._names, set()
            if loop.time() - ticked_at >= TICK_SECONDS:
                names.add(TICK)
                ticked_at = loop.time()

    def _failed(self, error: Exception) -> None:
        log.debug("the board was not read: %s", error)
        self._trouble = error
        self._reading.lost()
        self._ready.set()

    async def _show(self, names: set[str]) -> None:
        """Tell those who look on what is different now."""
        known = await self._reading.by_the_clock(datetime.now(UTC))
        if known is None:
            return
        self._ready.set()
        self._forget_views()
        if any(sight.followers for sight in self._sights.values()):
            whole = await asyncio.to_thread(board, known, datetime.now(UTC))
            for view, sight in list(self._sights.items()):
                if sight.followers:
                    sight.show(await asyncio.to_thread(seen, whole, view))
        if Call.__tablename__ in names:
            waiting = sum(call.talking_since is None for call in known.calls)
            self._tell("calls", {"live": len(known.calls), "not_talking": waiting})
        if known.version is not None and known.version != self._version:
            if self._version is not None:
                self._tell("configuration", known.version.model_dump(mode="json"))
            self._version = known.version

    def _tell(self, topic: str, content: dict[str, Any]) -> None:
        told = event(topic, content)
        for follower in self._others[topic]:
            follower.tell(told)

    def _forget_views(self) -> None:
        now = asyncio.get_running_loop().time()
        for view, sight in list(self._sights.items()):
            left = sight.left_at
            if not sight.followers and left is not None and now - left > FORGOTTEN_SECONDS:
                del self._sights[view]

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(PING_SECONDS)
            told = self._ping_now()
            for follower in self._everybody:
                follower.tell(told)

    def _ping_now(self) -> Event:
        known = self._reading.known
        fresh = known is not None and known.database
        return event("ping", {"at": datetime.now(UTC).isoformat(), "fresh": fresh})


async def _seen(known: Known, view: View) -> dict[str, Any]:
    """The board as this view shows it; in a thread, as a large one takes its time."""
    return await asyncio.to_thread(lambda: seen(board(known, datetime.now(UTC)), view))
