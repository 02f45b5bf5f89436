"""What the calls of a router share."""

from collections.abc import Callable
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


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What calls share. `now` gives aware datetimes in UTC."""

    switchboard: Switchboard
    agents: AgentBoard
    ledger: Ledger
    now: Callable[[], datetime]
    greeted: Greeted = field(default_factory=Greeted)
