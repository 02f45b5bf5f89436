"""Blocked callers: who is not let in, and what they get; blocked and let in again at once."""

import uuid
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.console.access import ConfigurationReader, OverridesEditor
from callrouter.console.api.override_shapes import Remark
from callrouter.console.masking import masked_number
from callrouter.console.moments import WrittenMoment
from callrouter.console.problems import ApiProblem
from callrouter.console.rights import Identity, Right
from callrouter.db.audit import note_deed
from callrouter.db.blocked_callers import (
    StoredBlockedCaller,
    block,
    blocked_of,
    stored_blocked,
    unblock,
)
from callrouter.db.engine import snapshot, transaction
from callrouter.routing.admission import BlockedCaller, Refuse, checked, sorted_blocked
from callrouter.routing.model import RoutingTable
from callrouter.routing.numbers import ANONYMOUS
from callrouter.routing.status import ChangeRefused

router = APIRouter(tags=["blocked callers"])

_REPEATS = uuid.UUID("8a0e4a0b-7a1c-4f36-8a55-0c1f5b7c2e90")

What = Literal["rejected", "busy", "congestion", "message"]


class BlockedCallerIn(BaseModel):
    """`number` is a caller's number, the beginning of numbers and `*`, or `anonymous`.

    Without `until_at` he stays blocked until somebody lets him in again.
    """

    model_config = ConfigDict(extra="forbid")

    number: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]
    answer: What = "rejected"
    note: Remark = ""
    until_at: WrittenMoment | None = None


class BlockedCallerOut(BaseModel):
    """`id` is null for one that the configuration holds: it is changed there."""

    id: uuid.UUID | None
    state: Literal["blocked", "over"]
    number: str
    answer: What
    note: str
    author: str
    until_at: datetime | None
    set_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None


@router.get("/blocked-callers")
async def list_blocked_callers(
    request: Request, who: ConfigurationReader
) -> list[BlockedCallerOut]:
    """Those that were blocked while the router runs, those of the configuration, then the newest
    that are over."""
    now = datetime.now(UTC)
    table: RoutingTable = await request.app.state.configuration.table(request.app.state.engine)
    async with snapshot(request.app.state.engine) as connection:
        stored = await stored_blocked(connection, now)
    configured = [each for each in sorted_blocked(table.blocked) if each.holds(now)]
    return [
        *(_out(each, who, now) for each in stored if not each.over(now)),
        *(_out(StoredBlockedCaller(each, None), who, now) for each in configured),
        *(_out(each, who, now) for each in stored if each.over(now)),
    ]


@router.post("/blocked-callers", status_code=HTTPStatus.CREATED)
async def block_caller(
    request: Request,
    wanted: BlockedCallerIn,
    who: OverridesEditor,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> BlockedCallerOut:
    """Block a caller at once. With an `Idempotency-Key` a repeated request blocks nobody twice."""
    table: RoutingTable = await request.app.state.configuration.table(request.app.state.engine)
    now = datetime.now(UTC)
    id_ = (
        uuid.uuid5(_REPEATS, f"{who.token or who.user}/{idempotency_key}")
        if idempotency_key
        else uuid.uuid4()
    )
    given = BlockedCaller(
        wanted.number,
        Refuse(wanted.answer),
        " ".join(wanted.note.split()),
        wanted.until_at,
        who.name,
        str(id_),
        live=True,
    )
    try:
        blocked = checked(given, table.limits.blocked_message, now)
    except ChangeRefused as refused:
        raise ApiProblem(HTTPStatus.UNPROCESSABLE_ENTITY, f"Not blocked: {refused}.") from None
    kept = StoredBlockedCaller(blocked, now)
    async with transaction(request.app.state.engine) as connection:
        if await block(connection, blocked, now):
            await _note(connection, request, who, "caller.block", blocked, now)
        else:
            kept = await blocked_of(connection, id_) or kept
    return _out(kept, who, now)


@router.delete("/blocked-callers/{blocked_id}", status_code=HTTPStatus.NO_CONTENT)
async def unblock_caller(request: Request, blocked_id: uuid.UUID, who: OverridesEditor) -> Response:
    """Let in again at once; one that is over already stays as it is."""
    now = datetime.now(UTC)
    async with transaction(request.app.state.engine) as connection:
        known = await blocked_of(connection, blocked_id)
        if known is None:
            raise ApiProblem(HTTPStatus.NOT_FOUND, f"There is no blocked caller {blocked_id}.")
        if await unblock(connection, [str(blocked_id)], now, who.name):
            await _note(connection, request, who, "caller.unblock", known.blocked, now)
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def _note(
    connection: AsyncConnection,
    request: Request,
    who: Identity,
    deed: str,
    blocked: BlockedCaller,
    now: datetime,
) -> None:
    details = {
        "number": blocked.number,
        "answer": blocked.refuse.value,
        "until_at": blocked.until_at and blocked.until_at.isoformat(),
        "note": blocked.note,
    }
    address = request.client.host if request.client else ""
    await note_deed(connection, who.name, deed, blocked.id, now, address=address, details=details)


def _out(stored: StoredBlockedCaller, who: Identity, now: datetime) -> BlockedCallerOut:
    blocked = stored.blocked
    return BlockedCallerOut(
        id=uuid.UUID(blocked.id) if blocked.id else None,
        state="over" if stored.over(now) else "blocked",
        number=_shown(blocked.number, who),
        answer=blocked.refuse.value,
        note=blocked.note,
        author=blocked.author,
        until_at=blocked.until_at,
        set_at=stored.set_at,
        ended_at=stored.ended_at,
        ended_by=stored.ended_by,
    )


def _shown(number: str, who: Identity) -> str:
    """Beginnings of numbers are nobody's; a whole number is a caller's."""
    if who.may(Right.SEE_NUMBERS) or number == ANONYMOUS or number.endswith("*"):
        return number
    return masked_number(number)
