"""Calls that an earlier router left without an end: found at start, ended as interrupted."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.db.models import Call, CallAttempt
from callrouter.db.queries import facts_of, live_call_ids
from callrouter.facts import Disposition, Ended, Fact, Interrupted, Outcome, decode_fact

REASON = "the router died during the call"


async def live_calls(
    connection: AsyncConnection, except_for: Collection[UUID]
) -> dict[UUID, list[Fact] | None]:
    """The calls that have no end, with their facts; None where these are missing or unreadable."""
    ids = [call_id for call_id in await live_call_ids(connection) if call_id not in except_for]
    if not ids:
        return {}
    return {
        call_id: _facts(encoded) for call_id, encoded in (await facts_of(connection, ids)).items()
    }


def interrupted(last_known: datetime, now: datetime) -> tuple[Fact, ...]:
    """The facts that end such a call, to be appended to its own."""
    reason = f"{REASON}; its last known fact is of {last_known.isoformat()}"
    return Interrupted(at=now, reason=reason), Ended(at=now)


async def interrupt_without_facts(
    connection: AsyncConnection, call_id: UUID, now: datetime
) -> None:
    """End a call of which only the row is left."""
    await connection.execute(
        update(Call)
        .where(Call.id == call_id, Call.ended_at.is_(None))
        .values(
            disposition=Disposition.INTERRUPTED, ended_at=now, error=f"{REASON}; its facts are lost"
        )
    )
    await connection.execute(
        update(CallAttempt)
        .where(
            CallAttempt.call_id == call_id,
            CallAttempt.outcome == Outcome.ANSWERED,
            CallAttempt.talk_ended_at.is_(None),
        )
        .values(talk_ended_at=now)
    )


def _facts(encoded: list[str]) -> list[Fact] | None:
    try:
        return [decode_fact(body) for body in encoded] or None
    except msgspec.ValidationError:
        return None
