"""Sounds written into the folder that router and console share, whole or not at all.

Law: nothing that is there is replaced or removed unless it is what the caller last saw.
"""

import os
import tempfile
from http import HTTPStatus
from pathlib import Path

from callrouter.console.bench.sounds import sound_tag

_READABLE_BY_THE_ROUTER = 0o644


class NotWritten(Exception):
    """The file was not written or removed; `status` is HTTP's, `detail` says what to do."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


def keep_sound(file: Path, content: bytes, expected: str | None) -> None:
    """Write it beside its place and rename it. `expected` is the tag of what it replaces."""
    try:
        handle, beside = tempfile.mkstemp(dir=file.parent, prefix=".", suffix=".part")
    except OSError as error:
        raise _no_folder(file.parent, error) from None
    try:
        with os.fdopen(handle, "wb") as part:
            part.write(content)
            os.fchmod(part.fileno(), _READABLE_BY_THE_ROUTER)
        if expected is None:
            os.link(beside, file)  # refuses where something is there, also just now
        else:
            _expect(file, expected)
            Path(beside).replace(file)
    except FileExistsError:
        detail = f"There is {file.name} already: give another name, or its ETag as If-Match."
        raise NotWritten(HTTPStatus.PRECONDITION_FAILED, detail) from None
    except OSError as error:
        raise _no_folder(file.parent, error) from None
    finally:
        Path(beside).unlink(missing_ok=True)


def remove_sound(file: Path, expected: str | None) -> None:
    """Remove it, if it is what was `expected`."""
    if file.is_symlink() or not file.is_file():
        raise NotWritten(HTTPStatus.NOT_FOUND, "There is no such sound.")
    if expected is not None:
        _expect(file, expected)
    try:
        file.unlink()
    except OSError as error:
        raise _no_folder(file.parent, error) from None


def _expect(file: Path, tag: str) -> None:
    there = sound_tag(file.read_bytes()) if file.is_file() and not file.is_symlink() else None
    if there != tag:
        detail = f"{file.name} is another file now: look at it again."
        raise NotWritten(HTTPStatus.PRECONDITION_FAILED, detail)


def _no_folder(folder: Path, error: OSError) -> NotWritten:
    reason = error.strerror or type(error).__name__
    return NotWritten(
        HTTPStatus.CONFLICT,
        f"The sounds' folder {folder} cannot be written ({reason}): let the console write there,"
        " or set CALLROUTER_SOUNDS_DIR for router and console.",
    )
