"""Telephone numbers: the form in which they are compared, those of callers too."""

import re
from dataclasses import dataclass

ANONYMOUS = "anonymous"
"""What stands for all callers who show no number."""

MOST_COMPARED = 40
"""Of a caller's number so many characters are looked at; the longest real ones have 16."""

_NO_NUMBER = frozenset(
    ("", ANONYMOUS, "unknown", "restricted", "private", "unavailable", "withheld", "blocked")
)
_CALLER = re.compile(r"\+?[0-9A-Za-z_#]{1,40}|\+?[0-9A-Za-z_#]{2,40}\*")
_SHORTEST_WITH_COUNTRY = 10


def named_caller(written: str) -> str | None:
    """A number, the beginning of numbers and `*`, or `anonymous`; None for anything else."""
    text = normalize_number(written)
    if text.casefold() == ANONYMOUS:
        return ANONYMOUS
    return text if _CALLER.fullmatch(text) else None


@dataclass(frozen=True, slots=True)
class NumberPlan:
    """How numbers are written where we are: `381` and `0` where `064…` is `+38164…`.

    Without a country code numbers are compared as they come.
    """

    country_code: str = ""
    national_prefix: str = "0"

    def caller(self, written: str) -> str:
        """A caller's number in the form in which callers are compared; or `anonymous`."""
        number = normalize_number(written[: 2 * MOST_COMPARED])[:MOST_COMPARED]
        if number.casefold() in _NO_NUMBER:
            return ANONYMOUS
        return self._international(number, _SHORTEST_WITH_COUNTRY)

    def pattern(self, written: str) -> str:
        """The same for what an admin writes; `*` at its end means all that begin so."""
        begins = written.endswith("*")
        number = normalize_number(written.removesuffix("*"))
        if number.casefold() == ANONYMOUS:
            return ANONYMOUS
        return self._international(number, 0 if begins else _SHORTEST_WITH_COUNTRY) + "*" * begins

    def _international(self, number: str, shortest: int) -> str:
        code, prefix = self.country_code, self.national_prefix
        if not code or not number.isascii() or not number.isdigit():
            return number
        if prefix and number.startswith(prefix):
            return f"+{code}{number.removeprefix(prefix)}"
        # Some providers leave the + out.
        return f"+{number}" if number.startswith(code) and len(number) >= shortest else number


def normalize_number(written: str) -> str:
    """The form in which numbers are compared.

    `+381 (11) 123-4567` and `00381111234567` both become `+381111234567`: separators that people
    write between digits go, a leading `00` is the `+` of international numbers; anything else
    (letters, `*`, `#`) stays as it is.
    """
    bare = "".join(c for c in written.strip() if c not in " \u00a0-./()")
    return "+" + bare[2:] if bare.startswith("00") and len(bare) > 6 else bare
