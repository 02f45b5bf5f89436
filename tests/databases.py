"""Databases with our tables, used again: to make one takes a tenth of a second.

Law: a test finds what the migrations made, and nothing else. Of a database that a test has changed
in more than its rows nothing is used again.
"""

import asyncpg

from callrouter.local.postgres import PostgresServer

# Whoever is still connected is cut off: connections of a test end with it.
_END_OTHERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""

_SHAPE = """
SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM (
    SELECT concat_ws(' ', oid, relname, relfilenode, relchecks, relhastriggers, relacl, reloptions)
        FROM pg_class WHERE relnamespace NOT IN ('pg_catalog'::regnamespace,
            'information_schema'::regnamespace, 'pg_toast'::regnamespace)
    UNION ALL SELECT concat_ws(' ', attrelid, attname, atttypid, attnotnull, atthasdef)
        FROM pg_attribute WHERE attrelid >= 16384
    UNION ALL SELECT concat_ws(' ', oid, prosrc) FROM pg_proc WHERE oid >= 16384
    UNION ALL SELECT concat_ws(' ', oid, tgname, tgenabled) FROM pg_trigger
    UNION ALL SELECT concat_ws(' ', oid, conname) FROM pg_constraint WHERE oid >= 16384
    UNION ALL SELECT setconfig::text FROM pg_db_role_setting
    UNION ALL SELECT version_num FROM alembic_version
) AS lines (line)
"""

_TABLES = """
SELECT relname FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
"""

_RESTART_COUNTING = """
SELECT setval(oid::regclass, 1, false) FROM pg_class
WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
"""


class MigratedDatabases:
    """Copies of `template`, whose tables are empty."""

    def __init__(self, server: PostgresServer, template: str) -> None:
        self._server = server
        self._template = template
        self._made = 0
        self._free: list[str] = []
        self._shape: str | None = None

    async def take(self) -> str:
        """The name of one that nobody uses."""
        if self._free:
            return self._free.pop()
        self._made += 1
        name = f"migrated_{self._made}"
        await self._server.create_database(name, template=self._template)
        return name

    async def give_back(self, name: str) -> None:
        """For the next test, or to be dropped where its tables are no longer ours."""
        if await self._emptied(name):
            self._free.append(name)
        else:
            await self._server.drop_database(name)

    async def _emptied(self, name: str) -> bool:
        try:
            connection = await asyncpg.connect(self._server.url(name))
        except asyncpg.InvalidCatalogNameError:  # the test has dropped it
            return False
        try:
            await connection.execute(_END_OTHERS)
            if await connection.fetchval(_SHAPE) != await self._first_shape():
                return False
            tables = [row["relname"] for row in await connection.fetch(_TABLES)]
            async with connection.transaction():
                await connection.execute("SET LOCAL session_replication_role = replica")
                for table in tables:
                    await connection.execute(f'DELETE FROM "{table}"')  # noqa: S608 - ours
                await connection.execute(_RESTART_COUNTING)
        finally:
            await connection.close()
        return True

    async def _first_shape(self) -> str:
        """That of the copies: objects keep their ids where a database is copied."""
        if self._shape is None:
            connection = await asyncpg.connect(self._server.url(self._template))
            try:
                self._shape = await connection.fetchval(_SHAPE)
            finally:
                await connection.close()
        assert self._shape is not None
        return self._shape
