"""Text for a person's terminal: it obeys nothing that a caller sent, and columns stand straight."""

import os
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TextIO

_COLOURS = {"green": "32", "red": "31", "yellow": "33", "magenta": "35", "cyan": "36", "grey": "90"}


def visible(text: str) -> str:
    """`text` with everything that a terminal would obey written out: `\\x1b`, `\\u202e`.

    Control characters, text direction overrides and other invisible ones, line separators,
    half surrogate pairs and unassigned code points; letters of all scripts stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        c if c == " " or unicodedata.category(c)[0] not in "CZ" else _escaped(c) for c in text
    )


def _escaped(character: str) -> str:
    if unicodedata.category(character) == "Zs":
        return " "
    return character.encode("unicode_escape").decode()


def width(text: str) -> int:
    """How many columns `text` takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(_columns_of(c) for c in text)


def _columns_of(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cut(text: str, columns: int) -> str:
    """`text`, if need be shortened to so many columns, the last of them an ellipsis."""
    if width(text) <= columns:
        return text
    while text and width(text) > columns - 1:
        text = text[: min(len(text) - 1, columns)]
    return text + "…"


def coloured(text: str, colour: str | None) -> str:
    return text if colour is None else f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m"


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], colours: Sequence[Sequence[str | None]] = ()
) -> list[str]:
    """Lines of aligned columns, two spaces apart; colours, if any, one a cell."""
    widths = [max(width(row[i]) for row in (head, *rows)) for i in range(len(head))]
    lines = []
    for number, row in enumerate((head, *rows)):
        chosen = colours[number - 1] if number and colours else [None] * len(row)
        cells = []
        for cell, columns, colour in zip(row, widths, chosen, strict=True):
            cells.append(coloured(cell, colour) + " " * (columns - width(cell)))
        lines.append("  ".join(cells).rstrip())
    return lines


def is_terminal(stream: TextIO) -> bool:
    """Whether colours and symbols are wanted: a terminal, and not NO_COLOR or a dumb one."""
    return stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def write(lines: Iterable[str]) -> None:
    """Print lines; what the terminal's encoding lacks is written out; `| head` is no error."""
    output = sys.stdout
    if hasattr(output, "reconfigure"):
        output.reconfigure(errors="backslashreplace")
    try:
        for line in lines:
            output.write(line + "\n")
        output.flush()
    except BrokenPipeError:
        # Python would complain again when it closes the stream at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), output.fileno())
