"""A configuration as plain values, perhaps wrong ones: what is where in it.

For the modules that look at everything before any of it is known to be right, so that all
problems are told at once.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

from callrouter.config.problems import Fault, Loc

MESSAGES = (
    "greeting_message",
    "agent_busy_message",
    "agent_unavailable_message",
    "closed_message",
)
LIMIT_MESSAGES = ("full_message", "blocked_message")
TARGETS = ("agent_group", "agent", "outside_number", "incoming_call_settings")
_Value = TypeVar("_Value")


class Finding(NamedTuple):
    """Something wrong at `loc`, with what to do; or only probably not meant."""

    loc: Loc
    message: str
    remedy: str
    warning: bool = False


class Message(NamedTuple):
    """A message and whether it is said when it is closed; `written` is its text or a mapping."""

    loc: Loc
    written: Any
    when_closed: bool


def entries(document: Any, section: str) -> Iterator[tuple[Loc, dict[str, Any]]]:
    """The entries of a section that has names, such as `agents`."""
    for name, entry in mapping(mapping(document).get(section)).items():
        yield (section, name), mapping(entry)


def each(loc: Loc, owner: dict[str, Any], field: str) -> Iterator[tuple[Loc, Any]]:
    """The values of a list."""
    for index, value in enumerate(items(owner.get(field))):
        yield (*loc, field, index), value


def overrides(document: Any) -> Iterator[tuple[Loc, dict[str, Any]]]:
    """All overrides, those for all settings first."""
    for owner_loc, owner in (((), mapping(document)), *entries(document, "incoming_call_settings")):
        for loc, override in each(owner_loc, owner, "overrides"):
            if isinstance(override, dict):
                yield loc, override


def holidays(document: Any) -> Iterator[tuple[Loc, dict[str, Any]]]:
    """The calendars' own holidays."""
    for calendar_loc, calendar in entries(document, "holiday_calendars"):
        for loc, holiday in each(calendar_loc, calendar, "holidays"):
            if isinstance(holiday, str):  # a date alone
                yield loc, {"date": holiday}
            elif isinstance(holiday, dict):
                yield loc, holiday


def hours(document: Any) -> Iterator[tuple[Loc, dict[str, Any]]]:
    """Schedule rows and agents' working hours."""
    for section, field in (
        ("agents", "working_hours"),
        ("incoming_call_settings", "call_handling_schedule"),
    ):
        for owner_loc, owner in entries(document, section):
            for loc, row in each(owner_loc, owner, field):
                if isinstance(row, dict):
                    yield loc, row


def targets(document: Any) -> Iterator[tuple[Loc, Any]]:
    """Where overrides and follow-ons send calls."""
    for loc, override in overrides(document):
        yield from each(loc, override, "send_to")
    for loc, settings in entries(document, "incoming_call_settings"):
        yield from each(loc, settings, "follow_on")
        yield from each(loc, settings, "follow_on_closed")


def messages(document: Any) -> Iterator[Message]:
    """Every message of the configuration."""
    for loc, settings in entries(document, "incoming_call_settings"):
        for field in MESSAGES:
            yield from _message(loc, settings, field == "closed_message", field)
        for name in ("follow_on", "follow_on_closed"):
            for follow_loc, follow_on in each(loc, settings, name):
                yield from _message(follow_loc, mapping(follow_on), False)
    limits = mapping(mapping(document).get("limits"))
    for field in LIMIT_MESSAGES:
        yield from _message(("limits",), limits, False, field)
    for loc, calendar in entries(document, "holiday_calendars"):
        yield from _message(loc, calendar, True)
    for loc, holiday in holidays(document):
        yield from _message(loc, holiday, True)
    for loc, override in overrides(document):
        yield from _message(loc, override, True)


def _message(
    loc: Loc, owner: dict[str, Any], when_closed: bool, field: str = "message"
) -> Iterator[Message]:
    written = owner.get(field)
    if isinstance(written, str | dict):
        yield Message((*loc, field), written, when_closed)


def mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def parsed(accept: Callable[[str], _Value], written: Any) -> _Value | None:
    """What was written as a value; None where it is not accepted, which is told elsewhere."""
    if not isinstance(written, str):
        return None
    try:
        return accept(written)
    except Fault:
        return None
