"""The folder of a workbench process, which outlives no process for long, however that one ended."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "callrouter-prompts-"
_TRIES = 20


@contextmanager
def own_folder() -> Iterator[Path]:
    """A new folder that goes with us; those of processes that were killed are removed."""
    locked, folder = _locked_folder()
    try:
        _remove_left_behind()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(locked)


def _locked_folder() -> tuple[int, Path]:
    """The lock ends with the process. Raises OSError where there is no room for another folder."""
    for _ in range(_TRIES):
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        locked = _lock(folder)
        if locked is not None and folder.is_dir():
            return locked, folder
        if locked is not None:  # another has taken it for one left behind
            os.close(locked)
    raise OSError(f"no folder in {tempfile.gettempdir()} can be used")


def _remove_left_behind() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        locked = _lock(folder)
        if locked is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(locked)


def _lock(folder: Path) -> int | None:
    """None where it is in use, not ours, or gone."""
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        if os.fstat(opened).st_uid == os.geteuid():
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return opened
    except OSError:
        pass
    os.close(opened)
    return None
