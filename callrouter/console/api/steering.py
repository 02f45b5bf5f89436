"""End a call, or move it to somebody: asked of the router, which says what came of it."""

import uuid
from http import HTTPStatus
from typing import Annotated, Any, Literal, assert_never

from fastapi import APIRouter, Depends, Header, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from callrouter.call_requests import Answer, CallRequest, Result, What
from callrouter.console.access import needs
from callrouter.console.api.override_shapes import TargetModel
from callrouter.console.problems import ApiProblem
from callrouter.console.rights import Identity, Right
from callrouter.db.asking import asked
from callrouter.db.call_requests import RequestChanged, found
from callrouter.db.engine import snapshot
from callrouter.db.queries import CallNotFound, SeveralCalls, StoredCall, call_by_prefix
from callrouter.routing.model import Target
from callrouter.routing.sendable import checked_target
from callrouter.routing.status import ChangeRefused

router = APIRouter(tags=["calls"])

_REPEATS = uuid.UUID("5f8f2d1e-6f0b-4a55-9c43-2a7f0b7b9e21")

_OVER = Answer(Result.CALL_OVER, "The call is over.")

MOST_ASKING = 8
"""So many requests wait for the router at once; each has a connection that is told."""

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    409: {"description": "It is not done; `result` (`call_over`, `nobody`, `refused`) and why."},
    503: {"description": "Nothing is done: no router took it, or the database is away."},
    504: {"description": "A router has taken it and has not said yet what came of it."},
}

CallId = Annotated[str, Path(max_length=64)]
Key = Annotated[str | None, Header(max_length=200)]
Supervisor = Annotated[Identity, Depends(needs(Right.STEER_CALLS))]


class MoveIn(BaseModel):
    """Where the call is to go."""

    model_config = ConfigDict(extra="forbid")

    target: TargetModel


class Steered(BaseModel):
    """It was done; `says` is what was, in words."""

    result: Literal["done"] = "done"
    call: uuid.UUID
    says: Annotated[str, Field(examples=["The call was moved: Carla Rossi is being rung."])]


@router.post("/calls/{call_id}/end", responses=_PROBLEMS)
async def end_call(
    request: Request, call_id: CallId, who: Supervisor, idempotency_key: Key = None
) -> Steered:
    """End a call, whatever step it is in. With an `Idempotency-Key` a repeated request has the
    answer of the first.

    409 where it is over already, 503 where no router has taken the request: then nothing is done.
    """
    return await _ask(request, call_id, None, who, idempotency_key)


@router.post("/calls/{call_id}/move", responses=_PROBLEMS)
async def move_call(
    request: Request, call_id: CallId, wanted: MoveIn, who: Supervisor, idempotency_key: Key = None
) -> Steered:
    """Move a call to an agent, a group, settings or an allowed outside number, whatever step it is
    in; it stays where it is (409) where nobody there can be rung.
    """
    table = await request.app.state.configuration.table(request.app.state.engine)
    try:
        target = checked_target(table, Target(wanted.target.kind, wanted.target.name))
    except ChangeRefused as refused:
        raise ApiProblem(HTTPStatus.UNPROCESSABLE_ENTITY, f"Not moved: {refused}.") from None
    return await _ask(request, call_id, target, who, idempotency_key)


async def _known(request: Request, call_id: str) -> StoredCall:
    try:
        async with snapshot(request.app.state.engine) as connection:
            return await call_by_prefix(connection, call_id)
    except CallNotFound:
        raise ApiProblem(HTTPStatus.NOT_FOUND, "There is no call with this id.") from None
    except SeveralCalls as several:
        detail = f"{len(several.ids)} calls or more begin so: give more of the id."
        raise ApiProblem(HTTPStatus.CONFLICT, detail) from None


async def _ask(
    request: Request, call_id: str, target: Target | None, who: Identity, key: str | None
) -> Steered:
    call, state = await _known(request, call_id), request.app.state
    id_ = uuid.uuid5(_REPEATS, f"{who.token or who.user}/{key}") if key else uuid.uuid4()
    what = What.END if target is None else What.MOVE
    wanted = CallRequest(id_, call.id, what, who.name, target)
    address = request.client.host if request.client else ""
    try:
        if call.live:
            async with state.asking:
                answer = await asked(state.engine, state.database_url, wanted, address=address)
        else:  # a repeated request has its answer all the same
            async with snapshot(state.engine) as connection:
                before = await found(connection, wanted)
            answer = before.answer if before and before.answer else _OVER
    except RequestChanged:
        detail = "This Idempotency-Key was used for another request: use a new one."
        raise ApiProblem(HTTPStatus.UNPROCESSABLE_ENTITY, detail) from None
    return _said(call.id, answer)


def _said(call_id: uuid.UUID, answer: Answer | None) -> Steered:
    if answer is None:
        detail = "The router has taken the request and not said yet what came of it: see the call."
        raise ApiProblem(HTTPStatus.GATEWAY_TIMEOUT, detail)
    match answer.result:
        case Result.DONE:
            return Steered(call=call_id, says=answer.detail)
        case Result.NOT_TAKEN:
            status, headers = HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": "2"}
            raise ApiProblem(status, answer.detail, headers=headers, result=answer.result)
        case Result.CALL_OVER | Result.NOBODY | Result.REFUSED:
            raise ApiProblem(HTTPStatus.CONFLICT, answer.detail, result=answer.result)
        case _:
            assert_never(answer.result)
