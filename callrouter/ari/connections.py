"""Kept-alive HTTP connections to one Asterisk, each for one request at a time.

Most of what a plain call costs us are its requests, and aiohttp's client costs several times the
processor time of this for ARI's small answers (`python -m benchmarks.request_cost`). What comes is
read by httptools' parser.

The law: a connection whose answer was not read to its end is never used again.
"""

import asyncio
import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

import aiofastnet
import httptools

from callrouter.addresses import happy_eyeballs_delay

Answer = tuple[int, bytes]
"""Status and content."""


class Connections:
    """At most `most` to `address` (`http://host:port/path`); idle ones are left after `keep_alive`
    seconds. `headers` go with every request.
    """

    def __init__(
        self, address: str, headers: Mapping[str, str], *, most: int, keep_alive: float
    ) -> None:
        parts = urlsplit(address)
        tls = parts.scheme == "https"
        self._host, self._port = parts.hostname or "", parts.port or (443 if tls else 80)
        self._tls = ssl.create_default_context() if tls else None
        self._happy_eyeballs_delay = happy_eyeballs_delay(self._host)
        self._path = parts.path
        lines = [f"Host: {parts.netloc}", *(f"{name}: {value}" for name, value in headers.items())]
        self._head = "".join(f"{line}\r\n" for line in lines)
        self._keep_alive = keep_alive
        self._room = asyncio.Semaphore(most)
        self._open: set[_Connection] = set()
        self._idle: list[tuple[float, _Connection]] = []
        self._closed = False

    async def ask(self, requests: bytes, seconds: float, answers: int = 1) -> list[Answer]:
        """Send what `request` made, one or several behind each other; their `answers`, in order.

        Each is done when the one before it is. Raises ConnectionResetError where the connection
        ends instead of an answer, TimeoutError after `seconds`, OSError where there is none to be
        had.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        if self._room.locked():
            async with asyncio.timeout_at(until):
                await self._room.acquire()
        else:
            await self._room.acquire()  # at once
        try:
            connection = self._kept() or await self._connect(until)
            try:
                return await connection.ask(requests, until, answers)
            finally:
                if connection.usable:
                    self._idle.append((loop.time(), connection))
                else:  # also who gave up: the answer would be taken for the next one's
                    connection.close()
        finally:
            self._room.release()

    def request(self, method: str, target: str, body: bytes | None) -> bytes:
        """`target` is below the address, quoted; `body` is JSON."""
        if not target.isprintable() or " " in target:
            raise ValueError(f"not quoted: {target!r}")
        head = f"{method} {self._path}{target} HTTP/1.1\r\n{self._head}"
        if body is not None:
            head += "Content-Type: application/json\r\n"
        if method != "GET":
            head += f"Content-Length: {len(body or b'')}\r\n"
        return f"{head}\r\n".encode("ascii") + (body or b"")

    def _kept(self) -> "_Connection | None":
        """The one that was used last: the others may grow old."""
        oldest = asyncio.get_running_loop().time() - self._keep_alive
        while self._idle:
            since, connection = self._idle.pop()
            if connection.usable and since > oldest:
                return connection
            connection.close()
        return None

    async def _connect(self, until: float) -> "_Connection":
        self._may_open()
        async with asyncio.timeout_at(until):
            _, connection = await aiofastnet.create_connection(
                asyncio.get_running_loop(),
                lambda: _Connection(self._open),
                self._host,
                self._port,
                ssl=self._tls,
                happy_eyeballs_delay=self._happy_eyeballs_delay,
            )
        try:
            self._may_open()  # it takes a while
        except ConnectionError:
            connection.close()
            raise
        return connection

    def _may_open(self) -> None:
        if self._closed:
            raise ConnectionError("we have closed the connections to it")

    async def close(self) -> None:
        """What is still asked fails."""
        self._closed = True
        left = list(self._open)
        for connection in left:
            connection.close()
        for connection in left:
            await connection.lost


class _Connection(asyncio.Protocol):
    """Is in `others` while it is open."""

    def __init__(self, others: "set[_Connection]") -> None:
        self._others = others
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[list[Answer]] | None = None
        self._answers: list[Answer] = []
        self._wanted = 0
        self._content = b""
        self._sound = False
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def usable(self) -> bool:
        """Whether it may be asked the next thing."""
        return self._sound and self._transport is not None and not self._transport.is_closing()

    async def ask(self, requests: bytes, until: float, answers: int) -> list[Answer]:
        if self._transport is None:
            raise ConnectionResetError("the connection was closed")
        loop = asyncio.get_running_loop()
        self._answers, self._wanted = [], answers
        waiting: asyncio.Future[list[Answer]] = loop.create_future()
        self._waiting = waiting
        self._sound = False
        self._transport.write(requests)
        # No asyncio.timeout_at: it costs as much as all the rest here.
        too_late = loop.call_at(until, self._fail, TimeoutError())
        try:
            return await waiting
        finally:
            too_late.cancel()

    def close(self) -> None:
        """At once."""
        self._sound = False
        if self._transport is not None:
            self._transport.abort()

    # What the event loop says.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        self._others.add(self)

    def data_received(self, data: bytes) -> None:
        self._sound = False  # what nobody has asked for is no answer
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(ConnectionError(f"an answer that is no HTTP: {error}"))
            self.close()

    def connection_lost(self, error: Exception | None) -> None:
        self._sound, self._transport = False, None
        self._others.discard(self)
        self.lost.set_result(None)
        self._fail(
            ConnectionResetError(f"the connection was closed{f': {error}' if error else ''}")
        )

    # What the parser says.

    def on_message_begin(self) -> None:
        self._sound = False  # of a second one, perhaps in the same piece as the first

    def on_body(self, body: bytes) -> None:
        self._content += body

    def on_message_complete(self) -> None:
        if self._waiting is None:
            self.close()
            return
        self._answers.append((self._parser.get_status_code(), self._content))
        self._content = b""
        if len(self._answers) == self._wanted:
            waiting, self._waiting = self._waiting, None
            if not waiting.done():
                self._sound = self._parser.should_keep_alive()
                waiting.set_result(self._answers)

    def _fail(self, error: OSError) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_exception(error)
