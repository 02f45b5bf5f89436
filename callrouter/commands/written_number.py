"""A telephone number as people type it, and the forms in which it may be stored. Pure."""

import re

from callrouter.routing.model import normalize_number


def ways_to_write(number: str) -> tuple[str, ...]:
    """As it was typed, as we store it, and with 00 for the + that some providers do not send."""
    normal = normalize_number(number)
    international = ("00" + normal[1:],) if normal.startswith("+") else ()
    return tuple(dict.fromkeys((number, normal, *international)))


def searched(text: str) -> str:
    """What to look for where somebody typed `text`: of a number its digits, else the text itself.

    `+381 64 123` and `0038164123` are both found as `38164123`, however the number is stored.
    """
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return text
    return normalize_number(text).removeprefix("+")


_NUMBER = re.compile(r"\+?[0-9][0-9 \u00a0./()-]+")
