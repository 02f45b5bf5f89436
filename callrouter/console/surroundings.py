"""What the API knows of the configuration: read again only when it has changed."""

import asyncio
import logging
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.commands.given_config import usable
from callrouter.config.configured import ConfigSource, StoredConfiguration
from callrouter.config.problems import ConfigError
from callrouter.console.bench.drafts import stamp
from callrouter.console.problems import ApiProblem
from callrouter.db.configuration import newest_edit, stored_rows
from callrouter.db.engine import snapshot
from callrouter.routing.model import RoutingTable
from callrouter.settings import Settings

log = logging.getLogger(__name__)

_NEVER_EDITED = 0
_NOTHING = RoutingTable(version="", agents={}, agent_groups={}, settings={}, numbers={})


class Configuration:
    """The routing table of the configuration the router follows, as it is now."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._read: _Read | None = None
        self._reading = asyncio.Lock()

    @property
    def is_file(self) -> bool:
        """Whether it is a file, of whose changes nobody tells."""
        return isinstance(self._settings.config, Path)

    async def table(self, engine: AsyncEngine) -> RoutingTable:
        """Where it has mistakes, the newest version. Raises ApiProblem where there is none.

        Of a database in which nobody has configured anything yet, a table with nothing in it.
        """
        async with self._reading:
            mark = await self._mark(engine)
            known = self._read
            if known is None or known.mark != mark or known.stamps != await _stamps(known.files):
                known = self._read = await self._load(mark, engine)
            return known.table

    async def _mark(self, engine: AsyncEngine) -> object:
        """What tells that it has changed: a look at one row, or at the file's stamp."""
        path = self._settings.config
        if isinstance(path, Path):
            return await _stamps((path,))
        async with snapshot(engine) as connection:
            edit = await newest_edit(connection)
        return _NEVER_EDITED if edit is None else edit.id

    async def _source(self, engine: AsyncEngine) -> ConfigSource:
        path = self._settings.config
        if isinstance(path, Path):
            return path
        async with snapshot(engine) as connection:
            stored = await stored_rows(connection)
        return StoredConfiguration(stored.rows, self._settings.sounds_dir)

    async def _load(self, mark: object, engine: AsyncEngine) -> "_Read":
        if mark == _NEVER_EDITED:
            return _Read(mark, (), (), _NOTHING)
        try:
            loaded, note = await usable(await self._source(engine), engine)
            if note is not None:
                log.warning("%s", note)
            return _Read(mark, loaded.files, await _stamps(loaded.files), loaded.table)
        except ConfigError as error:
            first = str(error).partition("\n")[0]
            detail = f"The configuration cannot be used: {first}"
            raise ApiProblem(HTTPStatus.SERVICE_UNAVAILABLE, detail) from None


class _Read(NamedTuple):
    """A table, and what it was read from: it is read again when any of that has changed."""

    mark: object
    files: tuple[Path, ...]
    stamps: object
    table: RoutingTable


async def _stamps(files: tuple[Path, ...]) -> object:
    return await asyncio.to_thread(lambda: tuple(map(stamp, files)))
