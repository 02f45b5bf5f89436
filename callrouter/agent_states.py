"""Keeps true what people change: who is logged out or paused, which overrides hold; and what
calls before us amount to.

Read from the database at the start and whenever it says that something has changed; written to it
when a phone has changed something. The law: PostgreSQL away costs no call anything. What was known
holds, what was changed waits, and both are made good when it is back.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from callrouter.calls.live_changes import Unwritten
from callrouter.concurrency import spawn
from callrouter.db.agent_states import agent_statuses, write_statuses
from callrouter.db.blocked_callers import live_blocked
from callrouter.db.changes import RESYNC, changes
from callrouter.db.engine import DatabaseUnavailable, DataRefused, snapshot, transaction
from callrouter.db.histories import Past, past_of
from callrouter.db.models import AgentState, LiveBlockedCaller, LiveOverride
from callrouter.db.overrides import end_overrides, live_overrides, set_override
from callrouter.router import Router
from callrouter.routing.decide import describe_override
from callrouter.routing.model import Override
from callrouter.routing.schedule import local_time, wall_clock

log = logging.getLogger(__name__)

FIRST_SECONDS = 5.0
"""So long a starting router waits at most to learn what the database knows of the agents."""

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0


class AgentStates:
    """`first` once before calls come, then `follow` for as long as they do, at last `close`."""

    def __init__(self, engine: AsyncEngine, database_url: str, router: Router) -> None:
        self._engine = engine
        self._database_url = database_url
        self._router = router
        self._started = datetime.now(UTC)
        self._restored = False
        self._overrides: dict[str, Override] = {}
        # What is read while something is being written may be older than that.
        self._one_at_a_time = asyncio.Lock()

    async def first(self) -> None:
        """What the database knows, if it answers in time."""
        try:
            async with asyncio.timeout(FIRST_SECONDS):
                await self._read()
        except (DatabaseUnavailable, DataRefused, TimeoutError) as error:
            log.error(
                "who is logged out or paused is not known until PostgreSQL answers,"
                " everybody counts as there: %s",
                error or "no answer in time",
            )

    async def follow(self) -> None:
        """For ever."""
        async with asyncio.TaskGroup() as group:
            spawn(group, self._keep_reading(), name="hear of agents' states")
            spawn(group, self._keep_writing(), name="write agents' states")

    async def close(self, within: float) -> None:
        """Write what waits, in at most so many seconds; the log gets what could not be written."""
        if not self._router.live.waits.is_set():
            return
        try:
            async with asyncio.timeout(within):
                await self._write()
        except (DatabaseUnavailable, TimeoutError):
            log.critical("changes from phones are lost: %s", self._router.live.unwritten())

    async def _keep_reading(self) -> None:
        async with aclosing(changes(self._database_url)) as heard:
            async for name in heard:
                if name in (RESYNC, AgentState.__tablename__):
                    await self._at_last(self._read)
                if name in (RESYNC, LiveOverride.__tablename__):
                    await self._at_last(self._read_overrides)
                if name in (RESYNC, LiveBlockedCaller.__tablename__):
                    await self._at_last(self._read_blocked)

    async def _at_last(self, read: Callable[[], Awaitable[None]]) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                return await read()
            except DatabaseUnavailable as error:
                log.debug("agents' states were not read, trying again: %s", error)
            except Exception:  # whatever somebody wrote there, calls go on with what was known
                return log.exception("agents' states in the database are not understood")
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _read(self) -> None:
        async with self._one_at_a_time:
            async with snapshot(self._engine) as connection:
                statuses = await agent_statuses(connection)
                blocked = await live_blocked(connection, datetime.now(UTC))
                past = None if self._restored else await self._past(connection)
            self._router.live.know(statuses)
        self._router.live.know_blocked(blocked)
        self._router.amend()
        if past is not None:
            self._restored = True
            self._restore(past, datetime.now(UTC))

    async def _read_overrides(self) -> None:
        """They hold from now on; what they say is rendered a little later."""
        async with self._one_at_a_time:
            async with snapshot(self._engine) as connection:
                overrides = await live_overrides(connection, datetime.now(UTC))
            self._router.live.know_overrides(overrides)
        self._router.amend()
        self._log(overrides)

    async def _read_blocked(self) -> None:
        async with snapshot(self._engine) as connection:
            blocked = await live_blocked(connection, datetime.now(UTC))
        self._router.live.know_blocked(blocked)
        self._router.amend()
        log.info("%d callers are blocked by command or console", len(blocked))

    def _log(self, overrides: Sequence[Override]) -> None:
        """Each as it comes and goes: why calls go elsewhere from now on."""
        before, self._overrides = self._overrides, {each.id: each for each in overrides}
        for each in overrides:
            if each.id not in before:
                words = describe_override(each, self._router.table.timezone)
                settings = ", ".join(each.settings) or "all settings"
                log.info("%s, for %s: %s", words, settings, each.id)
        for gone in before.keys() - self._overrides.keys():
            log.info("Override over: %s", gone)

    async def _past(self, connection: AsyncConnection) -> Past:
        table = self._router.table
        midnight = _midnight(datetime.now(UTC), table.timezone)
        return await past_of(connection, table.agents, table.agent_groups, midnight, self._started)

    def _restore(self, past: Past, now: datetime) -> None:
        table = self._router.table
        wrap_ups = {}
        for agent, talk in past.last_talks.items():
            if group := table.agent_groups.get(talk.agent_group):
                until = talk.ended_at + timedelta(seconds=group.wrap_up_seconds)
                if until > now:
                    wrap_ups[agent] = until
        self._router.agents.restore(past.histories, past.last_first, wrap_ups, now, table.timezone)

    async def _keep_writing(self) -> None:
        failures = 0
        while True:
            await self._router.live.waits.wait()
            try:
                await self._write()
            except DatabaseUnavailable as error:
                failures += 1
                if failures == 2:  # the first may be a connection that died unnoticed
                    log.error("changes from phones hold, and wait to be written: %s", error)
                pause = FIRST_PAUSE_SECONDS * 2 ** min(failures - 1, 10)
                await asyncio.sleep(min(pause, LONGEST_PAUSE_SECONDS))
            else:
                if failures > 1:
                    log.warning("changes from phones are written")
                failures = 0

    async def _write(self) -> None:
        """All that waits; what PostgreSQL will never take goes to the log."""
        async with self._one_at_a_time:
            unwritten = self._router.live.unwritten()
            try:
                await self._store(unwritten)
            except DataRefused as error:
                log.error("PostgreSQL refuses changes from phones (%s): %s", error, unwritten)
            self._router.live.wrote(unwritten)

    async def _store(self, unwritten: Unwritten) -> None:
        now = datetime.now(UTC)
        async with transaction(self._engine) as connection:
            await write_statuses(connection, unwritten.statuses)
            for override in unwritten.begun.values():
                await set_override(connection, override, override.from_at or now)
            for override_id, (at, by) in unwritten.ended.items():
                await end_overrides(connection, [override_id], at, by)


def _midnight(now: datetime, timezone: str) -> datetime:
    """When today began on the clocks of `timezone`."""
    today = local_time(now, timezone).replace(
        tzinfo=None, hour=0, minute=0, second=0, microsecond=0
    )
    return wall_clock(today, timezone)[0]
