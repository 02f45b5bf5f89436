"""Where a call would go, by the code that routes calls."""

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from callrouter.commands.live_world import live
from callrouter.config.closings import with_closings_asked
from callrouter.console.access import ConfigurationReader, Reader
from callrouter.console.api.bodies import json_body
from callrouter.console.api.configuration import REFUSED, answered, bench_of, stored_of
from callrouter.console.bench.asked import SimulateIn
from callrouter.console.bench.pretending import LONGEST_CALL, KnownWorld
from callrouter.console.moments import WrittenMoment
from callrouter.console.problems import ApiProblem
from callrouter.console.workbench import Asking
from callrouter.db.blocked_callers import live_blocked
from callrouter.db.engine import snapshot
from callrouter.db.overrides import live_overrides
from callrouter.routing.decide import IncomingCall, decide
from callrouter.routing.explain import explain

router = APIRouter(tags=["simulate"])

_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@router.get("/simulate")
async def simulate(
    request: Request,
    _: Reader,
    to: Annotated[str, Query(max_length=200)],
    caller: Annotated[str, Query(alias="from", max_length=200)] = "",
    at: Annotated[WrittenMoment | None, Query(ge=_FIRST, lt=_LAST)] = None,
) -> dict[str, Any]:
    """As `callrouter simulate --live --json`: the decision and its reasons, at `at` or now.

    With the overrides that are set, who is logged out or paused, and what agents did today;
    phones count as free.
    """
    engine = request.app.state.engine
    now = datetime.now(UTC)
    table = await request.app.state.configuration.table(engine)
    table, world = await live(engine, table, now)
    moment = at or now
    table = with_closings_asked(table, moment, LONGEST_CALL)
    call = IncomingCall(to, caller_number=caller)
    return explain(table, call, moment, decide(table, call, moment), world)


@router.post("/simulate", responses=REFUSED, openapi_extra=json_body(SimulateIn))
async def simulate_draft(request: Request, _: ConfigurationReader) -> Response:
    """The same by a draft, or with agents who are pretended to be busy, paused and so on.

    An agent is named by id, extension or name. What is not pretended is as it is now.
    """
    body = await request.body()
    engine = request.app.state.engine
    now = datetime.now(UTC)
    stored = await stored_of(request).current(engine)
    async with snapshot(engine) as connection:
        overrides = await live_overrides(connection, now)
    args = await _world(request, now)
    asking = Asking(stored.now, overrides, args, now)
    return answered(await bench_of(request).ask("simulate", body, asking))


async def _world(request: Request, now: datetime) -> dict[str, Any]:
    """What the database knows of the agents, for the workbench; nothing where none are stored."""
    engine = request.app.state.engine
    try:
        table = await request.app.state.configuration.table(engine)
    except ApiProblem:
        return {}
    world = (await live(engine, table, now))[1]
    async with snapshot(engine) as connection:
        blocked = await live_blocked(connection, now)
    known = KnownWorld(
        dict(world.situations), dict(world.histories), dict(world.last_first), blocked
    )
    plain: dict[str, Any] = msgspec.to_builtins(known)
    return plain
