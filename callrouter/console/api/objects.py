"""Single objects of the configuration, for programs that change one thing and know no others."""

import json
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from callrouter.console.access import ConfigurationEditor, ConfigurationReader
from callrouter.console.api.answers import InvalidOut, SavedOut
from callrouter.console.api.bodies import json_body
from callrouter.console.api.configuration import (
    NOT_SAVED,
    REFUSED,
    RENDER_SECONDS,
    Responses,
    Saving,
    as_json,
    bench_of,
    editable,
    mark_in,
    save,
    stored_of,
    unchanged,
)
from callrouter.console.bench.asked import Note, ObjectIn
from callrouter.console.problems import ApiProblem
from callrouter.console.rights import Identity
from callrouter.console.workbench import Asking

router = APIRouter(tags=["configuration"], prefix="/configuration")

_TRIES = 4
UNKNOWN: Responses = {
    HTTPStatus.NOT_FOUND: {"model": InvalidOut, "description": "There is no such object."}
}


class Kind(StrEnum):
    """What is listed in a configuration by its name."""

    AGENTS = "agents"
    AGENT_GROUPS = "agent_groups"
    SETTINGS = "incoming_call_settings"
    CALENDARS = "holiday_calendars"


class ObjectOut(BaseModel):
    """An object in the shape of the YAML; `etag` changes with it alone."""

    name: str
    etag: str
    value: dict[str, Any]


class ObjectsOut(BaseModel):
    """All of a kind, in the configuration's order."""

    objects: list[ObjectOut]


class ObjectSavedOut(SavedOut):
    """The object as it is now (null: it is gone), and the version it is in."""

    object: ObjectOut | None


ObjectName = Annotated[str, Path(min_length=1, max_length=64)]
Tag = Annotated[
    str | None,
    Header(alias="If-Match", max_length=200, description="The object's ETag."),
]
Why = Annotated[Note, Query(description="Why, for the history.")]


@router.get("/{kind}", responses=REFUSED | {200: {"model": ObjectsOut}})
async def list_objects(request: Request, kind: Kind, _: ConfigurationReader) -> Response:
    """All agents, groups, settings or calendars, each with its ETag."""
    return as_json(await _shown(request, kind, None))


@router.get("/{kind}/{name}", responses=REFUSED | UNKNOWN | {200: {"model": ObjectOut}})
async def show_object(
    request: Request, kind: Kind, name: ObjectName, _: ConfigurationReader
) -> Response:
    """One object; its `ETag` is what changing it asks for."""
    content = await _shown(request, kind, name)
    return as_json(content, etag=json.loads(content)["etag"])


@router.put(
    "/{kind}/{name}",
    responses=NOT_SAVED | UNKNOWN | {200: {"model": ObjectSavedOut}},
    openapi_extra=json_body(ObjectIn),
)
async def put_object(
    request: Request,
    kind: Kind,
    name: ObjectName,
    who: ConfigurationEditor,
    if_match: Tag = None,
    if_none_match: Annotated[str | None, Header(max_length=200)] = None,
    rename: Annotated[str | None, Query(min_length=1, max_length=64)] = None,
    note: Why = "",
) -> Response:
    """Change an object (`If-Match` with its ETag) or add one (`If-None-Match: *`).

    With `rename` it gets another name, and whatever refers to it follows. The whole configuration
    is checked; 422 says what would be wrong with it.
    """
    create = (if_none_match or "").strip() == "*"
    if create and rename is not None:
        detail = "A new object has no other name: leave out `rename`."
        raise ApiProblem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
    args = {"create": create, "rename": rename, "delete": False}
    if not create:
        args["tag"] = mark_in(if_match)
    return await _change(request, who, kind, name, args, await request.body(), note)


@router.delete("/{kind}/{name}", responses=NOT_SAVED | UNKNOWN | {200: {"model": ObjectSavedOut}})
async def delete_object(
    request: Request,
    kind: Kind,
    name: ObjectName,
    who: ConfigurationEditor,
    if_match: Tag = None,
    note: Why = "",
) -> Response:
    """Remove an object that nothing refers to any more; 422 says what does."""
    args = {"delete": True, "tag": mark_in(if_match)}
    return await _change(request, who, kind, name, args, b"", note)


async def _shown(request: Request, kind: Kind, name: str | None) -> bytes:
    current = await stored_of(request).current(request.app.state.engine)
    asking = Asking(current.now, args={"kind": kind.value, "name": name})
    return (await bench_of(request).ask("object", b"", asking)).content


async def _change(
    request: Request,
    who: Identity,
    kind: Kind,
    name: str,
    args: dict[str, Any],
    body: bytes,
    note: str,
) -> Response:
    """Another object that is saved meanwhile is in nobody's way: then it is tried again."""
    usual = {"tag": None, "create": False, "rename": None, "seconds": RENDER_SECONDS}
    for attempt in range(_TRIES):
        now = await editable(request)
        asking = Asking(now.now, args=usual | {"kind": kind.value, "name": name} | args)
        ready = json.loads((await bench_of(request).ask("change_object", body, asking)).content)
        saving = Saving(ready["rows"], note, "edit")
        try:
            answer = (
                unchanged(now)
                if ready["same"]
                else await save(request, who, now, saving, "configuration.save", ready["changes"])
            )
        except ApiProblem as problem:
            again = problem.status == HTTPStatus.PRECONDITION_FAILED and attempt < _TRIES - 1
            if not again:
                raise
            continue
        value = ready["value"]
        shown = {"name": ready["name"], "etag": ready["etag"], "value": value}
        whole = json.loads(bytes(answer.body)) | {"object": None if value is None else shown}
        return as_json(msgspec.json.encode(whole), etag=None if value is None else ready["etag"])
    raise AssertionError("the last attempt either answers or raises")
