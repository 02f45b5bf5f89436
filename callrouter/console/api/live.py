"""What is going on now: the board, a stream of its changes, and how everything is."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel

from callrouter import __version__
from callrouter.console.access import needs, still_valid
from callrouter.console.live.board import router_now, wrong_now
from callrouter.console.live.content import Board, Incident, RouterNow, Version
from callrouter.console.live.hub import TOPICS, Hub
from callrouter.console.live.streams import event
from callrouter.console.live.views import view_of
from callrouter.console.rights import Identity, Right

router = APIRouter(tags=["live"])

BoardReader = Annotated[Identity, Depends(needs(Right.READ_BOARD))]

ASKED_AGAIN_SECONDS = 10.0
"""How often is looked whether who follows is still signed in, or his token good."""

_STREAM = {
    "description": "`text/event-stream` (Server-Sent Events), until the client leaves.",
    "content": {"text/event-stream": {"schema": {"type": "string"}}},
}


class HealthOut(BaseModel):
    """`status` is `ok`, `degraded` where calls come but something is wrong, `down` where none do.

    `configuration` is the newest version that was written down.
    """

    status: Literal["ok", "degraded", "down"]
    callrouter: str
    database: bool
    routers: dict[str, RouterNow]
    incidents: list[Incident]
    configuration: Version | None = None


@router.get("/board", response_model=Board, response_model_exclude_none=True)
async def show_board(request: Request, who: BoardReader) -> JSONResponse:
    """All that is on the live board; what is not known is left out.

    Without the right to see numbers callers are masked; an agent sees what concerns him.
    """
    return JSONResponse(await _hub(request).board(view_of(who)), headers=_FRESH)


@router.get("/events", response_class=StreamingResponse, responses={HTTPStatus.OK.value: _STREAM})
async def follow(
    request: Request,
    who: BoardReader,
    topics: Annotated[
        list[Literal["board", "calls", "configuration"]],
        Query(max_length=len(TOPICS), description="What to be told of; nothing is everything."),
    ] = [],  # noqa: B006 - never changed
    last_event_id: Annotated[
        str, Header(max_length=64, description="Sent by browsers that connect again.")
    ] = "",
) -> StreamingResponse:
    """What changes, as it changes.

    `snapshot` is the whole board as `GET /board` gives it, `board` a JSON merge patch (RFC 7396)
    to it; `calls` says that calls have changed, `configuration` that there is a new version (as in
    `GET /board`), `ping` comes every three seconds with the server's clock (`fresh` is whether the
    database answers), and `goodbye` ends the stream of who is not signed in any more. Who connects
    again with `Last-Event-ID` is told what he missed, or sent a new `snapshot`. Who reads too
    slowly is cut off and connects again.
    """
    hub = _hub(request)
    await hub.known()  # an error is an answer, before the stream begins
    wanted = tuple(topics) or TOPICS
    return StreamingResponse(
        _events(hub, request, who, wanted, last_event_id),
        media_type="text/event-stream",
        headers=_FRESH | {"X-Accel-Buffering": "no"},
    )


@router.get("/health", response_model_exclude_none=True)
async def health(request: Request, _: BoardReader) -> HealthOut:
    """How console, database, routers and Asterisk servers are, and the configuration."""
    known = await _hub(request).known()
    wrong = wrong_now(known, datetime.now(UTC))
    calls_come = any(
        seen.heard and any(server.connected for server in seen.status.asterisk)
        for seen in known.routers
    )
    return HealthOut(
        status="down" if not calls_come else "degraded" if wrong else "ok",
        callrouter=__version__,
        database=known.database,
        routers={seen.router: router_now(seen) for seen in known.routers},
        incidents=wrong,
        configuration=known.version,
    )


_FRESH = {"Cache-Control": "no-store"}


async def _events(
    hub: Hub, request: Request, who: Identity, topics: tuple[str, ...], last_id: str
) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    asked_at = loop.time()
    async with hub.following(view_of(who), topics, last_id) as follower:
        yield b"retry: 1000\n\n"
        while (told := await follower.next()) is not None:
            if loop.time() - asked_at >= ASKED_AGAIN_SECONDS:
                asked_at = loop.time()
                if not await still_valid(request, who):
                    yield event("goodbye", {}).encoded()
                    return
            yield told.encoded()


def _hub(request: Request) -> Hub:
    hub: Hub = request.app.state.hub
    return hub
