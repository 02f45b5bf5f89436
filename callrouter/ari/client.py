"""One Asterisk: requests over HTTP, events over one WebSocket that is opened again when lost.

The reader only parses and hands over: Asterisk closes a socket it cannot write to in time.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from http import HTTPStatus
from types import TracebackType
from typing import Never, Self
from urllib.parse import urlencode

import msgspec
import picows

from callrouter.ari.clocks import Clocks, lag_of
from callrouter.ari.errors import AriError, Refused, UnfitAsterisk
from callrouter.ari.event_socket import EventSocket
from callrouter.ari.events import Connected, Disconnected, Event, StasisStart, parse
from callrouter.ari.http import AriHttp
from callrouter.ari.requests import PATIENCE_SECONDS, REQUEST_SECONDS, Requests
from callrouter.ari.version import check_version

log = logging.getLogger(__name__)

_A_LEG = ("leg",)  # as `originate` has it
_MOST_WORDS = 200  # picows quotes what it does not understand

HEARTBEAT_SECONDS = 5.0
"""Pause between our pings; a socket that is silent for half as long again is dead."""

BACKOFF_FIRST_SECONDS = 0.2
BACKOFF_MOST_SECONDS = 1.0
GOOD_SECONDS = 5.0
"""A connection that lasts this long counts as a good one: the next pause is the first again."""


class AriClient(AriHttp):
    """An asynchronous context: `async with AriClient(…) as asterisk: await asterisk.listen(…)`.

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
        self._timeout = timeout
        self.heard = self.connections = 0
        self._socket: EventSocket | None = None
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

    async def listen(self, hear: Callable[[Event], None]) -> Never:
        """Call `hear` with events for ever, in Asterisk's order, and what it raises is raised.

        Of our own are `Connected` and `Disconnected`: reconnects with a growing, capped pause.
        Raises `UnfitAsterisk` where this Asterisk is too old, `Refused` where it does not accept
        our name and password.
        """
        loop = asyncio.get_running_loop()
        pause = BACKOFF_FIRST_SECONDS
        while True:
            since = loop.time()
            try:
                connected = await self._look_at_asterisk()
                socket = await self._open_socket(connected, hear)
            except (UnfitAsterisk, Refused):
                raise
            except picows.WSInvalidStatusError as error:
                status = error.response.status if error.response else HTTPStatus.BAD_GATEWAY
                if status in (401, 403):
                    raise self._not_accepted() from None
                reason = f"the event socket was refused: {status.value} {status.phrase}"
            except TimeoutError:
                reason = f"the event socket was not opened in {self._timeout:g} s"
            except (AriError, picows.WSError, OSError) as error:
                reason = str(error)[:_MOST_WORDS] or type(error).__name__
            else:
                since = loop.time()
                try:
                    reason = await socket.until_closed()
                finally:
                    await socket.close()
            self._socket = None
            self.requests.hold()
            hear(Disconnected(reason))
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

    async def _open_socket(
        self, connected: Connected, hear: Callable[[Event], None]
    ) -> EventSocket:
        def opened(socket: EventSocket) -> None:
            self._socket = socket
            self.connections += 1
            hear(connected)

        def heard(message: bytes) -> None:
            if (event := self._event(message)) is not None:
                self.heard += 1
                hear(event)

        return await EventSocket.open(
            self._socket_url,
            self.requests.headers,
            opened,
            heard,
            seconds=self._timeout,
            heartbeat=HEARTBEAT_SECONDS,
        )

    def _event(self, message: bytes) -> Event | None:
        try:
            event = parse(message)
        except msgspec.DecodeError as error:
            log.error("an event from Asterisk could not be read: %s", error)
            return None
        stood = self.requests.stood_still()
        arrival = isinstance(event, StasisStart) and event.args[:1] != _A_LEG
        if arrival or stood:  # once a call
            lag = lag_of(message)
            event = self._clocks.dated(event, lag, stood)
            if arrival and lag is not None:
                self.requests.watcher.event(lag)
        return event

    def ping(self) -> None:
        """Ask for an answer that comes behind all events so far, unless one is waited for."""
        if self._socket is not None:
            self._socket.ping()

    def behind(self) -> float:
        """How long (seconds) an event waits until it is read, at most; an answer counts once."""
        return self._socket.behind() if self._socket is not None else 0.0

    def _not_accepted(self) -> Refused:
        return Refused(
            f"{self.url}: ARI's user or password is not accepted; compare "
            "CALLROUTER_ASTERISK_SERVERS and CALLROUTER_ARI_PASSWORD with Asterisk's ari.conf"
        )
