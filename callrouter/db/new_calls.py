"""Calls that somebody else has seen whole, written in one go: those that are not known yet."""

import logging
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.db.engine import DatabaseUnavailable, transaction
from callrouter.db.models import Call
from callrouter.db.queries import any_of
from callrouter.db.rows import rows_of, write_rows
from callrouter.facts import Fact

log = logging.getLogger(__name__)


async def store_new_calls(engine: AsyncEngine, calls: Mapping[UUID, Sequence[Fact]]) -> int:
    """Write these calls, each with all its facts, except for those there is a row of.

    Returns how many were new. A call that PostgreSQL refuses costs that call: the log has it.
    Raises DatabaseUnavailable; then none of them, or all, are written.
    """
    if not calls:
        return 0
    try:
        return await _store(engine, calls)
    except DatabaseUnavailable:
        raise
    except Exception as error:  # the border of one call
        if len(calls) == 1:
            ((call_id, facts),) = calls.items()
            log.error("call %s: not stored (%s: %s): %s", call_id, type(error), error, facts)
            return 0
    return sum([await store_new_calls(engine, {call_id: calls[call_id]}) for call_id in calls])


async def _store(engine: AsyncEngine, calls: Mapping[UUID, Sequence[Fact]]) -> int:
    async with transaction(engine) as connection:
        known = set(await connection.scalars(select(Call.id).where(Call.id == any_of(list(calls)))))
        new = [
            rows_of(call_id, list(facts), 0, None)
            for call_id, facts in calls.items()
            if call_id not in known
        ]
        await write_rows(connection, new)
    return len(new)
