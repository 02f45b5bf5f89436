"""Brings what supervisors ask to the calls, and what came of it back to who asked.

The laws: a request is taken in the database before a call hears of it, so it is done at most once,
whatever dies in between. PostgreSQL away costs no call anything: requests that nobody could read
in time have expired, answers wait.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.call_requests import Answer, CallRequest
from callrouter.concurrency import spawn
from callrouter.db.call_requests import TABLE, answer, open_calls, take
from callrouter.db.changes import RESYNC
from callrouter.db.engine import DatabaseUnavailable, DataRefused, snapshot, transaction

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0


class Calls(Protocol):
    """The calls in progress: the router."""

    def knows(self, call_id: UUID) -> bool: ...

    def steer(self, request: CallRequest, tell: Callable[[Answer], None]) -> None: ...


class Steering:
    """`follow` for as long as calls come, at last `close`; `told` when a table has changed."""

    def __init__(self, engine: AsyncEngine, calls: Calls) -> None:
        self._engine = engine
        self._calls = calls
        self._look = asyncio.Event()
        self._answered = asyncio.Event()
        self._answers: dict[CallRequest, Answer] = {}

    def told(self, table: str) -> None:
        """A table has changed, or perhaps all have."""
        if table in (RESYNC, TABLE):
            self._look.set()

    async def follow(self) -> None:
        """For ever."""
        async with asyncio.TaskGroup() as group:
            spawn(group, self._keep(self._look, self._take), name="hear what supervisors want")
            spawn(group, self._keep(self._answered, self._tell), name="answer supervisors")

    async def close(self, within: float) -> None:
        """Say what came of what was asked, in at most so many seconds."""
        try:
            async with asyncio.timeout(within):
                await self._tell()
        except (DatabaseUnavailable, DataRefused, TimeoutError) as error:
            log.warning("supervisors were not told what came of their requests: %s", error)

    async def _keep(self, wanted: asyncio.Event, work: Callable[[], Awaitable[None]]) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            await wanted.wait()
            wanted.clear()
            try:
                await work()
                pause = FIRST_PAUSE_SECONDS
            except DatabaseUnavailable as error:
                log.debug("supervisors have to wait: %s", error)
                wanted.set()
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            except Exception:  # whatever somebody wrote there, calls go on
                log.exception("what supervisors want is not understood")

    async def _take(self) -> None:
        async with snapshot(self._engine) as connection:
            asked = await open_calls(connection)
        ours = [call_id for call_id in asked if self._calls.knows(call_id)]
        if not ours:
            return
        async with transaction(self._engine) as connection:
            taken = await take(connection, ours)
        for request in taken:
            log.info("call %s: %r wants it %s", request.call_id, request.by, _words(request))
            self._calls.steer(request, self._teller(request))

    def _teller(self, request: CallRequest) -> Callable[[Answer], None]:
        def tell(said: Answer) -> None:
            log.info("call %s: %s: %r", request.call_id, said.result, said.detail)
            self._answers[request] = said
            self._answered.set()

        return tell

    async def _tell(self) -> None:
        answers = dict(self._answers)
        if answers:
            async with transaction(self._engine) as connection:
                await answer(connection, {each.id: said for each, said in answers.items()})
        for each in answers:
            del self._answers[each]


def _words(request: CallRequest) -> str:
    return "ended" if request.target is None else f"moved to {str(request.target)!r}"
