"""The live board's page; what it shows, its scripts hear from the API."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from callrouter.console.live.hub import Hub
from callrouter.console.pages.rendering import render, signed_in
from callrouter.console.problems import ApiProblem
from callrouter.console.rights import Identity, Right
from callrouter.db.engine import DatabaseUnavailable

router = APIRouter(include_in_schema=False)


@router.get("/board")
async def board(
    request: Request, who: Annotated[Identity, Depends(signed_in(Right.READ_BOARD))]
) -> HTMLResponse:
    """The board; with `?wall` without the frame and large, for a screen on a wall."""
    return render(
        request,
        who,
        "board.html",
        active="board",
        wall="wall" in request.query_params,
        own=who.agent if who.may(Right.OWN_STATE) else None,
        pause_reasons=await _pause_reasons(request),
    )


async def _pause_reasons(request: Request) -> list[str]:
    hub: Hub = request.app.state.hub
    try:
        known = await hub.known()
    except (ApiProblem, DatabaseUnavailable):
        return []  # the page says by itself that nothing is known
    return list(dict.fromkeys(known.table.pause_reasons.values()))
