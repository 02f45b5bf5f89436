"""The versions of the configuration: listed, read, compared, and one of them put back."""

import json
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from callrouter.console.access import ConfigurationEditor, ConfigurationReader
from callrouter.console.api.answers import (
    InvalidOut,
    SavedOut,
    VersionDiffOut,
    VersionOut,
    VersionsOut,
    WholeVersionOut,
)
from callrouter.console.api.configuration import (
    NOT_SAVED,
    REFUSED,
    RENDER_SECONDS,
    Expected,
    Responses,
    Saving,
    bench_of,
    editable,
    expect,
    mark_in,
    save,
    stored_of,
    unchanged,
)
from callrouter.console.bench.asked import Note
from callrouter.console.problems import ApiProblem
from callrouter.console.workbench import Asking
from callrouter.db.config_versions import (
    ConfigContent,
    ConfigVersion,
    config_content,
    config_history,
    listed_version,
)
from callrouter.db.engine import snapshot

router = APIRouter(tags=["configuration"], prefix="/configuration/versions")

Number = Annotated[int, Path(ge=1, lt=2**31, description="The version's number.")]
UNKNOWN: Responses = {
    HTTPStatus.NOT_FOUND: {"model": InvalidOut, "description": "There is no such version."}
}
NOW = "now"


class RollBackIn(BaseModel):
    """Why."""

    model_config = ConfigDict(extra="forbid")

    note: Note = ""


@router.get("", responses=REFUSED)
async def list_versions(
    request: Request,
    _: ConfigurationReader,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(pattern=r"^[1-9][0-9]{0,8}$")] = None,
) -> VersionsOut:
    """The newest first; `cursor` is the `next` of the page before."""
    before = None if cursor is None else int(cursor)
    async with snapshot(request.app.state.engine) as connection:
        found = await config_history(connection, limit + 1, before)
    next_ = str(found[limit - 1].number) if len(found) > limit else None
    return VersionsOut(versions=list(map(_listed, found[:limit])), next=next_)


@router.get("/{number}", responses=REFUSED | UNKNOWN | {200: {"model": WholeVersionOut}})
async def show_version(request: Request, number: Number, _: ConfigurationReader) -> Response:
    """A version with what it says, and as YAML, comments and all where it came from a file."""
    listed, content = await _version(request, number)
    body = json.dumps({"document": content.document, "source": content.source}).encode()
    answer = await bench_of(request).ask("version", body)
    head = _listed(listed).model_dump_json().encode()
    return Response(head[:-1] + b"," + answer.content[1:], media_type="application/json")


@router.get("/{number}/diff", responses=REFUSED | UNKNOWN)
async def diff_versions(
    request: Request,
    number: Number,
    _: ConfigurationReader,
    against: Annotated[
        str | None,
        Query(pattern=r"^(now|[1-9][0-9]{0,8})$", description="A number, or `now`: what is stored"),
    ] = None,
) -> VersionDiffOut:
    """What a version says otherwise than `against`, the version before it if nothing is named.

    Against `now` it is what would change if it were rolled back to.
    """
    content = (await _version(request, number))[1]
    other = await _other(request, number, against)
    before, after = (other[0], content.document)
    body = json.dumps({"before": before, "after": after}).encode()
    answer = await bench_of(request).ask("differences", body)
    changes: list[Any] = json.loads(answer.content)["changes"]
    return VersionDiffOut(number=number, against=other[1], changes=changes)


@router.post(
    "/{number}/roll-back",
    responses=NOT_SAVED | UNKNOWN | {200: {"model": SavedOut}, 400: {"model": InvalidOut}},
)
async def roll_back(
    request: Request,
    number: Number,
    who: ConfigurationEditor,
    body: RollBackIn | None = None,
    if_match: Expected = None,
) -> Response:
    """Put an earlier version in the place of what is stored, as a new version."""
    now = await editable(request)
    content = (await _version(request, number))[1]
    await expect(request, now, mark_in(if_match))
    note = (body.note if body else "") or f"back to version {number}"
    asking = Asking(now.now, args={"seconds": RENDER_SECONDS})
    draft = b'{"document":' + content.document.encode() + b"}"
    ready = json.loads((await bench_of(request).ask("save", draft, asking)).content)
    if ready["same"]:
        return unchanged(now)
    saving = Saving(ready["rows"], note, "rollback", content.source)
    return await save(request, who, now, saving, "configuration.roll_back", ready["changes"])


def _listed(version: ConfigVersion) -> VersionOut:
    return VersionOut.model_validate(version, from_attributes=True)


async def _version(request: Request, number: int) -> tuple[ConfigVersion, ConfigContent]:
    async with snapshot(request.app.state.engine) as connection:
        listed = await listed_version(connection, number)
        content = await config_content(connection, number) if listed else None
    if listed is None or content is None:
        detail = f"There is no version {number}: GET /api/v1/configuration/versions lists them."
        raise ApiProblem(HTTPStatus.NOT_FOUND, detail)
    return listed, content


async def _other(request: Request, number: int, against: str | None) -> tuple[str, int | None]:
    if against == NOW:
        current = await stored_of(request).current(request.app.state.engine)
        return (current.read.text if current.read.usable else "{}"), current.number
    if against is not None:
        return (await _version(request, int(against)))[1].document, int(against)
    async with snapshot(request.app.state.engine) as connection:
        before = await config_history(connection, 1, number)
    if not before:
        return "{}", None
    return (await _version(request, before[0].number))[1].document, before[0].number
