"""Writes the versions of the configuration down, behind the routing: it never waits for them."""

import asyncio
import logging
from collections import deque
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.config.loaded import LoadedConfig
from callrouter.db.config_versions import NewVersion, note_version
from callrouter.db.engine import DatabaseUnavailable, DataRefused, transaction

log = logging.getLogger(__name__)

AGAIN_SECONDS = 5.0
_MOST_WAITING = 50


class VersionWriter:
    """`note` takes what has become live; `run` writes it as soon as the database is there."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._waiting: deque[NewVersion] = deque(maxlen=_MOST_WAITING)
        self._news = asyncio.Event()

    def note(self, loaded: LoadedConfig, edit: int | None) -> None:
        """`edit` is the newest edit of the tables that is in it, None where it is a file."""
        self._waiting.append(
            NewVersion(
                version=loaded.table.version,
                document=loaded.document,
                at=datetime.now(UTC),
                edit=edit,
                source=loaded.text,
            )
        )
        self._news.set()

    async def run(self) -> None:
        """For ever."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                new = self._waiting[0]
                try:
                    async with transaction(self._engine) as connection:
                        number = await note_version(connection, new)
                except DatabaseUnavailable:
                    await asyncio.sleep(AGAIN_SECONDS)
                    continue
                except DataRefused as error:
                    log.error("version %s cannot be kept in the database: %s", new.version, error)
                    number = None
                if self._waiting and self._waiting[0] is new:
                    self._waiting.popleft()
                if number is not None:
                    log.info("configuration %s is version %d", new.version, number)
