"""A connection that is kept for one statement, sent again and again, each time its own transaction.

To take one from the pool and to begin and end a transaction on it costs several times what the
statement does.
"""

import asyncio
from contextlib import suppress
from typing import cast

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from callrouter.db.engine import (
    FAILURES,
    TRANSACTION_SECONDS,
    DataRefused,
    in_plain_words,
    unpooled_engine,
)


class KeptConnection:
    """A connection beside the engine's, from the first `execute` until `close` or a failure.

    None of its pool: of those that died with PostgreSQL the pool would give us one after another.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = unpooled_engine(engine)
        self._connection: AsyncConnection | None = None
        self._driver: asyncpg.Connection | None = None

    async def execute(self, statement: str, parameter: str) -> object:
        """The first value of its first row, None where it has no row.

        Raises DatabaseUnavailable or DataRefused; then nothing of it is done, or all.
        """
        try:
            async with asyncio.timeout(TRANSACTION_SECONDS):
                driver = self._driver or await self._connect()
                return await driver.fetchval(statement, parameter)
        except FAILURES as error:
            told = in_plain_words(error, self._engine.url)
            if not isinstance(told, DataRefused):
                await self._drop()
            raise told from error
        except BaseException:
            await self._drop()
            raise

    async def _connect(self) -> asyncpg.Connection:
        self._connection = await self._engine.connect()
        raw = await self._connection.get_raw_connection()
        self._driver = driver = cast(asyncpg.Connection, raw.driver_connection)
        return driver

    async def close(self) -> None:
        """The next `execute` opens another."""
        connection, self._connection, self._driver = self._connection, None, None
        if connection is not None:
            with suppress(*FAILURES):
                await connection.close()

    async def _drop(self) -> None:
        """Nobody knows what became of it."""
        if self._connection is not None:
            with suppress(*FAILURES):
                await self._connection.invalidate()
        await self.close()
