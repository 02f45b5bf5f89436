"""What happened in a call: its facts in order, each with its time.

Law: facts are only added, and none is older than the one before it.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from callrouter.calls.surroundings import Ledger
from callrouter.facts import (
    AgentAnswered,
    AgentRinging,
    Arrived,
    AttemptEnded,
    EndLearned,
    Fact,
    HungUp,
    Party,
    PromptEnded,
)

log = logging.getLogger(__name__)

# What we hear of; all the rest we do, and now.
_HEARD = frozenset(
    (Arrived, PromptEnded, AgentRinging, AgentAnswered, AttemptEnded, HungUp, EndLearned)
)


class Story:
    """Begins `late` seconds before `now`; `late` is that of the event that is looked at."""

    def __init__(self, call_id: UUID, ledger: Ledger, now: datetime, late: float) -> None:
        self.facts: list[Fact] = []
        self.late = late
        self._call_id = call_id
        self._ledger = ledger
        self._began_at = now - timedelta(seconds=late)
        self._time = asyncio.get_running_loop().time
        self._began = self._time() - late

    def take_up(self, facts: Sequence[Fact], arrived_at: datetime) -> None:
        """Go on with the story of another router's process, which began at `arrived_at`."""
        self.facts = list(facts)
        self._ledger.resume(self._call_id, self.facts)
        now = max(self._began_at, self.facts[-1].at)  # the clock may have been set back
        self._began_at = arrived_at
        self._began -= (now - arrived_at).total_seconds()

    def now(self) -> datetime:
        """The wall clock at the arrival and the time since then, even if that clock is set.

        While an event is looked at that was heard too late: when it happened.
        """
        return self._began_at + timedelta(0, self._time() - self._began - self.late)

    def note(self, fact: type[Fact], **fields: Any) -> None:
        """Append a fact with the present time."""
        if fact not in _HEARD or fields.get("by") is Party.CALLROUTER:
            self.late = 0.0
        at = max(self.now(), self.facts[-1].at) if self.facts else self.now()
        noted = fact(at=at, **fields)
        self.facts.append(noted)
        try:
            self._ledger.append(self._call_id, noted)
        except Exception:  # a bug: it costs a line in the log, not the call
            log.exception("call %s: %s was not written down", self._call_id, type(noted).__name__)
        log.debug("call %s: %s", self._call_id, noted)
