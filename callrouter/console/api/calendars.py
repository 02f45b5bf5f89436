"""iCalendar files that holiday calendars are read from, kept in the folder of the sounds."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel

from callrouter.config.holidays import usual_years
from callrouter.config.ical import MOST_BYTES, calendar_file
from callrouter.config.problems import Fault
from callrouter.console.access import ConfigurationEditor
from callrouter.console.api.answers import InvalidOut
from callrouter.console.api.configuration import REFUSED, stored_of
from callrouter.console.bench.sounds import safe_name, sound_tag
from callrouter.console.problems import ApiProblem
from callrouter.console.sound_files import NotWritten, keep_sound
from callrouter.db.audit import note_deed
from callrouter.db.engine import transaction

router = APIRouter(tags=["configuration"], prefix="/configuration")

_PROBLEM = {"model": InvalidOut}


class CalendarKept(BaseModel):
    """The file as it was kept: `file` is what a calendar writes to have its `days`.

    `days` are those from last year to ten years ahead.
    """

    file: str
    days: int
    etag: str


@router.post(
    "/calendars",
    status_code=HTTPStatus.CREATED,
    responses=REFUSED | {409: _PROBLEM, 412: _PROBLEM},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"text/calendar": {"schema": {"type": "string"}}},
        }
    },
)
async def upload_calendar(
    request: Request,
    who: ConfigurationEditor,
    name: Annotated[str, Query(min_length=1, max_length=100)],
    if_match: Annotated[str | None, Header(max_length=200)] = None,
) -> CalendarKept:
    """Keep an iCalendar file of up to 2 MB; the body is the file itself.

    One that is there already is replaced only with its ETag as `If-Match`; where it is missing or
    another, 412 has the file's `etag`.
    """
    safe = safe_name(name)
    if safe is None:
        detail = "Give it a plain file name of letters, digits, spaces, dots and dashes."
        raise ApiProblem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
    content = await request.body()
    table = await request.app.state.configuration.table(request.app.state.engine)
    now = datetime.now(UTC)
    try:
        found = await asyncio.to_thread(
            calendar_file, content, usual_years(now.date()), table.timezone
        )
    except Fault as fault:
        detail = f"Not kept: {fault.message}; {fault.remedy}."
        raise ApiProblem(HTTPStatus.UNPROCESSABLE_ENTITY, detail) from None
    file = stored_of(request).folder / f"{safe.removesuffix('.wav')}.ics"
    tag = (if_match or "").strip().strip('"') or None
    async with transaction(request.app.state.engine) as connection:
        await note_deed(
            connection,
            who.name,
            "calendar.upload",
            file.name,
            now,
            address=request.client.host if request.client else "",
            details={"bytes": len(content), "replaced": tag is not None},
        )
        try:
            await asyncio.to_thread(keep_sound, file, content, tag)
        except NotWritten as error:
            there = await asyncio.to_thread(_tag, file)
            raise ApiProblem(HTTPStatus(error.status), error.detail, etag=there) from None
    return CalendarKept(file=file.name, days=len(found), etag=sound_tag(content))


def _tag(file: Path) -> str | None:
    if file.is_symlink() or not file.is_file() or file.stat().st_size > MOST_BYTES:
        return None
    return sound_tag(file.read_bytes())
