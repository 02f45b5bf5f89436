"""What the journals of killed routers have that PostgreSQL has not, with what it has."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.db.engine import snapshot
from callrouter.db.journal import LeftBehind
from callrouter.db.queries import facts_of
from callrouter.facts import Fact, decode_fact

log = logging.getLogger(__name__)

CALLS_A_QUESTION = 500


class Unwritten(NamedTuple):
    """A call with all its facts, of which the first `written` are in PostgreSQL, the rest not."""

    call: UUID
    facts: list[Fact]
    written: int


@asynccontextmanager
async def last_moments(engine: AsyncEngine, folder: Path) -> AsyncIterator[list[Unwritten]]:
    """The journals in `folder` are removed if the block is left in peace: then it is all written.

    Raises DatabaseUnavailable.
    """
    left = await asyncio.to_thread(LeftBehind, folder)
    try:
        ids = list(left.calls)
        found: list[Unwritten] = []
        for first in range(0, len(ids), CALLS_A_QUESTION):
            async with snapshot(engine) as connection:
                stored = await facts_of(connection, ids[first : first + CALLS_A_QUESTION])
            for call, bodies in stored.items():
                if rest := _rest(call, left.calls[call], len(bodies)):
                    found.append(Unwritten(call, [*map(decode_fact, bodies), *rest], len(bodies)))
        yield found
        await asyncio.to_thread(left.remove)
    finally:
        await asyncio.to_thread(left.close)


def _rest(call: UUID, noted: Mapping[int, Fact], stored: int) -> list[Fact]:
    """What comes after the stored ones, without a gap."""
    rest: list[Fact] = []
    while (fact := noted.get(stored + len(rest))) is not None:
        rest.append(fact)
    if stored + len(rest) <= max(noted):
        log.error("call %s: facts between %d and %d are lost", call, stored + len(rest), max(noted))
    return rest
