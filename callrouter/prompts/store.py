"""Rendered prompts on disk, found by what they are made of.

The law: what is found under a key is complete. Both sound files are written beside their place
and renamed; the note with their checksums comes last and makes them valid. Whatever does not
match its note is rendered again.
"""

import hashlib
import os
import tempfile
import time
import zlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from callrouter.prompts.playable import Playable

PIPELINE = "1"
"""Changes whenever the same text or file would sound different than before."""

_READABLE_BY_ASTERISK = 0o644
_NOTE = ".json"
_KEEP_SECONDS = 86_400.0


class Stored(msgspec.Struct, frozen=True):
    """`media` is the absolute path without extension, as Asterisk's `sound:` wants it."""

    media: str
    seconds: float


class _Note(msgspec.Struct):
    seconds: float
    checksums: dict[str, int]


def key_of(*parts: str | bytes) -> str:
    """The key of a prompt made of these parts by this version of the pipeline."""
    digest = hashlib.sha256(PIPELINE.encode())
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()[:40]


class PromptStore:
    """A directory of prompts that several processes may use at once and Asterisk can read."""

    def __init__(self, directory: Path) -> None:
        """Raises OSError when the directory cannot be made."""
        self._directory = directory.absolute()
        if not self._directory.is_dir():
            self._directory.mkdir(parents=True, exist_ok=True)
            self._directory.chmod(0o755)

    def find(self, key: str) -> Stored | None:
        """The prompt under `key`; None when there is none, or not all of it."""
        try:
            note = msgspec.json.decode(self._place(key, _NOTE).read_bytes(), type=_Note)
            for suffix, checksum in note.checksums.items():
                if zlib.crc32(self._place(key, suffix).read_bytes()) != checksum:
                    return None
            os.utime(self._place(key, _NOTE))
        except (OSError, msgspec.DecodeError):
            return None
        return Stored(str(self._directory / key), note.seconds)

    def put(self, key: str, sound: Playable) -> Stored:
        """Keep `sound` under `key`. Raises OSError when the disk is full or not writable."""
        for suffix, content in sound.files.items():
            self._write(self._place(key, suffix), content)
        checksums = {suffix: zlib.crc32(content) for suffix, content in sound.files.items()}
        note = msgspec.json.encode(_Note(sound.seconds, checksums))
        self._write(self._place(key, _NOTE), note)
        return Stored(str(self._directory / key), sound.seconds)

    def prune(self, keep: Iterable[str], unused_seconds: float = _KEEP_SECONDS) -> int:
        """Remove prompts that are not in `keep` (their `media`) and were not looked for lately.

        `keep` must name the prompts of every table in use, also of calls in progress. Returns the
        number of files removed.
        """
        kept = {Path(media).name for media in keep}
        oldest = time.time() - unused_seconds
        removed = 0
        for path in self._directory.iterdir():
            used = path if path.suffix == ".part" else path.with_suffix(_NOTE)
            try:
                if path.stem not in kept and not _newer(used, path, oldest):
                    path.unlink()
                    removed += 1
            except FileNotFoundError:
                continue  # another process was faster
        return removed

    def _place(self, key: str, suffix: str) -> Path:
        return self._directory / (key + suffix)

    def _write(self, path: Path, content: bytes) -> None:
        handle, beside = tempfile.mkstemp(dir=self._directory, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                os.fchmod(file.fileno(), _READABLE_BY_ASTERISK)
            Path(beside).replace(path)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise


def _newer(note: Path, path: Path, moment: float) -> bool:
    """Whether a prompt was used after `moment`: its note is touched with every use."""
    latest = path.stat().st_mtime
    if note.exists():
        latest = max(latest, note.stat().st_mtime)
    return latest > moment
