"""The configuration that a command is given: a file, or the word `database`."""

import asyncio
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.config.configured import DATABASE, ConfigSource, StoredConfiguration
from callrouter.db.configuration import stored_rows
from callrouter.db.engine import make_engine, snapshot
from callrouter.settings import from_environment


def config_source(given: Path) -> ConfigSource:
    """The file, or what the database's tables hold now.

    Raises DatabaseUnavailable and BadEnvironment, for the database only.
    """
    if str(given) != DATABASE:
        return given

    async def read() -> ConfigSource:
        engine = make_engine(from_environment().database_url.get_secret_value())
        try:
            return await stored_configuration(engine)
        finally:
            await engine.dispose()

    return asyncio.run(read())


async def config_source_by(engine: AsyncEngine, given: Path) -> ConfigSource:
    """The same where the database is at hand."""
    return await stored_configuration(engine) if str(given) == DATABASE else given


async def stored_configuration(engine: AsyncEngine) -> StoredConfiguration:
    """What the tables hold now."""
    async with snapshot(engine) as connection:
        rows = await stored_rows(connection)
    return StoredConfiguration(rows.rows, from_environment().sounds_dir)
