"""One Asterisk: requests over HTTP, events over one WebSocket that is opened again when lost.

The reader only parses and hands over: Asterisk closes a socket it cannot write to within 100 ms.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

import aiohttp
import msgspec

from callrouter.ari import events
from callrouter.ari.errors import AriError, Refused, UnfitAsterisk
from callrouter.ari.http import REQUEST_SECONDS, AriHttp
from callrouter.ari.version import check_version

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 5.0
BACKOFF_FIRST_SECONDS = 0.2
BACKOFF_MOST_SECONDS = 5.0


class AriClient(AriHttp):
    """An asynchronous context: `async with AriClient(…) as asterisk: async for event in …`."""

    def __init__(
        self, url: str, username: str, password: str, app: str, *, timeout: float = REQUEST_SECONDS
    ) -> None:
        super().__init__(url, username, password, app, timeout=timeout)
        self.url = url
        query = urlencode({"app": app, "subscribeAll": "false"})
        self._socket_url = f"{self._base}/events?{query}".replace("http", "ws", 1)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def events(self) -> AsyncIterator[events.Event]:
        """Events for ever, in Asterisk's order, with `Connected` and `Disconnected` of our own.

        Reconnects with a growing, capped pause. Raises `UnfitAsterisk` where this Asterisk is
        too old, `Refused` where it does not accept our name and password.
        """
        pause = BACKOFF_FIRST_SECONDS
        while True:
            reason = "closed by Asterisk"
            try:
                await self._look_at_asterisk()
                async with self.session.ws_connect(
                    self._socket_url, heartbeat=HEARTBEAT_SECONDS, max_msg_size=0
                ) as socket:
                    pause = BACKOFF_FIRST_SECONDS
                    yield events.Connected()
                    async for event in _read(socket):
                        yield event
            except (UnfitAsterisk, Refused):
                raise
            except aiohttp.WSServerHandshakeError as error:
                if error.status in (401, 403):
                    raise Refused(f"{self.url}: ARI user or password is not accepted") from None
                reason = str(error)
            except (TimeoutError, AriError, aiohttp.ClientError, OSError) as error:
                reason = str(error) or type(error).__name__
            yield events.Disconnected(reason)
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311
            pause = min(pause * 2, BACKOFF_MOST_SECONDS)

    async def _look_at_asterisk(self) -> None:
        """Learn the entity id, refuse an unfit version: each time, as it may have been replaced."""
        system = (await self.info()).get("system", {})
        check_version(str(system.get("version", "")), self.url)
        self.entity_id = str(system.get("entity_id", ""))
        if not self.entity_id:
            raise UnfitAsterisk(f"{self.url}: Asterisk has no entity id; set one in asterisk.conf")


async def _read(socket: aiohttp.ClientWebSocketResponse) -> AsyncIterator[events.Event]:
    async for message in socket:
        if message.type is not aiohttp.WSMsgType.TEXT:
            continue
        try:
            event = events.parse(message.data)
        except msgspec.DecodeError as error:
            log.error("an event from Asterisk could not be read: %s", error)
            continue
        if event is not None:
            yield event
