"""The configuration that a command is given: a file, or the word `database`.

What people do while calls come in (pause, close) must not wait until a mistake in a draft is
mended: they go by the newest version, as the router does.
"""

import asyncio
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.config.configured import (
    DATABASE,
    ConfigSource,
    DraftDocument,
    StoredConfiguration,
    folder_of,
    name_of,
)
from callrouter.config.load import load_file
from callrouter.config.loaded import LoadedConfig
from callrouter.config.problems import ConfigError
from callrouter.db.config_versions import ConfigContent, config_content
from callrouter.db.configuration import stored_rows
from callrouter.db.engine import DatabaseUnavailable, DataRefused, make_engine, snapshot
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


async def usable(
    source: ConfigSource, engine: AsyncEngine, years: range | None = None
) -> tuple[LoadedConfig, str | None]:
    """The configuration, or the newest version where it has mistakes; and then a line that says so.

    Raises ConfigError where neither is usable.
    """
    try:
        return await asyncio.to_thread(load_file, source, years), None
    except ConfigError as error:
        content = await _newest_version(engine)
        if content is None:
            raise
        draft = DraftDocument(f"version {content.number}", content.document, folder_of(source))
        try:
            loaded = await asyncio.to_thread(load_file, draft, years)
        except ConfigError:
            raise error from None
        said = f"{name_of(source)} has mistakes (see callrouter check): this goes by {draft.name}"
        return loaded, said


async def _newest_version(engine: AsyncEngine) -> ConfigContent | None:
    try:
        async with snapshot(engine) as connection:
            return await config_content(connection)
    except (DatabaseUnavailable, DataRefused):
        return None
