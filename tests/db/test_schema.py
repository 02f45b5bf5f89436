"""Migrations up, down and up again; the models say the same as the migrations."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.db.call_requests import StoredRequest
from callrouter.db.configuration_tables import CONFIGURATION
from callrouter.db.engine import SchemaOutdated, make_engine, transaction
from callrouter.db.live_tables import PresenceRow, RouterRow
from callrouter.db.models import Call, CallAttempt
from callrouter.db.revision import HEAD, check_schema
from callrouter.db.rows import ATTEMPT_FIELDS, CALL_FIELDS
from callrouter.db.schema import RevisionUnknown, downgrade, head, upgrade
from callrouter.db.tables import METADATA

pytestmark = pytest.mark.postgres

_DEFINITIONS = """
    SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT table_name || ' ' || column_name || ' ' || data_type || ' ' || is_nullable
               || ' ' || coalesce(column_default, '')
      FROM information_schema.columns WHERE table_schema = 'public'
"""


async def definitions(engine: AsyncEngine) -> list[str]:
    async with transaction(engine) as connection:
        found = await connection.scalars(text(_DEFINITIONS))
        return sorted(line for line in found if "alembic_version" not in line)


async def test_up_down_and_up_again(postgres_url: str) -> None:
    engine = make_engine(postgres_url)
    assert await upgrade(engine) == head() == HEAD
    first = await definitions(engine)
    assert await downgrade(engine, "base") is None
    assert await definitions(engine) == []
    assert await upgrade(engine) == head()
    assert await definitions(engine) == first
    assert await upgrade(engine) == head(), "a second time changes nothing"
    await engine.dispose()


def comparable(_: object, name: str | None, *__: object) -> bool:
    # Alembic takes PostgreSQL's parentheses for a change; the definitions are compared below.
    return name != "ix_calls_searched"


async def test_models_and_migrations_agree(engine: AsyncEngine, postgres_url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        opts = {"compare_type": True, "include_object": comparable}
        context = MigrationContext.configure(connection, opts=opts)
        assert StoredRequest.__tablename__ in METADATA.tables
        return list(compare_metadata(context, METADATA))

    async with transaction(engine) as connection:
        assert await connection.run_sync(differences) == []

    unlogged = {PresenceRow.__tablename__, RouterRow.__tablename__}
    async with transaction(engine) as connection:
        found = await connection.scalars(
            text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relpersistence = 'u'")
        )
        assert set(found) == unlogged

    # Alembic does not look at CHECKs and defaults: a word added to an enumeration only, shows here.
    from_models = make_engine(postgres_url)
    async with transaction(engine) as connection:
        function = await connection.scalar(
            text("SELECT pg_get_functiondef('callrouter_trigrams'::regproc)")
        )
    async with transaction(from_models) as connection:
        await connection.exec_driver_sql(str(function))
        await connection.run_sync(METADATA.create_all)
    assert await definitions(engine) == await definitions(from_models)
    await from_models.dispose()


async def test_every_table_of_the_configuration_tells_who_changed_it(engine: AsyncEngine) -> None:
    async with transaction(engine) as connection:
        rows = await connection.execute(
            text("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal")
        )
        triggers = {tuple(row) for row in rows}
    for table in CONFIGURATION:
        assert {(table.name, "edit"), (table.name, "tell")} <= triggers


def test_every_field_of_the_record_has_its_column() -> None:
    assert {*CALL_FIELDS, "id", "fact_count", "waiting_seconds", "talking_seconds"} == {
        column.name for column in Call.__table__.columns
    }
    assert {*ATTEMPT_FIELDS, "call_id", "fact_count", "seconds"} == {
        column.name for column in CallAttempt.__table__.columns
    }


async def test_schema_is_checked_at_start(postgres_url: str) -> None:
    engine = make_engine(postgres_url)
    with pytest.raises(SchemaOutdated, match=r"no tables of callrouter yet. Run `callrouter migra"):
        await check_schema(engine)
    await upgrade(engine)
    await check_schema(engine)
    async with transaction(engine) as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9876'"))
    with pytest.raises(SchemaOutdated, match="of a newer callrouter"):
        await check_schema(engine)
    await engine.dispose()


async def test_an_unknown_revision_is_named(engine: AsyncEngine) -> None:
    with pytest.raises(RevisionUnknown, match="9876"):
        await downgrade(engine, "9876")
