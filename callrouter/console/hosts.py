"""By which names the console answers: a page elsewhere must not reach it by a name of its own.

A browser that was told that `evil.example` is 127.0.0.1 sends that name as `Host` (DNS
rebinding). An IP address in `Host` cannot be such a name. Requests with a token come from no
browser and are not asked.
"""

from collections.abc import Collection
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from callrouter.addresses import is_address
from callrouter.console.console_settings import is_loopback

_REMEDY = (
    "callrouter does not answer by this name. Open it by its address, or tell it the name:"
    " CALLROUTER_CONSOLE_URL=https://calls.example.com, or CALLROUTER_CONSOLE_HOSTS.\n"
)


class OwnHosts:
    """Answers only by `names`, by loopback names and by IP addresses."""

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._own(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        answer = PlainTextResponse(_REMEDY, HTTPStatus.MISDIRECTED_REQUEST)
        await answer(scope, receive, send)

    def _own(self, headers: Headers) -> bool:
        if headers.get("authorization", "").lower().startswith("bearer "):
            return True
        try:
            host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
        except ValueError:
            return False
        return host in self._names or is_loopback(host) or is_address(host)
