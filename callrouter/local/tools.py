"""Programs that finish by themselves (apt-get, dpkg-deb), run from worker threads.

A thread cannot be cancelled, but the program it waits for can be ended: `abort` does that.
"""

import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from callrouter.local.errors import LocalError

_running: set["subprocess.Popen[str]"] = set()
_lock = threading.Lock()
_aborted = threading.Event()


@contextmanager
def started(
    command: Sequence[str | Path],
    *,
    environment: dict[str, str] | None = None,
    pass_fds: Sequence[int] = (),
) -> Iterator["subprocess.Popen[str]"]:
    """A running program; its output and errors are `stdout`. Waited for at the end."""
    with _lock:
        if _aborted.is_set():
            raise LocalError("stopped")
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=environment,
            pass_fds=tuple(pass_fds),
        )
        _running.add(process)
    try:
        with process:
            yield process
    finally:
        with _lock:
            _running.discard(process)


def run(
    command: Sequence[str | Path], *, environment: dict[str, str] | None = None
) -> tuple[int, str]:
    """Run to the end: the exit code, and everything that was printed."""
    with started(command, environment=environment) as process:
        output = process.communicate()[0]
    return process.returncode, output


def allow() -> None:
    """Take back an `abort`."""
    _aborted.clear()


def abort() -> None:
    """End what is running, and let nothing begin until `allow`."""
    with _lock:
        _aborted.set()
        for process in _running:
            process.terminate()
