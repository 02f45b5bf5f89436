"""What is known of one call, and of each agent considered for it: plain values, one field a column.

Made by `call_record.record_of`, or read from the tables. What is not known is None, never a guess.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter

from callrouter.facts import Disposition, Message, Outcome, Party, Stage


@dataclass(slots=True)
class Attempt:
    """One agent considered for one call, in the order of consideration (`ordinal` from 1).

    An outside number that was rung is an attempt too: then `agent` is the number.

    Who answered has talked until `talk_ended_at`: then the call ended, or was moved away from him.
    `talking_seconds` is None while he talks, for all others, and where nobody knows when it ended.
    """

    ordinal: int
    agent: str
    extension: str
    started_at: datetime
    outcome: Outcome | None = None
    skip_reason: str | None = None
    ringing_at: datetime | None = None
    ended_at: datetime | None = None
    cause: int | None = None
    sip_status: int | None = None
    name: str = ""
    agent_group: str = ""
    sorted_by: str = ""
    detail: str = ""
    talk_ended_at: datetime | None = None
    talking_seconds: float | None = None

    @property
    def seconds(self) -> float:
        """From our request to the attempt's end: for the one who got the call, to his answer.

        0 while it lasts, and where nobody knows when it ended.
        """
        if self.ended_at is None:
            return 0.0
        return (self.ended_at - self.started_at).total_seconds()

    def copy(self) -> "Attempt":
        return Attempt(*_values_of_attempt(self))


@dataclass(slots=True)
class CallRecord:
    """The one row of a call; `ended_at` is None while the call lives, then the first
    hangup; of ours, when Asterisk has done it.

    `settings` are those of the dialled number, also when the call followed on to others;
    `agent_group` is the first that was on duty, then that of `agent`.

    `agent_answered_at` is the first answer: so long the caller waited. `agent` is who talked last,
    since `talking_since`: None where nobody talks because the call was moved away from him; it
    stays when the call ends. What agents talked before him is in `earlier_talk_seconds`. `moved_by`
    and `moved_to` are of the last time a supervisor moved the call; `ended_by` is who ended it.
    `handled_by_asterisk` is true where no router was there.

    The `ended_at` of an interrupted call is when we noticed, perhaps hours after its end.
    """

    entity_id: str
    channel_id: str
    direction: str
    number: str
    caller_number: str
    caller_name: str
    arrived_at: datetime
    settings: str | None = None
    settings_version: str | None = None
    decision: str | None = None
    agent_group: str | None = None
    disposition: Disposition | None = None
    answered_at: datetime | None = None
    first_ring_at: datetime | None = None
    agent_answered_at: datetime | None = None
    ended_at: datetime | None = None
    agent: str | None = None
    agent_extension: str | None = None
    hung_up_by: Party | None = None
    left_during: Stage | None = None
    hangup_cause: int | None = None
    message: Message | None = None
    rule: str | None = None
    error: str | None = None
    timezone: str | None = None
    schedule_row: str | None = None
    holiday: str | None = None
    override: str | None = None
    talking_since: datetime | None = None
    earlier_talk_seconds: float = 0.0
    moved_by: str | None = None
    moved_to: str | None = None
    ended_by: str | None = None
    handled_by_asterisk: bool = False
    attempts: tuple[Attempt, ...] = ()
    trace: tuple[str, ...] = ()

    @property
    def agent_name(self) -> str | None:
        """What `agent` was called then, or his id; None where nobody answered."""
        names = (each.name for each in reversed(self.attempts) if each.agent == self.agent)
        return next(filter(None, names), self.agent)

    @property
    def waiting_seconds(self) -> float | None:
        """From arrival to the first agent's answer, or to the end where nobody answered.

        None while the caller waits, and where nobody knows how long he waited.
        """
        until = self.agent_answered_at
        if until is None and self.disposition is not Disposition.INTERRUPTED:
            until = self.ended_at
        return None if until is None else (until - self.arrived_at).total_seconds()

    @property
    def talking_seconds(self) -> float | None:
        """All that agents talked with the caller; 0 where nobody answered.

        None until the call has ended, and where nobody knows when it did.
        """
        if self.ended_at is None or self.disposition is Disposition.INTERRUPTED:
            return None
        since = self.talking_since
        if since is None and self.moved_to is None:
            since = self.agent_answered_at  # as in records of before calls could be moved
        last = 0.0 if since is None else (self.ended_at - since).total_seconds()
        return self.earlier_talk_seconds + last

    def copy(self) -> "CallRecord":
        """The attempts are the same ones."""
        return CallRecord(*_values_of_record(self))


# `copy.copy` and `dataclasses.replace` take several times as long.
_values_of_attempt = attrgetter(*(field.name for field in fields(Attempt)))
_values_of_record = attrgetter(*(field.name for field in fields(CallRecord)))
