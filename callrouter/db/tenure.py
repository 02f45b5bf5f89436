"""Which router answers the calls: a lock in PostgreSQL, held by a connection of its own.

The laws: whoever dies gives it back at once. It stops nobody: PostgreSQL away, the one who answers
goes on, and Asterisk, which gives its application to the newest connection and tells the old one,
is what keeps two from acting.
"""

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.db.engine import (
    CONNECT_SECONDS,
    FAILURES,
    DatabaseUnavailable,
    connecting,
    snapshot,
)
from callrouter.db.presence import routers_seen

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.25
"""How often who has to wait looks again."""

QUIET_SECONDS = 3.0
"""Nobody holds the lock, but somebody told of himself so lately: he has lost PostgreSQL for a
moment and comes back for it."""

SILENT_SECONDS = 6.0
"""Somebody holds the lock and has told nothing for so long: he hangs."""


class Tenure:
    """Of all routers that answer for the same application on the same Asterisk servers."""

    def __init__(self, database_url: str, application: str, servers: Iterable[str]) -> None:
        self._url = database_url
        self._servers = frozenset(servers)
        named = "\n".join([application, *sorted(self._servers)])
        digest = hashlib.sha256(named.encode()).digest()
        self._key = int.from_bytes(digest[:8], "big", signed=True)
        self._looked = asyncio.Event()
        self.held = False
        """Whether the lock was ours when we last looked."""

    async def hold(self) -> None:
        """Take the lock as soon as it is free, and keep it, for ever."""
        while True:
            try:
                async with self._connection() as connection:
                    while True:
                        if await self._try(connection):
                            break
                        await asyncio.sleep(LOOK_SECONDS)
                    self.held = True
                    self._looked.set()
                    while True:
                        await asyncio.sleep(QUIET_SECONDS)
                        await connection.execute("SELECT 1", timeout=CONNECT_SECONDS)
            except FAILURES as error:
                log.debug("the lock of the router is lost: %s", error)
                self._looked.set()
            finally:
                self.held = False
            await asyncio.sleep(LOOK_SECONDS)

    async def alone(self, within: float) -> bool:
        """Whether the router before us has gone; it has so many seconds for that.

        Where PostgreSQL is away nobody knows, and nobody waits.
        """
        try:
            async with asyncio.timeout(within):
                await self._looked.wait()
        except TimeoutError:
            log.warning("the router before this one is not known to have stopped")
        return self.held

    async def turn(self, engine: AsyncEngine) -> None:
        """Returns when nobody answers the calls: the other has stopped, died, or hangs.

        While PostgreSQL is away nobody knows, and the other goes on.
        """
        log.info("standing by for the router that answers the calls")
        free_before = False
        while True:
            try:
                free, silent = await self._look(engine)
            except (*FAILURES, DatabaseUnavailable):
                free_before = False
            else:
                patience = QUIET_SECONDS if free and free_before else SILENT_SECONDS
                if (silent is None and free) or (silent or 0.0) > patience:
                    log.warning("nobody answers the calls: this router does from now on")
                    return
                free_before = free
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self, engine: AsyncEngine) -> tuple[bool, float | None]:
        """Whether nobody holds the lock, and for how long who has told nothing; None for nobody."""
        async with self._connection() as connection:
            free = await self._try(connection)
        async with snapshot(engine) as reading:
            seen = await routers_seen(reading)
        ours = (
            each.silent_seconds
            for each in seen
            if not self._servers.isdisjoint(asterisk.url for asterisk in each.status.asterisk)
        )
        return free, min(ours, default=None)

    async def _try(self, connection: Any) -> bool:
        return bool(
            await connection.fetchval(
                "SELECT pg_try_advisory_lock($1)", self._key, timeout=CONNECT_SECONDS
            )
        )

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        url, seconds, application = connecting(self._url)
        connection = await asyncpg.connect(
            **url.translate_connect_args(username="user"),
            **url.query,
            timeout=seconds,
            server_settings={"application_name": application},
        )
        try:
            yield connection
        finally:
            connection.terminate()
