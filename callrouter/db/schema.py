"""Bring the tables to this version, and tell whether they are: alembic without its command line."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.db.engine import SchemaOutdated, patient_engine, transaction

_MIGRATIONS = Path(__file__).parent / "migrations"

# Two routers started at once must not both create the tables. The number is ours alone.
_MIGRATION_LOCK = 7_255_081_700


class RevisionUnknown(Exception):
    """No migration has this name."""


def alembic_config() -> Config:
    """Alembic's configuration; env.py finds the connection in its attributes."""
    config = Config()
    # A percent sign in the path would be an interpolation.
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def head() -> str:
    """The revision of this version of callrouter."""
    revision = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if revision is None:
        raise SchemaOutdated("This callrouter was installed without its migrations: reinstall it.")
    return revision


async def upgrade(engine: AsyncEngine, revision: str = "head") -> str | None:
    """Bring the tables up to `revision`; returns the one reached. Raises RevisionUnknown."""
    return await _move(engine, lambda config: command.upgrade(config, revision))


async def downgrade(engine: AsyncEngine, revision: str) -> str | None:
    """Take the tables down to `revision` (`base`: no tables), losing what only newer ones hold."""
    return await _move(engine, lambda config: command.downgrade(config, revision))


def revisions() -> set[str]:
    """Every revision that this version of callrouter knows."""
    return {
        step.revision for step in ScriptDirectory.from_config(alembic_config()).walk_revisions()
    }


async def _move(engine: AsyncEngine, step: Callable[[Config], None]) -> str | None:
    def within(connection: Connection) -> str | None:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        config = alembic_config()
        config.attributes["connection"] = connection
        step(config)
        return _current(connection)

    patient = patient_engine(engine)  # an index over years of calls takes minutes
    try:
        async with transaction(patient, seconds=None) as connection:
            return await connection.run_sync(within)
    except CommandError as error:
        raise RevisionUnknown(str(error)) from error
    finally:
        await patient.dispose()


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
