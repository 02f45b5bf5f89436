"""What is wrong with a configuration, in words an admin understands: where it is and what to do.

Every message is ours; the wording of the YAML parser or of a validator never reaches the admin.
"""

import dataclasses
import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Loc = tuple[str | int, ...]
"""The way to a value in the document: `("incoming_call_settings", "head-office", "numbers", 0)`."""

_LONGEST_SHOWN = 60
_MOST_COMPARED = 1_000


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong (`error`) or probably not meant (`warning`).

    `line` counts from 1, 0 where the whole file is meant; `field` is empty when no field is to
    blame; `remedy` is what to do about it. `path` is the way to it for programs.
    """

    level: Literal["error", "warning"]
    file: str
    line: int
    field: str
    message: str
    remedy: str = ""
    path: Loc = dataclasses.field(default=(), compare=False)

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        parts = [place, "warning" if self.level == "warning" else "", self.field, self.sentence]
        return ": ".join(part for part in parts if part)

    @property
    def sentence(self) -> str:
        """The message with its remedy."""
        return f"{self.message}; {self.remedy}" if self.remedy else self.message


class ConfigError(Exception):
    """A configuration that cannot be used, with all its problems, sorted by line.

    `files` are the files it is made of, also those that are missing: a change of any of them is
    a reason to try again.
    """

    def __init__(self, problems: tuple[Problem, ...], files: tuple[Path, ...] = ()) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
        self.files = files


class Fault(ValueError):
    """A value that cannot be accepted: raised where the value is read, placed in the file later."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


def by_line(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """In the order in which they stand in the file, each once."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: problem.line))


def visible(text: str) -> str:
    """`text` on one line and printable; what cannot be seen is written as `\\x00`."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def quoted(text: str) -> str:
    """`text` as it is cited in a message: in quotes, printable and not too long."""
    if len(text) > _LONGEST_SHOWN:
        text = text[:_LONGEST_SHOWN] + "…"
    return f"'{visible(text)}'"


def field_path(loc: Loc) -> str:
    """`("a", "b", 2, "c")` → `a.b[2].c`."""
    path = ""
    for part in loc:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            name = visible(part[:_LONGEST_SHOWN])
            path += f".{name}" if path else name
    return path


def did_you_mean(written: str, known: Iterable[str]) -> str:
    """`did you mean "sales"?`, or an empty string when nothing known comes near.

    Among very many names only another case is found: comparing all would take too long.
    """
    names = {name.casefold(): name for name in known}
    folded = written.casefold()
    near = [folded] if folded in names else []
    if not near and len(written) <= _LONGEST_SHOWN and len(names) <= _MOST_COMPARED:
        near = difflib.get_close_matches(folded, names, n=1, cutoff=0.6)
    return f'did you mean "{visible(names[near[0]])}"?' if near else ""
