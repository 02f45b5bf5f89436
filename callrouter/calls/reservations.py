"""The agents whom a call has reserved, so that no other call rings them.

Law: an agent is reserved until nothing more is dialled for him and his last leg is gone.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from callrouter.calls.agents import AgentBoard
from callrouter.calls.leg import DialledLeg
from callrouter.routing.availability import Skip
from callrouter.routing.model import Agent


class Reservations:
    """Those of one call; `legs` are all that it ever dialled."""

    def __init__(
        self, board: AgentBoard, call_id: UUID, entity_id: str, legs: Mapping[str, DialledLeg]
    ) -> None:
        self._board = board
        self._call_id = call_id
        self._entity_id = entity_id
        self._legs = legs
        self._reserved: set[str] = set()
        self._more_legs: set[str] = set()

    def reserve(
        self, agent: Agent, now: datetime, timezone: str, needs: Mapping[str, int], group: str
    ) -> Skip | None:
        """Reserve the agent for this call, or say why he is skipped; see `AgentBoard.reserve`.

        He is reserved until `no_more_legs` was said of him and his last leg is gone.
        """
        skipped = self._board.reserve(
            agent, self._call_id, self._entity_id, now, timezone, needs, group
        )
        if skipped is None:
            self._reserved.add(agent.id)
            self._more_legs.add(agent.id)
        return skipped

    def keep(self, agent_id: str, since: datetime, talking_since: datetime | None = None) -> None:
        """The agent was this call's when it was taken up; nothing more is dialled for him."""
        self._board.keep(agent_id, self._call_id, since, talking_since)
        self._reserved.add(agent_id)

    def no_more_legs(self, owner: str) -> None:
        """Nothing more is dialled for this agent (or outside number)."""
        self._more_legs.discard(owner)
        self.leg_gone(owner)

    def leg_gone(self, owner: str) -> None:
        """A leg of this agent (or outside number) is gone: perhaps it was his last."""
        own = (leg for leg in self._legs.values() if leg.owner == owner)
        if owner not in self._more_legs and all(leg.gone for leg in own):
            self._reserved.discard(owner)
            self._board.release(owner, self._call_id)

    def release_all(self) -> None:
        for agent_id in self._reserved:
            self._board.release(agent_id, self._call_id)

    @property
    def agents(self) -> frozenset[str]:
        """The ids of those who are reserved."""
        return frozenset(self._reserved)

    def hold(self, agent_ids: Collection[str]) -> bool:
        """Whether one of these agents is reserved."""
        return not self._reserved.isdisjoint(agent_ids)
