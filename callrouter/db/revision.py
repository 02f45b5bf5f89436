"""Whether the tables are those of this version: asked at every start, so without alembic."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from callrouter.db.engine import SchemaOutdated, transaction

HEAD = "0013"
"""The newest migration; a test compares it with `migrations/versions`."""


async def check_schema(engine: AsyncEngine) -> None:
    """Raise SchemaOutdated unless the tables are exactly this version's."""
    async with transaction(engine) as connection:
        current = await _current(connection)
    if current == HEAD:
        return
    if current is None:
        raise SchemaOutdated(
            "The database has no tables of callrouter yet. Run `callrouter migrate`."
        )
    from callrouter.db.schema import revisions  # 20 MB of alembic, for this sentence only

    if current not in revisions():
        raise SchemaOutdated(
            f"The database's tables (revision {current}) are of a newer callrouter than this one"
            f" (revision {HEAD}). Install that version, or with it run"
            f" `callrouter migrate --down {HEAD}`."
        )
    raise SchemaOutdated(
        f"The database's tables are at revision {current}, this version needs {HEAD}."
        " Run `callrouter migrate`."
    )


async def _current(connection: AsyncConnection) -> str | None:
    if await connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
        return None
    revision: str | None = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision
