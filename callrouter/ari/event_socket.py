"""One open event socket of Asterisk: who hears it is called at once, message by message.

Reading it by callbacks costs half the processor time of waiting for each message (see "What a call
costs" in ARCHITECTURE.md). The law: who is called must not wait, as Asterisk closes a socket that
it cannot write to in time.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TypeVar
from urllib.parse import urlsplit

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from callrouter.addresses import happy_eyeballs_delay

T = TypeVar("T")

_LIBRARY_LOG = logging.getLogger(__name__).getChild("picows")
_LIBRARY_LOG.setLevel(logging.WARNING)  # who listens says when it is connected, and when not

_BEHIND_EVENTS = b"how late?"

_MOST_BYTES = 64 * 1024 * 1024
"""Of one frame: an event has a few hundred."""

GOODBYE_SECONDS = 1.0
"""How long we wait for Asterisk to agree that the socket is closed."""


class EventSocket(WSListener):
    """`opened` is called first, then `hear` with each message; what they raise closes it."""

    def __init__(
        self, opened: Callable[["EventSocket"], None], hear: Callable[[bytes], None]
    ) -> None:
        self._opened = opened
        self._hear = hear
        self._pieces: list[bytes] = []  # of a message that comes in several frames
        self._transport: WSTransport | None = None
        self._over: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._pinged: float | None = None
        self._answered_late = 0.0

    @classmethod
    async def open(
        cls,
        url: str,
        headers: Mapping[str, str],
        opened: Callable[["EventSocket"], None],
        hear: Callable[[bytes], None],
        *,
        seconds: float,
        heartbeat: float,
    ) -> "EventSocket":
        """Open it within `seconds`.

        After a silence of `heartbeat` seconds Asterisk is asked whether it is there; a socket that
        is silent for half as long again is dead. Raises TimeoutError, OSError, or picows.WSError
        where Asterisk refuses.
        """
        socket = cls(opened, hear)
        try:
            async with asyncio.timeout(seconds):
                await ws_connect(
                    lambda: socket,
                    url,
                    extra_headers=dict(headers),
                    websocket_handshake_timeout=seconds,
                    enable_auto_ping=True,
                    auto_ping_idle_timeout=heartbeat,
                    auto_ping_reply_timeout=heartbeat / 2,
                    max_frame_size=_MOST_BYTES,
                    max_redirects=0,
                    logger_name=_LIBRARY_LOG,
                    happy_eyeballs_delay=happy_eyeballs_delay(urlsplit(url).hostname or ""),
                )
            if socket._transport is None:  # picows says nothing of a connection that has ended
                raise ConnectionResetError("the connection was closed in the handshake")
        except BaseException:
            socket._give_up()
            raise
        return socket

    def _give_up(self) -> None:
        """picows goes on with a handshake that nobody waits for: what it opens is closed."""
        self._opened, self._hear = EventSocket._cut, _ignored
        self._cut()

    def _cut(self) -> None:
        if self._transport is not None:
            self._transport.disconnect(graceful=False)

    async def until_closed(self) -> str:
        """Returns why it is; raises what `opened` or `hear` raised."""
        await asyncio.wait([self._over])
        return self._over.result()

    async def close(self) -> None:
        """Say goodbye, and wait a moment for the answer."""
        self._hear = _ignored
        if self._transport is not None:
            self._transport.send_close(WSCloseCode.OK)
            try:
                await asyncio.wait([self._over], timeout=GOODBYE_SECONDS)
            finally:
                self._cut()
            with suppress(Exception):  # what `until_closed` has raised, or said
                await self._transport.wait_disconnected()

    def ping(self) -> None:
        """Ask for an answer that comes behind all events so far, unless one is waited for."""
        if self._pinged is None and not self._over.done() and self._transport is not None:
            self._pinged = asyncio.get_running_loop().time()
            self._transport.send_ping(_BEHIND_EVENTS)

    def behind(self) -> float:
        """How long (seconds) an event waits until it is read, at most; an answer counts once."""
        late, self._answered_late = self._answered_late, 0.0
        if self._pinged is not None and not self._over.done():
            late = max(late, asyncio.get_running_loop().time() - self._pinged)
        return late

    # What picows says.

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._tell(self._opened, self)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        match frame.msg_type:
            case WSMsgType.TEXT if frame.fin:
                self._tell(self._hear, frame.get_payload_as_bytes())
            case WSMsgType.TEXT:
                self._pieces = [frame.get_payload_as_bytes()]
            case WSMsgType.CONTINUATION if self._pieces:
                self._pieces.append(frame.get_payload_as_bytes())
                if frame.fin:
                    pieces, self._pieces = self._pieces, []
                    self._tell(self._hear, b"".join(pieces))
            case WSMsgType.PONG if frame.get_payload_as_bytes() == _BEHIND_EVENTS:
                if self._pinged is not None:
                    late = asyncio.get_running_loop().time() - self._pinged
                    self._answered_late, self._pinged = max(self._answered_late, late), None
            case WSMsgType.CLOSE:
                if not transport.is_close_frame_sent:
                    self._ends(f"Asterisk closed the event socket (code {_code_of(frame)})")
                    transport.send_close(WSCloseCode.OK)
                transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        ours = transport.close_handshake.sent if transport.is_close_frame_sent else None
        self._ends((ours and ours.reason) or "the event socket was cut")

    def is_user_specific_pong(self, frame: WSFrame) -> bool:
        """Asked while Asterisk has to show that it is there: every message does."""
        if self._transport is not None:
            self._transport.notify_user_specific_pong_received()
        return False

    def _tell(self, who: Callable[[T], None], what: T) -> None:
        try:
            who(what)
        except Exception as error:
            self._hear = _ignored
            if not self._over.done():
                self._over.set_exception(error)
            self._cut()

    def _ends(self, why: str) -> None:
        if not self._over.done():
            self._over.set_result(why)


def _code_of(frame: WSFrame) -> int:
    return int.from_bytes(frame.get_payload_as_bytes()[:2]) or 1005  # which means that none came


def _ignored(message: bytes) -> None:
    """It came too late."""
