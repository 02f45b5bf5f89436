"""The log of a process: lines for people, or JSON for programs; nothing in it obeys a caller.

Laws: a line about a call has the call's id. A secret of this process never leaves it, wherever it
comes from. What a caller sent begins no line of its own. A disk that is full costs lines, no calls.
"""

import json
import logging
import os
import re
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import quote, quote_plus
from uuid import UUID

from callrouter.commands.terminal import visible

CALL: ContextVar[UUID | None] = ContextVar("CALL", default=None)
"""Which call the present task works for."""

SHORTEST_SECRET = 4
"""What is shorter is no secret, and would be found in every other word."""

HIDDEN = "…"
"""What stands in the place of a secret."""

_ABOUT_A_CALL = re.compile(r"call ([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b")


def hiding(secrets: Iterable[str]) -> Callable[[str], str]:
    """What makes of a text one without these secrets, also as they look within an address."""
    forms = {
        form
        for secret in secrets
        for form in (secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1])
        if len(secret) >= SHORTEST_SECRET
    }
    longest_first = sorted(forms, key=len, reverse=True)

    def hidden(text: str) -> str:
        for secret in longest_first:
            text = text.replace(secret, HIDDEN)
        return text

    return hidden


class _Hiding(logging.Formatter):
    """`secrets` are written as an ellipsis."""

    def __init__(self, secrets: Iterable[str] = (), form: str | None = None) -> None:
        super().__init__(form)
        self.hidden = hiding(secrets)


class PlainLines(_Hiding):
    """For people: what goes on over several lines is indented, so that no line can be faked."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__(secrets, "%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        call = CALL.get()
        if call is not None and not record.message.startswith("call "):
            record.message = f"call {call}: {record.message}"
        return super().formatMessage(record)

    def format(self, record: logging.LogRecord) -> str:
        lines = self.hidden(super().format(record)).split("\n")
        return "\n    ".join(map(visible, lines))


class JsonLines(_Hiding):
    """One JSON object a line: time, level, logger, message; call and error where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self.hidden(message),
        }
        if call := call_of(message):
            line["call"] = call
        if record.exc_info:
            line["error"] = self.hidden(self.formatException(record.exc_info))
        return json.dumps(line)  # ASCII: no separator of any kind is left as it is


class _Descriptor(logging.Handler):
    """Writes to a file descriptor, at once; counts what cannot be written and goes on."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self.lost = 0
        self._unsaid = 0
        self._torn = False

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = self.format(record)
        except Exception:  # a line that cannot be made must not end what wanted to say it
            self.lost += 1
            return
        line = text.encode(errors="backslashreplace") + b"\n"
        if self._unsaid:
            words = "%d lines could not be written"
            gap = logging.LogRecord(__name__, logging.ERROR, "", 0, words, (self._unsaid,), None)
            line = self.format(gap).encode() + b"\n" + line
        left = b"\n" + line if self._torn else line
        whole = len(line)
        try:
            while left:
                left = left[os.write(self._descriptor, left) :]
            self._unsaid, self._torn = 0, False
        except OSError:
            self._torn = self._torn or len(left) < whole
            self.lost += 1
            self._unsaid += 1


_handler: _Descriptor | None = None


def set_up_logging(
    level: str, form: Literal["text", "json"], secrets: Iterable[str] = (), descriptor: int = 2
) -> None:
    """The log of this process goes to standard error from now on."""
    global _handler
    # Who of our code says it, on which thread, is in no line; to find that out for each is dear.
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    _handler = _Descriptor(descriptor)
    _handler.setFormatter(JsonLines(secrets) if form == "json" else PlainLines(secrets))
    root = logging.getLogger()
    for other in list(root.handlers):
        root.removeHandler(other)
    root.addHandler(_handler)
    root.setLevel(level.upper())


def lost_lines() -> int:
    """How many lines could not be written since the process began."""
    return _handler.lost if _handler is not None else 0


def call_of(message: str) -> str | None:
    """The id of the call that a message is about: whose task says it, or as it begins."""
    if (call := CALL.get()) is not None:
        return str(call)
    found = _ABOUT_A_CALL.match(message)
    return found[1] if found else None
