"""Facts as rows, and the statement that writes them. Idempotent in any order.

Law: what a caller sent is made storable here, visibly: NUL becomes ␀, half a surrogate pair �.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.call_record import Attempt, CallRecord, Course, course_of
from callrouter.db.models import Base, Call, CallAttempt, CallFact
from callrouter.facts import Fact, encode_fact

CALL_FIELDS = tuple(field.name for field in fields(CallRecord) if field.name != "attempts")
ATTEMPT_FIELDS = tuple(field.name for field in fields(Attempt))

Row = dict[str, Any]

_call_values = attrgetter(*CALL_FIELDS)
_attempt_values = attrgetter(*ATTEMPT_FIELDS)


@dataclass(slots=True)
class Rows:
    """What one call has new for the three tables; `calls` has one row or none.

    `fact_count` and `course` are what is stored when they have been written.
    """

    call_id: UUID
    fact_count: int
    course: Course
    calls: list[Row]
    attempts: list[Row]
    facts: list[Row]


def rows_of(call_id: UUID, facts: list[Fact], written: int, stored: Course | None) -> Rows:
    """The rows of a call of whose facts the first `written` are stored.

    `stored` is where these have brought the call, or None where its rows are to be written whole.
    Facts that cannot be stored as they are, are replaced in `facts`. Raises ValueError where the
    first fact is not the arrival, and msgspec's or Python's error for a fact that has no JSON.
    """
    new = [_fact_row(call_id, seq, facts) for seq in range(written, len(facts))]
    course = course_of(facts) if stored is None else stored.after(facts[written:])
    record = course.record
    rows = Rows(call_id, len(facts), course, [], [], new)
    # Most facts change neither the call's row nor an attempt's: those are not written again.
    if stored is None or _call_values(stored.record) != _call_values(record):
        rows.calls.append(_call_row(call_id, record, len(facts)))
    known = () if stored is None else stored.record.attempts
    for index, attempt in enumerate(record.attempts):
        if index >= len(known) or known[index] != attempt:
            rows.attempts.append(_attempt_row(call_id, attempt, len(facts)))
    return rows


def _fact_row(call_id: UUID, seq: int, facts: list[Fact]) -> Row:
    fact, body = storable(facts[seq])
    facts[seq] = fact
    kind = fact.__struct_config__.tag
    # It is JSON already: to parse it only to write it again would be waste.
    raw = msgspec.Raw(body.encode())
    return {"call_id": call_id, "seq": seq, "at": fact.at, "kind": kind, "body": raw}


def _call_row(call_id: UUID, record: CallRecord, fact_count: int) -> Row:
    row = dict(zip(CALL_FIELDS, _call_values(record), strict=True))
    row["id"] = call_id
    row["fact_count"] = fact_count
    row["waiting_seconds"] = record.waiting_seconds
    row["talking_seconds"] = record.talking_seconds
    if record.ended_at is None:
        # The record so far may know how the call will count; the log says it when it is over.
        row["disposition"] = None
    return row


def _attempt_row(call_id: UUID, attempt: Attempt, fact_count: int) -> Row:
    row = dict(zip(ATTEMPT_FIELDS, _attempt_values(attempt), strict=True))
    row["call_id"] = call_id
    row["fact_count"] = fact_count
    row["seconds"] = attempt.seconds
    return row


def storable(fact: Fact) -> tuple[Fact, str]:
    """The fact and its JSON, without the characters that PostgreSQL cannot store."""
    try:
        body = encode_fact(fact).decode()
        if "\\u0000" not in body:
            return fact, body
    except UnicodeEncodeError:
        pass  # half a surrogate pair
    clean = {name: _clean(getattr(fact, name)) for name in fact.__struct_fields__}
    fact = msgspec.structs.replace(fact, **clean)
    return fact, encode_fact(fact).decode()


def _clean(value: Any) -> Any:
    match value:
        case str() if type(value) is str:  # words of ours (StrEnum) are clean
            whole = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            return whole.replace("\0", "␀")
        case tuple():
            return tuple(_clean(item) for item in value)
        case _:
            return value


def _insert(table: Table, rows: Iterable[str], key: Sequence[str]) -> str:
    """Insert from the JSON in `$1`, or replace a row that was made from fewer facts."""
    columns = [column.name for column in table.columns if column.name in {*rows}]
    names = ", ".join(columns)
    changing = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in key)
    counted = f"UPDATE SET {changing} WHERE {table.name}.fact_count < excluded.fact_count"
    return (
        f"INSERT INTO {table.name} ({names}) SELECT {names} "  # noqa: S608
        f"FROM jsonb_populate_recordset(NULL::{table.name}, $1::jsonb->'{table.name}') "
        f"ON CONFLICT ({', '.join(key)}) DO {counted if 'fact_count' in columns else 'NOTHING'}"
    )


_CALLS, _ATTEMPTS, _FACTS = (
    Base.metadata.tables[model.__tablename__] for model in (Call, CallAttempt, CallFact)
)
_OF_A_CALL = ("id", "fact_count", "waiting_seconds", "talking_seconds", *CALL_FIELDS)
_OF_AN_ATTEMPT = ("call_id", "fact_count", "seconds", *ATTEMPT_FIELDS)
_OF_A_FACT = ("call_id", "seq", "at", "kind", "body")

WRITE_ROWS = (
    f"WITH c AS ({_insert(_CALLS, _OF_A_CALL, ['id'])}), "
    f"a AS ({_insert(_ATTEMPTS, _OF_AN_ATTEMPT, ['call_id', 'ordinal'])}) "
    f"{_insert(_FACTS, _OF_A_FACT, ['call_id', 'seq'])}"
)
"""Writes the rows in its one parameter, `as_json`. One statement: with one for each table, and the
transaction around them, the writing of records was a quarter of all that a call cost the router.
"""


def as_json(batch: Iterable[Rows]) -> str:
    """The rows of several different calls, for `WRITE_ROWS`.

    Calls go in the order of their ids, so that two routers never wait for each other's rows.
    """
    ordered = sorted(batch, key=lambda rows: rows.call_id)
    rows = {
        _CALLS.name: [row for rows in ordered for row in rows.calls],
        _ATTEMPTS.name: [row for rows in ordered for row in rows.attempts],
        _FACTS.name: [row for rows in ordered for row in rows.facts],
    }
    return msgspec.json.encode(rows).decode()


async def write_rows(connection: AsyncConnection, batch: Iterable[Rows]) -> None:
    """Write the rows of several different calls, in the caller's transaction."""
    await connection.exec_driver_sql(WRITE_ROWS, (as_json(batch),))
