"""What the dialplan notes while no router is there, read back: one note a line, whatever is torn.

Pure. A note is `<channel time kind words…>` (`callrouter-note` in extensions.conf). Its words are
encoded as in a URL, so `<`, `>` and line ends are ours alone: whatever a caller chose, wherever
Asterisk died, however full the disk was, from one `<` to the next `>` is a whole note or none.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote

_NOTE = re.compile(rb"<([\x20-\x3b\x3d\x3f-\x7e]{1,8000})>")
_CHANNEL = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that happened to the call of one channel. `line` is the note as it stands."""

    channel: str
    at: datetime
    kind: str
    words: tuple[str, ...]
    line: bytes


def notes_in(lines: Iterable[bytes]) -> Iterator[Note]:
    """The notes of these lines; what is none is left out."""
    for line in lines:
        for found in _NOTE.finditer(line):
            note = _note(found[0], found[1].decode("ascii"))
            if note is not None:
                yield note


def _note(line: bytes, text: str) -> Note | None:
    channel, *rest = text.split(" ")
    if len(rest) < 2 or not _CHANNEL.fullmatch(channel):
        return None
    try:
        at = datetime.strptime(rest[0], "%Y-%m-%dT%H:%M:%S.%f").replace(tzinfo=UTC)
    except ValueError:
        return None
    return Note(channel, at, rest[1], tuple(map(unquote, rest[2:])), line)


ENDED = "ended"
"""The kind of a channel's last note."""


class CallsInNotes:
    """Sorts notes by their calls; `open` are those that have not ended.

    A note that is there twice counts once: it was copied, and whoever copied it died before he
    removed the old one.
    """

    def __init__(self) -> None:
        self.open: dict[str, dict[bytes, Note]] = {}

    def ended(self, notes: Iterable[Note]) -> Iterator[tuple[Note, ...]]:
        """The calls that end among these notes, each with all of its notes."""
        for note in notes:
            own = self.open.setdefault(note.channel, {})
            own[note.line] = note
            if note.kind == ENDED:
                yield tuple(self.open.pop(note.channel).values())
