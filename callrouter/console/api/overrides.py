"""Overrides: closed, open anyway, or everything to somebody, until a time."""

import uuid
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from callrouter.console.access import OverridesEditor, Reader
from callrouter.console.problems import ApiProblem
from callrouter.db.engine import snapshot, transaction
from callrouter.db.overrides import (
    StoredOverride,
    end_overrides,
    live_overrides,
    set_override,
    stored_overrides,
)
from callrouter.routing.model import Override, OverrideKind, Prompt, Target, TargetKind
from callrouter.routing.overriding import LONGEST_MESSAGE, checked, in_words
from callrouter.routing.status import ChangeRefused

router = APIRouter(tags=["overrides"])

Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]
Remark = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
_REPEATS = uuid.UUID("3f0a4b52-8a38-4f3e-9f5e-0c9c6a4d6c11")


class TargetModel(BaseModel):
    """Who is rung: the name of a group, an agent or settings, or an outside number."""

    model_config = ConfigDict(extra="forbid")

    kind: TargetKind
    name: Name


class OverrideIn(BaseModel):
    """`settings` empty means all; without `from_at` it begins now, without `until_at` it stays."""

    model_config = ConfigDict(extra="forbid")

    kind: OverrideKind
    settings: Annotated[list[Name], Field(max_length=1000)] = []
    targets: Annotated[list[TargetModel], Field(max_length=20)] = []
    from_at: AwareDatetime | None = None
    until_at: AwareDatetime | None = None
    message: Annotated[str, Field(max_length=LONGEST_MESSAGE)] | None = None
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")] | None = None
    reason: Remark = ""


class OverrideOut(BaseModel):
    """`state` is `in_force`, `to_come` or `over`."""

    id: uuid.UUID
    state: str
    kind: OverrideKind
    settings: list[str]
    targets: list[TargetModel]
    from_at: datetime | None
    until_at: datetime | None
    message: str | None
    author: str
    reason: str
    set_at: datetime
    ended_at: datetime | None
    ended_by: str | None


class OverrideSet(BaseModel):
    """The override, and in plain words what it does to each of the settings."""

    override: OverrideOut
    says: list[str]


@router.get("/overrides")
async def list_overrides(request: Request, _: Reader) -> list[OverrideOut]:
    """Those in force and to come, then the newest that are over."""
    now = datetime.now(UTC)
    async with snapshot(request.app.state.engine) as connection:
        stored = await stored_overrides(connection, now)
    return [_override_out(each, now) for each in stored]


@router.post("/overrides", status_code=HTTPStatus.CREATED)
async def create_override(
    request: Request,
    wanted: OverrideIn,
    who: OverridesEditor,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> OverrideSet:
    """Set an override. With an `Idempotency-Key` a repeated request sets nothing twice."""
    table = await request.app.state.configuration.table(request.app.state.engine)
    now = datetime.now(UTC)
    id_ = (
        uuid.uuid5(_REPEATS, f"{who.token or who.user}/{idempotency_key}")
        if idempotency_key
        else uuid.uuid4()
    )
    try:
        override = checked(table, _override(str(id_), wanted, who.name), now)
    except ChangeRefused as refused:
        raise ApiProblem(HTTPStatus.UNPROCESSABLE_ENTITY, f"Not set: {refused}.") from None
    async with transaction(request.app.state.engine) as connection:
        await set_override(connection, override, now)
        stored = {each.override.id: each for each in await stored_overrides(connection, now)}
        live = await live_overrides(connection, now)
    kept = stored.get(override.id, StoredOverride(override, now))
    says = list(in_words(table, kept.override, live, now))
    return OverrideSet(override=_override_out(kept, now), says=says)


@router.delete("/overrides/{override_id}", status_code=HTTPStatus.NO_CONTENT)
async def end_override(request: Request, override_id: uuid.UUID, who: OverridesEditor) -> Response:
    """End an override at once; one that is over already stays as it is."""
    now = datetime.now(UTC)
    async with transaction(request.app.state.engine) as connection:
        ended = await end_overrides(connection, [str(override_id)], now, who.name)
        known = ended or any(
            each.override.id == str(override_id) for each in await stored_overrides(connection, now)
        )
    if not known:
        raise ApiProblem(HTTPStatus.NOT_FOUND, f"There is no override {override_id}.")
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _override(id_: str, wanted: OverrideIn, by: str) -> Override:
    message = None
    if wanted.message is not None:
        message = Prompt(text=wanted.message, language=wanted.language)
    return Override(
        id=id_,
        kind=wanted.kind,
        from_at=wanted.from_at,
        until_at=wanted.until_at,
        settings=tuple(wanted.settings),
        targets=tuple(Target(each.kind, each.name) for each in wanted.targets),
        message=message,
        author=by,
        reason=wanted.reason,
    )


def _override_out(stored: StoredOverride, now: datetime) -> OverrideOut:
    override = stored.override
    state = "over" if stored.over(now) else "in_force" if override.holds(now) else "to_come"
    return OverrideOut(
        id=uuid.UUID(override.id),
        state=state,
        kind=override.kind,
        settings=list(override.settings),
        targets=[TargetModel(kind=each.kind, name=each.name) for each in override.targets],
        from_at=override.from_at,
        until_at=override.until_at,
        message=override.message.text if override.message else None,
        author=override.author,
        reason=override.reason,
        set_at=stored.set_at,
        ended_at=stored.ended_at,
        ended_by=stored.ended_by,
    )
