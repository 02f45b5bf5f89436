"""What the follower of the configuration loads: a file or the tables, with the live overrides.

Law: the database away costs what only it knows, never a router that can route. Without it a file
is loaded with the overrides that were known last, and the tables as they were known last.
"""

import asyncio
import json
import logging
import os
from asyncio.subprocess import Process
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.config.compile import compile_config
from callrouter.config.configured import DATABASE, StoredConfiguration
from callrouter.config.loaded import LoadedConfig
from callrouter.config.problems import ConfigError
from callrouter.db.changes import RESYNC
from callrouter.db.configuration import StoredRows, stored_rows
from callrouter.db.configuration_tables import CONFIGURATION
from callrouter.db.engine import DatabaseUnavailable, DataRefused, SchemaOutdated, transaction
from callrouter.db.models import LiveOverride
from callrouter.db.overrides import live_overrides
from callrouter.routing.model import Override
from callrouter.settings import Settings

log = logging.getLogger(__name__)

AGAIN_SECONDS = 2.0
"""How often a database is tried without which there is nothing to route by."""

KEPT = "configuration.json"
"""Beside the prompts: what the tables held when they were usable last."""

_NOTHING_YET = (
    "the tables of the configuration are empty: waiting for the first one. Make it in the console,"
    " or run `callrouter config import FILE`"
)
_OVERRIDES = LiveOverride.__tablename__
_TABLES = {table.name for table in CONFIGURATION}


class FollowedSource:
    """`first` and `load` give the newest configuration.

    `compiler` is a child that was started ahead, for the first of them.
    """

    def __init__(
        self, settings: Settings, engine: AsyncEngine, compiler: Process | None = None
    ) -> None:
        self.stored = settings.config == DATABASE
        self.file = None if isinstance(settings.config, str) else settings.config
        self.name = str(settings.config)
        self.files: tuple[Path, ...] = ()
        self._settings = settings
        self._engine = engine
        self._compiler = compiler
        self._rows = StoredRows("", 0)
        self._overrides: tuple[Override, ...] = ()
        self._kept = settings.prompts_dir / KEPT

    @property
    def edit(self) -> int | None:
        """The newest edit of the tables that is in what was loaded last; None for a file."""
        return self._rows.edit if self.stored else None

    def concerns(self, table: str) -> bool:
        """Whether a change of this table is a reason to load anew."""
        return table in (RESYNC, _OVERRIDES) or (self.stored and table in _TABLES)

    async def first(self) -> LoadedConfig:
        """What there is at the start; waits for a database without which there is nothing, and
        for the first configuration in tables that are empty.

        Raises ConfigError, and SchemaOutdated where the tables are not ours.
        """
        said = False
        while True:
            try:
                await self._read()
                if not self._nothing_yet():
                    break
                if not said:
                    log.warning(_NOTHING_YET)
                    said = True
            except SchemaOutdated:
                raise
            except (DatabaseUnavailable, DataRefused) as error:
                if not self.stored:
                    break
                if await asyncio.to_thread(self._remember):
                    log.error("%s The configuration is the one it held last.", error)
                    break
                if not said:
                    log.error("%s The configuration is in it: waiting.", error)
                    said = True
            await asyncio.sleep(AGAIN_SECONDS)
        try:
            return await self._compile(prune=True)
        except ConfigError as error:
            if not self.stored or not await asyncio.to_thread(self._remember):
                raise
            log.error(
                "the configuration in the database is refused, the last one that was usable goes"
                " on:\n%s",
                error,
            )
            return await self._compile(prune=True)

    async def load(self, *, anew: bool) -> LoadedConfig | None:
        """The newest; None where nothing has changed, unless it is to be loaded `anew`.

        Raises ConfigError.
        """
        before = (self._rows, self._overrides)
        try:
            await self._read()
        except (DatabaseUnavailable, DataRefused) as error:
            log.error("%s The configuration stays as it was known last.", error)
        if not anew and (self._rows, self._overrides) == before:
            return None
        return await self._compile()

    def _nothing_yet(self) -> bool:
        """Whether these are tables in which there never was anything to route by."""
        return (
            self.stored
            and not any(json.loads(self._rows.rows).values())
            and not self._kept.exists()
        )

    async def _read(self) -> None:
        async with transaction(self._engine) as connection:
            if self.stored:
                self._rows = await stored_rows(connection)
            self._overrides = await live_overrides(connection, datetime.now(UTC))

    async def _compile(self, *, prune: bool = False) -> LoadedConfig:
        started, self._compiler = self._compiler, None
        try:
            loaded = await compile_config(
                self.file or StoredConfiguration(self._rows.rows, self._settings.sounds_dir),
                self._settings.prompts_dir,
                prune=prune,
                overrides=self._overrides,
                started=started,
            )
        except ConfigError as error:
            self.files = error.files or self.files
            raise
        self.files = loaded.files
        if self.stored:
            await asyncio.to_thread(self._keep, self._rows.rows)
        return loaded

    def _remember(self) -> bool:
        try:
            self._rows = StoredRows(self._kept.read_text(encoding="utf-8"), 0)
        except (OSError, ValueError):
            return False
        return True

    def _keep(self, rows: str) -> None:
        beside = self._kept.with_suffix(".part")
        try:
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(rows)
            beside.replace(self._kept)
        except OSError as error:
            log.error("%s cannot be written (%s)", self._kept, error.strerror)
