"""Why a call went where it went, in one plain sentence; a pure function of its record."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

from callrouter.call_record import Attempt, CallRecord
from callrouter.facts import Disposition, Message, Outcome, Party, Stage
from callrouter.routing.schedule import describe_local_time, local_time

_DID = {
    Outcome.NO_ANSWER: "did not answer",
    Outcome.BUSY: "was busy",
    Outcome.REJECTED: "declined",
    Outcome.UNREACHABLE: "could not be reached",
    Outcome.FAILED: "could not be rung",
    Outcome.ANSWERED_ELSEWHERE: "rang too",
}
_LEFT = {
    Stage.ARRIVAL: "on arrival",
    Stage.GREETING: "during the greeting",
    Stage.RINGING: "while agents were ringing",
    Stage.TALK: "as an agent answered",
    Stage.MESSAGE: "during a message",
}
_HEARD = {
    Message.BUSY: "the busy message",
    Message.UNAVAILABLE: "the unavailable message",
    Message.CLOSED: "the closed message",
}


def sentence(record: CallRecord) -> str:
    """`Rang Amina and Bojan of sales (Monday 09:00-17:00); Carla skipped: on a call since 10:31.`

    Times are those of the settings' time zone. As the caller and the admin wrote it: what is
    printed has to be made visible.
    """
    parts = [_head(record), *_moved(record), *_what_they_did(record), *_skipped(record.attempts)]
    if record.handled_by_asterisk:
        parts.append("Asterisk handled it by itself, no router was there")
    if record.disposition in (Disposition.BUSY, Disposition.UNAVAILABLE):
        heard = _HEARD.get(record.message) if record.message else None
        parts.append(f"then {heard}" if heard else "then no message")
    return f"{'; '.join(part for part in parts if part)}."


def _head(record: CallRecord) -> str:
    because = _because(record)
    if record.agent_answered_at and record.disposition in (None, Disposition.ANSWERED):
        return f"{_answerer(record)} answered after {_seconds(record)}{because}"
    rang = _rang(record)
    match record.disposition:
        case Disposition.ABANDONED:
            where = _LEFT[record.left_during] if record.left_during else "at an unknown moment"
            head = f"The caller left after {_seconds(record)} {where}"
        case Disposition.CLOSED:
            head, because = _closed(record), ""
        case Disposition.REJECTED if record.hung_up_by is Party.SUPERVISOR:
            where = f" {_LEFT[record.left_during]}" if record.left_during else ""
            head = f"Ended by {record.ended_by or 'a supervisor'} after {_seconds(record)}{where}"
        case Disposition.REJECTED if record.decision == "refused" and record.rule:
            return record.rule.rstrip(".")
        case Disposition.REJECTED:
            return f"Refused: nobody has the number {record.number}"
        case Disposition.INTERRUPTED:
            head = f"Our knowledge of it was cut: {_error(record)}"
        case Disposition.FAILED:
            head = f"It failed: {_error(record)}"
        case _:
            return f"Rang {rang}{because}" if rang else _nobody_rung(record)
    return f"{head}; rang {rang}{because}" if rang else head


def _error(record: CallRecord) -> str:
    return (record.error or "no reason known").rstrip(".")


def _rang(record: CallRecord) -> str:
    """`Amina and Bojan of sales, then Carla of night`; empty where nobody was rung."""
    rung = [each for each in record.attempts if each.outcome is not Outcome.SKIPPED]
    groups = groupby(rung, lambda attempt: attempt.agent_group)
    return ", then ".join(
        f"{listed(dict.fromkeys(map(name, attempts)))}{_of(group)}" for group, attempts in groups
    )


def _nobody_rung(record: CallRecord) -> str:
    if record.decision is None:
        return "It has just arrived"
    if record.decision == "closed":
        return _closed(record)
    if record.attempts:
        groups = dict.fromkeys(each.agent_group for each in record.attempts if each.agent_group)
        of = f" of {listed(groups)}" if groups else ""
        return f"Nobody{of} could be rung{_because(record)}"
    if record.decision == "unavailable":
        return f"Group {record.agent_group} has no members{_because(record)}"
    return f"Nobody was rung{_because(record)}"


def _answerer(record: CallRecord) -> str:
    answered = (each for each in record.attempts if each.outcome is Outcome.ANSWERED)
    attempt = next(answered, None)
    if attempt is None:
        return record.agent or "An agent"
    return f"{_capital(name(attempt))}{_of(attempt.agent_group)}"


def _moved(record: CallRecord) -> list[str]:
    """Where a supervisor moved it last, and who had it then; who ended it, if he did so."""
    parts = []
    if record.moved_to is not None:
        parts.append(f"moved by {record.moved_by} to {record.moved_to}")
        answered = [each for each in record.attempts if each.outcome is Outcome.ANSWERED]
        moved_in_talk = record.earlier_talk_seconds > 0
        parts += [f"then {name(each)}{_of(each.agent_group)} answered" for each in answered[1:]]
        if moved_in_talk and record.talking_since is None and record.ended_at is not None:
            parts.append("nobody took it then")
    if record.ended_by is not None and record.disposition is not Disposition.REJECTED:
        parts.append(f"ended by {record.ended_by}")
    return parts


def _what_they_did(record: CallRecord) -> list[str]:
    """What became of those who rang and did not get the call, each way once."""
    ended_for_them = record.disposition in (Disposition.INTERRUPTED, Disposition.FAILED)
    outcomes = [
        (_DID[each.outcome], name(each))
        for each in record.attempts
        if each.outcome in _DID and not (ended_for_them and each.outcome is Outcome.FAILED)
    ]
    ways: dict[str, dict[str, None]] = {}
    for did, who in outcomes:
        ways.setdefault(did, {})[who] = None
    if list(ways) == [_DID[Outcome.NO_ANSWER]] and record.agent_answered_at is None:
        return ["nobody answered"]
    return [f"{listed(names)} {_plural(did, len(names))}" for did, names in ways.items()]


def _plural(did: str, count: int) -> str:
    return did.replace("was ", "were ", 1) if count > 1 else did


def _skipped(attempts: Sequence[Attempt]) -> list[str]:
    skipped = [each for each in attempts if each.outcome is Outcome.SKIPPED]
    return list(dict.fromkeys(f"{name(each)} skipped: {why_skipped(each)}" for each in skipped))


def why_skipped(attempt: Attempt) -> str:
    """`on a call since 10:31`."""
    return attempt.detail or (attempt.skip_reason or "no reason known").replace("_", " ")


def name(attempt: Attempt) -> str:
    """The agent's name; of an outside number, that it is one."""
    if attempt.name:
        return attempt.name
    return attempt.agent if attempt.extension else f"the outside number {attempt.agent}"


def listed(names: Iterable[str]) -> str:
    """`Amina, Bojan and Carla`."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _of(group: str) -> str:
    return f" of {group}" if group else ""


def what_won(record: CallRecord) -> str:
    """The override, holiday or row that decided, in words; empty where nothing is known of it."""
    if record.override:
        return record.override[0].lower() + record.override[1:]
    if record.holiday:
        return f"holiday {record.holiday}"
    if record.schedule_row:
        return record.schedule_row
    direct = record.decision == "ring" and record.timezone is not None
    return "dialled directly" if direct else ""


def _because(record: CallRecord) -> str:
    if record.decision == "closed":
        return f" (c{_closed(record)[1:]})"
    won = what_won(record)
    return f" ({won})" if won else ""


def _closed(record: CallRecord) -> str:
    if record.override:
        return f"Closed by an override{record.override.removeprefix('Override: closed')}"
    if record.holiday:
        return f"Closed: it is a holiday, {record.holiday}"
    when = f" {local(record)}" if record.timezone else " this time"
    return f"Closed: no schedule row covers{when}"


def local_arrival(record: CallRecord) -> datetime:
    """When the call came, by the clock of the settings; by that of UTC where nobody knows more."""
    return local_time(record.arrived_at, record.timezone or "UTC")


def local(record: CallRecord) -> str:
    """`Monday 2026-11-23 10:42:00 in Europe/Belgrade (UTC+01:00)`: the arrival, by that clock."""
    arrival = local_arrival(record).replace(microsecond=0)
    return describe_local_time(arrival, record.timezone or "UTC")


def _seconds(record: CallRecord) -> str:
    waited = record.waiting_seconds
    if waited is None:
        return "an unknown time"
    minutes, seconds = divmod(int(waited), 60)  # as the call log drops parts of a second
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def _capital(text: str) -> str:
    """Of our own words only: names are as the admin wrote them."""
    return f"T{text[1:]}" if text.startswith("the outside number") else text
