"""One Asterisk: requests over HTTP, events over one WebSocket that is opened again when lost.

The reader only parses and hands over: Asterisk closes a socket it cannot write to in time.
"""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from types import TracebackType
from typing import Literal, Self, TypeAlias
from urllib.parse import urlencode

import aiohttp
import msgspec

from callrouter.ari.clocks import Clocks, lag_of
from callrouter.ari.errors import AriError, Refused, UnfitAsterisk
from callrouter.ari.events import Connected, Disconnected, Event, StasisStart, parse
from callrouter.ari.http import AriHttp
from callrouter.ari.requests import PATIENCE_SECONDS, REQUEST_SECONDS, Requests
from callrouter.ari.version import check_version

log = logging.getLogger(__name__)

_A_LEG = ("leg",)  # as `originate` has it

_Socket: TypeAlias = "aiohttp.ClientWebSocketResponse[Literal[False]]"

HEARTBEAT_SECONDS = 5.0
"""Pause between our pings; a socket that is silent for half as long again is dead."""

BACKOFF_FIRST_SECONDS = 0.2
BACKOFF_MOST_SECONDS = 1.0
GOOD_SECONDS = 5.0
"""A connection that lasts this long counts as a good one: the next pause is the first again."""

_BEHIND_EVENTS = b"how late?"

GOODBYE_SECONDS = 1.0
"""How long we wait for Asterisk to agree that the socket is closed."""


class AriClient(AriHttp):
    """An asynchronous context: `async with AriClient(…) as asterisk: async for event in …`.

    `heard` is how many events came, `connections` how often the socket was opened. Raises
    `Refused` where `url` is not an HTTP address.
    """

    def __init__(
        self,
        url: str,
        username: str,
        password: str,
        app: str,
        *,
        timeout: float = REQUEST_SECONDS,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        requests = Requests(url, username, password, timeout=timeout, patience=patience)
        super().__init__(requests, app)
        self.url = self.requests.address.removesuffix("/ari")
        query = urlencode({"app": app, "subscribeAll": "false"})
        self._socket_url = f"{self.requests.address}/events?{query}".replace("http", "ws", 1)
        self._session = aiohttp.ClientSession(headers=self.requests.headers)
        self._timeout = timeout
        self.heard = self.connections = 0
        self._socket: _Socket | None = None
        self._pinged: float | None = None
        self._answered_late = 0.0
        self._clocks = Clocks()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._session.close()
        await super().close()

    async def events(self) -> AsyncGenerator[Event, None]:
        """Events for ever, in Asterisk's order, with `Connected` and `Disconnected` of our own.

        Reconnects with a growing, capped pause. Raises `UnfitAsterisk` where this Asterisk is
        too old, `Refused` where it does not accept our name and password. Close it
        (`contextlib.aclosing`), or its socket stays open.
        """
        loop = asyncio.get_running_loop()
        pause = BACKOFF_FIRST_SECONDS
        while True:
            since = loop.time()
            try:
                connected = await self._look_at_asterisk()
                async with await self._open_socket() as socket:
                    since = loop.time()
                    self._socket, self._pinged = socket, None
                    self.connections += 1
                    yield connected
                    async for event in self._read(socket):
                        self.heard += 1
                        yield event
                reason = _why_closed(socket)
            except (UnfitAsterisk, Refused):
                raise
            except aiohttp.WSServerHandshakeError as error:
                if error.status in (401, 403):
                    raise self._not_accepted() from None
                reason = f"the event socket was refused: {error.status} {error.message}"
            except TimeoutError:
                reason = f"the event socket was not opened in {self._timeout:g} s"
            except ConnectionResetError:
                reason = "the event socket was cut"
            except (AriError, aiohttp.ClientError, OSError) as error:
                reason = str(error) or type(error).__name__
            self._socket = None
            self.requests.hold()
            yield Disconnected(reason)
            if loop.time() - since >= GOOD_SECONDS:
                pause = BACKOFF_FIRST_SECONDS
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311
            pause = min(pause * 2, BACKOFF_MOST_SECONDS)

    async def _look_at_asterisk(self) -> Connected:
        """Learn the entity id, refuse an unfit version: each time, as it may have been replaced."""
        try:
            info = await self.info()
        except Refused as error:
            if " 401 " in str(error) or " 403 " in str(error):
                raise self._not_accepted() from None
            raise
        check_version(info.system.version, self.url)
        self.entity_id = info.system.entity_id
        if not self.entity_id:
            raise UnfitAsterisk(f"{self.url}: Asterisk has no entity id; set one in asterisk.conf")
        return Connected(self.entity_id, info.status.startup_time)

    async def _open_socket(self) -> _Socket:
        async with asyncio.timeout(self._timeout):
            return await self._session.ws_connect(
                self._socket_url,
                heartbeat=HEARTBEAT_SECONDS,
                timeout=aiohttp.ClientWSTimeout(ws_close=GOODBYE_SECONDS),
                autoping=False,
                max_msg_size=0,
                decode_text=False,
            )

    async def ping(self) -> None:
        """Ask for an answer that comes behind all events so far, unless one is waited for."""
        socket = self._socket
        if socket is not None and self._pinged is None and not socket.closed:
            self._pinged = asyncio.get_running_loop().time()
            with suppress(aiohttp.ClientError, OSError):  # the reader finds that out as well
                await socket.ping(_BEHIND_EVENTS)

    def behind(self) -> float:
        """How long (seconds) an event waits until it is read, at most; an answer counts once."""
        late, self._answered_late = self._answered_late, 0.0
        if self._pinged is not None and self._socket is not None:
            late = max(late, asyncio.get_running_loop().time() - self._pinged)
        return late

    async def _read(self, socket: _Socket) -> AsyncIterator[Event]:
        async for message in socket:
            match message.type:
                case aiohttp.WSMsgType.TEXT:
                    try:
                        event = parse(message.data)
                    except msgspec.DecodeError as error:
                        log.error("an event from Asterisk could not be read: %s", error)
                        continue
                    stood = self.requests.stood_still()
                    arrival = isinstance(event, StasisStart) and event.args[:1] != _A_LEG
                    if arrival or stood:  # once a call
                        lag = lag_of(message.data)
                        event = self._clocks.dated(event, lag, stood)
                        if arrival and lag is not None:
                            self.requests.watcher.event(lag)
                    if event is not None:
                        yield event
                case aiohttp.WSMsgType.PING:
                    await socket.pong(message.data)
                case aiohttp.WSMsgType.PONG if message.data == _BEHIND_EVENTS:
                    if self._pinged is not None:
                        late = asyncio.get_running_loop().time() - self._pinged
                        self._answered_late, self._pinged = max(self._answered_late, late), None

    def _not_accepted(self) -> Refused:
        return Refused(
            f"{self.url}: ARI's user or password is not accepted; compare "
            "CALLROUTER_ASTERISK_SERVERS and CALLROUTER_ARI_PASSWORD with Asterisk's ari.conf"
        )


def _why_closed(socket: _Socket) -> str:
    if error := socket.exception():
        return str(error) or type(error).__name__
    return f"Asterisk closed the event socket (code {socket.close_code})"
