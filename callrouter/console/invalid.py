"""What is wrong with a request's fields, in words of ours."""

from collections.abc import Iterable, Mapping
from typing import Any


def plain_errors(errors: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """pydantic's findings; what was sent is not repeated: it may be anything, and of any size."""
    return [
        {"field": ".".join(str(part)[:60] for part in error["loc"]), "message": message_of(error)}
        for error in errors
    ]


def message_of(error: Mapping[str, Any]) -> str:
    """What to write instead, where it is often got wrong."""
    if error["type"] in ("model_attributes_type", "json_invalid", "model_type"):
        return "Send a JSON object, with the header Content-Type: application/json"
    if error["type"].startswith(("datetime_", "timezone_")):
        return "Write a time with its offset, such as 2026-11-24T10:00:00+01:00"
    message: str = error["msg"]
    return message


def in_a_line(errors: Iterable[Mapping[str, str]]) -> str:
    """The first few of them; what concerns the whole body has no field."""
    told = [": ".join(filter(None, (each["field"], each["message"]))) for each in errors]
    return "; ".join(told[:3])
