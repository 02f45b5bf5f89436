"""The call log: calls with their attempts, one call with its facts, and why it went there."""

import base64
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import AwareDatetime

from callrouter.commands.call_json import call_json, dumped, facts_json
from callrouter.commands.why import why_json
from callrouter.commands.why_words import sentence
from callrouter.console.access import Reader
from callrouter.console.problems import ApiProblem
from callrouter.db.engine import snapshot
from callrouter.db.queries import (
    CallNotFound,
    SeveralCalls,
    StoredCall,
    Wanted,
    call_by_prefix,
    calls_since,
)
from callrouter.facts import Disposition
from callrouter.routing.model import normalize_number

router = APIRouter(tags=["calls"])

MOST_CALLS = 500

Text = Annotated[str | None, Query(max_length=200)]


@router.get("/calls")
async def list_calls(
    request: Request,
    _: Reader,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    status: Annotated[list[Disposition], Query()] = [],  # noqa: B006 - never changed
    number: Text = None,
    caller: Annotated[str | None, Query(alias="from", max_length=200)] = None,
    agent: Text = None,
    agent_group: Text = None,
    limit: Annotated[int, Query(ge=1, le=MOST_CALLS)] = 50,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """`calls`: those in progress (on the first page), then those that ended, the newest first.

    `next` is the cursor of the next page, null on the last one. Ended calls arrived in
    `[since, until)`; of several `status` any will do.
    """
    wanted = Wanted(
        numbers=_ways(number),
        callers=_ways(caller),
        dispositions=tuple(status),
        agent=agent,
        agent_group=agent_group,
    )
    after = None if cursor is None else _read_cursor(cursor)
    async with snapshot(request.app.state.engine) as connection:
        found = await calls_since(
            connection, since, until, limit=limit + 1, wanted=wanted, after=after
        )
    live = [call for call in found if call.live]
    ended = [call for call in found if not call.live]
    more = len(ended) > limit
    shown = [*live, *ended[:limit]]
    next_ = _cursor(ended[limit - 1]) if more else None
    return _json({"calls": [_call(call) for call in shown], "next": next_})


@router.get("/calls/{call_id}")
async def show_call(request: Request, call_id: str, _: Reader) -> Response:
    """One call with its facts; the beginning of its id is enough."""
    call = await _asked_for(request, call_id)
    return _json(_call(call) | {"facts": facts_json(call.facts)})


@router.get("/calls/{call_id}/why")
async def why(request: Request, call_id: str, _: Reader) -> Response:
    """What was decided, by what, and for each agent why he was rung or skipped."""
    return _json(why_json(await _asked_for(request, call_id)))


def _call(call: StoredCall) -> dict[str, Any]:
    return call_json(call) | {"why": sentence(call.record)}


async def _asked_for(request: Request, call_id: str) -> StoredCall:
    try:
        async with snapshot(request.app.state.engine) as connection:
            return await call_by_prefix(connection, call_id)
    except CallNotFound:
        raise ApiProblem(HTTPStatus.NOT_FOUND, "There is no call with this id.") from None
    except SeveralCalls as several:
        detail = f"{len(several.ids)} calls or more begin so: give more of the id."
        raise ApiProblem(HTTPStatus.CONFLICT, detail) from None


def _ways(written: str | None) -> tuple[str, ...]:
    return () if written is None else tuple({written, normalize_number(written)})


def _cursor(call: StoredCall) -> str:
    written = f"{call.record.arrived_at.isoformat()}/{call.id}"
    return base64.urlsafe_b64encode(written.encode()).decode()


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    try:
        at, _, id_ = base64.urlsafe_b64decode(cursor.encode()).decode().partition("/")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError(cursor)
        return moment, UUID(id_)
    except ValueError:
        detail = "The cursor is not one that this API gave: begin without it."
        raise ApiProblem(HTTPStatus.UNPROCESSABLE_ENTITY, detail) from None


def _json(value: dict[str, Any]) -> Response:
    # Written by the commands' own code, so that both say the same; in ASCII, so that half a
    # surrogate pair or a control character of a caller's is no trouble.
    return Response(dumped(value), media_type="application/json")
