"""A call in words: its status, its attempts in short, and the sentence that says what happened."""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from callrouter.call_record import Attempt, CallRecord
from callrouter.commands.terminal import visible
from callrouter.facts import Disposition, Message, Outcome, Party, Stage


@dataclass(frozen=True, slots=True)
class Status:
    """How a call stands: a word, and for terminals a symbol and a colour."""

    word: str
    symbol: str
    colour: str


_STATUSES = {
    Disposition.ANSWERED: Status("answered", "✓", "green"),
    Disposition.ABANDONED: Status("abandoned", "✗", "red"),
    Disposition.BUSY: Status("busy", "◐", "yellow"),
    Disposition.UNAVAILABLE: Status("unavailable", "○", "red"),
    Disposition.CLOSED: Status("closed", "☾", "grey"),
    Disposition.REJECTED: Status("rejected", "⊘", "grey"),
    Disposition.INTERRUPTED: Status("interrupted", "‼", "magenta"),
    Disposition.FAILED: Status("failed", "‼", "magenta"),
}

_STAGES = {
    Stage.ARRIVAL: "on arrival",
    Stage.GREETING: "during the greeting",
    Stage.RINGING: "while agents were ringing",
    Stage.TALK: "during the talk",
    Stage.MESSAGE: "during the message",
}

_PARTIES = {
    Party.CALLER: "the caller",
    Party.AGENT: "the agent",
    Party.CALLROUTER: "callrouter",
    Party.SUPERVISOR: "a supervisor",
}

_MESSAGES = {
    Message.GREETING: "the greeting",
    Message.BUSY: "“all agents are busy”",
    Message.UNAVAILABLE: "“nobody can take your call”",
    Message.CLOSED: "“we are closed”",
    Message.FOLLOW_ON: "the message before the call goes on",
    Message.REFUSED: "the message of callers who are not let in",
}


def status(record: CallRecord) -> Status:
    """How the call ended; for one in progress, what goes on."""
    if record.ended_at is not None and record.disposition is not None:
        return _STATUSES[record.disposition]
    if record.talking_since is not None:
        return Status("talking", "●", "cyan")
    return Status("waiting" if record.first_ring_at is None else "ringing", "●", "cyan")


def _closed(record: CallRecord) -> str:
    if record.override:
        return "An override had closed."
    if record.holiday:
        return f"It came on a holiday, {visible(record.holiday)}."
    return "It came outside the hours of the schedule."


def duration(seconds: float | None) -> str:
    """`0:07`, `12:30`, `1:02:03`; parts of a second are dropped; `?` where nobody knows."""
    if seconds is None:
        return "?"
    minutes, secs = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{secs:02}" if hours else f"{minutes}:{secs:02}"


def waited(record: CallRecord, now: datetime) -> float | None:
    """Seconds before an agent answered; of a call that still waits, so far."""
    if record.ended_at is None and record.agent_answered_at is None:
        return (now - record.arrived_at).total_seconds()
    return record.waiting_seconds


def talked(record: CallRecord, now: datetime) -> float | None:
    """Seconds of talk; of a call in progress, so far."""
    if record.ended_at is None and record.agent_answered_at is not None:
        since = record.talking_since
        present = 0.0 if since is None else (now - since).total_seconds()
        return record.earlier_talk_seconds + present
    return record.talking_seconds


def caller(record: CallRecord) -> str:
    """The caller's number and name; `anonymous` without either."""
    parts = [visible(part) for part in (record.caller_number, record.caller_name) if part]
    return " ".join(dict.fromkeys(parts)) or "anonymous"


def agent(name: str, extension: str | None) -> str:
    return f"{visible(name)} ({visible(extension)})" if extension else visible(name)


def outcome(attempt: Attempt) -> str:
    """`no answer`, `skipped (on call)`, `ringing`."""
    match attempt.outcome:
        case None:
            return "ringing"
        case Outcome.SKIPPED:
            return f"skipped ({visible(attempt.skip_reason or 'no reason').replace('_', ' ')})"
        case known:
            return known.replace("_", " ")


def attempts_in_short(attempts: tuple[Attempt, ...]) -> str:
    """`amina no answer 20s → bojan answered`."""
    return " → ".join(_in_short(attempt) for attempt in attempts)


def _in_short(attempt: Attempt) -> str:
    words = f"{visible(attempt.agent)} {outcome(attempt)}"
    unknown = attempt.ended_at is None  # also after the end: of an interrupted call
    if unknown or attempt.outcome in (Outcome.SKIPPED, Outcome.ANSWERED):
        return words
    return f"{words} {attempt.seconds:.0f}s"


def message(heard: Message) -> str:
    return _MESSAGES[heard]


def stage(left: Stage) -> str:
    return _STAGES[left]


def party(who: Party) -> str:
    return _PARTIES[who]


def what_happened(record: CallRecord, now: datetime) -> str:
    """One or two sentences: how the call ended, or what goes on."""
    waiting = duration(waited(record, now))
    by = agent(record.agent or "an agent", record.agent_extension)
    if record.ended_at is None or record.disposition is None:
        if record.agent_answered_at is None:
            return f"It is in progress; the caller has been waiting for {waiting}.{_moved(record)}"
        talking = duration(talked(record, now))
        if record.moved_to is not None:
            who = "nobody talks with him now" if record.talking_since is None else f"{by} has him"
            words = f"an agent answered after {waiting}, they have talked for {talking}, {who}"
            return f"It is in progress; {words}.{_moved(record)}"
        return f"It is in progress; {by} answered after {waiting} and has talked for {talking}."
    match record.disposition:
        case Disposition.ANSWERED:
            talking = duration(talked(record, now))
            if record.moved_to is not None:
                words = f"An agent answered after {waiting}; they talked for {talking}, {by} last."
                return f"{words}{_moved(record)}{_hung_up(record)}"
            return f"{by} answered after {waiting}; they talked for {talking}.{_hung_up(record)}"
        case Disposition.ABANDONED:
            where = _STAGES[record.left_during] if record.left_during else "at an unknown moment"
            return f"The caller left {where}, after {waiting}, before an agent answered."
        case Disposition.BUSY:
            return f"The agents on duty were busy.{_heard(record)}{_hung_up(record)}"
        case Disposition.UNAVAILABLE:
            return f"Nobody took the call.{_heard(record)}{_hung_up(record)}"
        case Disposition.CLOSED:
            return f"{_closed(record)}{_heard(record)}{_hung_up(record)}"
        case Disposition.REJECTED:
            if record.hung_up_by is Party.SUPERVISOR:
                where = f" {_STAGES[record.left_during]}" if record.left_during else ""
                who = visible(record.ended_by or "A supervisor")
                return f"{who} ended it{where}, after {waiting}.{_moved(record)}"
            return "It was refused."
        case Disposition.INTERRUPTED:
            return f"Our knowledge of it was cut: {visible(record.error or 'no reason known')}."
        case Disposition.FAILED:
            return f"It failed: {visible(record.error or 'no reason known')}."
        case _:
            assert_never(record.disposition)


def _heard(record: CallRecord) -> str:
    return f" The caller was to hear {_MESSAGES[record.message]}." if record.message else ""


def _moved(record: CallRecord) -> str:
    if record.moved_to is None:
        return ""
    return f" {visible(record.moved_by or 'Somebody')} moved it to {visible(record.moved_to)}."


def _hung_up(record: CallRecord) -> str:
    if record.hung_up_by is None:
        return ""
    if record.hung_up_by is Party.SUPERVISOR and record.ended_by:
        return f" {visible(record.ended_by)} ended it."
    who = _PARTIES[record.hung_up_by]
    return f" {who[0].upper()}{who[1:]} hung up."
