"""Tells consoles what is going on: agents, calls, the router itself; behind the calls.

Law: PostgreSQL away costs no call anything, and a busy hour costs no more writes than a quiet one:
whatever has changed since the last time goes in one transaction, at most twice a second. Unless all
is told anew, that is one statement on a connection that is kept for it.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from uuid import uuid4

from msgspec import structs
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter import __version__
from callrouter.configuration import ConfigurationState
from callrouter.db.engine import DatabaseUnavailable, DataRefused, transaction, unpooled_engine
from callrouter.db.kept_connection import KeptConnection
from callrouter.db.live_tables import PresenceRow, RouterRow
from callrouter.db.models import Call
from callrouter.db.presence import (
    TELL,
    AsteriskStatus,
    RouterStatus,
    as_json,
    forget_agents,
    forget_dead,
    notify,
    say_goodbye,
    tell_presence,
    tell_status,
)
from callrouter.db.records import RecordWriter
from callrouter.router import Router
from callrouter.routing.model import Agent
from callrouter.routing.presence import Presence

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.2
"""How often is looked whether anything has changed: that costs microseconds."""

PAUSE_SECONDS = 0.4
"""At least so long from one writing to the next."""

HEARTBEAT_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 5.0
MOST_PROBLEMS = 20


class Publisher:
    """`run` for as long as the router runs, then `close`. `name` is the router's own.

    `alarms` are the codes of what is wrong with it now.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        name: str,
        router: Router,
        records: RecordWriter,
        configuration: ConfigurationState,
        alarms: Callable[[], tuple[str, ...]] = tuple,
    ) -> None:
        self._engine = engine
        # One of the pool's connections that died with PostgreSQL would cost another long pause.
        self._unpooled = unpooled_engine(engine)
        self._connection = KeptConnection(engine)
        self._name = name
        self._router = router
        self._records = records
        self._configuration = configuration
        self._alarms = alarms
        self._run = uuid4()
        self._started = datetime.now(UTC)
        self._agents: Mapping[str, Agent] = {}
        self._owners: dict[str, list[str]] = {}
        self._news: set[str] = set()
        self._anew = True
        self._told: RouterStatus | None = None
        self._commits = -1
        self._spoke_at = 0.0
        self._late = 0.0

    async def run(self) -> None:
        """Until a newer router of this name tells; errors of the database are waited for."""
        try:
            await self._tell_on()
        finally:
            await self._connection.close()

    async def _tell_on(self) -> None:
        loop, pause = asyncio.get_running_loop(), LOOK_SECONDS
        while True:
            slept_at = loop.time()
            await asyncio.sleep(pause)
            self._late = max(self._late, loop.time() - slept_at - pause)
            pause = LOOK_SECONDS
            try:
                if not self._has_news() and loop.time() - self._spoke_at < HEARTBEAT_SECONDS:
                    continue
                if not await self._tell():
                    return log.info("a newer router named %s tells of the present", self._name)
                pause = PAUSE_SECONDS
            except (DatabaseUnavailable, DataRefused) as error:
                log.debug("the present was not told: %s", error)
                self._anew, pause = True, LONGEST_PAUSE_SECONDS
            except Exception:  # nobody's call depends on it
                log.exception("the present cannot be told")
                self._anew, pause = True, LONGEST_PAUSE_SECONDS

    async def close(self, within: float) -> None:
        """Say that this router has stopped, in at most so many seconds."""
        try:
            async with asyncio.timeout(within), transaction(self._engine) as connection:
                await say_goodbye(connection, self._name, self._run)
        except (DatabaseUnavailable, DataRefused, TimeoutError) as error:
            log.debug("nobody was told that this router stops: %s", error)

    def _has_news(self) -> bool:
        agents = self._router.table.agents
        if agents is not self._agents or self._anew:
            self._agents, self._owners = agents, _owners(agents)
            self._news.update(agents)
            self._anew = True
        for each in self._router.agents.take_touched():
            self._news.update((each,) if each in agents else self._owners.get(each, ()))
        return (
            self._anew
            or bool(self._news)
            or self._commits != self._records.commits
            or self._told != self._status()
        )

    async def _tell(self) -> bool:
        """One transaction with all the news; False where a newer process has taken our name."""
        board, agents = self._router.agents, self._agents
        news, anew, commits = self._news, self._anew, self._records.commits
        self._news, self._anew = set(), False
        status, late = self._status(), self._late
        self._late = 0.0
        changed = [
            name
            for name, really in (
                (RouterRow.__tablename__, status != self._told),
                (PresenceRow.__tablename__, news),
                (Call.__tablename__, commits != self._commits),
            )
            if really
        ]
        told = structs.replace(status, late_seconds=round(late, 3))
        present = {each: board.presence(agents[each]) for each in news if each in agents}
        tell = self._tell_anew if anew else self._tell_news
        if not await tell(told, present, changed):
            return False
        self._told, self._commits = status, commits
        self._spoke_at = asyncio.get_running_loop().time()
        return True

    async def _tell_news(
        self, status: RouterStatus, present: Mapping[str, Presence], changed: list[str]
    ) -> bool:
        now = datetime.now(UTC)
        told = as_json(self._name, self._run, self._started, status, present, now, changed)
        return await self._connection.execute(TELL, told) is not None

    async def _tell_anew(
        self, status: RouterStatus, present: Mapping[str, Presence], changed: list[str]
    ) -> bool:
        """The same, and agents that are gone and routers that are dead are forgotten."""
        entity_ids = [each.entity_id for each in status.asterisk if each.entity_id]
        async with transaction(self._unpooled) as connection:
            if not await tell_status(connection, self._name, self._run, self._started, status):
                return False
            await forget_dead(connection, self._name, entity_ids)
            await forget_agents(connection, self._name, self._agents)
            await tell_presence(connection, self._name, present, datetime.now(UTC))
            await notify(connection, changed)
        return True

    def _status(self) -> RouterStatus:
        state, router = self._configuration, self._router
        return RouterStatus(
            callrouter=__version__,
            asterisk=tuple(
                AsteriskStatus(
                    url=each.client.url,
                    entity_id=each.client.entity_id,
                    connected=each.ready.is_set(),
                    error=str(each.unusable or ""),
                )
                for each in router.listeners
            ),
            calls=router.calls,
            version=state.version,
            source=state.source,
            since=state.since,
            problems=state.problems[:MOST_PROBLEMS],
            refused_since=state.refused_since,
            records_away=self._records.away,
            records_waiting=self._records.waiting if self._records.away else 0,
            stopping=router.stopping,
            alarms=self._alarms(),
        )


def _owners(agents: Mapping[str, Agent]) -> dict[str, list[str]]:
    """Whose phone it is, by its dial string."""
    owners: dict[str, list[str]] = {}
    for agent in agents.values():
        for phone in agent.phones:
            owners.setdefault(phone, []).append(agent.id)
    return owners
