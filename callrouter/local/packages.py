"""Debian packages for somebody who is not root: fetched by apt, checked, unpacked into a folder.

Law: a folder of unpacked packages exists whole or not at all.
"""

import fcntl
import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from callrouter.local.apt import SUITE, Apt, Say, program
from callrouter.local.errors import LocalError
from callrouter.local.tools import allow, run

Finish = Callable[[Path, Path], None]

_LAYOUT = "1"


def unpacked(
    name: str,
    packages: Sequence[str],
    *,
    state_dir: Path,
    say: Say,
    mirror: str | None = None,
    finish: Finish = lambda folder, root: None,
) -> Path:
    """The folder with `packages` and all they need, fetched now if it is not there yet.

    `finish(folder, root)` does what a package's own scripts would have done: to the new folder,
    which will stand at `root`.
    Raises LocalError, with the remedy, when apt is missing, offline or has no such package.
    """
    debian = state_dir.resolve() / "debian"
    key = hashlib.sha256("\n".join([_LAYOUT, SUITE, *sorted(packages)]).encode()).hexdigest()[:12]
    root = debian / f"{name}-{key}"
    if root.is_dir():
        return root
    debian.mkdir(parents=True, exist_ok=True)
    allow()
    with _alone(debian / "lock"):
        if not root.is_dir():
            unfinished = debian / f"{name}.unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            archives = Apt(debian / "apt", say).download(name, packages, mirror)
            _unpack(archives, unfinished, name, say)
            finish(unfinished, root)
            unfinished.rename(root)
            for old in debian.glob(f"{name}-*"):
                if old != root:
                    shutil.rmtree(old, ignore_errors=True)
            for archive in archives:
                archive.unlink(missing_ok=True)
    return root


def _unpack(archives: Sequence[Path], root: Path, name: str, say: Say) -> None:
    say(f"{name}: unpacking {len(archives)} packages")
    root.mkdir(parents=True)

    def unpack(archive: Path) -> tuple[int, str]:
        return run([program("dpkg-deb"), "--extract", archive, root])

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for archive, (code, output) in zip(archives, pool.map(unpack, archives), strict=True):
            if code != 0:
                archive.unlink(missing_ok=True)
                raise LocalError(
                    f"{archive.name} could not be unpacked; starting again fetches it again.\n"
                    + output.strip()
                )
    for folder, _, files in os.walk(root):  # programs here run as who starts them, never as root
        for file in files:
            path = os.path.join(folder, file)
            mode = os.lstat(path).st_mode
            if stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID):
                os.chmod(path, stat.S_IMODE(mode) & 0o777)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Wait until no other process fetches into the same folder."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
