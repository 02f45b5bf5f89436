"""The pages of agents, groups, holidays, prompts, general settings and history.

Each is a frame that its script fills from the draft of this browser: an object may be in the draft
only.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from callrouter.console.pages.rendering import render, signed_in
from callrouter.console.rights import Identity, Right

router = APIRouter(include_in_schema=False)

_ReadsConfiguration = Annotated[Identity, Depends(signed_in(Right.READ_CONFIGURATION))]


@router.get("/agents")
async def agents(request: Request, who: _ReadsConfiguration) -> HTMLResponse:
    """All agents, with how they are at present."""
    return render(request, who, "agents.html", active="agents", name="")


@router.get("/agents/{name:path}")
async def agent(request: Request, who: _ReadsConfiguration, name: str) -> HTMLResponse:
    """The editor of one agent."""
    return render(request, who, "agents.html", active="agents", name=name)


@router.get("/groups")
async def groups(request: Request, who: _ReadsConfiguration) -> HTMLResponse:
    """All groups."""
    return render(request, who, "groups.html", active="groups", name="")


@router.get("/groups/{name:path}")
async def group(request: Request, who: _ReadsConfiguration, name: str) -> HTMLResponse:
    """The editor of one group."""
    return render(request, who, "groups.html", active="groups", name=name)


@router.get("/holidays")
async def holidays(request: Request, who: _ReadsConfiguration) -> HTMLResponse:
    """All holiday calendars."""
    return render(request, who, "holidays.html", active="holidays", name="")


@router.get("/holidays/{name:path}")
async def holiday_calendar(request: Request, who: _ReadsConfiguration, name: str) -> HTMLResponse:
    """The editor of one calendar."""
    return render(request, who, "holidays.html", active="holidays", name=name)


@router.get("/prompts")
async def prompts(request: Request, who: _ReadsConfiguration) -> HTMLResponse:
    """Every message to callers, and the sounds."""
    return render(request, who, "prompts.html", active="prompts")


@router.get("/general")
async def general(request: Request, who: _ReadsConfiguration) -> HTMLResponse:
    """What holds for all, and the whole as YAML."""
    return render(request, who, "general.html", active="general")


@router.get("/history")
async def history(request: Request, who: _ReadsConfiguration) -> HTMLResponse:
    """All versions."""
    return render(request, who, "history.html", active="history", number=None)


@router.get("/history/{number}")
async def version(request: Request, who: _ReadsConfiguration, number: int) -> HTMLResponse:
    """One version."""
    return render(request, who, "history.html", active="history", number=number)
