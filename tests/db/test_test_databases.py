"""The databases of the tests: each test finds what the migrations made, and nothing else."""

import pytest
from sqlalchemy import text

from callrouter.db.engine import make_engine
from callrouter.local.postgres import PostgresServer
from tests.databases import MigratedDatabases

pytestmark = pytest.mark.postgres


async def changed_by(
    server: PostgresServer, databases: MigratedDatabases, *statements: str
) -> bool:
    """Whether a database on which a test has run these is used again; what then is in it."""
    name = await databases.take()
    engine = make_engine(server.url(name))
    async with engine.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await databases.give_back(name)  # though the test's connections are still open
    await engine.dispose()
    next_ = await databases.take()
    engine = make_engine(server.url(next_))
    async with engine.begin() as connection:
        tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        for table in list(await connection.scalars(text(tables))):
            rows = await connection.scalar(text(f"SELECT count(*) FROM {table}"))  # noqa: S608
            assert rows == (table == "alembic_version")
        assert await connection.scalar(text("SELECT nextval('audit_log_id_seq')")) == 1
    await engine.dispose()
    await databases.give_back(next_)
    return name == next_


async def test_rows_are_gone_and_counting_begins_again(
    postgres_server: PostgresServer, migrated_databases: MigratedDatabases
) -> None:
    add = "SELECT nextval('audit_log_id_seq')"
    agent = "INSERT INTO agent_states VALUES ('amina', true, NULL, now(), 'a test')"
    assert await changed_by(postgres_server, migrated_databases, add, agent)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE more (id integer)",
        "ALTER TABLE calls ADD COLUMN more integer",
        "ALTER TABLE calls DROP COLUMN rule",
        "ALTER TABLE calls DISABLE TRIGGER USER; CREATE SCHEMA more; CREATE TABLE more.t ()",
        "DROP INDEX ix_calls_log",
        "ALTER TABLE calls ALTER COLUMN number DROP NOT NULL",
        "UPDATE alembic_version SET version_num = '0001'",
        "TRUNCATE calls CASCADE",
        "REVOKE INSERT ON calls FROM CURRENT_USER",
    ],
)
async def test_what_is_more_than_rows_is_not_used_again(
    postgres_server: PostgresServer, migrated_databases: MigratedDatabases, statement: str
) -> None:
    statements = statement.split("; ")
    assert not await changed_by(postgres_server, migrated_databases, *statements)
