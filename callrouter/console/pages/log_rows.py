"""A call as a row of the log's table, and its status as colour, icon and word. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from callrouter.call_record import CallRecord
from callrouter.commands.call_words import talked, waited
from callrouter.console.words import Words
from callrouter.db.queries import StoredCall
from callrouter.facts import Disposition, Outcome, Party, Stage


def _(message: str) -> str:
    """Marks a text for translation; whoever shows it translates it."""
    return message


COLUMNS: dict[str, str] = {
    "status": _("Status"),
    "date": _("Date"),
    "time": _("Time"),
    "direction": _("Direction"),
    "from": _("From"),
    "to": _("To"),
    "group": _("Group"),
    "answered_by": _("Answered by"),
    "extension": _("Internal number"),
    "waiting": _("Wait"),
    "talking": _("Talk"),
    "disposition": _("Outcome"),
    "left_during": _("Left"),
    "version": _("Settings version"),
}
"""The log's columns in their order, with their titles."""

USUAL = ("status", "date", "time", "from", "to", "group", "answered_by", "waiting", "talking")
ALWAYS = "status"

_EXPORTED = {"from": ("from", "from_name"), "to": ("to", "settings")}
_ALSO = ("arrived_at", "id")


@dataclass(frozen=True, slots=True)
class Look:
    """How a status looks: a kind of `.status` in the style sheet, an icon, and its word."""

    kind: str
    icon: str
    word: str


ENDED: dict[Disposition, Look] = {
    Disposition.ANSWERED: Look("ok", "check", _("Answered")),
    Disposition.ABANDONED: Look("bad", "phone-missed", _("Abandoned")),
    Disposition.BUSY: Look("warn", "phone-off", _("Busy")),
    Disposition.UNAVAILABLE: Look("bad", "circle", _("Unavailable")),
    Disposition.CLOSED: Look("off", "lock", _("Closed")),
    Disposition.REJECTED: Look("off", "stop", _("Refused")),
    Disposition.INTERRUPTED: Look("note", "warning", _("Interrupted")),
    Disposition.FAILED: Look("note", "error", _("Failed")),
}
IN_PROGRESS = Look("live", "dot", _("In progress"))
_TALKING = Look("live", "voice", _("Talking"))
_RINGING = Look("live", "ringing", _("Ringing"))
_WAITING = Look("live", "clock", _("Waiting"))

OUTCOMES: dict[Outcome | None, Look] = {
    Outcome.ANSWERED: Look("ok", "check", _("answered")),
    Outcome.ANSWERED_ELSEWHERE: Look("off", "check", _("answered elsewhere")),
    Outcome.NO_ANSWER: Look("warn", "phone-missed", _("no answer")),
    Outcome.BUSY: Look("warn", "phone-off", _("busy")),
    Outcome.REJECTED: Look("bad", "phone-off", _("declined")),
    Outcome.UNREACHABLE: Look("bad", "error", _("not reached")),
    Outcome.CALLER_LEFT: Look("off", "leave", _("the caller left")),
    Outcome.FAILED: Look("note", "error", _("failed")),
    Outcome.SKIPPED: Look("off", "minus", _("skipped")),
    None: Look("live", "ringing", _("ringing")),
}

STAGES: dict[Stage, str] = {
    Stage.ARRIVAL: _("on arrival"),
    Stage.GREETING: _("in the greeting"),
    Stage.RINGING: _("while ringing"),
    Stage.TALK: _("in the talk"),
    Stage.MESSAGE: _("in a message"),
}
PARTIES: dict[Party, str] = {
    Party.CALLER: _("the caller"),
    Party.AGENT: _("the agent"),
    Party.CALLROUTER: _("callrouter"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """What the table shows of a call; times are by the reader's clock.

    `waiting_since` and `talking_since` are set where a clock runs. `elsewhere` is the arrival by
    the clock of the dialled number, where that is another one.
    """

    id: str
    live: bool
    look: Look
    day: date
    date: str
    time: str
    elsewhere: str
    record: CallRecord
    waiting: str
    talking: str
    waiting_since: str
    talking_since: str
    left: str


def look_of(record: CallRecord) -> Look:
    """How the call stands."""
    if record.ended_at is not None and record.disposition is not None:
        return ENDED[record.disposition]
    if record.agent_answered_at is not None:
        return _TALKING
    return _WAITING if record.first_ring_at is None else _RINGING


def row_of(call: StoredCall, words: Words, timezone: str, now: datetime) -> Row:
    """The row of a call, in the reader's language and zone."""
    record = call.record
    answered = record.agent_answered_at is not None
    waiting_since = record.arrived_at if call.live and not answered else None
    talking_since = record.talking_since if call.live else None
    talked_seconds = talked(record, now)
    return Row(
        str(call.id),
        call.live,
        look_of(record),
        record.arrived_at.astimezone(ZoneInfo(timezone)).date(),
        words.day_of(record.arrived_at, timezone),
        words.time_of(record.arrived_at, timezone, seconds=True),
        elsewhere(record, words, timezone),
        record,
        words.duration(waited(record, now)),
        words.duration(talked_seconds) if answered else "",
        waiting_since.isoformat() if waiting_since else "",
        talking_since.isoformat() if talking_since else "",
        left_where(record, words),
    )


def elsewhere(record: CallRecord, words: Words, timezone: str) -> str:
    """`10:42:07 Europe/Belgrade` where the number's clock is another than the reader's."""
    zone = record.timezone
    if zone is None or zone == timezone:
        return ""
    try:
        there = words.time_of(record.arrived_at, zone, seconds=True)
    except (KeyError, ValueError):  # a zone that there is no more
        return ""
    return f"{there} {zone}"


def left_where(record: CallRecord, words: Words) -> str:
    """Where in its way the call was when somebody hung up."""
    match record.left_during:
        case None:
            return ""
        case Stage() as stage:
            return words.gettext(STAGES[stage])
        case _:
            assert_never(record.left_during)


def shown_columns(cookie: str) -> tuple[str, ...]:
    """The columns somebody chose, as his browser remembers them; in the log's order."""
    chosen = set(cookie.split("."))
    known = tuple(name for name in COLUMNS if name in chosen or name == ALWAYS)
    return known if len(known) > 1 else USUAL


def exported_columns(shown: tuple[str, ...]) -> str:
    """These columns by the names that an export gives them."""
    names = [each for name in shown for each in _EXPORTED.get(name, (name,))]
    return ",".join(dict.fromkeys([*names, *_ALSO]))
