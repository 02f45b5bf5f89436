"""Files of facts: a line is a checksum, the call, the fact's place in it and its JSON.

A line that was torn, by our death or the machine's, is left out. Each process has files of its own,
which it locks: a locked file is some living router's.
"""

import fcntl
import logging
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BufferedWriter
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from callrouter.facts import Fact, decode_fact

log = logging.getLogger(__name__)

_UNREAD = ".unread"


@dataclass(frozen=True, slots=True)
class Kept:
    """One fact of one call; `body` is its JSON."""

    call: UUID
    seq: int
    body: str


class Noted(NamedTuple):
    """One fact of one call, and its place in it."""

    call: UUID
    seq: int
    fact: Fact


def files(folder: Path, ending: str) -> list[Path]:
    """The oldest first."""
    found = folder.glob(f"*{ending}")
    return sorted(path for path in found if path.name.split("-")[0].isdecimal())


def new_file(folder: Path, ending: str, made: int) -> BufferedWriter:
    """The newest of the folder, locked by us, who have `made` others of this ending before."""
    folder.mkdir(parents=True, exist_ok=True)
    last = max((int(path.name.split("-")[0]) for path in files(folder, ending)), default=0)
    path = folder / f"{last + 1:08}-{os.getpid()}-{made + 1}{ending}"
    file = path.open("xb")
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return file


def hold(folder: Path, ending: str) -> list[tuple[Path, int]]:
    """The files that are no living router's, locked by us until `let_go`."""
    found = ((path, _locked(path)) for path in files(folder, ending))
    return [(path, lock) for path, lock in found if lock is not None]


def let_go(held: Iterable[tuple[Path, int]]) -> None:
    for _, lock in held:
        os.close(lock)


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


def line(kept: Kept) -> bytes:
    text = f"{kept.call.hex} {kept.seq} {kept.body}".encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def read(path: Path) -> Iterator[Noted]:
    """What is whole there; also without what nobody understands, say of a newer version."""
    with path.open("rb") as file:
        for each in file:
            text = _whole(each)
            if text is not None and (found := _understood(text)) is not None:
                yield found


def put_away(path: Path) -> None:
    """Remove what is delivered; a file with lines that nobody understands is kept for people."""
    with path.open("rb") as file:
        texts = map(_whole, file)
        odd = sum(text is not None and _understood(text) is None for text in texts)
    if odd:
        log.error("%s has %d lines of an unknown kind: kept as %s", path, odd, _UNREAD)
        path.rename(path.with_suffix(_UNREAD))
    else:
        path.unlink(missing_ok=True)


def _whole(line: bytes) -> bytes | None:
    mark, _, text = line.rstrip(b"\n").partition(b" ")
    return text if line.endswith(b"\n") and mark == b"%08x" % zlib.crc32(text) else None


def _understood(text: bytes) -> Noted | None:
    try:
        call, seq, body = text.split(b" ", 2)
        return Noted(UUID(call.decode()), int(seq), decode_fact(body))
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return None
