"""The named questions that are asked of the database. Answers are plain values, never ORM rows.

Ask several questions in one `engine.snapshot`, so that the answers are of the same moment.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Row,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    cast,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.call_record import Attempt, CallRecord
from callrouter.db.models import INDEXED_CHARACTERS, Call, CallAttempt, CallFact
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which calls are asked for; what is empty does not matter.

    `numbers` and `callers` are all the ways in which a number may be written; `agent` is the id or
    the extension of the one who answered; `live` asks for calls in progress too where there are
    `dispositions`, which only ended calls have.
    """

    numbers: tuple[str, ...] = ()
    callers: tuple[str, ...] = ()
    dispositions: tuple[Disposition, ...] = ()
    live: bool = False
    agent: str | None = None
    agent_group: str | None = None


EVERY_CALL = Wanted()


async def calls_since(
    connection: AsyncConnection,
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    limit: int | None = None,
    wanted: Wanted = EVERY_CALL,
    after: tuple[datetime, UUID] | None = None,
) -> list[StoredCall]:
    """The calls in progress that arrived before `until`, then those that ended, newest first.

    Ended calls arrived in `[since, until)`; at most the `limit` newest of them. With `after`, the
    arrival and id of an ended call that was seen last, only those that come after it.
    """
    live = _newest_first(and_(Call.ended_at.is_(None), *_conditions(wanted)))
    ended = _newest_first(and_(Call.ended_at.is_not(None), *_conditions(wanted))).limit(limit)
    if wanted.dispositions:
        ended = ended.where(Call.disposition.in_(wanted.dispositions))
    if wanted.dispositions and not wanted.live:
        live = live.where(false())
    if wanted.live and not wanted.dispositions:
        ended = ended.where(false())
    if since is not None:
        ended = ended.where(Call.arrived_at >= since)
    if until is not None:
        live, ended = live.where(Call.arrived_at < until), ended.where(Call.arrived_at < until)
    if after is not None:
        at, id_ = after
        live = live.where(false())
        ended = ended.where(
            Call.arrived_at <= at,
            or_(Call.arrived_at < at, and_(Call.arrived_at == at, Call.id > id_)),
        )
    rows = [*await connection.execute(live), *await connection.execute(ended)]
    attempts = await _attempts_of(connection, [row.id for row in rows])
    return [_stored_call(row, attempts.get(row.id, ())) for row in rows]


async def call_by_prefix(connection: AsyncConnection, prefix: str) -> StoredCall:
    """The call with this id or beginning of an id, with its facts.

    Raises CallNotFound or SeveralCalls.
    """
    lowest, highest = _ids_beginning(prefix)
    found = select(Call.id).where(Call.id.between(lowest, highest)).order_by(Call.arrived_at.desc())
    ids = list(await connection.scalars(found.limit(SOME)))
    if not ids:
        raise CallNotFound(prefix)
    if len(ids) > 1:
        raise SeveralCalls(ids)
    row = (await connection.execute(_newest_first(Call.id == ids[0]))).one()
    attempts = await _attempts_of(connection, ids)
    facts = await facts_of(connection, ids)
    return _stored_call(row, attempts.get(row.id, ()), tuple(map(decode_fact, facts[row.id])))


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
        .where(CallFact.call_id == _any_of(ids))
        .order_by(CallFact.call_id, CallFact.seq)
    )
    facts: dict[UUID, list[str]] = {call_id: [] for call_id in ids}
    for call_id, body in rows:
        facts[call_id].append(body)
    return facts


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    for column, numbers in (
        (Call.number, wanted.numbers),
        (Call.caller_number, wanted.callers),
    ):
        if numbers:
            beginning = func.left(column, literal_column(str(INDEXED_CHARACTERS)))
            yield beginning.in_([number[:INDEXED_CHARACTERS] for number in numbers])
            yield column.in_(numbers)
    if wanted.agent is not None:
        yield or_(Call.agent == wanted.agent, Call.agent_extension == wanted.agent)
    if wanted.agent_group is not None:
        yield Call.agent_group == wanted.agent_group


def _newest_first(condition: ColumnElement[bool]) -> Select[Any]:
    return (
        select(*Call.__table__.columns).where(condition).order_by(Call.arrived_at.desc(), Call.id)
    )


async def _attempts_of(
    connection: AsyncConnection, ids: Sequence[UUID]
) -> dict[UUID, tuple[Attempt, ...]]:
    if not ids:
        return {}
    rows = await connection.execute(
        select(*CallAttempt.__table__.columns)
        .where(CallAttempt.call_id == _any_of(ids))
        .order_by(CallAttempt.call_id, CallAttempt.ordinal)
    )
    attempts: dict[UUID, tuple[Attempt, ...]] = {}
    for row in rows:
        values = {name: getattr(row, name) for name in ATTEMPT_FIELDS}
        values["outcome"] = None if row.outcome is None else Outcome(row.outcome)
        attempts[row.call_id] = (*attempts.get(row.call_id, ()), Attempt(**values))
    return attempts


def _any_of(ids: Sequence[UUID]) -> Any:
    # One array, not one parameter an id: those are limited to 32767.
    return any_(literal(list(ids), ARRAY(Uuid())))


def _stored_call(
    row: Row[Any], attempts: tuple[Attempt, ...], facts: tuple[Fact, ...] = ()
) -> StoredCall:
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
