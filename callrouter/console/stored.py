"""What the configuration is now, as the console knows it: read anew only when it has changed.

Law: one cheap question tells whether it has changed: the newest edit of the tables, or the file's
stamp. The work is done on the workbench.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from callrouter.config.configured import DATABASE
from callrouter.console.bench.drafts import stamp
from callrouter.console.problems import ApiProblem
from callrouter.console.workbench import Asking, StoredNow, Workbench
from callrouter.db.config_versions import NewestVersion, document_with_digest, newest_version
from callrouter.db.configuration import Edit, StoredRows, newest_edit, stored_rows
from callrouter.db.engine import snapshot
from callrouter.settings import Settings

_REMEMBERED = 20
_REMEMBERED_BYTES = 20_000_000


class Read(msgspec.Struct, frozen=True):
    """What the workbench says of it; `text` is what a version keeps, plain JSON."""

    mark: str
    version: str | None
    usable: bool
    text: str
    files: tuple[str, ...]
    document: msgspec.Raw
    problems: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Current:
    """The configuration now; `edit` and `newest` are known of a database's only."""

    now: StoredNow
    read: Read
    edit: Edit | None = None
    newest: NewestVersion | None = None

    @property
    def number(self) -> int | None:
        """The version that says the same; None where none does (yet)."""
        if self.newest is None:
            return None
        listed = self.newest.listed
        if self.now.path is not None:
            return listed.number if listed.version == self.read.version else None
        return listed.number if self.edit and self.newest.edit == self.edit.id else None

    @property
    def author(self) -> str | None:
        """Of the version that says the same, else of the newest edit."""
        if self.number is not None and self.newest is not None:
            return self.newest.listed.author
        return None if self.edit is None else self.edit.author

    @property
    def at(self) -> datetime | None:
        if self.number is not None and self.newest is not None:
            return self.newest.listed.at
        return None if self.edit is None else self.edit.at

    def summary(self) -> dict[str, Any]:
        """Which one it is, for those who began from another."""
        at = None if self.at is None else self.at.isoformat()
        return {
            "mark": self.read.mark,
            "number": self.number,
            "version": self.read.version,
            "author": self.author,
            "at": at,
        }


class StoredConfigurations:
    """What is stored now, and the documents of those that were stored lately."""

    def __init__(self, settings: Settings, workbench: Workbench) -> None:
        self.file = None if settings.config == DATABASE else Path(settings.config)
        self.folder = settings.sounds_dir if self.file is None else self.file.parent
        self._workbench = workbench
        self._read: tuple[str, object, StoredNow, Read] | None = None
        self._times = 0
        self._texts: OrderedDict[str, str] = OrderedDict()

    async def current(self, engine: AsyncEngine) -> Current:
        """Raises ApiProblem where a file cannot be read at all, and DatabaseUnavailable."""
        if self.file is not None:
            return await self._of_file(self.file, engine)
        async with snapshot(engine) as connection:
            edit = await newest_edit(connection)
            newest = await newest_version(connection)
            known = await self._known(_key(edit.id if edit else 0))
            rows = None if known else await stored_rows(connection)
        if known is None and rows is not None:
            known = await self._take(_key(rows.edit), rows)
        if known is None:
            raise AssertionError("either known or read")
        return Current(*known, edit, newest)

    async def of_rows(self, rows: StoredRows) -> Read:
        """What these rows say, within a transaction that has just read them."""
        key = _key(rows.edit)
        known = await self._known(key) or await self._take(key, rows)
        return known[1]

    async def text_of(self, connection: AsyncConnection, mark: str) -> str | None:
        """The document with this mark, if anybody knows it any more."""
        known = self._texts.get(mark)
        plain = mark.isascii() and mark.isalnum()
        if known is None and plain:
            return await document_with_digest(connection, mark)
        return known

    async def _known(self, key: str) -> tuple[StoredNow, Read] | None:
        """Also the sounds and calendars that it names are as they were."""
        if self._read is None or self._read[0] != key:
            return None
        _, stamps, now, read = self._read
        return (now, read) if stamps == await _stamps(read.files) else None

    async def _take(self, key: str, rows: StoredRows) -> tuple[StoredNow, Read]:
        return await self._ask(key, rows.rows.encode(), None)

    async def _of_file(self, path: Path, engine: AsyncEngine) -> Current:
        try:
            status = await asyncio.to_thread(path.stat)
        except OSError as error:
            detail = f"The configuration {path} cannot be read ({error.strerror})."
            raise ApiProblem(HTTPStatus.SERVICE_UNAVAILABLE, detail) from None
        key = f"file {status.st_ino} {status.st_size} {status.st_mtime_ns}"
        known = await self._known(key) or await self._ask(key, b"", str(path))
        async with snapshot(engine) as connection:
            newest = await newest_version(connection)
        return Current(*known, None, newest)

    async def _ask(self, key: str, rows: bytes, path: str | None) -> tuple[StoredNow, Read]:
        self._times += 1
        now = StoredNow(f"{key} {self._times}", rows, path)
        args = {} if path is None else {"path": path}
        answer = await self._workbench.ask("stored", rows, Asking(stored=now, args=args))
        read = msgspec.json.decode(answer.content, type=Read)
        self._read = (key, await _stamps(read.files), now, read)
        self._remember(read)
        return now, read

    def _remember(self, read: Read) -> None:
        self._texts[read.mark] = read.text
        self._texts.move_to_end(read.mark)
        while len(self._texts) > _REMEMBERED or (
            len(self._texts) > 1 and sum(map(len, self._texts.values())) > _REMEMBERED_BYTES
        ):
            self._texts.popitem(last=False)


def _key(edit: int) -> str:
    return f"edit {edit}"


async def _stamps(files: tuple[str, ...]) -> object:
    return await asyncio.to_thread(lambda: tuple(stamp(Path(file)) for file in files))
