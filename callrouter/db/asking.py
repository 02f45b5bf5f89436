"""Ask the router to do something with a call, and wait for what it says: told, not polled."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from callrouter.call_requests import Answer, CallRequest
from callrouter.db.call_requests import TABLE, Standing, ask, standing, withdraw
from callrouter.db.changes import RESYNC, changes
from callrouter.db.engine import snapshot, transaction

WAIT_SECONDS = 5.0
"""So long the router has to say what came of it: it says so as soon as somebody is being rung."""

NOT_TAKEN = (
    "No router took the request, so nothing was done: is `callrouter run` up, and is the call its?"
)


async def asked(
    engine: AsyncEngine,
    database_url: str,
    request: CallRequest,
    note: Callable[[AsyncConnection], Awaitable[None]],
    *,
    within: float | None = None,
) -> Answer | None:
    """What came of the request; None where a router has taken it and says nothing so far.

    A request that was made before is not made again, its answer is. `note` writes the deed down
    in the same transaction. Raises RequestChanged and DatabaseUnavailable.
    """
    async with transaction(engine) as connection:
        if await ask(connection, request):
            await note(connection)
    try:
        async with (
            asyncio.timeout(WAIT_SECONDS if within is None else within),
            aclosing(changes(database_url)) as heard,
        ):
            async for name in heard:
                if name in (RESYNC, TABLE):
                    now = await _standing(engine, request)
                    if now.answer is not None:
                        return now.answer
    except TimeoutError:
        pass
    async with transaction(engine) as connection:
        return (await withdraw(connection, request.id, NOT_TAKEN)).answer


async def _standing(engine: AsyncEngine, request: CallRequest) -> Standing:
    async with snapshot(engine) as connection:
        return await standing(connection, request.id)
