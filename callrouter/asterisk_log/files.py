"""The notes' files: taken from Asterisk by renaming, read, and removed when all of it is stored.

Asterisk opens its file for each note by name. What is taken is read after a pause, so that whoever
had it open just then has written. Every function blocks and belongs into a thread.

Law: a note leaves the disk only when the call it belongs to is stored, or when it is in a newer
file. Killed at any moment, the next router finds each note at least once.
"""

import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from callrouter.asterisk_log.notes import Note, notes_in
from callrouter.asterisk_log.places import LOOKED, NOTES

_LINE_BYTES = 65_536


def lines_of(file: BinaryIO) -> Iterator[bytes]:
    """Its lines; one that is too long to be any comes in pieces."""
    while line := file.readline(_LINE_BYTES):
        yield line


def looked_until(log_dir: Path) -> datetime | None:
    """Until when a router has looked for callers who came unheard; None where none ever has."""
    try:
        return datetime.fromtimestamp((log_dir / LOOKED).stat().st_mtime, UTC)
    except FileNotFoundError:
        return None


def note_looked(log_dir: Path, until: datetime) -> None:
    """Raises OSError."""
    mark = log_dir / LOOKED
    new = mark.with_name(f"{mark.name}.new")
    new.touch()
    os.utime(new, (until.timestamp(), until.timestamp()))
    new.replace(mark)


def note_unlooked(log_dir: Path, since: datetime) -> None:
    """Nobody has looked since then, where no router ever has. Raises OSError."""
    if looked_until(log_dir) is None:
        note_looked(log_dir, since)


class NotesFolder:
    """`log_dir` is Asterisk's log folder, as this process sees it."""

    def __init__(self, log_dir: Path) -> None:
        self._file = log_dir / NOTES

    def check(self) -> None:
        """Raises OSError where notes could not be taken and removed."""
        folder = self._file.parent
        if not os.path.isdir(folder):
            raise FileNotFoundError(2, os.strerror(2), str(folder))
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            raise PermissionError(13, os.strerror(13), str(folder))

    def take(self) -> bool:
        """Let Asterisk begin a new file; whether there was anything to take."""
        try:
            os.rename(self._file, self._next())
        except FileNotFoundError:
            return False
        return True

    def taken(self) -> list[Path]:
        """The files that were taken and are not removed yet, the oldest first."""
        found = self._file.parent.glob(f"{self._file.name}.*")
        return sorted(path for path in found if path.suffix[1:].isdigit())

    def notes(self, files: Iterable[Path]) -> Iterator[Note]:
        """Their notes in the order in which they were written."""
        for path in files:
            with path.open("rb") as file:
                yield from notes_in(lines_of(file))

    def keep(self, notes: Iterable[Note]) -> None:
        """Copy these into a new taken file, on disk when this returns."""
        place = self._next()
        unfinished = place.with_name(f".{place.name}")
        with unfinished.open("wb") as file:
            file.writelines(note.line + b"\n" for note in notes)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(place)
        self._sync()

    def remove(self, files: Iterable[Path]) -> None:
        """What they held is stored or kept elsewhere."""
        for path in files:
            path.unlink(missing_ok=True)
        self._sync()

    def _next(self) -> Path:
        last = max((int(path.suffix[1:]) for path in self.taken()), default=0)
        return self._file.with_name(f"{self._file.name}.{last + 1:08}")

    def _sync(self) -> None:
        descriptor = os.open(self._file.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
