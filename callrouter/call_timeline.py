"""A call as bars along one line of time: what the caller heard, and each agent who was considered.

Pure: `timeline_of(record, facts, now)` is a function of its arguments, for the API and the page
alike. Seconds count from the arrival.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from callrouter.call_record import Attempt, CallRecord
from callrouter.facts import (
    Connected,
    Ended,
    EndLearned,
    Fact,
    FollowedOn,
    HandledByAsterisk,
    HungUp,
    Moved,
    Outcome,
    PromptEnded,
    PromptStarted,
    RingingBegan,
    SupervisorEnded,
    TakenUp,
)

TAKEN_UP = "Another router process took the call up."


class Heard(StrEnum):
    """What the caller had in his ear."""

    MESSAGE = "message"
    RINGING = "ringing"
    TALK = "talk"


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of what the caller heard; `message` says which one, `end` None: it goes on."""

    heard: Heard
    start: float
    end: float | None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """One attempt; skipped agents have no length. `rings_from` is when the phone said it rings.

    `end` is None while it lasts, and where nobody knows when it ended.
    """

    ordinal: int
    agent: str
    name: str
    extension: str
    agent_group: str
    start: float
    rings_from: float | None
    end: float | None
    outcome: Outcome | None
    skipped: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment: the call went on elsewhere, was moved or ended, or somebody hung up.

    `text` is a sentence, and where somebody hung up who that was: a word of `Party`.
    """

    at: float
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """`seconds` is its length: to the end of the call, or until now."""

    seconds: float
    live: bool
    heard: tuple[Part, ...]
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]


def timeline_of(record: CallRecord, facts: Sequence[Fact], now: datetime) -> Timeline:
    """The timeline of a call; without facts (an old call's may be gone) what its record tells."""
    start = record.arrived_at
    heard = tuple(_heard(record, facts, start)) if facts else tuple(_known_talk(record))
    bars = tuple(_bar(attempt, start) for attempt in record.attempts)
    live = record.ended_at is None
    known = [_since(start, now if live else record.ended_at)]
    if facts:
        known.append(_since(start, facts[-1].at))
    known += [edge for bar in bars for edge in (bar.start, bar.end)]
    seconds = max(each for each in known if each is not None)
    return Timeline(max(0.0, seconds), live, heard, bars, tuple(_marks(facts, start)))


def _since(start: datetime, moment: datetime | None) -> float | None:
    return None if moment is None else round((moment - start).total_seconds(), 3)


def _heard(record: CallRecord, facts: Sequence[Fact], start: datetime) -> Iterator[Part]:
    """One part after another: what begins ends what was heard before."""
    current: tuple[Heard, float, str | None] | None = None
    for fact in facts:
        at = (fact.at - start).total_seconds()
        begins: tuple[Heard, float, str | None] | None
        match fact:
            case PromptStarted():
                begins = (Heard.MESSAGE, at, str(fact.message))
            case RingingBegan():
                begins = (Heard.RINGING, at, None)
            case Connected():
                begins = (Heard.TALK, at, None)
            case PromptEnded() if current and current[0] is Heard.MESSAGE:
                begins = None
            case Moved() if current and current[0] is Heard.RINGING:
                continue  # it rings on, for others
            case HungUp() | EndLearned() | Moved() | Ended():
                begins = None
            case _:
                continue
        if current is not None:
            yield Part(current[0], round(current[1], 3), round(at, 3), current[2])
        current = begins
    if current is not None:
        end = _since(start, record.ended_at)
        yield Part(current[0], round(current[1], 3), end, current[2])


def _known_talk(record: CallRecord) -> Iterator[Part]:
    start = _since(record.arrived_at, record.agent_answered_at)
    if start is not None:
        yield Part(Heard.TALK, start, _since(record.arrived_at, record.ended_at))


def _bar(attempt: Attempt, start: datetime) -> Bar:
    return Bar(
        attempt.ordinal,
        attempt.agent,
        attempt.name,
        attempt.extension,
        attempt.agent_group,
        _since(start, attempt.started_at) or 0.0,
        _since(start, attempt.ringing_at),
        _since(start, attempt.ended_at),
        attempt.outcome,
        attempt.outcome is Outcome.SKIPPED,
        attempt.detail or (attempt.skip_reason or "").replace("_", " "),
    )


def _marks(facts: Sequence[Fact], start: datetime) -> Iterator[Mark]:
    for fact in facts:
        at = round((fact.at - start).total_seconds(), 3)
        match fact:
            case HandledByAsterisk():
                yield Mark(at, "handled_by_asterisk", "No router is there: Asterisk handles it.")
            case FollowedOn():
                yield Mark(at, "followed_on", f"{fact.rule} The call goes on to {fact.target}.")
            case Moved():
                yield Mark(at, "moved", f"{fact.by} moved the call to {fact.target}.")
            case SupervisorEnded():
                yield Mark(at, "ended_by", f"{fact.by} ended the call.")
            case TakenUp():
                yield Mark(at, "taken_up", TAKEN_UP)
            case EndLearned(by=None):
                yield Mark(at, "end_learned", "It ended, as Asterisk's own records say.")
            case HungUp() | EndLearned():
                yield Mark(at, "hung_up", str(fact.by))
            case _:
                pass
