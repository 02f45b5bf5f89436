"""What the calls amount to, counted from their facts as they are noted.

Law: it costs a call a few microseconds, waits for nothing and breaks nothing. A call's disposition
is what `call_record` makes of the same facts; a test holds the two together.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from callrouter.calls.surroundings import Ledger
from callrouter.facts import (
    AgentAnswered,
    AgentRung,
    AgentSkipped,
    Arrived,
    AttemptEnded,
    Connected,
    Disposition,
    Ended,
    Fact,
    Failed,
    FallbackChosen,
    FollowedOn,
    HungUp,
    Interrupted,
    Moved,
    Outcome,
    Party,
    PromptEnded,
    Routed,
    SupervisorEnded,
)
from callrouter.monitoring.families import FAST, PATIENT, Counter, Family, Histogram


class _Course:
    """One call so far. `waiting_since` is None while its caller does not wait for anybody."""

    __slots__ = (
        "answered",
        "answers",
        "arrived_at",
        "decided",
        "disposition",
        "heard_at",
        "hung_up",
        "rung",
        "waiting_since",
    )

    def __init__(self, at: datetime) -> None:
        self.arrived_at = self.heard_at = at
        self.waiting_since: datetime | None = at
        self.decided = self.rung = self.answered = self.hung_up = False
        self.answers: dict[str, datetime] = {}
        self.disposition: Disposition | None = None


class _Nowhere:
    """A ledger that forgets."""

    def append(self, call_id: UUID, fact: Fact) -> None:
        pass

    def resume(self, call_id: UUID, facts: Sequence[Fact]) -> None:
        pass


class CallMeter:
    """Between the calls and their `ledger`, which gets every fact first."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._calls: dict[UUID, _Course] = {}
        self.arrived = Counter("callrouter_calls_arrived_total", "Calls that have come.")
        self.taken_up = Counter(
            "callrouter_calls_taken_up_total", "Calls taken up from a router that had gone."
        )
        self.ended = Counter(
            "callrouter_calls_total", "Calls that have ended.", "disposition", Disposition
        )
        self.attempts = Counter(
            "callrouter_attempts_total",
            "Agents considered for a call, by what became of that.",
            "outcome",
            Outcome,
        )
        self.steered = Counter(
            "callrouter_supervisor_actions_total",
            "Calls that supervisors have moved or ended.",
            "action",
            ("move", "end"),
        )
        self.decisions = Counter(
            "callrouter_decisions_total",
            "Calls by what was decided at their arrival.",
            "decision",
            ("ring", "closed", "unavailable", "refused", "unknown_number"),
        )
        self.decision = Histogram(
            "callrouter_decision_seconds",
            "From a call's arrival until it is decided where it goes.",
            FAST,
        )
        self.first_ring = Histogram(
            "callrouter_first_ring_seconds",
            "From a call's arrival, or the end of what its caller hears before, until Asterisk is"
            " asked to ring somebody for the first time.",
            FAST,
        )
        self.connecting = Histogram(
            "callrouter_connect_seconds",
            "From an agent's answer until caller and agent hear each other.",
            FAST,
        )
        self.wait = Histogram(
            "callrouter_answer_seconds",
            "From a call's arrival until the first agent answers.",
            PATIENT,
        )

    def append(self, call_id: UUID, fact: Fact) -> None:
        """Take the next fact of a call."""
        self._ledger.append(call_id, fact)
        if (note := _NOTES.get(type(fact))) is None:
            return
        if (course := self._calls.get(call_id)) is not None:
            note(self, call_id, course, fact)
        elif isinstance(fact, Arrived):
            self._calls[call_id] = _Course(fact.at)
            self.arrived.add()

    def resume(self, call_id: UUID, facts: Sequence[Fact]) -> None:
        """Go on with a call of an earlier router's process: what it was is not counted again."""
        self._ledger.resume(call_id, facts)
        before = CallMeter(_Nowhere())
        for fact in facts:
            before.append(call_id, fact)
        if (course := before._calls.get(call_id)) is not None:
            self._calls[call_id] = course
            self.taken_up.add()

    def waiting(self) -> tuple[int, datetime | None]:
        """How many callers wait for an agent, and since when the first of them."""
        since = [each.waiting_since for each in self._calls.values() if each.waiting_since]
        return len(since), min(since, default=None)

    def families(self) -> list[Family]:
        every = (
            *(self.arrived, self.taken_up, self.ended, self.attempts, self.steered),
            self.decisions,
            *(self.decision, self.first_ring, self.connecting, self.wait),
        )
        return [each.family() for each in every]

    # One for each fact that says something; `_NOTES` knows them.

    def _routed(self, _: UUID, course: _Course, fact: Routed) -> None:
        if not course.decided:
            course.decided = True
            self.decisions.add(fact.decision)
            self.decision.observe((fact.at - course.arrived_at).total_seconds())

    def _rung(self, _: UUID, course: _Course, fact: AgentRung) -> None:
        if not course.rung:
            course.rung = True
            self.first_ring.observe((fact.at - course.heard_at).total_seconds())

    def _prompt_ended(self, _: UUID, course: _Course, fact: PromptEnded) -> None:
        course.heard_at = fact.at

    def _skipped(self, _: UUID, course: _Course, fact: AgentSkipped) -> None:
        self.attempts.add(Outcome.SKIPPED)

    def _attempt_ended(self, _: UUID, course: _Course, fact: AttemptEnded) -> None:
        self.attempts.add(fact.outcome)

    def _agent_answered(self, _: UUID, course: _Course, fact: AgentAnswered) -> None:
        course.answers[fact.agent] = fact.at

    def _connected(self, _: UUID, course: _Course, fact: Connected) -> None:
        self.attempts.add(Outcome.ANSWERED)
        course.waiting_since = None
        answered_at = course.answers.get(fact.agent, fact.at)
        self.connecting.observe((fact.at - answered_at).total_seconds())
        if not course.answered:
            course.answered = True
            self.wait.observe((answered_at - course.arrived_at).total_seconds())
        course.disposition = course.disposition or Disposition.ANSWERED

    def _followed_on(self, _: UUID, course: _Course, fact: FollowedOn) -> None:
        self._goes_on(course)
        course.waiting_since = course.waiting_since or course.arrived_at

    def _moved(self, _: UUID, course: _Course, fact: Moved) -> None:
        self._goes_on(course)
        course.waiting_since = course.waiting_since or fact.at
        self.steered.add("move")

    def _goes_on(self, course: _Course) -> None:
        course.disposition = Disposition.ANSWERED if course.answered else None

    def _supervisor_ended(self, _: UUID, course: _Course, fact: SupervisorEnded) -> None:
        self.steered.add("end")

    def _fallback(self, _: UUID, course: _Course, fact: FallbackChosen) -> None:
        course.waiting_since = None
        course.disposition = course.disposition or fact.disposition

    def _hung_up(self, _: UUID, course: _Course, fact: HungUp) -> None:
        course.waiting_since, course.hung_up = None, True
        if fact.by is Party.CALLER:
            course.disposition = course.disposition or Disposition.ABANDONED
        elif fact.by is Party.SUPERVISOR:
            course.disposition = course.disposition or Disposition.REJECTED

    def _failed(self, _: UUID, course: _Course, fact: Failed) -> None:
        if not course.hung_up:
            course.disposition = Disposition.FAILED
        course.disposition = course.disposition or Disposition.FAILED

    def _interrupted(self, _: UUID, course: _Course, fact: Interrupted) -> None:
        if not course.hung_up:
            course.disposition = Disposition.INTERRUPTED

    def _ended(self, call_id: UUID, course: _Course, fact: Ended) -> None:
        self.ended.add(course.disposition or Disposition.FAILED)
        del self._calls[call_id]


_NOTES: dict[type[Any], Callable[[CallMeter, UUID, _Course, Any], None]] = {
    Arrived: lambda meter, call_id, course, fact: None,
    Routed: CallMeter._routed,
    PromptEnded: CallMeter._prompt_ended,
    AgentRung: CallMeter._rung,
    AgentSkipped: CallMeter._skipped,
    AttemptEnded: CallMeter._attempt_ended,
    AgentAnswered: CallMeter._agent_answered,
    Connected: CallMeter._connected,
    FollowedOn: CallMeter._followed_on,
    Moved: CallMeter._moved,
    SupervisorEnded: CallMeter._supervisor_ended,
    FallbackChosen: CallMeter._fallback,
    HungUp: CallMeter._hung_up,
    Failed: CallMeter._failed,
    Interrupted: CallMeter._interrupted,
    Ended: CallMeter._ended,
}
