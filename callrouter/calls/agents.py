"""Who can be rung now: the phones' states as Asterisk reports them, and our reservations.

The law: between asking for an agent and reserving him nothing is awaited, so no agent is ever
offered two calls.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from callrouter.routing.availability import (
    DeviceState,
    PhoneState,
    Situation,
    Skip,
    reachable_phones,
    skip,
)
from callrouter.routing.model import Agent


class AgentBoard:
    """The agents' phones on every Asterisk, and which call has reserved which agent."""

    def __init__(self) -> None:
        self._states: dict[str, dict[str, PhoneState]] = {}
        self._reserved: dict[str, UUID] = {}
        self._changes: Counter[tuple[str, str]] = Counter()

    def changes(self, entity_id: str, phone: str) -> int:
        """How often the phone's state was set: tells whether an answer may be outdated."""
        return self._changes[entity_id, phone]

    def set_state(self, entity_id: str, phone: str, state: str) -> None:
        """What Asterisk `entity_id` says of `phone`; a state we do not know counts as UNKNOWN."""
        known = state if state in DeviceState.__members__ else DeviceState.UNKNOWN
        self._states.setdefault(entity_id, {})[phone] = PhoneState(DeviceState(known))
        self._changes[entity_id, phone] += 1

    def reserve(
        self,
        agent: Agent,
        call_id: UUID,
        entity_id: str,
        now: datetime,
        timezone: str,
        needs: Mapping[str, int],
    ) -> Skip | None:
        """Reserve the agent for this call, or say why he is skipped; see `availability.skip`."""
        situation = Situation(self._phones(entity_id), agent.id in self._reserved)
        skipped = skip(agent, situation, now, timezone, needs)
        if skipped is None:
            self._reserved[agent.id] = call_id
        return skipped

    def release(self, agent_id: str, call_id: UUID) -> None:
        """Let the agent be rung by others again; a reservation of another call stays."""
        if self._reserved.get(agent_id) == call_id:
            del self._reserved[agent_id]

    def phones_to_ring(self, agent: Agent, entity_id: str) -> tuple[str, ...]:
        return reachable_phones(agent, self._phones(entity_id))

    @property
    def reserved(self) -> Mapping[str, UUID]:
        return self._reserved

    def _phones(self, entity_id: str) -> Mapping[str, PhoneState]:
        return self._states.get(entity_id, {})
