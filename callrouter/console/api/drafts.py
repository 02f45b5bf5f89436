"""Drafts of a configuration: checked, compared, laid out over days, held against recorded calls.

Nothing here stores anything. The workbench does the work, the console hands on.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.console.access import ConfigurationReader
from callrouter.console.api.answers import (
    CheckOut,
    DiffOut,
    InvalidOut,
    OnDutyAtOut,
    PreviewOut,
    ReplayOut,
)
from callrouter.console.api.bodies import json_body
from callrouter.console.api.configuration import REFUSED, answered, bench_of, stored_of
from callrouter.console.bench.asked import CheckIn, DraftIn, OnDutyIn, PreviewIn, ReplayIn
from callrouter.console.rights import Right
from callrouter.console.workbench import Asking
from callrouter.db.engine import snapshot
from callrouter.db.overrides import live_overrides
from callrouter.routing.model import Override

router = APIRouter(tags=["configuration"], prefix="/configuration")


@router.post(
    "/check",
    responses=REFUSED | {200: {"model": CheckOut}},
    openapi_extra=json_body(CheckIn),
)
async def check(request: Request, _: ConfigurationReader) -> Response:
    """All that is wrong with a draft, as `callrouter check` tells it, at its place.

    A draft is a `document` or `yaml`; the answer has both. `document` is in its usual form:
    numbers and yes or no as such, times `09:00`, days by their names, lists as lists.
    """
    return await _asked(request, "check", live=False)


@router.post(
    "/diff",
    responses=REFUSED | {200: {"model": DiffOut}},
    openapi_extra=json_body(DraftIn),
)
async def diff(request: Request, _: ConfigurationReader) -> Response:
    """What a draft says otherwise than what is stored, and who rings when in the coming 14 days."""
    return await _asked(request, "diff", live=True)


@router.post(
    "/preview",
    responses=REFUSED | {200: {"model": PreviewOut}, 404: {"model": InvalidOut}},
    openapi_extra=json_body(PreviewIn),
)
async def preview(request: Request, _: ConfigurationReader) -> Response:
    """The real hours of the days to come: rows, holidays, overrides (live ones too), clocks."""
    return await _asked(request, "preview", live=True)


@router.post(
    "/on-duty",
    responses=REFUSED | {200: {"model": OnDutyAtOut}},
    openapi_extra=json_body(OnDutyIn),
)
async def on_duty(request: Request, _: ConfigurationReader) -> Response:
    """Of all settings who is on duty at a moment, until when, and who comes next."""
    return await _asked(request, "on_duty", live=True)


@router.post(
    "/replay",
    responses=REFUSED | {200: {"model": ReplayOut}},
    openapi_extra=json_body(ReplayIn),
)
async def replay(request: Request, who: ConfigurationReader) -> Response:
    """Which calls of the last days a draft would have sent elsewhere."""
    masked = not who.may(Right.SEE_NUMBERS)
    body = await request.body()
    asking = Asking(args={"masked": masked})
    return answered(await bench_of(request).ask("replay", body, asking))


async def _asked(request: Request, kind: str, *, live: bool) -> Response:
    body = await request.body()
    engine = request.app.state.engine
    now = datetime.now(UTC)
    stored = await stored_of(request).current(engine)
    asking = Asking(stored.now, await _overrides(engine, now) if live else (), now=now)
    return answered(await bench_of(request).ask(kind, body, asking))


async def _overrides(engine: AsyncEngine, now: datetime) -> Sequence[Override]:
    async with snapshot(engine) as connection:
        return await live_overrides(connection, now)
