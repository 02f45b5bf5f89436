"""Which tables have changed, told by PostgreSQL itself as soon as a change is committed.

Law: nothing is missed. Whoever was deaf, at the start or since the connection was lost, is told
`RESYNC` once he hears again, and reads everything anew.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from callrouter.db.engine import CONNECT_SECONDS, FAILURES, connecting, described

log = logging.getLogger(__name__)

CHANNEL = "callrouter"
RESYNC = "resync"
"""Said after each connection instead of a table's name: everything may have changed."""

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0
SILENCE_SECONDS = 15.0
"""After so much silence the connection is asked whether it is still there."""


async def changes(
    database_url: str, channels: Sequence[str] = (CHANNEL,)
) -> AsyncGenerator[str, None]:
    """The names of the tables that change, and `RESYNC` after each connection, for ever.

    A table that changed several times while nobody asked is named once. PostgreSQL away is
    waited for. Raises DatabaseAddressInvalid.
    """
    place = described(connecting(database_url)[0])
    pause, deaf = 0.0, False
    while True:
        await asyncio.sleep(pause)
        try:
            async with _listening(database_url, channels) as heard:
                if deaf:
                    log.warning("PostgreSQL at %s tells of changes again", place)
                pause, deaf = 0.0, False
                yield RESYNC
                while True:
                    yield await heard.next()
        except FAILURES as error:
            if pause and not deaf:  # the first time may be a restart that is over already
                deaf = True
                words = " ".join(str(error).split()) or type(error).__name__
                log.error("PostgreSQL at %s tells of no changes until it is back: %s", place, words)
            pause = min(max(pause * 2, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)


class _Heard:
    """What one connection has told and nobody has taken yet, each name once."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._names: dict[str, None] = {}
        self._news = asyncio.Event()

    def told(self, _connection: Any, _pid: int, _channel: str, name: str) -> None:
        self._names[name] = None
        self._news.set()

    def lost(self, _connection: Any) -> None:
        self._news.set()

    async def next(self) -> str:
        """The next name; raises what asyncpg raises when the connection is lost."""
        while not self._names:
            try:
                async with asyncio.timeout(SILENCE_SECONDS):
                    await self._news.wait()
                self._news.clear()
            except TimeoutError:
                await self._connection.execute("SELECT 1", timeout=CONNECT_SECONDS)
            if self._connection.is_closed():
                raise ConnectionError("the connection was lost")
        name = next(iter(self._names))
        del self._names[name]
        return name


@asynccontextmanager
async def _listening(database_url: str, channels: Sequence[str]) -> AsyncIterator[_Heard]:
    url, seconds, application = connecting(database_url)
    connection = await asyncpg.connect(
        **url.translate_connect_args(username="user"),
        **url.query,
        timeout=seconds,
        server_settings={"application_name": application},
    )
    try:
        heard = _Heard(connection)
        connection.add_termination_listener(heard.lost)
        for channel in channels:
            await connection.add_listener(channel, heard.told)
        yield heard
    finally:
        connection.terminate()  # at once: there is nothing to say goodbye to
