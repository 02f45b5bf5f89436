"""The columns of an exported call log, and what a call has in each of them.

Pure. Times are by the clock of the zone that was asked for; seconds are numbers; what is not
known is empty.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from callrouter.commands.call_words import attempts_in_short, status
from callrouter.commands.why_words import sentence
from callrouter.db.queries import StoredCall

Cell = str | float | int | None


class NoSuchColumn(Exception):
    """The name of a column that there is not."""


_Value = Callable[[StoredCall, ZoneInfo], Cell]


def _moment(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return None if moment is None else moment.astimezone(zone).isoformat(timespec="milliseconds")


_COLUMNS: dict[str, _Value] = {
    "status": lambda call, _: status(call.record).word,
    "date": lambda call, zone: f"{call.record.arrived_at.astimezone(zone):%Y-%m-%d}",
    "time": lambda call, zone: f"{call.record.arrived_at.astimezone(zone):%H:%M:%S}",
    "direction": lambda call, _: call.record.direction,
    "from": lambda call, _: call.record.caller_number,
    "from_name": lambda call, _: call.record.caller_name,
    "to": lambda call, _: call.record.number,
    "settings": lambda call, _: call.record.settings,
    "group": lambda call, _: call.record.agent_group,
    "answered_by": lambda call, _: call.record.agent,
    "extension": lambda call, _: call.record.agent_extension,
    "waiting": lambda call, _: call.record.waiting_seconds,
    "talking": lambda call, _: call.record.talking_seconds,
    "disposition": lambda call, _: call.record.disposition,
    "left_during": lambda call, _: call.record.left_during,
    "version": lambda call, _: call.record.settings_version,
    "arrived_at": lambda call, zone: _moment(call.record.arrived_at, zone),
    "answered_at": lambda call, zone: _moment(call.record.agent_answered_at, zone),
    "ended_at": lambda call, zone: _moment(call.record.ended_at, zone),
    "hung_up_by": lambda call, _: call.record.hung_up_by,
    "message": lambda call, _: call.record.message,
    "attempts": lambda call, _: attempts_in_short(call.record.attempts),
    "why": lambda call, _: sentence(call.record),
    "id": lambda call, _: str(call.id),
}

COLUMNS = tuple(_COLUMNS)
"""All of them, in the order of the call log; what the log's table has not is at the end."""

USUAL = tuple(name for name in COLUMNS if name not in ("attempts", "hung_up_by", "message"))

_OF_ATTEMPTS = {"attempts", "why"}


def chosen(names: Iterable[str]) -> tuple[str, ...]:
    """These columns, each once; the usual ones where none is named. Raises NoSuchColumn."""
    wanted = tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
    for name in wanted:
        if name not in _COLUMNS:
            raise NoSuchColumn(name)
    return wanted or USUAL


def need_attempts(columns: Iterable[str]) -> bool:
    """Whether these columns say something of attempts, which are read separately."""
    return not _OF_ATTEMPTS.isdisjoint(columns)


def cells(call: StoredCall, columns: Iterable[str], zone: ZoneInfo) -> list[Cell]:
    """What the call has in these columns."""
    return [_COLUMNS[name](call, zone) for name in columns]
