"""Where a call would go, by the code that routes calls."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime

from callrouter.commands.live_world import live
from callrouter.config.closings import with_closings
from callrouter.console.access import Reader
from callrouter.routing.decide import IncomingCall, decide
from callrouter.routing.explain import explain

router = APIRouter(tags=["simulate"])

_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_LONGEST_CALL = timedelta(hours=1)


@router.get("/simulate")
async def simulate(
    request: Request,
    _: Reader,
    to: Annotated[str, Query(max_length=200)],
    caller: Annotated[str, Query(alias="from", max_length=200)] = "",
    at: Annotated[AwareDatetime | None, Query(ge=_FIRST, lt=_LAST)] = None,
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
    table = with_closings(table, moment, _LONGEST_CALL).table
    call = IncomingCall(to, caller_number=caller)
    return explain(table, call, moment, decide(table, call, moment), world)
