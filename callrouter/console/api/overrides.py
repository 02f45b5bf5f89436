"""Overrides: closed, open anyway, or everything to somebody, until a time."""

import asyncio
import base64
import uuid
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.console.access import ConfigurationReader, OverridesEditor, Reader
from callrouter.console.api.override_shapes import (
    ConfiguredOverride,
    Name,
    OverrideChoices,
    OverrideIn,
    OverrideOut,
    OverridePage,
    OverrideSet,
    SettingsChoice,
    UntilChoice,
    configured_out,
    effect_out,
    override_out,
)
from callrouter.console.override_choices import (
    configured_overrides,
    settings_open,
    usual_ends,
    zone_of,
)
from callrouter.console.problems import ApiProblem
from callrouter.console.rights import Identity
from callrouter.db.audit import note_deed
from callrouter.db.engine import snapshot, transaction
from callrouter.db.overrides import (
    StoredOverride,
    end_overrides,
    live_overrides,
    override_of,
    overrides_over,
    set_override,
    stored_overrides,
)
from callrouter.routing.model import Override, RoutingTable
from callrouter.routing.override_effects import effects
from callrouter.routing.overriding import checked
from callrouter.routing.status import ChangeRefused

router = APIRouter(tags=["overrides"])

_REPEATS = uuid.UUID("3f0a4b52-8a38-4f3e-9f5e-0c9c6a4d6c11")


@router.get("/overrides")
async def list_overrides(request: Request, _: Reader) -> list[OverrideOut]:
    """Those in force and to come, then the newest that are over."""
    now = datetime.now(UTC)
    async with snapshot(request.app.state.engine) as connection:
        stored = await stored_overrides(connection, now)
    return [override_out(each, now) for each in stored]


@router.get("/overrides/over")
async def list_overrides_over(
    request: Request,
    _: Reader,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> OverridePage:
    """Those that are over, the newest set first."""
    now = datetime.now(UTC)
    after = None if cursor is None else _read_cursor(cursor)
    async with snapshot(request.app.state.engine) as connection:
        found = await overrides_over(connection, now, limit + 1, after)
    last = _cursor(found[limit - 1]) if len(found) > limit else None
    return OverridePage(overrides=[override_out(each, now) for each in found[:limit]], next=last)


@router.get("/overrides/configured")
async def list_configured_overrides(
    request: Request, _: ConfigurationReader
) -> list[ConfiguredOverride]:
    """Those that the configuration holds itself, in force or to come."""
    table = await request.app.state.configuration.table(request.app.state.engine)
    now = datetime.now(UTC)
    return [configured_out(each, now) for each in configured_overrides(table, now)]


@router.get("/overrides/choices")
async def choices(
    request: Request,
    _: ConfigurationReader,
    settings: Annotated[list[Name], Query(max_length=1000)] = [],  # noqa: B006 - never changed
) -> OverrideChoices:
    """What can be chosen, and the usual ends of an override for these settings (none: all)."""
    table: RoutingTable = await request.app.state.configuration.table(request.app.state.engine)
    now = datetime.now(UTC)
    async with snapshot(request.app.state.engine) as connection:
        live = await live_overrides(connection, now)
    return await asyncio.to_thread(_choices, table, settings, live, now)


@router.get("/overrides/{override_id}")
async def show_override(request: Request, override_id: uuid.UUID, _: Reader) -> OverrideOut:
    """One of them, also when it is long over."""
    now = datetime.now(UTC)
    async with snapshot(request.app.state.engine) as connection:
        return override_out(await _known(connection, override_id), now)


@router.post(
    "/overrides",
    status_code=HTTPStatus.CREATED,
    responses={200: {"model": OverrideSet, "description": "Nothing is set: a dry run."}},
)
async def create_override(
    request: Request,
    response: Response,
    wanted: OverrideIn,
    who: OverridesEditor,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
    dry_run: bool = False,
) -> OverrideSet:
    """Set an override. With an `Idempotency-Key` a repeated request sets nothing twice.

    With `dry_run` nothing is set: the answer (200) says what it would do.
    """
    table = await request.app.state.configuration.table(request.app.state.engine)
    now = datetime.now(UTC)
    id_ = str(
        uuid.uuid5(_REPEATS, f"{who.token or who.user}/{idempotency_key}")
        if idempotency_key
        else uuid.uuid4()
    )
    try:
        override = checked(table, wanted.override(id_, who.name), now)
    except ChangeRefused as refused:
        raise ApiProblem(HTTPStatus.UNPROCESSABLE_ENTITY, f"Not set: {refused}.") from None
    kept = StoredOverride(override, now)
    async with transaction(request.app.state.engine) as connection:
        if not dry_run:
            kept = await _stored(connection, kept, who, _address(request))
        live = await live_overrides(connection, now)
    if dry_run:
        response.status_code = HTTPStatus.OK
    does = await asyncio.to_thread(lambda: list(effects(table, kept.override, live, now)))
    return OverrideSet(
        override=override_out(kept, now),
        says=[str(each) for each in does],
        effects=[effect_out(each) for each in does],
    )


@router.delete("/overrides/{override_id}", status_code=HTTPStatus.NO_CONTENT)
async def end_override(request: Request, override_id: uuid.UUID, who: OverridesEditor) -> Response:
    """End an override at once; one that is over already stays as it is."""
    now = datetime.now(UTC)
    async with transaction(request.app.state.engine) as connection:
        known = await _known(connection, override_id)
        if await end_overrides(connection, [str(override_id)], now, who.name):
            details = _details(known.override)
            await note_deed(
                connection,
                who.name,
                "override.end",
                str(override_id),
                now,
                address=_address(request),
                details=details,
            )
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def _stored(
    connection: AsyncConnection, new: StoredOverride, who: Identity, address: str
) -> StoredOverride:
    """What is in the database now: where the request came before, that one."""
    override = new.override
    if not await set_override(connection, override, new.set_at):
        return await override_of(connection, uuid.UUID(override.id)) or new
    details = _details(override)
    await note_deed(
        connection,
        who.name,
        "override.set",
        override.id,
        new.set_at,
        address=address,
        details=details,
    )
    return new


async def _known(connection: AsyncConnection, id_: uuid.UUID) -> StoredOverride:
    found = await override_of(connection, id_)
    if found is None:
        raise ApiProblem(HTTPStatus.NOT_FOUND, f"There is no override {id_}.")
    return found


def _details(override: Override) -> dict[str, object]:
    return {
        "kind": str(override.kind),
        "settings": list(override.settings),
        "targets": [str(target) for target in override.targets],
        "until_at": override.until_at and override.until_at.isoformat(),
        "reason": override.reason,
    }


def _choices(
    table: RoutingTable, settings: list[str], live: tuple[Override, ...], now: datetime
) -> OverrideChoices:
    return OverrideChoices(
        now=now,
        timezone=zone_of(table, settings),
        language=table.language,
        until=[UntilChoice(name=name, at=at) for name, at in usual_ends(table, settings, now)],
        settings=[
            SettingsChoice(
                name=each.name,
                numbers=list(each.numbers),
                timezone=each.timezone,
                is_open=is_open,
            )
            for each, is_open in settings_open(table, live, now)
        ],
        agent_groups=list(table.agent_groups),
        outside=table.outside is not None,
    )


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _cursor(stored: StoredOverride) -> str:
    written = f"{stored.set_at.isoformat()}/{stored.override.id}"
    return base64.urlsafe_b64encode(written.encode()).decode()


def _read_cursor(cursor: str) -> tuple[datetime, uuid.UUID]:
    try:
        at, _, id_ = base64.urlsafe_b64decode(cursor).decode().partition("/")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError(at)
        return moment, uuid.UUID(id_)
    except ValueError:
        detail = "The cursor is not one that this API gave: begin without it."
        raise ApiProblem(HTTPStatus.UNPROCESSABLE_ENTITY, detail) from None
