"""The facts of a call: everything that happens to it, in order, as plain values.

A fact is appended before the request it announces is sent, so that our own hangup never looks
like the caller's.
"""

from datetime import datetime
from enum import StrEnum

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
    CANCELLED = "cancelled"  # the call was moved or ended while he was rung, or its router died
    FAILED = "failed"
    SKIPPED = "skipped"


class Party(StrEnum):
    """Who hung up."""

    CALLER = "caller"
    AGENT = "agent"
    CALLROUTER = "callrouter"
    SUPERVISOR = "supervisor"


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
    CLOSED = "closed_message"
    FOLLOW_ON = "follow_on_message"
    REFUSED = "refused_message"


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


class HandledByAsterisk(_Fact, frozen=True, tag="handled_by_asterisk"):
    """No router was there: Asterisk followed the schedule by itself; what follows it has noted."""


class Routed(_Fact, frozen=True, tag="routed"):
    """What `decide` said, with its trace: sentences that say why.

    `schedule_row`, `holiday` and `override` are what won, in words. Several where a call follows
    on to other settings. `targets` are all that were to ring, one after another: `group sales`.
    """

    decision: str
    version: str
    settings: str | None = None
    agent_group: str | None = None
    targets: tuple[str, ...] = ()
    trace: tuple[str, ...] = ()
    timezone: str | None = None
    schedule_row: str | None = None
    holiday: str | None = None
    override: str | None = None


class AnsweredByUs(_Fact, frozen=True, tag="answered_by_us"):
    pass


class PromptStarted(_Fact, frozen=True, tag="prompt_started"):
    """`playback` is the number of its name (`Call.name`): whoever takes the call up knows it."""

    message: Message
    playback: int = 0


class PromptEnded(_Fact, frozen=True, tag="prompt_ended"):
    message: Message
    failure: str | None = None


class RingingBegan(_Fact, frozen=True, tag="ringing_began"):
    pass


class GroupLinedUp(_Fact, frozen=True, tag="group_lined_up"):
    """The members of a group in the order in which they are considered, and what made it.

    `sorted_by` says for each of `agents` by which value, in words; empty where none counts.
    """

    agent_group: str
    call_routing: str
    order: str
    agents: tuple[str, ...]
    sorted_by: tuple[str, ...] = ()


class AgentSkipped(_Fact, frozen=True, tag="agent_skipped"):
    """`detail` says the reason in words: `on a call since 10:31`."""

    agent: str
    extension: str
    reason: str
    name: str = ""
    agent_group: str = ""
    detail: str = ""


class AgentRung(_Fact, frozen=True, tag="agent_rung"):
    """We asked Asterisk to ring the agent's phones; or an outside number, then `agent` is it."""

    agent: str
    extension: str
    phones: tuple[str, ...]
    name: str = ""
    agent_group: str = ""
    sorted_by: str = ""


class AgentRinging(_Fact, frozen=True, tag="agent_ringing"):
    """The first of the agent's phones said that it rings."""

    agent: str


class AgentAsked(_Fact, frozen=True, tag="agent_asked"):
    """Somebody picked up a phone that must confirm: asked to press a key."""

    agent: str
    phone: str


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


class FollowedOn(_Fact, frozen=True, tag="followed_on"):
    """Nobody got the call; it goes on to `target`, in words. `rule` says why."""

    target: str
    rule: str


class Moved(_Fact, frozen=True, tag="moved"):
    """`by` took the call from where it was in `stage` and sent it to `target`, in words.

    Whoever talked with the caller does so no more.
    """

    by: str
    target: str
    stage: Stage


class SupervisorEnded(_Fact, frozen=True, tag="supervisor_ended"):
    """`by` wants the call ended; our hangup follows."""

    by: str


class FallbackChosen(_Fact, frozen=True, tag="fallback_chosen"):
    """Nobody got the call; `rule` is the sentence that says why this disposition."""

    disposition: Disposition
    rule: str
    message: Message | None = None


class HungUp(_Fact, frozen=True, tag="hung_up"):
    by: Party
    stage: Stage
    cause: int | None = None


class TakenUp(_Fact, frozen=True, tag="taken_up"):
    """The router of this call is gone; another process goes on with it where it was."""


class EndLearned(_Fact, frozen=True, tag="end_learned"):
    """No router saw the end; Asterisk's own records tell when it was. `by` is None: not who."""

    by: Party | None
    stage: Stage
    cause: int | None = None


class Failed(_Fact, frozen=True, tag="failed"):
    error: str


class Interrupted(_Fact, frozen=True, tag="interrupted"):
    reason: str


class Ended(_Fact, frozen=True, tag="ended"):
    """The last fact of every call: nothing of it is left in Asterisk.

    `left_at` is when the caller's channel was gone, where that was more than a second before.
    """

    left_at: datetime | None = None


Fact = (
    Arrived
    | HandledByAsterisk
    | Routed
    | AnsweredByUs
    | PromptStarted
    | PromptEnded
    | RingingBegan
    | GroupLinedUp
    | AgentSkipped
    | AgentRung
    | AgentRinging
    | AgentAsked
    | AgentAnswered
    | AttemptEnded
    | Connected
    | FollowedOn
    | Moved
    | SupervisorEnded
    | FallbackChosen
    | HungUp
    | TakenUp
    | EndLearned
    | Failed
    | Interrupted
    | Ended
)


encode_fact = msgspec.json.Encoder().encode
_decoder: msgspec.json.Decoder[Fact] = msgspec.json.Decoder(Fact)


def decode_fact(encoded: bytes | str) -> Fact:
    """The fact that `encode_fact` wrote; raises msgspec.ValidationError for anything else."""
    return _decoder.decode(encoded)
