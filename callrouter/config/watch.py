"""Notices that a configuration, or a sound file it names, was changed on disk.

By polling `stat`, in a thread: it also sees what notification services miss, such as a symlink
that is swapped, a file replaced by rename, and network file systems.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path

Stamp = tuple[int, int, int, int]
"""What changes with a file: device, inode, size and time of modification in nanoseconds."""


def _no_files() -> Iterable[Path]:
    return ()


def changes(
    path: Path | None,
    also: Callable[[], Iterable[Path]] = _no_files,
    poll: float = 0.5,
    settle: float = 0.2,
) -> AsyncIterator[None]:
    """Yields once for every change of `path` or of a file of `also()`, when it has come to rest.

    Looks every `poll` seconds; after a change it waits until nothing has changed for `settle`
    seconds, so that half-written files are not read. A file that goes away, and one that comes
    back, have changed. What counts as unchanged is the state at the moment of this call: call it
    before loading, and no change is lost. `also` is asked anew each time, since every version of
    a configuration names its own sound files; a file it names for the first time is no change.
    """
    main = () if path is None else (path,)
    return _changes(main, also, poll, settle, _stamps((*main, *also())))


async def _changes(
    main: tuple[Path, ...],
    also: Callable[[], Iterable[Path]],
    poll: float,
    settle: float,
    known: dict[Path, Stamp | None],
) -> AsyncIterator[None]:
    while True:
        await asyncio.sleep(poll)
        now = await asyncio.to_thread(_stamps, (*main, *also()))
        if not _changed(known, now):
            known = now
            continue
        while True:
            await asyncio.sleep(settle)
            later = await asyncio.to_thread(_stamps, tuple(now))
            if later == now:
                break
            now = later
        if _changed(known, now):
            known = now
            yield


def _changed(before: dict[Path, Stamp | None], now: dict[Path, Stamp | None]) -> bool:
    return any(before.get(path, stamp) != stamp for path, stamp in now.items())


def _stamps(paths: Iterable[Path]) -> dict[Path, Stamp | None]:
    return {path: _stamp(path) for path in paths}


def _stamp(path: Path) -> Stamp | None:
    """None when there is no such file, or none that can be reached."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
