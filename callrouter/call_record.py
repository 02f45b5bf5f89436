"""The call record: what its facts, in order, amount to.

Pure: `record_of(facts)` is a function of its argument. What was once true stays: of several
answers, hangups and ends the first wins, and nothing changes after the end. What is not known
(when an interrupted call ended) is None, never a guess.

Law: `course_of(facts[:n]).after(facts[n:])` has that record too, so that a call's next facts need
not its first ones.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from typing import assert_never

from callrouter.call_values import Attempt, CallRecord
from callrouter.facts import (
    AgentAnswered,
    AgentAsked,
    AgentRinging,
    AgentRung,
    AgentSkipped,
    AnsweredByUs,
    Arrived,
    AttemptEnded,
    Connected,
    Disposition,
    Ended,
    EndLearned,
    Fact,
    Failed,
    FallbackChosen,
    FollowedOn,
    GroupLinedUp,
    HandledByAsterisk,
    HungUp,
    Interrupted,
    Moved,
    Outcome,
    Party,
    PromptEnded,
    PromptStarted,
    RingingBegan,
    Routed,
    SupervisorEnded,
    TakenUp,
)
from callrouter.routing.order import describe_line

__all__ = ["Attempt", "CallRecord", "Course", "course_of", "record_of"]


def record_of(facts: Sequence[Fact]) -> CallRecord:
    """The record that these facts, in their order, amount to.

    Raises ValueError where the first fact is not the call's arrival. Works for any beginning of
    a call's facts, so that the record of a live call is simply the record so far.
    """
    return course_of(facts).record


def course_of(facts: Sequence[Fact]) -> "Course":
    """As `record_of`, to go on from there."""
    if not facts or not isinstance(facts[0], Arrived):
        raise ValueError("a call's first fact is its arrival")
    arrived = facts[0]
    course = Course(
        CallRecord(
            entity_id=arrived.entity_id,
            channel_id=arrived.channel_id,
            direction=arrived.direction,
            number=arrived.number,
            caller_number=arrived.caller_number,
            caller_name=arrived.caller_name,
            arrived_at=arrived.at,
        )
    )
    _add_all(course, facts[1:])
    return course


@dataclass(slots=True)
class Course:
    """The record so far, when agents answered, who talks, and when the first party hung up.

    `sorted_by` is by what the agents came to their places in the group that is being rung.

    An answer alone does not end an attempt: the caller may leave in the same instant, or another
    of the agent's phones may go on ringing.
    """

    record: CallRecord
    answers: dict[str, datetime] = field(default_factory=dict)
    sorted_by: dict[str, str] = field(default_factory=dict)
    talking: Attempt | None = None
    hung_up_at: datetime | None = None

    def after(self, facts: Iterable[Fact]) -> "Course":
        """How it goes on with the next facts; this one stays as it is."""
        course = self._copy()
        _add_all(course, facts)
        return course

    def _copy(self) -> "Course":
        """Attempts that nothing can change any more are the same ones."""
        record = self.record.copy()
        record.attempts = tuple(
            each.copy() if each.outcome is None or each is self.talking else each
            for each in record.attempts
        )
        talking = self.talking and record.attempts[self.talking.ordinal - 1]
        return Course(record, dict(self.answers), self.sorted_by, talking, self.hung_up_at)

    def begin(self, fact: AgentSkipped | AgentRung) -> Attempt:
        attempt = Attempt(
            len(self.record.attempts) + 1,
            fact.agent,
            fact.extension,
            fact.at,
            name=fact.name,
            agent_group=fact.agent_group,
            sorted_by=self.sorted_by.get(fact.agent, "") if fact.agent_group else "",
        )
        self.record.attempts += (attempt,)
        self.answers.pop(fact.agent, None)
        return attempt

    def open(self, agent: str) -> Attempt | None:
        """The agent's attempt that has not ended."""
        for attempt in self.record.attempts:
            if attempt.agent == agent and attempt.outcome is None:
                return attempt
        return None


def _add_all(course: Course, facts: Iterable[Fact]) -> None:
    for fact in facts:
        if course.record.ended_at is None:
            _add(course.record, course, fact)


def _add(record: CallRecord, course: Course, fact: Fact) -> None:
    """What nearly every call has is asked for first: the other kinds are many."""
    match fact:
        case PromptStarted() | PromptEnded() | RingingBegan():
            pass
        case Routed():
            _add_decision(record, fact)
        case AnsweredByUs():
            record.answered_at = record.answered_at or fact.at
        case GroupLinedUp():
            line = list(zip_longest(fact.agents, fact.sorted_by, fillvalue=""))
            course.sorted_by = dict(line)
            record.trace += (describe_line(fact.agent_group, fact.call_routing, fact.order, line),)
        case AgentSkipped():
            attempt = course.begin(fact)
            attempt.outcome, attempt.ended_at = Outcome.SKIPPED, fact.at
            attempt.skip_reason, attempt.detail = fact.reason, fact.detail
        case AgentRung():
            attempt = course.begin(fact)
            attempt.sorted_by = fact.sorted_by or attempt.sorted_by
            record.first_ring_at = record.first_ring_at or fact.at
        case AgentRinging():
            if (rung := course.open(fact.agent)) is not None:
                rung.ringing_at = rung.ringing_at or fact.at
        case AgentAnswered() | AttemptEnded() | Connected():
            _add_answer(record, course, fact)
        case HungUp() | Ended() | Failed() | Interrupted() | EndLearned():
            _add_ending(record, course, fact)
        case FallbackChosen():
            record.disposition = record.disposition or fact.disposition
            record.message = fact.message
            record.rule = fact.rule
            record.trace += (fact.rule,)
        case FollowedOn():
            _goes_on(record)
            record.trace += (f"{fact.rule} The call goes on to {fact.target}.",)
        case Moved():
            _add_move(record, course, fact)
        case SupervisorEnded():
            record.ended_by = record.ended_by or fact.by
            record.rule = record.rule or f"{fact.by} ended the call."
            record.trace += (f"{fact.by} ended the call.",)
        case HandledByAsterisk():
            record.handled_by_asterisk = True
            record.trace += ("No router was there: Asterisk handled the call by itself.",)
        case Arrived() | AgentAsked() | TakenUp():
            pass
        case _:
            assert_never(fact)


def _goes_on(record: CallRecord) -> None:
    """What was said before (it is closed, nobody is there) is not the end of it.

    Who was answered once was answered, whatever becomes of him.
    """
    answered = record.agent_answered_at is not None
    record.disposition = Disposition.ANSWERED if answered else None
    record.rule = None


def _add_move(record: CallRecord, course: Course, fact: Moved) -> None:
    _goes_on(record)
    record.message = None
    record.moved_by, record.moved_to = fact.by, fact.target
    record.trace += (f"{fact.by} moved the call to {fact.target}.",)
    if record.talking_since is not None:
        seconds = (fact.at - record.talking_since).total_seconds()
        record.earlier_talk_seconds += seconds
        record.talking_since = None
        if course.talking is not None:
            course.talking.talk_ended_at, course.talking.talking_seconds = fact.at, seconds
            course.talking = None


def _add_decision(record: CallRecord, fact: Routed) -> None:
    """The first decision is the call's; those of settings it follows on to only say more."""
    if record.decision is None:
        record.settings = fact.settings
        record.settings_version = fact.version
        record.decision = fact.decision
        record.agent_group = fact.agent_group
        record.timezone = fact.timezone
        record.schedule_row = fact.schedule_row
        record.holiday = fact.holiday
        record.override = fact.override
    record.trace += fact.trace


def _add_answer(
    record: CallRecord, course: Course, fact: AgentAnswered | AttemptEnded | Connected
) -> None:
    attempt = course.open(fact.agent)
    match fact:
        case AgentAnswered():
            course.answers[fact.agent] = fact.at
        case AttemptEnded():
            if attempt is not None:
                attempt.outcome, attempt.ended_at = fact.outcome, fact.at
                attempt.cause, attempt.sip_status = fact.cause, fact.sip_status
        case Connected():
            answered_at = course.answers.get(fact.agent, fact.at)
            if record.talking_since is None:
                record.agent, record.talking_since = fact.agent, answered_at
                record.agent_answered_at = record.agent_answered_at or answered_at
                course.talking = attempt
                record.agent_extension = attempt.extension if attempt else None
                record.agent_group = (attempt and attempt.agent_group) or record.agent_group
            if attempt is not None:
                attempt.outcome, attempt.ended_at = Outcome.ANSWERED, answered_at
            record.disposition = record.disposition or Disposition.ANSWERED
        case _:
            assert_never(fact)


_LEARNED = "No router saw the end; when it was is known from Asterisk's own records."


def _add_ending(
    record: CallRecord, course: Course, fact: HungUp | EndLearned | Failed | Interrupted | Ended
) -> None:
    match fact:
        case HungUp() | EndLearned():
            if isinstance(fact, EndLearned):
                record.trace += (_LEARNED,)
            if course.hung_up_at is None:
                record.hung_up_by, record.hangup_cause = fact.by, fact.cause
                record.left_during = fact.stage
                course.hung_up_at = fact.at
            if fact.by is Party.CALLER:
                record.disposition = record.disposition or Disposition.ABANDONED
            elif fact.by is Party.SUPERVISOR:  # he did not give up: the company refused the call
                record.disposition = record.disposition or Disposition.REJECTED
        case Failed():
            record.error = fact.error
            if course.hung_up_at is None:  # whatever was reached before: it was cut off by us
                record.disposition = Disposition.FAILED
            record.disposition = record.disposition or Disposition.FAILED
        case Interrupted():
            record.error = fact.reason
            if course.hung_up_at is None:  # otherwise we know how it ended
                record.disposition = Disposition.INTERRUPTED
        case Ended():
            record.ended_at = max(
                fact.left_at or fact.at, record.talking_since or record.arrived_at
            )
            ours = record.hung_up_by in (Party.CALLROUTER, Party.SUPERVISOR)
            if course.hung_up_at is not None and not ours:
                record.ended_at = min(course.hung_up_at, record.ended_at)
            record.disposition = record.disposition or Disposition.FAILED
            known = record.disposition is not Disposition.INTERRUPTED
            for attempt in record.attempts:
                if attempt.outcome is None:
                    attempt.outcome = Outcome.FAILED
                    attempt.ended_at = fact.at if known else None
            if course.talking is not None:
                _end_talk(course.talking, record.ended_at, known=known)
        case _:
            assert_never(fact)


def _end_talk(attempt: Attempt, at: datetime, *, known: bool) -> None:
    attempt.talk_ended_at = at
    if known and attempt.ended_at is not None:
        attempt.talking_seconds = (at - attempt.ended_at).total_seconds()
