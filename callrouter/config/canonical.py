"""A valid configuration as plain JSON for programs: each value in one way, however it was written.

Law: it means the same, and `differences` finds nothing between the two. Numbers and yes or no are
what they are, times are `09:00`, days have their names, words their spelling, lists are lists;
messages stay a text or a mapping as they were written.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from callrouter.config.document import FeatureCodesEntry
from callrouter.config.written import Written
from callrouter.routing.hours import WEEKDAYS, SeasonDay, format_time

_TIMES = {"from_time", "to_time"}
_DAYS = {"days", "day_of_week"}


def canonical(whole: Written) -> dict[str, Any]:
    """The document, fields in their order."""
    plain: dict[str, Any] = _section(whole.values, whole.meant)
    return plain


def _section(values: Mapping[str, Any], meant: BaseModel) -> dict[str, Any]:
    names = {field.alias or name: name for name, field in type(meant).model_fields.items()}
    return {
        key: _field(key, values[key], getattr(meant, name))
        for key, name in names.items()
        if key in values
    }


def _field(key: str, written: Any, meant: Any) -> Any:
    if key in _TIMES and isinstance(meant, int):
        return format_time(meant)
    if key in _DAYS:
        days = [day.value for day in WEEKDAYS if any(day in each for each in meant)]
        return days[0] if key == "day_of_week" and len(days) == 1 else days
    return _value(written, meant)


def _value(written: Any, meant: Any) -> Any:
    match written, meant:
        case dict(), FeatureCodesEntry():
            return {key: str(value) for key, value in written.items()}
        case dict(), BaseModel():
            return _section(written, meant)
        case dict(), Mapping():
            return {key: _value(value, meant.get(key)) for key, value in written.items()}
        case list(), tuple():
            return [_value(one, other) for one, other in zip(written, meant, strict=True)]
        case _, StrEnum() | SeasonDay():
            return str(meant)
        case _, bool():
            return meant
        case _, int() | float():
            return int(meant) if meant == int(meant) else meant
        case str(), _:
            return written
        case _:
            return written
