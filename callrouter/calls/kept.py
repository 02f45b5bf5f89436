"""What the agents' board keeps of an agent: what he said, which call has him, what he declined."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Status:
    """What an agent has said of himself, and when; `paused` is the reason, None is not paused."""

    logged_in: bool = True
    paused: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reservation:
    """A call of ours has the agent: it rings him, and from `talking_since` on he talks in it."""

    call_id: UUID
    since: datetime
    talking_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Declined:
    """`words` say what he did with a call, for which he is left alone until then."""

    words: str
    until: datetime


NO_STATUS = Status()
