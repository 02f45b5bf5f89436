"""The configuration as a whole: read it, save it, merge what two people made of it.

Nothing is overwritten unseen: whoever saves says what he began from (`If-Match`).
"""

import json
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, NamedTuple

import msgspec
from fastapi import APIRouter, Header, Request
from fastapi.responses import Response

from callrouter.config.store import Outdated, ReadBack, Stored, ToStore, put
from callrouter.console.access import ConfigurationEditor, ConfigurationReader
from callrouter.console.api.answers import (
    ConfigurationOut,
    InvalidOut,
    MergeOut,
    OutdatedOut,
    SavedOut,
)
from callrouter.console.api.bodies import json_body
from callrouter.console.bench.asked import NOTE, MergeIn, SaveIn
from callrouter.console.problems import ApiProblem
from callrouter.console.rights import Identity
from callrouter.console.stored import Current, StoredConfigurations
from callrouter.console.workbench import Asking, Workbench
from callrouter.db.audit import note_deed
from callrouter.db.configuration import StoredRows
from callrouter.db.engine import snapshot, transaction

router = APIRouter(tags=["configuration"])

Expected = Annotated[
    str | None,
    Header(alias="If-Match", max_length=200, description="The mark you began from."),
]
RENDER_SECONDS = 50.0
_MOST_NOTED = 20
FILE = "file"
UNUSABLE = ""
DATABASE = "database"

Responses = dict[int | str, dict[str, Any]]
REFUSED: Responses = {
    HTTPStatus.UNPROCESSABLE_ENTITY: {"model": InvalidOut, "description": "Not understood."},
}
NOT_SAVED: Responses = REFUSED | {
    HTTPStatus.CONFLICT: {"model": InvalidOut, "description": "It is not saved here."},
    HTTPStatus.PRECONDITION_FAILED: {
        "model": OutdatedOut,
        "description": "Somebody saved meanwhile.",
    },
    HTTPStatus.PRECONDITION_REQUIRED: {"model": InvalidOut, "description": "If-Match is missing."},
}


class Saving(NamedTuple):
    """What is to be stored: rows in JSON, why, and the version's kind."""

    rows: str
    note: str
    kind: str
    source: str | None = None


@router.get("/configuration", responses={200: {"model": ConfigurationOut}})
async def show_configuration(request: Request, _: ConfigurationReader) -> Response:
    """What is stored now, with its mistakes. The `ETag` is the mark that saving asks for."""
    stored = stored_of(request)
    now = await stored.current(request.app.state.engine)
    why_not = _why_not(stored)
    shown = now.summary() | {
        "source": DATABASE if stored.file is None else FILE,
        "file": None if stored.file is None else str(stored.file),
        "editable": why_not is None,
        "why_not": why_not,
        "usable": now.read.usable,
        "document": now.read.document,
        "problems": now.read.problems,
    }
    return as_json(msgspec.json.encode(shown), etag=now.read.mark)


@router.put(
    "/configuration",
    responses=NOT_SAVED | {200: {"model": SavedOut}},
    openapi_extra=json_body(SaveIn),
)
async def save_configuration(
    request: Request, who: ConfigurationEditor, if_match: Expected = None
) -> Response:
    """Put a draft in the place of what is stored: live within about two seconds.

    412 where somebody saved since; `POST /configuration/merge` brings both together. 422 where it
    has mistakes.
    """
    body = await request.body()
    now = await editable(request)
    mark = mark_in(if_match)
    if _is_understood(body):
        await expect(request, now, mark)
    asking = Asking(stored=now.now, args={"seconds": RENDER_SECONDS})
    ready = json.loads((await bench_of(request).ask("save", body, asking)).content)
    if ready["same"]:
        return unchanged(now)
    saving = Saving(ready["rows"], ready["note"], "edit")
    return await save(request, who, now, saving, "configuration.save", ready["changes"])


@router.post(
    "/configuration/merge",
    responses=REFUSED | {200: {"model": MergeOut}, 409: {"model": InvalidOut}},
    openapi_extra=json_body(MergeIn),
)
async def merge(request: Request, _: ConfigurationReader) -> Response:
    """What you and others made of the same configuration, in one document; nothing is stored.

    What only one of you changed is in it; where both did, it has yours, and `conflicts` has both.
    """
    body = await request.body()
    now = await stored_of(request).current(request.app.state.engine)
    base = None
    begun = _base_in(body)
    if begun and begun != now.read.mark:
        async with snapshot(request.app.state.engine) as connection:
            base = await stored_of(request).text_of(connection, begun)
    args = {} if base is None else {"base": base}
    return answered(await bench_of(request).ask("merge", body, Asking(now.now, args=args)))


class _Saved(msgspec.Struct, forbid_unknown_fields=True):
    document: msgspec.Raw
    note: Annotated[str, msgspec.Meta(max_length=500, pattern=NOTE)] = ""


def _is_understood(body: bytes) -> bool:
    """A look at it without reading the document; what is wrong with it, the workbench says."""
    try:
        return bytes(msgspec.json.decode(body, type=_Saved).document).lstrip()[:1] == b"{"
    except (msgspec.DecodeError, RecursionError):
        return False


class _Base(msgspec.Struct):
    base: str = ""


def _base_in(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=_Base).base[:64]
    except (msgspec.DecodeError, RecursionError):
        return ""  # the workbench says what is wrong with it


# What the other modules of the configuration's API use too


def bench_of(request: Request) -> Workbench:
    bench: Workbench = request.app.state.workbench
    return bench


def stored_of(request: Request) -> StoredConfigurations:
    stored: StoredConfigurations = request.app.state.stored
    return stored


def as_json(content: bytes, *, etag: str | None = None) -> Response:
    headers = {} if etag is None else {"ETag": f'"{etag}"'}
    return Response(content, media_type="application/json", headers=headers)


def unchanged(now: Current) -> Response:
    """Nothing was written: it is stored already."""
    return as_json(msgspec.json.encode(now.summary() | {"changes": []}), etag=now.read.mark)


def answered(answer: Any) -> Response:
    """The workbench's answer, as it is."""
    return Response(answer.content, media_type=answer.media)


async def editable(request: Request) -> Current:
    """What is stored now. Raises ApiProblem (409) where it is a file, which we do not write."""
    stored = stored_of(request)
    if (why := _why_not(stored)) is not None:
        raise ApiProblem(HTTPStatus.CONFLICT, why)
    return await stored.current(request.app.state.engine)


def _why_not(stored: StoredConfigurations) -> str | None:
    if stored.file is None:
        return None
    return (
        f"Calls are routed by the file {stored.file}: edit it there, or put it into the database"
        f" (callrouter config import {stored.file}) and start router and console with"
        " CALLROUTER_CONFIG=database."
    )


def mark_in(header: str | None) -> str:
    """The mark of an `If-Match`. Raises ApiProblem (428) where it is missing."""
    mark = (header or "").strip().removeprefix("W/").strip('"')
    if not mark:
        detail = "Say what you began from: send the ETag you were given as If-Match."
        raise ApiProblem(HTTPStatus.PRECONDITION_REQUIRED, detail)
    return mark


async def expect(request: Request, now: Current, mark: str) -> None:
    """Raises ApiProblem (412), with what others changed, where something else is stored now."""
    if mark in ("*", now.read.mark):
        return
    async with snapshot(request.app.state.engine) as connection:
        base = await stored_of(request).text_of(connection, mark)
    changes = None
    if base is not None:
        body = json.dumps({"before": base, "after": None}).encode()
        answer = await bench_of(request).ask("differences", body, Asking(now.now))
        changes = json.loads(answer.content)["changes"]
    who = f" ({now.author})" if now.author else ""
    raise ApiProblem(
        HTTPStatus.PRECONDITION_FAILED,
        f"Somebody{who} has saved since you began: look at the changes, and merge yours.",
        current=now.summary(),
        changes=changes,
    )


async def save(
    request: Request,
    who: Identity,
    now: Current,
    saving: Saving,
    deed: str,
    changes: list[dict[str, Any]],
) -> Response:
    """Store it, with its version and its line in the audit log, if `now` is still what is stored.

    Raises ApiProblem (412) where it is not.
    """
    engine = request.app.state.engine
    moment = datetime.now(UTC)
    new = ToStore(
        rows=saving.rows,
        author=who.name,
        note=saving.note or None,
        kind=saving.kind,
        source=saving.source,
        expected=now.read.mark,
    )

    async def read(rows: StoredRows) -> ReadBack:
        found = await stored_of(request).of_rows(rows)
        return ReadBack(found.version or UNUSABLE, found.text, found.mark)

    try:
        async with transaction(engine) as connection:
            stored: Stored = await put(connection, new, read, moment)
            if stored.there.version == UNUSABLE:
                detail = "Not saved: the tables would hold what is no usable configuration."
                raise ApiProblem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
            details = {
                "number": stored.number,
                "note": saving.note,
                "changes": changes[:_MOST_NOTED],
                "more": max(0, len(changes) - _MOST_NOTED),
            }
            address = request.client.host if request.client else ""
            subject = f"version {stored.number or 'unchanged'}"
            await note_deed(
                connection, who.name, deed, subject, moment, address=address, details=details
            )
    except Outdated:
        await expect(request, await stored_of(request).current(engine), now.read.mark)
        raise
    there, before = stored.there, stored.before
    shown = {
        "mark": there.mark,
        "number": stored.number or (before.number if before else None),
        "version": there.version,
        "author": who.name,
        "at": moment.isoformat(),
        "changes": changes,
    }
    return as_json(msgspec.json.encode(shown), etag=there.mark)
