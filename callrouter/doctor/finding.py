"""What the doctor finds."""

from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """How bad it is. SKIPPED could not be looked at, for a reason that is told elsewhere."""

    OK = 0
    SKIPPED = 1
    WARNING = 2
    ERROR = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what is so, and where it is not well, what to do."""

    check: str
    level: Level
    says: str
    remedy: str = ""


def well(check: str, says: str) -> Finding:
    return Finding(check, Level.OK, says)


def skipped(check: str, says: str) -> Finding:
    return Finding(check, Level.SKIPPED, says)


def warning(check: str, says: str, remedy: str) -> Finding:
    return Finding(check, Level.WARNING, says, remedy)


def error(check: str, says: str, remedy: str) -> Finding:
    return Finding(check, Level.ERROR, says, remedy)


def some(names: list[str], most: int = 5) -> str:
    """`a, b and 7 more`."""
    shown, more = names[:most], len(names) - most
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
