"""The page of blocked callers; what it shows, its script asks of the API."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from callrouter.console.pages.rendering import render, signed_in
from callrouter.console.rights import Identity, Right

router = APIRouter(include_in_schema=False)


@router.get("/blocked")
async def blocked(
    request: Request, who: Annotated[Identity, Depends(signed_in(Right.READ_CONFIGURATION))]
) -> HTMLResponse:
    """Who is not let in."""
    return render(request, who, "blocked.html", active="blocked")
