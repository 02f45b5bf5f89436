"""What agents change from their phones: true for calls at once, written to the database later.

The laws: nothing here waits. What the database has not got yet wins over what is read from it,
and is kept until it is written.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import uuid4

from callrouter.calls.agents import AgentBoard
from callrouter.routing.admission import BlockedCaller, with_live_blocked
from callrouter.routing.model import Override, OverrideKind, RoutingTable
from callrouter.routing.overriding import with_overrides
from callrouter.routing.status import AgentStatus, ChangeRefused, StatusChange, changed

log = logging.getLogger(__name__)

MOST_WAITING = 100
"""So many closings at most wait for PostgreSQL."""

NOBODY_SAID = AgentStatus()


@dataclass(frozen=True, slots=True)
class Unwritten:
    """What the database shall get: statuses by agent, overrides to set, and to end by their ids."""

    statuses: Mapping[str, AgentStatus] = field(default_factory=dict)
    begun: Mapping[str, Override] = field(default_factory=dict)
    ended: Mapping[str, tuple[datetime, str]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.statuses) + len(self.begun) + len(self.ended)


class LiveChanges:
    """Keeps the board, and the tables that the router routes by, with what phones have changed.

    `waits` is set while something is to be written.
    """

    def __init__(self, board: AgentBoard) -> None:
        self.waits = asyncio.Event()
        self._board = board
        self._known: dict[str, AgentStatus] = {}
        self._statuses: dict[str, AgentStatus] = {}
        self._begun: dict[str, Override] = {}
        self._ended: dict[str, tuple[datetime, str]] = {}
        self._stored: dict[str, Override] = {}
        self._gone: set[str] = set()
        self._blocked: tuple[BlockedCaller, ...] = ()

    # What phones say.

    def change_status(
        self, agent_id: str, change: StatusChange, now: datetime, by: str, reason: str = ""
    ) -> AgentStatus:
        """Raises ChangeRefused; see `status.changed`."""
        before = self._known.get(agent_id, NOBODY_SAID)
        after = changed(before, change, now, by, reason)
        if after is not before:
            self._statuses[agent_id] = after
            self._tell(agent_id, after)
            self.waits.set()
        return after

    def close(
        self,
        table: RoutingTable,
        settings: tuple[str, ...],
        now: datetime,
        until: datetime,
        by: str,
    ) -> None:
        """Close these settings (none: all) until then, unless that is so already.

        Raises ChangeRefused while too much waits for the database.
        """
        for each in closings_in_force(table, now):
            if each.settings == settings and (each.until_at is None or each.until_at >= until):
                return
        if len(self._begun) >= MOST_WAITING:
            raise ChangeRefused("too many closings wait for the database")
        closing = Override(
            str(uuid4()),
            OverrideKind.CLOSED,
            from_at=now,
            until_at=until,
            settings=settings,
            author=by,
            live=True,
        )
        self._begun[closing.id] = closing
        self.waits.set()

    def end(self, ids: tuple[str, ...], now: datetime, by: str) -> None:
        """End these overrides."""
        for each in ids:
            self._ended[each] = (now, by)
        if ids:
            self.waits.set()

    # What the database says, and gets.

    def know(self, statuses: Mapping[str, AgentStatus]) -> None:
        """The statuses as they were read, of everybody who ever said anything."""
        news = {**statuses, **self._statuses}
        for agent_id in self._known.keys() | news.keys():
            status = news.get(agent_id, NOBODY_SAID)
            if status != self._known.get(agent_id):
                self._tell(agent_id, status)
        self._known = news

    def know_overrides(self, overrides: Iterable[Override]) -> None:
        """Those in force and to come as they were read, the newest first."""
        stored = {each.id: each for each in overrides}
        self._gone |= self._stored.keys() - stored.keys()
        self._stored = stored

    def know_blocked(self, blocked: Iterable[BlockedCaller]) -> None:
        """The callers who are blocked as they were read, the newest first."""
        self._blocked = tuple(blocked)

    def amended(self, table: RoutingTable) -> RoutingTable:
        """The table with what it was compiled too early for: overrides set and ended since.

        And with the callers who are blocked, whom only we know.
        """
        if self._blocked:
            blocked = with_live_blocked(table.blocked, self._blocked, table.number_plan)
            table = replace(table, blocked=blocked)
        begun = {each.id: each for each in reversed(self._begun.values())} | self._stored
        ended = self._ended.keys() | self._gone
        return with_overrides(table, begun.values(), ended) if begun or ended else table

    def unwritten(self) -> Unwritten:
        return Unwritten(dict(self._statuses), dict(self._begun), dict(self._ended))

    def wrote(self, written: Unwritten) -> None:
        """The database has it now; what was changed again meanwhile still waits."""
        for agent_id, status in written.statuses.items():
            if self._statuses.get(agent_id) is status:
                del self._statuses[agent_id]
        for override_id in written.begun:
            override = self._begun.pop(override_id)
            self._stored = {override_id: override} | self._stored
        for override_id in written.ended:
            del self._ended[override_id]
            self._stored.pop(override_id, None)
            self._gone.add(override_id)
        if not len(self.unwritten()):
            self.waits.clear()

    def _tell(self, agent_id: str, status: AgentStatus) -> None:
        self._known[agent_id] = status
        self._board.set_status(
            agent_id, logged_in=status.logged_in, paused=status.paused, since=status.since
        )


def closings_in_force(table: RoutingTable, now: datetime) -> tuple[Override, ...]:
    """The closings that people have set and that hold now, each once."""
    found = {
        override.id: override
        for settings in table.settings.values()
        for override in settings.overrides
        if override.live and override.kind is OverrideKind.CLOSED and override.holds(now)
    }
    return tuple(found.values())
