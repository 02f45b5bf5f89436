"""Tells a person what happens, as it happens: one line each, with the seconds since the start."""

import sys
import time
from typing import TextIO


class Narrator:
    """Prints to `out` (standard output), from any thread."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._began = time.monotonic()
        self.lines: list[str] = []

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def say(self, text: str) -> None:
        """One event; further lines of `text` are indented below it."""
        first, *rest = text.splitlines() or [""]
        self.lines.append(text)
        self.plain("\n".join([f"{self.seconds:6.1f} s  {first}", *(f"{'':10}{r}" for r in rest)]))

    def plain(self, text: str = "") -> None:
        """Text as it stands."""
        print(text, file=self._out, flush=True)
