"""Facts of a call, in order, and the record made from them.

Pure: `record_of(facts)` is a function of its argument. A fact is appended before the request it
announces is sent, so that our own hangup never looks like the caller's; of several hangups the
first wins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import assert_never

import msgspec


class Disposition(StrEnum):
    """How a call ended."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"
    CLOSED = "closed"
    REJECTED = "rejected"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


class Outcome(StrEnum):
    """What became of one agent considered for one call."""

    ANSWERED = "answered"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    CALLER_LEFT = "caller_left"
    FAILED = "failed"
    SKIPPED = "skipped"


class Party(StrEnum):
    """Who hung up."""

    CALLER = "caller"
    AGENT = "agent"
    CALLROUTER = "callrouter"


class Stage(StrEnum):
    """Where in its way a call was when somebody left."""

    ARRIVAL = "arrival"
    GREETING = "greeting"
    RINGING = "ringing"
    TALK = "talk"
    MESSAGE = "message"


class Message(StrEnum):
    """The messages of incoming call settings that a caller can hear."""

    GREETING = "greeting_message"
    BUSY = "agent_busy_message"
    UNAVAILABLE = "agent_unavailable_message"


class _Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", omit_defaults=True):
    """`at` is an aware datetime in UTC."""

    at: datetime


class Arrived(_Fact, frozen=True, tag="arrived"):
    entity_id: str
    channel_id: str
    number: str
    caller_number: str
    caller_name: str
    direction: str = "incoming"


class Routed(_Fact, frozen=True, tag="routed"):
    """What `decide` said, with its trace: sentences that say why."""

    decision: str
    settings: str | None = None
    version: str
    agent_group: str | None = None
    trace: tuple[str, ...] = ()


class AnsweredByUs(_Fact, frozen=True, tag="answered_by_us"):
    pass


class PromptStarted(_Fact, frozen=True, tag="prompt_started"):
    message: Message


class PromptEnded(_Fact, frozen=True, tag="prompt_ended"):
    message: Message
    failure: str | None = None


class RingingBegan(_Fact, frozen=True, tag="ringing_began"):
    pass


class AgentSkipped(_Fact, frozen=True, tag="agent_skipped"):
    agent: str
    extension: str
    reason: str


class AgentRung(_Fact, frozen=True, tag="agent_rung"):
    """We asked Asterisk to ring the agent's phones."""

    agent: str
    extension: str
    phones: tuple[str, ...]


class AgentRinging(_Fact, frozen=True, tag="agent_ringing"):
    """The first of the agent's phones said that it rings."""

    agent: str


class AgentAnswered(_Fact, frozen=True, tag="agent_answered"):
    agent: str


class AttemptEnded(_Fact, frozen=True, tag="attempt_ended"):
    """`cause` is the Q.850 cause, `sip_status` the phone's final SIP response, where known."""

    agent: str
    outcome: Outcome
    cause: int | None = None
    sip_status: int | None = None


class Connected(_Fact, frozen=True, tag="connected"):
    """Caller and agent hear each other."""

    agent: str


class FallbackChosen(_Fact, frozen=True, tag="fallback_chosen"):
    """Nobody got the call; `rule` is the sentence that says why this disposition."""

    disposition: Disposition
    message: Message | None = None
    rule: str


class HungUp(_Fact, frozen=True, tag="hung_up"):
    by: Party
    stage: Stage
    cause: int | None = None


class Failed(_Fact, frozen=True, tag="failed"):
    error: str


class Interrupted(_Fact, frozen=True, tag="interrupted"):
    reason: str


class Ended(_Fact, frozen=True, tag="ended"):
    """The last fact of every call: nothing of it is left in Asterisk."""


Fact = (
    Arrived
    | Routed
    | AnsweredByUs
    | PromptStarted
    | PromptEnded
    | RingingBegan
    | AgentSkipped
    | AgentRung
    | AgentRinging
    | AgentAnswered
    | AttemptEnded
    | Connected
    | FallbackChosen
    | HungUp
    | Failed
    | Interrupted
    | Ended
)


@dataclass(slots=True)
class Attempt:
    """One agent considered for one call, in the order of consideration (`ordinal` from 1)."""

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

    @property
    def seconds(self) -> float:
        """From our request to the attempt's end: for the one who answered, to the answer."""
        if self.ended_at is None:
            return 0.0
        return (self.ended_at - self.started_at).total_seconds()


@dataclass(slots=True)
class CallRecord:
    """The one row of a call. `disposition` and `ended_at` are None while the call lives."""

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
    attempts: tuple[Attempt, ...] = ()
    trace: tuple[str, ...] = ()

    @property
    def waiting_seconds(self) -> float | None:
        """From arrival to the agent's answer, or to the end where nobody answered."""
        until = self.agent_answered_at or self.ended_at
        return None if until is None else (until - self.arrived_at).total_seconds()

    @property
    def talking_seconds(self) -> float | None:
        """From the agent's answer to the end; 0 where nobody answered."""
        if self.ended_at is None:
            return None
        if self.agent_answered_at is None:
            return 0.0
        return (self.ended_at - self.agent_answered_at).total_seconds()


def record_of(facts: Sequence[Fact]) -> CallRecord:
    """The record that these facts, in their order, amount to.

    Raises ValueError where the first fact is not the call's arrival. Works for any beginning of
    a call's facts, so that the record of a live call is simply the record so far.
    """
    if not facts or not isinstance(facts[0], Arrived):
        raise ValueError("a call's first fact is its arrival")
    arrived = facts[0]
    record = CallRecord(
        entity_id=arrived.entity_id,
        channel_id=arrived.channel_id,
        direction=arrived.direction,
        number=arrived.number,
        caller_number=arrived.caller_number,
        caller_name=arrived.caller_name,
        arrived_at=arrived.at,
    )
    attempts = _Attempts()
    for fact in facts:
        _add(record, attempts, fact)
    record.attempts = tuple(attempts.all)
    return record


class _Attempts:
    """The attempts so far; an agent's open attempt is found by the agent."""

    def __init__(self) -> None:
        self.all: list[Attempt] = []
        self.open: dict[str, Attempt] = {}

    def begin(self, agent: str, extension: str, at: datetime) -> Attempt:
        attempt = Attempt(len(self.all) + 1, agent, extension, at)
        self.all.append(attempt)
        self.open[agent] = attempt
        return attempt


def _add(record: CallRecord, attempts: _Attempts, fact: Fact) -> None:
    match fact:
        case Arrived() | PromptStarted() | PromptEnded():
            pass
        case Routed():
            record.settings = fact.settings
            record.settings_version = fact.version
            record.decision = fact.decision
            record.agent_group = fact.agent_group
            record.trace += fact.trace
        case AnsweredByUs():
            record.answered_at = record.answered_at or fact.at
        case RingingBegan():
            pass
        case AgentSkipped():
            attempt = attempts.begin(fact.agent, fact.extension, fact.at)
            _end(attempts, attempt, fact.at, Outcome.SKIPPED)
            attempt.skip_reason = fact.reason
        case AgentRung():
            attempts.begin(fact.agent, fact.extension, fact.at)
            record.first_ring_at = record.first_ring_at or fact.at
        case AgentRinging():
            if attempt_ringing := attempts.open.get(fact.agent):
                attempt_ringing.ringing_at = attempt_ringing.ringing_at or fact.at
        case AgentAnswered() | AttemptEnded() | Connected():
            _add_answer(record, attempts, fact)
        case FallbackChosen():
            record.disposition = record.disposition or fact.disposition
            record.message = fact.message
            record.rule = fact.rule
            record.trace += (fact.rule,)
        case HungUp() | Failed() | Interrupted() | Ended():
            _add_ending(record, attempts, fact)
        case _:
            assert_never(fact)


def _add_answer(
    record: CallRecord, attempts: _Attempts, fact: AgentAnswered | AttemptEnded | Connected
) -> None:
    attempt = attempts.open.get(fact.agent)
    match fact:
        case AgentAnswered():
            if attempt is not None:
                attempt.ended_at = fact.at
        case AttemptEnded():
            if attempt is not None:
                attempt.cause, attempt.sip_status = fact.cause, fact.sip_status
                _end(attempts, attempt, fact.at, fact.outcome)
        case Connected():
            if attempt is not None:
                record.agent, record.agent_extension = attempt.agent, attempt.extension
                record.agent_answered_at = attempt.ended_at or fact.at
                _end(attempts, attempt, fact.at, Outcome.ANSWERED)
            record.disposition = record.disposition or Disposition.ANSWERED
        case _:
            assert_never(fact)


def _add_ending(
    record: CallRecord, attempts: _Attempts, fact: HungUp | Failed | Interrupted | Ended
) -> None:
    match fact:
        case HungUp():
            if record.hung_up_by is None:
                record.hung_up_by, record.hangup_cause = fact.by, fact.cause
                record.left_during = fact.stage
            if fact.by is Party.CALLER:
                record.disposition = record.disposition or Disposition.ABANDONED
        case Failed():
            record.error = fact.error
            record.disposition = record.disposition or Disposition.FAILED
        case Interrupted():
            record.error = fact.reason
            if record.ended_at is None:
                record.disposition = Disposition.INTERRUPTED
        case Ended():
            record.ended_at = record.ended_at or fact.at
            record.disposition = record.disposition or Disposition.FAILED
            for attempt in list(attempts.open.values()):
                _end(attempts, attempt, fact.at, Outcome.FAILED)
        case _:
            assert_never(fact)


def _end(attempts: _Attempts, attempt: Attempt, at: datetime, outcome: Outcome) -> None:
    attempt.outcome = outcome
    attempt.ended_at = attempt.ended_at or at
    attempts.open.pop(attempt.agent, None)


encode_fact = msgspec.json.Encoder().encode
_decoder: msgspec.json.Decoder[Fact] = msgspec.json.Decoder(Fact)


def decode_fact(encoded: bytes | str) -> Fact:
    """The fact that `encode_fact` wrote; raises msgspec.ValidationError for anything else."""
    return _decoder.decode(encoded)
