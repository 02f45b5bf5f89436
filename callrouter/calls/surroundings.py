"""What the calls of a router share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from callrouter.calls.agents import AgentBoard
from callrouter.calls.greeted import Greeted
from callrouter.facts import Fact
from callrouter.switchboard import Switchboard


class Ledger(Protocol):
    """Where facts go; never waits, never fails."""

    def append(self, call_id: UUID, fact: Fact) -> None: ...

    def resume(self, call_id: UUID, facts: Sequence[Fact]) -> None:
        """What follows of this call comes after these facts, which are kept already."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What calls share. `now` gives aware datetimes in UTC."""

    switchboard: Switchboard
    agents: AgentBoard
    ledger: Ledger
    now: Callable[[], datetime]
    greeted: Greeted = field(default_factory=Greeted)
