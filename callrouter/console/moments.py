"""Moments in requests: written with date, time and offset, and in no other way."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator
from pydantic_core import PydanticCustomError


def _written(value: Any) -> Any:
    """pydantic takes a number for seconds since 1970: `20261124` would be a day of that year."""
    if (isinstance(value, str) and "-" in value.strip()[1:]) or isinstance(value, datetime):
        return value
    raise PydanticCustomError("datetime_type", "a moment is written with date, time and offset")


WrittenMoment = Annotated[AwareDatetime, BeforeValidator(_written)]
