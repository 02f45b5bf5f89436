"""Facts that PostgreSQL could not take yet, on disk: files that only grow, read back and removed.

Law: a call that is here at all is here from its first fact on. A line is a checksum, the call, the
fact's place and its JSON; `keep` returns when the disk has it (fdatasync), so what is kept
survives our death and the machine's. A line that was torn by that death is left out.

Each process has files of its own, which it locks: a locked file is some living router's.
"""

import fcntl
import logging
import os
import zlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedWriter
from pathlib import Path
from uuid import UUID

from callrouter.facts import Ended, Fact, decode_fact

log = logging.getLogger(__name__)

MOST_BYTES = 256 * 1024 * 1024
"""About a hundred thousand calls."""

FILE_BYTES = 8 * 1024 * 1024
_ENDING = ".facts"
_UNREAD = ".unread"


class SpoolFull(Exception):
    """No more is kept until PostgreSQL has taken some of it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One fact of one call; `body` is its JSON."""

    call: UUID
    seq: int
    body: str


@dataclass(frozen=True, slots=True)
class _Found:
    call: UUID
    seq: int
    fact: Fact


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
        lines = b"".join(map(_line, facts))
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
        locked = [(path, held) for path in self._files() if (held := _locked(path)) is not None]
        try:
            last = {kept.call: path for path, _ in locked for kept in _read(path)}
            known: dict[UUID, list[Fact]] = {}
            for path, _ in locked:
                for kept in _read(path):
                    facts = known.setdefault(kept.call, [])
                    if kept.seq == len(facts):  # else it is here twice, or what was before is torn
                        facts.append(kept.fact)
                whole = [call for call in known if last[call] == path]
                if whole:
                    yield {call: known.pop(call) for call in whole}
            for path, _ in locked:
                _put_away(path)
        finally:
            for _, held in locked:
                os.close(held)

    def unfinished(self) -> dict[UUID, list[Fact]]:
        """The calls of dead routers that have no end here; nothing is removed."""
        known: dict[UUID, list[Fact]] = {}
        for path in self._files():
            if (held := _locked(path)) is None:
                continue
            try:
                for kept in _read(path):
                    facts = known.setdefault(kept.call, [])
                    if kept.seq == len(facts):
                        facts.append(kept.fact)
            finally:
                os.close(held)
        return {
            call: facts
            for call, facts in known.items()
            if facts and not isinstance(facts[-1], Ended)
        }

    def close(self) -> None:
        """Let others read what is in our files."""
        self._leave()

    def _files(self) -> list[Path]:
        """The oldest first."""
        found = self.folder.glob(f"*{_ENDING}")
        return sorted(path for path in found if path.name.split("-")[0].isdecimal())

    def _current(self) -> BufferedWriter:
        if self._open is not None and self._open.tell() >= self._file_bytes:
            self._leave()
        if self._open is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._made += 1
            last = max((int(path.name.split("-")[0]) for path in self._files()), default=0)
            path = self.folder / f"{last + 1:08}-{os.getpid()}-{self._made}{_ENDING}"
            self._open = path.open("xb")
            fcntl.flock(self._open, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _sync_folder(self.folder)
        return self._open

    def _leave(self) -> None:
        if self._open is not None:
            with suppress(OSError):
                self._open.close()
            self._open = None


def _line(kept: Kept) -> bytes:
    text = f"{kept.call.hex} {kept.seq} {kept.body}".encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _read(path: Path) -> Iterator[_Found]:
    """What is whole there; also without what nobody understands, say of a newer version."""
    with path.open("rb") as file:
        for line in file:
            text = _whole(line)
            if text is not None and (found := _understood(text)) is not None:
                yield found


def _whole(line: bytes) -> bytes | None:
    mark, _, text = line.rstrip(b"\n").partition(b" ")
    return text if line.endswith(b"\n") and mark == b"%08x" % zlib.crc32(text) else None


def _understood(text: bytes) -> _Found | None:
    try:
        call, seq, body = text.split(b" ", 2)
        return _Found(UUID(call.decode()), int(seq), decode_fact(body))
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return None


def _put_away(path: Path) -> None:
    """Remove what is delivered; a file with lines that nobody understands is kept for people."""
    with path.open("rb") as file:
        texts = map(_whole, file)
        odd = sum(text is not None and _understood(text) is None for text in texts)
    if odd:
        log.error("%s has %d lines of an unknown kind: kept as %s", path, odd, _UNREAD)
        path.rename(path.with_suffix(_UNREAD))
    else:
        path.unlink(missing_ok=True)


def _locked(path: Path) -> int | None:
    """A descriptor that holds the file's lock; None where a living router has it."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _sync_folder(folder: Path) -> None:
    """A new file survives a power cut only when its folder does."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
