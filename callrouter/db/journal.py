"""What calls noted in the last moments, on disk: what a router that is killed leaves behind.

Facts wait a moment for company before they go to PostgreSQL, as each write costs both sides more
than many facts do. Meanwhile they are here.

Law: nobody waits for this disk. A thread writes, without fdatasync: what the kernel has survives
our death, not the machine's.
"""

import logging
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from io import BufferedWriter
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from time import monotonic
from uuid import UUID

from callrouter.db.fact_files import Kept, Noted, hold, let_go, line, new_file, put_away, read
from callrouter.db.rows import storable
from callrouter.facts import Fact

log = logging.getLogger(__name__)

FILE_BYTES = 1024 * 1024
"""Where PostgreSQL never has all of it, a file is left, and removed as a whole, when it has."""

MOST_UNWRITTEN = 40
"""Of a disk that hangs nothing more is wanted until it has written so many pieces."""

AGAIN_SECONDS = 10.0
"""So long a disk that refused is left in peace."""

CLOSE_SECONDS = 2.0
ENDING = ".journal"


class Journal:
    """Written piece by piece; `pieces` is how many there were. Its methods never wait."""

    def __init__(self, folder: Path, *, file_bytes: int = FILE_BYTES) -> None:
        self.folder = folder
        self.pieces = 0
        self._taken = 0
        self._refused_until = 0.0
        self._orders: SimpleQueue[Sequence[Noted] | int | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._file_bytes = file_bytes
        # From here on the thread's alone.
        self._file: BufferedWriter | None = None
        self._full: deque[tuple[BufferedWriter, int]] = deque()
        self._made = self._stored = 0

    @property
    def works(self) -> bool:
        """Whether the disk takes what it is given."""
        return self._refused_until <= monotonic() and self.pieces - self._taken < MOST_UNWRITTEN

    def note(self, facts: Sequence[Noted]) -> None:
        """These facts are on disk soon, if they can be."""
        if self._thread is None:
            self._thread = Thread(target=self._run, name="journal", daemon=True)
            self._thread.start()
        self.pieces += 1
        self._orders.put(facts)

    def stored(self, pieces: int) -> None:
        """PostgreSQL has all of the first so many pieces."""
        if self._thread is not None:
            self._orders.put(pieces)

    def close(self, *, stored: bool) -> None:
        """The last call. What is not `stored` is the next router's. Blocks for a moment."""
        if self._thread is not None:
            if stored:
                self._orders.put(self.pieces)
            self._orders.put(None)
            self._thread.join(CLOSE_SECONDS)

    # What the thread does.

    def _run(self) -> None:
        while (order := self._orders.get()) is not None:
            if isinstance(order, int):
                self._stored = order
                try:
                    self._forget()
                except OSError as error:
                    self._refused(error)
                continue
            self._taken += 1
            try:
                self._write(b"".join(map(_line, order)))
            except Exception as error:  # whatever it is: PostgreSQL will have the facts
                self._refused(error)
            else:
                self._refused_until = 0.0
        self._turn()
        self._forget()
        for file, _ in self._full:
            with suppress(OSError):
                file.close()

    def _write(self, lines: bytes) -> None:
        if self._file is None:
            self._file = new_file(self.folder, ENDING, self._made)
            self._made += 1
        self._file.write(lines)
        self._file.flush()
        if self._file.tell() >= self._file_bytes:
            self._turn()

    def _turn(self) -> None:
        """What comes next begins a file of its own."""
        if self._file is not None:
            self._full.append((self._file, self._taken))
            self._file = None

    def _forget(self) -> None:
        """Remove the files of which PostgreSQL has all; the last one is begun anew."""
        if self._file is not None and self._stored == self._taken:
            self._file.seek(0)
            self._file.truncate()
        while self._full and self._full[0][1] <= self._stored:
            file, _ = self._full.popleft()
            with suppress(OSError):
                Path(file.name).unlink()
            with suppress(OSError):
                file.close()

    def _refused(self, error: Exception) -> None:
        if not self._refused_until:
            log.error("%s: the last moments of calls are not kept on disk: %s", self.folder, error)
        self._refused_until = monotonic() + AGAIN_SECONDS
        self._turn()  # half a line may be there


def _line(noted: Noted) -> bytes:
    return line(Kept(noted.call, noted.seq, storable(noted.fact)[1]))


class LeftBehind:
    """The journals of dead routers in `folder`: facts by call and place. Every method blocks."""

    def __init__(self, folder: Path) -> None:
        self._held = hold(folder, ENDING)
        self.calls: dict[UUID, dict[int, Fact]] = {}
        for path, _ in self._held:
            for each in read(path):
                self.calls.setdefault(each.call, {})[each.seq] = each.fact

    def remove(self) -> None:
        """PostgreSQL has all of it."""
        for path, _ in self._held:
            put_away(path)

    def close(self) -> None:
        """Let others have what is still there."""
        let_go(self._held)
