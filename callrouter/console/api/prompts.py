"""Messages: where they are, and how callers hear them; and the sounds in the folder."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from callrouter.console.access import ConfigurationEditor, ConfigurationReader
from callrouter.console.api.answers import InvalidOut
from callrouter.console.api.bodies import json_body
from callrouter.console.api.configuration import (
    REFUSED,
    Responses,
    answered,
    as_json,
    bench_of,
    stored_of,
)
from callrouter.console.bench.asked import ListenIn, PromptsIn
from callrouter.console.bench.sounds import MOST_BYTES, safe_name, sound_tag
from callrouter.console.problems import ApiProblem
from callrouter.console.sound_files import NotWritten, keep_sound, remove_sound
from callrouter.console.workbench import Asking
from callrouter.db.audit import note_deed
from callrouter.db.engine import snapshot, transaction
from callrouter.db.overrides import live_overrides

router = APIRouter(tags=["configuration"], prefix="/configuration")

_PROBLEM = {"model": InvalidOut}
_WAV: Responses = {
    200: {
        "content": {"audio/wav": {"schema": {"type": "string", "format": "binary"}}},
        "description": "A WAV file with what a caller hears.",
    }
}
FileName = Annotated[str, Query(min_length=1, max_length=100)]


class PromptOut(BaseModel):
    """A message: a text in a language, or a sound. `placeholder`: `{reopens_at}` is in it.

    `used_by` are the settings whose callers may hear it.
    """

    path: list[str | int]
    where: str
    text: str | None
    sound: str | None
    language: str | None
    placeholder: bool
    used_by: list[str]


class PromptsOut(BaseModel):
    """All messages, in the configuration's order."""

    prompts: list[PromptOut]


class SoundOut(BaseModel):
    """A file of the sounds' folder; `used_by` are the places of the messages that play it."""

    name: str
    bytes: int
    seconds: float | None
    etag: str
    at: datetime
    used_by: list[list[str | int]]


class SoundsOut(BaseModel):
    """The WAV files of the folder, by name."""

    folder: str
    sounds: list[SoundOut]


class KeptOut(BaseModel):
    """The file as it was kept: `sound` is what a message writes to play it."""

    sound: str
    bytes: int
    etag: str


@router.get("/prompts", responses=REFUSED | {200: {"model": PromptsOut}})
async def list_prompts(request: Request, _: ConfigurationReader) -> Response:
    """Every message of what is stored: where it is, and who hears it."""
    return await _prompts(request, b"{}")


@router.post(
    "/prompts",
    responses=REFUSED | {200: {"model": PromptsOut}},
    openapi_extra=json_body(PromptsIn, required=False),
)
async def list_draft_prompts(request: Request, _: ConfigurationReader) -> Response:
    """The same of a draft."""
    return await _prompts(request, await request.body())


@router.post(
    "/prompts/listen",
    responses=REFUSED | _WAV | {404: _PROBLEM},
    response_class=Response,
    openapi_extra=json_body(ListenIn),
)
async def listen(request: Request, _: ConfigurationReader) -> Response:
    """A message as callers hear it, by the same voice and from the same files.

    `{reopens_at}` says what it says for these settings now, or when they are closed next.
    """
    body = await request.body()
    now = datetime.now(UTC)
    engine = request.app.state.engine
    current = await stored_of(request).current(engine)
    async with snapshot(engine) as connection:
        overrides = await live_overrides(connection, now)
    answer = await bench_of(request).ask("listen", body, Asking(current.now, overrides, now=now))
    return Response(answer.content, media_type=answer.media, headers={"Cache-Control": "no-store"})


@router.get("/sounds", responses=REFUSED | {200: {"model": SoundsOut}})
async def list_sounds(request: Request, _: ConfigurationReader) -> Response:
    """The sounds there are to choose from."""
    stored = stored_of(request)
    current = await stored.current(request.app.state.engine)
    answer = await bench_of(request).ask("sounds", b"", Asking(current.now))
    folder = json.dumps(str(stored.folder)).encode()
    return as_json(b'{"folder":' + folder + b"," + answer.content[1:])


@router.post(
    "/sounds",
    status_code=HTTPStatus.CREATED,
    responses=REFUSED | {409: _PROBLEM, 412: _PROBLEM, 413: _PROBLEM},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
            },
        }
    },
)
async def upload_sound(
    request: Request,
    who: ConfigurationEditor,
    name: FileName,
    if_match: Annotated[str | None, Header(max_length=200)] = None,
) -> KeptOut:
    """Keep a recording (WAV, FLAC, OGG or MP3, up to 30 MB and 10 minutes) as a WAV file.

    The body is the file itself. One that is there already is replaced only with its ETag as
    `If-Match`; callers hear the new one within seconds.
    """
    kept_as = _safe(name)
    folder = stored_of(request).folder
    content = (await bench_of(request).ask("sound", await request.body())).content
    tag = (if_match or "").strip().strip('"') or None
    now = datetime.now(UTC)
    address = request.client.host if request.client else ""
    details = {"bytes": len(content), "replaced": tag is not None}
    async with transaction(request.app.state.engine) as connection:
        await note_deed(
            connection, who.name, "prompt.upload", kept_as, now, address=address, details=details
        )
        await _done(keep_sound, folder / kept_as, content, tag)
    return KeptOut(sound=kept_as, bytes=len(content), etag=sound_tag(content))


@router.get("/sounds/{name}", responses=REFUSED | _WAV | {404: _PROBLEM}, response_class=Response)
async def show_sound(request: Request, name: str, _: ConfigurationReader) -> Response:
    """The file as it lies in the folder."""
    file = stored_of(request).folder / _safe(name)
    try:
        content = await asyncio.to_thread(_read, file)
    except OSError:
        raise ApiProblem(HTTPStatus.NOT_FOUND, "There is no such sound.") from None
    headers = {"ETag": f'"{sound_tag(content)}"'}
    return Response(content, media_type="audio/wav", headers=headers)


@router.delete(
    "/sounds/{name}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=REFUSED | {404: _PROBLEM, 409: _PROBLEM, 412: _PROBLEM},
)
async def delete_sound(
    request: Request,
    who: ConfigurationEditor,
    name: str,
    if_match: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """Remove a sound that no message of what is stored plays."""
    kept_as = _safe(name)
    current = await stored_of(request).current(request.app.state.engine)
    asking = Asking(current.now, args={"name": kept_as})
    used = json.loads((await bench_of(request).ask("uses", b"", asking)).content)["used_by"]
    if used:
        places = ", ".join(".".join(map(str, each)) for each in used[:5])
        raise ApiProblem(HTTPStatus.CONFLICT, f"Not removed: it is played by {places}.")
    tag = (if_match or "").strip().strip('"') or None
    now = datetime.now(UTC)
    address = request.client.host if request.client else ""
    async with transaction(request.app.state.engine) as connection:
        await note_deed(connection, who.name, "prompt.delete", kept_as, now, address=address)
        await _done(remove_sound, stored_of(request).folder / kept_as, tag)
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def _prompts(request: Request, body: bytes) -> Response:
    current = await stored_of(request).current(request.app.state.engine)
    return answered(await bench_of(request).ask("prompts", body, Asking(current.now)))


def _safe(name: str) -> str:
    safe = safe_name(name)
    if safe is None:
        detail = "Give it a plain file name of letters, digits, spaces, dots and dashes."
        raise ApiProblem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
    return safe


def _read(file: Path) -> bytes:
    if file.is_symlink() or not file.is_file() or file.stat().st_size > MOST_BYTES:
        raise FileNotFoundError(file)
    return file.read_bytes()


async def _done(work: Callable[..., None], *args: Any) -> None:
    try:
        await asyncio.to_thread(work, *args)
    except NotWritten as error:
        raise ApiProblem(HTTPStatus(error.status), error.detail) from None
