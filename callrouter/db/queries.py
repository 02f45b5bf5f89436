"""The named questions that are asked of the database. Answers are plain values, never ORM rows.

Ask several questions in one `engine.snapshot`, so that the answers are of the same moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Row,
    Select,
    Text,
    Uuid,
    any_,
    cast,
    literal,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.call_record import Attempt, CallRecord
from callrouter.db.models import Call, CallAttempt, CallFact
from callrouter.db.rows import ATTEMPT_FIELDS, CALL_FIELDS
from callrouter.facts import Disposition, Fact, Message, Outcome, Party, Stage, decode_fact

HEX_DIGITS = 32
SOME = 10
"""How many calls are named when the beginning of an id fits several."""


@dataclass(frozen=True, slots=True)
class StoredCall:
    """A call as the database has it; `facts` only where they were asked for."""

    id: UUID
    record: CallRecord
    facts: tuple[Fact, ...] = ()

    @property
    def live(self) -> bool:
        return self.record.ended_at is None


class CallNotFound(Exception):
    """No call's id begins like this; or it is no beginning of an id."""


class SeveralCalls(Exception):
    """The ids of several calls begin like this: `ids`, at most ten of them."""

    def __init__(self, ids: Sequence[UUID]) -> None:
        super().__init__(f"{len(ids)} calls")
        self.ids = tuple(ids)


async def call_by_prefix(
    connection: AsyncConnection, prefix: str, only_agent: str | None = None
) -> StoredCall:
    """The call with this id or beginning of an id, with its facts.

    With `only_agent`, among the calls that he answered. Raises CallNotFound or SeveralCalls.
    """
    lowest, highest = _ids_beginning(prefix)
    found = select(Call.id).where(Call.id.between(lowest, highest)).order_by(Call.arrived_at.desc())
    if only_agent is not None:
        found = found.where(Call.agent == only_agent)
    ids = list(await connection.scalars(found.limit(SOME)))
    if not ids:
        raise CallNotFound(prefix)
    if len(ids) > 1:
        raise SeveralCalls(ids)
    row = (await connection.execute(_newest_first(Call.id == ids[0]))).one()
    attempts = await attempts_of(connection, ids)
    facts = await facts_of(connection, ids)
    return stored_call(row, attempts.get(row.id, ()), tuple(map(decode_fact, facts[row.id])))


async def newest_call(connection: AsyncConnection) -> StoredCall:
    """The call that arrived last, with its facts; raises CallNotFound where there is none."""
    newest = select(Call.id).order_by(Call.arrived_at.desc(), Call.id).limit(1)
    found = await connection.scalar(newest)
    if found is None:
        raise CallNotFound
    return await call_by_prefix(connection, found.hex)


async def live_call_ids(connection: AsyncConnection) -> list[UUID]:
    """The calls that have no end, oldest first."""
    return list(
        await connection.scalars(
            select(Call.id).where(Call.ended_at.is_(None)).order_by(Call.arrived_at)
        )
    )


async def facts_of(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """Each call's facts in order, as `encode_fact` wrote them."""
    rows = await connection.execute(
        select(CallFact.call_id, cast(CallFact.body, Text()))
        .where(CallFact.call_id == any_of(ids))
        .order_by(CallFact.call_id, CallFact.seq)
    )
    facts: dict[UUID, list[str]] = {call_id: [] for call_id in ids}
    for call_id, body in rows:
        facts[call_id].append(body)
    return facts


def _newest_first(condition: ColumnElement[bool]) -> Select[Any]:
    return (
        select(*Call.__table__.columns).where(condition).order_by(Call.arrived_at.desc(), Call.id)
    )


async def attempts_of(
    connection: AsyncConnection, ids: Sequence[UUID]
) -> dict[UUID, tuple[Attempt, ...]]:
    """The attempts of these calls, in their order; a call without any is missing."""
    if not ids:
        return {}
    rows = await connection.execute(
        select(*CallAttempt.__table__.columns)
        .where(CallAttempt.call_id == any_of(ids))
        .order_by(CallAttempt.call_id, CallAttempt.ordinal)
    )
    attempts: dict[UUID, tuple[Attempt, ...]] = {}
    for row in rows:
        values = {name: getattr(row, name) for name in ATTEMPT_FIELDS}
        values["outcome"] = None if row.outcome is None else Outcome(row.outcome)
        attempts[row.call_id] = (*attempts.get(row.call_id, ()), Attempt(**values))
    return attempts


def any_of(ids: Sequence[UUID]) -> Any:
    # One array, not one parameter an id: those are limited to 32767.
    return any_(literal(list(ids), ARRAY(Uuid())))


def stored_call(
    row: Row[Any], attempts: tuple[Attempt, ...], facts: tuple[Fact, ...] = ()
) -> StoredCall:
    """The call of a row with every column of `calls`."""
    values = {name: getattr(row, name) for name in CALL_FIELDS}
    for name, words in _WORDS.items():
        values[name] = None if values[name] is None else words(values[name])
    values["trace"] = tuple(row.trace)
    return StoredCall(row.id, CallRecord(**values, attempts=attempts), facts)


_WORDS = {
    "disposition": Disposition,
    "hung_up_by": Party,
    "left_during": Stage,
    "message": Message,
}


def _ids_beginning(prefix: str) -> tuple[UUID, UUID]:
    """The lowest and the highest id that begin so; dashes and capitals do not matter."""
    digits = prefix.strip().replace("-", "").lower()
    if not digits or len(digits) > HEX_DIGITS or set(digits) - set("0123456789abcdef"):
        raise CallNotFound(prefix)
    return UUID(digits.ljust(HEX_DIGITS, "0")), UUID(digits.ljust(HEX_DIGITS, "f"))
