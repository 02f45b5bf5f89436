"""Ask the router to do something with a call, and wait for what it says: told, not polled."""

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from callrouter.call_requests import Answer, CallRequest
from callrouter.db.audit import note_deed
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
    *,
    address: str = "",
    within: float | None = None,
) -> Answer | None:
    """What came of the request; None where a router has taken it and says nothing so far.

    A request that was made before is not made again, its answer is. It is written down in the
    audit log, with the `address` that it came from. Raises RequestChanged and DatabaseUnavailable.
    """
    async with transaction(engine) as connection:
        if await ask(connection, request):
            await _note(connection, request, address)
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


async def _note(connection: AsyncConnection, request: CallRequest, address: str) -> None:
    await note_deed(
        connection,
        request.by,
        f"call.{request.what}",
        str(request.call_id),
        datetime.now(UTC),
        address=address,
        details={"target": str(request.target)} if request.target else None,
    )


async def _standing(engine: AsyncEngine, request: CallRequest) -> Standing:
    async with snapshot(engine) as connection:
        return await standing(connection, request.id)
