"""What the API knows of the configuration: read again only when it has changed."""

import asyncio
import hashlib
import logging
from http import HTTPStatus
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.commands.given_config import usable
from callrouter.config.configured import ConfigSource, StoredConfiguration
from callrouter.config.problems import ConfigError
from callrouter.console.problems import ApiProblem
from callrouter.db.configuration import stored_rows
from callrouter.db.engine import snapshot
from callrouter.routing.model import RoutingTable
from callrouter.settings import Settings

log = logging.getLogger(__name__)


class Configuration:
    """The routing table of the configuration the router follows, as it is now."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._read: tuple[object, RoutingTable] | None = None
        self._reading = asyncio.Lock()

    @property
    def is_file(self) -> bool:
        """Whether it is a file, of whose changes nobody tells."""
        return isinstance(self._settings.config, Path)

    async def table(self, engine: AsyncEngine) -> RoutingTable:
        """Where it has mistakes, the newest version. Raises ApiProblem where there is none."""
        async with self._reading:
            source, mark = await self._source(engine)
            if self._read is None or self._read[0] != mark:
                self._read = (mark, await self._load(source, engine))
            return self._read[1]

    async def _source(self, engine: AsyncEngine) -> tuple[ConfigSource, object]:
        """What to read, and what tells that it has changed."""
        path = self._settings.config
        if not isinstance(path, Path):
            async with snapshot(engine) as connection:
                stored = await stored_rows(connection)
            mark = hashlib.sha256(stored.rows.encode()).digest()
            return StoredConfiguration(stored.rows, self._settings.sounds_dir), mark
        try:
            status = await asyncio.to_thread(path.stat)
        except OSError:
            return path, None
        return path, (status.st_mtime_ns, status.st_size, status.st_ino)

    async def _load(self, source: ConfigSource, engine: AsyncEngine) -> RoutingTable:
        try:
            loaded, note = await usable(source, engine)
            if note is not None:
                log.warning("%s", note)
            return loaded.table
        except ConfigError as error:
            first = str(error).partition("\n")[0]
            detail = f"The configuration cannot be used: {first}"
            raise ApiProblem(HTTPStatus.SERVICE_UNAVAILABLE, detail) from None
