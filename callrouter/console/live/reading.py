"""What the hub knows, read again piece by piece as PostgreSQL says that it has changed.

Law: few questions, however much changes and however many look on.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from callrouter.config.live import with_live_overrides
from callrouter.console.live.board import Known
from callrouter.console.live.content import Targets, Version
from callrouter.console.live.duties import DutyNow, duty_now
from callrouter.console.surroundings import Configuration
from callrouter.db.agent_states import agent_statuses
from callrouter.db.board import day_figures, live_calls_now
from callrouter.db.changes import RESYNC
from callrouter.db.config_versions import config_history
from callrouter.db.configuration_tables import CONFIGURATION
from callrouter.db.engine import snapshot
from callrouter.db.live_tables import PresenceRow, RouterRow
from callrouter.db.models import AgentState, Call, LiveOverride
from callrouter.db.overrides import live_overrides
from callrouter.db.presence import presences, routers_seen
from callrouter.routing.model import Override, RoutingTable
from callrouter.routing.presence import ALWAYS, Shift, shift_at
from callrouter.routing.schedule import local_time, wall_clock

TICK = "tick"
"""Said every few seconds: routers' hearts are looked at, and whether there is a new version."""

CONFIGURATION_TABLES = frozenset(table.name for table in CONFIGURATION)

FIGURES_SECONDS = 2.0
"""At least so long from one scan of today's calls to the next."""

SCAN_SHARE = 20
"""A scan that takes long is not repeated before twenty times as long has passed."""

_AT_ONCE = 20
_LOOK_AGAIN = timedelta(hours=12)


class Reading:
    """`known` is the newest of everything; `refresh` reads what names stand for."""

    def __init__(self, engine: AsyncEngine, configuration: Configuration, targets: Targets) -> None:
        self._engine = engine
        self._configuration = configuration
        self._plain: RoutingTable | None = None
        self._overrides: tuple[Override, ...] = ()
        self._duties: dict[str, DutyNow] = {}
        self._shifts: dict[str, tuple[Shift, datetime]] = {}
        self._figures_due = True
        self._figures_after = 0.0
        self._day: datetime | None = None
        self._targets = targets
        self._one_at_a_time = asyncio.Lock()
        self.known: Known | None = None

    async def refresh(self, names: Iterable[str]) -> None:
        """Read what has changed; RESYNC is everything. Raises DatabaseUnavailable, ApiProblem."""
        async with self._one_at_a_time:
            await self._refresh(set(names))

    async def by_the_clock(self, now: datetime) -> Known | None:
        """What is known, with duties and shifts as they are at `now`."""
        async with self._one_at_a_time:
            if self.known is not None:
                self.known = await self._clocked(self.known, now)
            return self.known

    def lost(self) -> None:
        """The database does not answer: what is known is old."""
        if self.known is not None:
            self.known = replace(self.known, database=False)

    async def _refresh(self, names: set[str]) -> None:
        everything = RESYNC in names or self.known is None
        table = await self._table(names, everything=everything)
        known = self.known or Known(table, self._targets)
        now = datetime.now(UTC)
        async with snapshot(self._engine) as connection:
            if everything or LiveOverride.__tablename__ in names:
                self._overrides = await live_overrides(connection, now)
            known = await self._present(connection, known, names, everything=everything)
            known = await self._calls(connection, known, table, names, everything=everything)
        if table is not self._plain or everything or LiveOverride.__tablename__ in names:
            self._plain = table
            self._duties.clear()
            self._shifts.clear()
            known = replace(known, table=with_live_overrides(table, self._overrides))
        self.known = await self._clocked(replace(known, database=True), now)

    async def _clocked(self, known: Known, now: datetime) -> Known:
        await self._duties_at(known.table, now)
        shifts = self._shifts_at(known.table, now)
        return replace(known, duties=dict(self._duties), shifts=shifts)

    async def _table(self, names: set[str], *, everything: bool) -> RoutingTable:
        edited = everything or not names.isdisjoint(CONFIGURATION_TABLES)
        if self._plain is None or edited or (TICK in names and self._configuration.is_file):
            return await self._configuration.table(self._engine)
        return self._plain

    async def _present(
        self, connection: AsyncConnection, known: Known, names: set[str], *, everything: bool
    ) -> Known:
        if everything or names & {TICK, RouterRow.__tablename__}:
            known = replace(known, routers=tuple(await routers_seen(connection)))
        if everything or PresenceRow.__tablename__ in names:
            known = replace(known, presences=await presences(connection))
        if everything or AgentState.__tablename__ in names:
            known = replace(known, statuses=await agent_statuses(connection))
        if everything or TICK in names or not names.isdisjoint(CONFIGURATION_TABLES):
            newest: Sequence[object] = await config_history(connection, 1)
            for each in newest:
                version = Version.model_validate(each, from_attributes=True)
                known = replace(known, version=version)
        return known

    async def _calls(
        self,
        connection: AsyncConnection,
        known: Known,
        table: RoutingTable,
        names: set[str],
        *,
        everything: bool,
    ) -> Known:
        if everything or Call.__tablename__ in names:
            known = replace(known, calls=tuple(await live_calls_now(connection)))
            self._figures_due = True
        since = midnight(datetime.now(UTC), table.timezone)
        loop = asyncio.get_running_loop()
        due = self._figures_due and loop.time() >= self._figures_after
        if everything or due or since != self._day:
            began = loop.time()
            within = self._targets.answer_within_seconds
            known = replace(known, figures=await day_figures(connection, since, within))
            took = loop.time() - began
            self._figures_after = loop.time() + max(FIGURES_SECONDS, SCAN_SHARE * took)
            self._figures_due, self._day = False, since
        return known

    async def _duties_at(self, table: RoutingTable, now: datetime) -> None:
        for name in self._duties.keys() - table.settings.keys():
            del self._duties[name]
        old = [
            settings
            for name, settings in table.settings.items()
            if name not in self._duties or self._duties[name].good_until <= now
        ]
        for number, settings in enumerate(old, 1):
            self._duties[settings.name] = duty_now(table, settings, now)
            if number % _AT_ONCE == 0:  # of a large table, others are served between
                await asyncio.sleep(0)

    def _shifts_at(self, table: RoutingTable, now: datetime) -> Mapping[str, Shift]:
        shifts = {}
        for agent in table.agents.values():
            if not agent.working_hours:
                continue
            shift, good_until = self._shifts.get(agent.id, (ALWAYS, now))
            if good_until <= now:
                shift = shift_at(agent.working_hours, now, table.timezone)
                self._shifts[agent.id] = shift, shift.until or now + _LOOK_AGAIN
            shifts[agent.id] = shift
        return shifts


def midnight(now: datetime, timezone: str) -> datetime:
    """When today began on the clocks of `timezone`."""
    return wall_clock(datetime.combine(local_time(now, timezone).date(), time()), timezone)[0]
