"""Callers' numbers and names as those see them who may not know who called.

Pure. Law: what is not surely a telephone number is hidden whole; nothing is left to the browser.
"""

import re
from collections.abc import Iterable

from callrouter.commands.terminal import visible

HIDDEN = "•••"

_EXTENSION = re.compile(r"[0-9*#]{1,5}")
_TELEPHONE = re.compile(r"\+?[0-9]{6,15}")
_HIDDEN_DIGITS = 5
_SHOWN_AT_THE_END = 2
_TELLING_DIGITS = 7
_SHORT_NAME = 4


def masked_number(number: str) -> str:
    """`+38164•••••67`: where it comes from and its last two digits, so that calls can be matched.

    Up to five digits are an extension of ours and stay; what no telephone number can be is hidden
    whole; an empty one (the caller hides it) stays empty.
    """
    if not number or _EXTENSION.fullmatch(number):
        return number
    if not _TELEPHONE.fullmatch(number):
        return HIDDEN
    plus = "+" if number.startswith("+") else ""
    digits = number.removeprefix("+")
    shown = max(0, len(digits) - _HIDDEN_DIGITS - _SHOWN_AT_THE_END)
    hidden = len(digits) - shown - _SHOWN_AT_THE_END
    return f"{plus}{digits[:shown]}{'•' * hidden}{digits[-_SHOWN_AT_THE_END:]}"


def masked_name(name: str) -> str:
    """`•••`; an empty name stays empty."""
    return HIDDEN if name.strip() else name


def masked_text(text: str, numbers: Iterable[str], names: Iterable[str]) -> str:
    """A sentence with these callers' numbers and names masked, also where they are made visible.

    A number is found in its other forms too (with or without the country's digits).
    """
    for written in _forms(names):
        text = _without_name(text, written)
    for written in _forms(numbers):
        text = _without_number(text, written)
    return text


def _forms(written: Iterable[str]) -> list[str]:
    """As it came, trimmed, and as terminals and sentences show it; the longest first."""
    forms = {form for each in written for form in (each, each.strip(), visible(each))}
    return sorted((form for form in forms if form.strip()), key=len, reverse=True)


def _without_name(text: str, name: str) -> str:
    if name not in text:
        return text
    if len(name) >= _SHORT_NAME:
        return text.replace(name, HIDDEN)
    # Whoever calls himself `a` does not make a sentence unreadable.
    return re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", HIDDEN, text)


def _without_number(text: str, number: str) -> str:
    if _EXTENSION.fullmatch(number):
        return text
    text = text.replace(number, masked_number(number))
    digits = "".join(c for c in number if "0" <= c <= "9")
    telling = digits[-_TELLING_DIGITS:]
    if len(telling) <= _HIDDEN_DIGITS or telling not in text:
        return text
    return re.sub(rf"\+?[0-9]*{telling}", lambda found: masked_number(found[0]), text)
