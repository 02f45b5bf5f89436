"""What people ask the router to do with a call: asked, taken once, answered.

The laws: a request is taken by one router, once, and only while it is fresh; whoever asks learns
what came of it. All its times are the database's: no two machines' clocks are ever compared.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Row, and_, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from callrouter.call_requests import Answer, CallRequest, Result, What
from callrouter.db.models import Base, one_of
from callrouter.routing.model import Target, TargetKind

TABLE = "call_requests"

EXPIRE_SECONDS = 10
"""A request that no router has taken by then is never done."""

KEPT_DAYS = 7
"""The audit log keeps who asked for what, the call's facts what was done."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a request stands; `answer` is None until it is known."""

    taken: bool
    answer: Answer | None


class RequestChanged(Exception):
    """Another request was made under this id."""


class StoredRequest(Base):
    """A row a request; a change is told on the channel `callrouter`, with the table's name."""

    __tablename__ = TABLE

    id: Mapped[UUID] = mapped_column(primary_key=True)
    call_id: Mapped[UUID]
    what: Mapped[str]
    target_kind: Mapped[str | None]
    target: Mapped[str | None]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    taken_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    detail: Mapped[str | None]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("what", What),
        one_of("target_kind", TargetKind),
        one_of("outcome", Result),
        CheckConstraint("(what = 'move') = (target IS NOT NULL)", name="target"),
        CheckConstraint("(target IS NULL) = (target_kind IS NULL)", name="target_whole"),
        Index("ix_call_requests_asked_at", text("asked_at DESC")),
    )


_OF = StoredRequest.__table__.c
_NOW = func.clock_timestamp()
_FRESH = _OF.asked_at > _NOW - text(f"interval '{EXPIRE_SECONDS} seconds'")
_OPEN = and_(_OF.taken_at.is_(None), _OF.outcome.is_(None))


async def ask(connection: AsyncConnection, request: CallRequest) -> bool:
    """Ask once: whether the request is new, or one anew that no router had taken.

    Raises RequestChanged where its id was used for something else. Old requests are forgotten.
    """
    same = _wanted(request)
    values = {"id": request.id, "asked_by": request.by, **same}
    anew = dict.fromkeys(("taken_at", "outcome", "detail", "ended_at"))
    not_done = or_(_OF.outcome == Result.NOT_TAKEN.value, and_(_OPEN, ~_FRESH))
    unchanged = [_OF[name].is_not_distinct_from(value) for name, value in same.items()]
    asked = await connection.scalar(
        insert(StoredRequest)
        .values(values)
        .on_conflict_do_update(
            index_elements=["id"],
            set_={"asked_at": _NOW, "asked_by": request.by, **anew},
            where=and_(not_done, *unchanged),
        )
        .returning(_OF.id)
    )
    if asked is None:
        await found(connection, request)
    old = _OF.asked_at < _NOW - text(f"interval '{KEPT_DAYS} days'")
    await connection.execute(delete(StoredRequest).where(old))
    return asked is not None


async def found(connection: AsyncConnection, request: CallRequest) -> Standing | None:
    """How it stands, if it was made before. Raises RequestChanged where another has its id."""
    row = (await connection.execute(select(*_OF).where(_OF.id == request.id))).one_or_none()
    if row is None:
        return None
    if any(getattr(row, name) != value for name, value in _wanted(request).items()):
        raise RequestChanged
    return _standing(row)


async def standing(connection: AsyncConnection, id_: UUID) -> Standing:
    """How the request stands now."""
    return _standing((await connection.execute(select(*_OF).where(_OF.id == id_))).one())


async def withdraw(connection: AsyncConnection, id_: UUID, detail: str) -> Standing:
    """From now on no router takes it, unless one has; how it stands then."""
    await connection.execute(
        update(StoredRequest)
        .where(_OF.id == id_, _OPEN)
        .values(outcome=Result.NOT_TAKEN.value, detail=detail, ended_at=_NOW)
    )
    return await standing(connection, id_)


async def take(connection: AsyncConnection, calls: Collection[UUID]) -> list[CallRequest]:
    """The fresh requests for these calls that no router has taken; from now on they are ours."""
    if not calls:
        return []
    rows = await connection.execute(
        update(StoredRequest)
        .where(_OPEN, _FRESH, _OF.call_id.in_(calls))
        .values(taken_at=_NOW)
        .returning(*_OF)
    )
    return [_request(row) for row in sorted(rows, key=lambda row: (row.asked_at, row.id))]


async def open_calls(connection: AsyncConnection) -> list[UUID]:
    """The calls for which there are fresh requests that no router has taken."""
    found = await connection.scalars(select(_OF.call_id).where(_OPEN, _FRESH).distinct())
    return list(found)


async def answer(connection: AsyncConnection, answers: Mapping[UUID, Answer]) -> None:
    """Tell what came of requests that were taken; what was said first stays."""
    for id_, each in answers.items():
        await connection.execute(
            update(StoredRequest)
            .where(_OF.id == id_, _OF.outcome.is_(None))
            .values(outcome=each.result.value, detail=each.detail, ended_at=_NOW)
        )


def _wanted(request: CallRequest) -> dict[str, Any]:
    target = request.target
    return {
        "call_id": request.call_id,
        "what": request.what.value,
        "target_kind": None if target is None else target.kind.value,
        "target": None if target is None else target.name,
    }


def _standing(row: Row[Any]) -> Standing:
    answer = None if row.outcome is None else Answer(Result(row.outcome), row.detail or "")
    return Standing(row.taken_at is not None, answer)


def _request(row: Row[Any]) -> CallRequest:
    target = None if row.target is None else Target(TargetKind(row.target_kind), row.target)
    return CallRequest(row.id, row.call_id, What(row.what), row.asked_by, target)
