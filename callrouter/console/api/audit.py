"""The audit log: who changed what, who took data out, who came in."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.console.access import AuditReader
from callrouter.console.audit_export import CSV_TYPE, csv_lines, json_lines
from callrouter.console.moments import WrittenMoment
from callrouter.console.pages.visits import address
from callrouter.console.problems import ApiProblem
from callrouter.db.audit import note_deed
from callrouter.db.audit_log import Deed, WantedDeeds, deeds
from callrouter.db.engine import snapshot, transaction

router = APIRouter(tags=["audit"])

MOST_DEEDS = 500
_EXPORTED_AT_ONCE = 1000

Text = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]
Since = Annotated[WrittenMoment | None, Query()]


class DeedOut(BaseModel):
    """`action` is `thing.verb`; `details` depend on it and hold no secrets."""

    id: int
    at: datetime
    who: str
    action: str
    subject: str
    address: str
    details: dict[str, Any]


class DeedsOut(BaseModel):
    """`next` is the cursor of the next page, null on the last one."""

    deeds: list[DeedOut]
    next: str | None


@router.get("/audit")
async def list_deeds(
    request: Request,
    _: AuditReader,
    since: Since = None,
    until: Since = None,
    who: Text = "",
    action: Text = "",
    text: Text = "",
    limit: Annotated[int, Query(ge=1, le=MOST_DEEDS)] = 100,
    cursor: Annotated[str | None, Query(max_length=20)] = None,
) -> DeedsOut:
    """The newest first. `action` is a word (`override.set`) or a thing (`override`)."""
    wanted = WantedDeeds(since, until, who, action, text)
    async with snapshot(request.app.state.engine) as connection:
        found = await deeds(connection, wanted, limit=limit + 1, before=read_cursor(cursor))
    shown = [_out(deed) for deed in found[:limit]]
    return DeedsOut(deeds=shown, next=str(shown[-1].id) if len(found) > limit else None)


@router.get("/audit/export", response_class=StreamingResponse)
async def export_deeds(
    request: Request,
    who_asks: AuditReader,
    since: Since = None,
    until: Since = None,
    who: Text = "",
    action: Text = "",
    text: Text = "",
    format_: Annotated[Literal["csv", "json"], Query(alias="format")] = "csv",
) -> StreamingResponse:
    """All that is filtered, as a file; that somebody took it is in the log itself."""
    wanted = WantedDeeds(since, until, who, action, text)
    now = datetime.now(UTC)
    engine = request.app.state.engine
    told = {"since": since, "until": until, "who": who, "action": action, "text": text}
    details = {name: str(value) for name, value in told.items() if value}
    async with transaction(engine) as connection:
        await note_deed(
            connection,
            who_asks.name,
            "audit.export",
            format_,
            now,
            address=address(request),
            details=details,
        )
    name = f"audit-{now:%Y-%m-%d}.{format_}"
    lines = csv_lines if format_ == "csv" else json_lines
    return StreamingResponse(
        lines(_all(engine, wanted)),
        media_type=CSV_TYPE if format_ == "csv" else "application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def read_cursor(cursor: str | None) -> int | None:
    """The id in a cursor. Raises ApiProblem where it is none of ours."""
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdecimal() and int(cursor) < 2**63):
        detail = "The cursor is not one that this API gave: begin without it."
        raise ApiProblem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
    return int(cursor)


async def _all(engine: AsyncEngine, wanted: WantedDeeds) -> AsyncIterator[Deed]:
    """Piece by piece, each with a connection of its own: nobody holds one for minutes."""
    before: int | None = None
    while True:
        async with snapshot(engine) as connection:
            found = await deeds(connection, wanted, limit=_EXPORTED_AT_ONCE, before=before)
        for deed in found:
            yield deed
        if len(found) < _EXPORTED_AT_ONCE:
            return
        before = found[-1].id


def _out(deed: Deed) -> DeedOut:
    return DeedOut(**{name: getattr(deed, name) for name in DeedOut.model_fields})
