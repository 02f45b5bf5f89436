"""How large a request's body may be: more than that is not even received."""

import json
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callrouter.console.problems import MEDIA_TYPE

USUAL = 300_000
CONFIGURATION = 6_000_000
SOUND = 30_000_000


def limit_for(path: str) -> int:
    """In bytes. Whole configurations and recordings are larger than anything else."""
    if path == "/api/v1/configuration/sounds":
        return SOUND
    if path.startswith("/api/v1/configuration") or path == "/api/v1/simulate":
        return CONFIGURATION
    return USUAL


class BodyLimit:
    """Refuses with 413 what says that it is too large, and breaks off what is without saying so."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = limit_for(scope["path"])
        declared = dict(scope["headers"]).get(b"content-length", b"")
        if declared.isdigit() and int(declared) > limit:
            await _refuse(send, limit)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _detail(limit))
            return message

        await self._app(scope, counted, send)


def _detail(limit: int) -> str:
    return f"The request is too large: at most {limit / 1_000_000:g} MB are taken here."


async def _refuse(send: Send, limit: int) -> None:
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    problem = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status,
        "detail": _detail(limit),
    }
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(problem).encode()})
