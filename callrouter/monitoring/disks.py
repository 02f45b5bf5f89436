"""How much room there is where the router writes. Blocks: a network's file system may hang."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from callrouter.monitoring.checks import DiskSeen, SpoolSeen

_LOG = 2
"""The log is what goes to standard error."""


def look_at(places: Iterable[tuple[str, Path]]) -> tuple[DiskSeen, ...]:
    """Each of the places, and the log's where that goes into a file."""
    disks = [_disk(place, folder) for place, folder in places]
    if (log := _log_file()) is not None:
        disks.append(_disk("log", log))
    return tuple(disks)


def look_at_spool(folder: Path, most_bytes: int, now: float, *, refuses: bool) -> SpoolSeen:
    """What is in the spool's folder, of all routers that use it; `now` as by `time.time`."""
    size, times = 0, []
    for path in folder.glob("*.facts"):
        try:
            found = path.stat()
        except OSError:  # it has been delivered meanwhile
            continue
        if found.st_size:
            size += found.st_size
            times.append(found.st_mtime)
    oldest = max(0.0, now - min(times)) if times else 0.0
    return SpoolSeen(str(folder), size, most_bytes, len(times), oldest, refuses)


def _disk(place: str, path: Path) -> DiskSeen:
    """What has not been made yet would be made in the nearest folder that is there."""
    there = path.absolute()
    while not there.exists() and there != there.parent:
        there = there.parent
    try:
        found = os.statvfs(there)
    except OSError as error:
        return DiskSeen(place, str(path), trouble=f"{path}: {error.strerror}")
    free, whole = found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize
    trouble = ""
    if found.f_flag & os.ST_RDONLY:
        trouble = f"{path} is on a file system that only reads."
    elif there.is_dir() and not os.access(there, os.W_OK | os.X_OK):
        trouble = f"{there} cannot be written to."
    return DiskSeen(place, str(path), free, whole, trouble)


def _log_file() -> Path | None:
    try:
        if not stat.S_ISREG(os.fstat(_LOG).st_mode):
            return None
        return Path(f"/proc/self/fd/{_LOG}").readlink()
    except OSError:
        return None
