"""Facts that PostgreSQL could not take yet, on disk: files that only grow, read back and removed.

Law: a call that is here at all is here from its first fact on. `keep` returns when the disk has it
(fdatasync), so what is kept survives our death and the machine's.
"""

import os
from collections.abc import Generator, Iterable
from contextlib import suppress
from io import BufferedWriter
from pathlib import Path
from uuid import UUID

from callrouter.db.fact_files import (
    Kept,
    Noted,
    files,
    hold,
    let_go,
    line,
    new_file,
    put_away,
    read,
)
from callrouter.facts import Ended, Fact

MOST_BYTES = 256 * 1024 * 1024
"""About a hundred thousand calls."""

FILE_BYTES = 8 * 1024 * 1024
_ENDING = ".facts"


class SpoolFull(Exception):
    """No more is kept until PostgreSQL has taken some of it."""


class Spool:
    """Used by one task at a time; every method blocks and belongs into a thread."""

    def __init__(
        self, folder: Path, *, most_bytes: int = MOST_BYTES, file_bytes: int = FILE_BYTES
    ) -> None:
        self.folder = folder
        self._most_bytes = most_bytes
        self._file_bytes = file_bytes
        self._open: BufferedWriter | None = None
        self._made = 0

    def size(self) -> int:
        """Bytes on disk, of all routers that use the folder."""
        return sum(path.stat().st_size for path in self._files())

    def keep(self, facts: Iterable[Kept]) -> None:
        """Append; raises SpoolFull, and OSError where the disk refuses."""
        lines = b"".join(map(line, facts))
        if not lines:
            return
        if self.size() + len(lines) > self._most_bytes:
            raise SpoolFull(f"{self.folder} holds its {self._most_bytes} bytes")
        file = self._current()
        try:
            file.write(lines)
            file.flush()
            os.fdatasync(file.fileno())
        except OSError:
            # Half a line may be there: what comes next begins a file of its own.
            self._leave()
            raise

    def calls(self) -> Generator[dict[UUID, list[Fact]], None, None]:
        """The calls in our files and those of dead routers, whole, a file's worth at a time.

        All of it is removed when the last has been taken, so by then it must be stored.
        """
        self._leave()
        ours = hold(self.folder, _ENDING)
        try:
            last = {kept.call: path for path, _ in ours for kept in read(path)}
            known: dict[UUID, list[Fact]] = {}
            for path, _ in ours:
                for kept in read(path):
                    _go_on(known, kept)
                whole = [call for call in known if last[call] == path]
                if whole:
                    yield {call: known.pop(call) for call in whole}
            for path, _ in ours:
                put_away(path)
        finally:
            let_go(ours)

    def unfinished(self) -> dict[UUID, list[Fact]]:
        """The calls of dead routers that have no end here; nothing is removed."""
        known: dict[UUID, list[Fact]] = {}
        ours = hold(self.folder, _ENDING)
        try:
            for path, _ in ours:
                for kept in read(path):
                    _go_on(known, kept)
        finally:
            let_go(ours)
        return {
            call: facts
            for call, facts in known.items()
            if facts and not isinstance(facts[-1], Ended)
        }

    def close(self) -> None:
        """Let others read what is in our files."""
        self._leave()

    def _files(self) -> list[Path]:
        return files(self.folder, _ENDING)

    def _current(self) -> BufferedWriter:
        if self._open is not None and self._open.tell() >= self._file_bytes:
            self._leave()
        if self._open is None:
            self._open = new_file(self.folder, _ENDING, self._made)
            self._made += 1
            _sync_folder(self.folder)
        return self._open

    def _leave(self) -> None:
        if self._open is not None:
            with suppress(OSError):
                self._open.close()
            self._open = None


def _go_on(known: dict[UUID, list[Fact]], kept: Noted) -> None:
    """One more fact, unless it is here twice, or what was before it is torn."""
    facts = known.setdefault(kept.call, [])
    if kept.seq == len(facts):
        facts.append(kept.fact)


def _sync_folder(folder: Path) -> None:
    """A new file survives a power cut only when its folder does."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
