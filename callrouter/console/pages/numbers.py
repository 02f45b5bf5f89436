"""The pages of incoming call settings: the list, the editor of one, and trying a call."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from callrouter.console.pages.rendering import Reader, render, signed_in
from callrouter.console.rights import Identity, Right

router = APIRouter(include_in_schema=False)

_ReadsConfiguration = Annotated[Identity, Depends(signed_in(Right.READ_CONFIGURATION))]


@router.get("/numbers")
async def numbers(request: Request, who: _ReadsConfiguration) -> HTMLResponse:
    """All incoming call settings; the page fills itself from the draft."""
    return render(request, who, "numbers.html", active="numbers")


@router.get("/numbers/{name:path}")
async def number(request: Request, who: _ReadsConfiguration, name: str) -> HTMLResponse:
    """The editor of one, whether it is stored already or only in the draft."""
    days = [
        {"day": day, "name": long, "short": short}
        for day, long, short in Reader.of(request).words.week_days()
    ]
    return render(request, who, "number.html", active="numbers", name=name, week_days=days)


@router.get("/simulate")
async def simulate(request: Request, who: _ReadsConfiguration) -> HTMLResponse:
    """Trying a call; `number`, `caller` and `at` in the address fill the form and run it."""
    return render(request, who, "simulate.html", active="simulate")
