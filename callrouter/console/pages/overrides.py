"""The page of overrides; what it shows, its script asks of the API."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from callrouter.console.pages.rendering import render, signed_in
from callrouter.console.rights import Identity, Right

router = APIRouter(include_in_schema=False)


@router.get("/overrides")
async def overrides(
    request: Request, who: Annotated[Identity, Depends(signed_in(Right.READ_CONFIGURATION))]
) -> HTMLResponse:
    """In force, to come, and over."""
    return render(request, who, "overrides.html", active="overrides")
