"""The audit log as people read it: the newest first, filtered, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.db.models_people import AuditEntry


@dataclass(frozen=True, slots=True)
class Deed:
    """Who did what to whom; `action` is `thing.verb`, `address` an IP address, empty if unknown."""

    id: int
    at: datetime
    who: str
    action: str
    subject: str
    address: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class WantedDeeds:
    """Which deeds; None and empty mean all. `action` is a word, or the thing before its dot.

    `text` is looked for in who did it and to what, capitals or not.
    """

    since: datetime | None = None
    until: datetime | None = None
    who: str = ""
    action: str = ""
    text: str = ""


async def deeds(
    connection: AsyncConnection, wanted: WantedDeeds, *, limit: int, before: int | None = None
) -> Sequence[Deed]:
    """The newest `limit` that are wanted, of those that are older than the deed `before`."""
    columns = (getattr(AuditEntry, name) for name in Deed.__dataclass_fields__)
    found = select(*columns).where(*_conditions(wanted)).order_by(AuditEntry.id.desc()).limit(limit)
    if before is not None:
        found = found.where(AuditEntry.id < before)
    return [Deed(*row) for row in await connection.execute(found)]


async def actions_noted(connection: AsyncConnection) -> list[str]:
    """The kinds of deeds there are."""
    found = await connection.scalars(select(AuditEntry.action).distinct())
    return sorted(found)


def _conditions(wanted: WantedDeeds) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        conditions.append(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(AuditEntry.at < wanted.until)
    if wanted.who:
        conditions.append(func.lower(AuditEntry.who) == wanted.who.lower())
    if wanted.action:
        conditions.append(
            (AuditEntry.action == wanted.action)
            | AuditEntry.action.startswith(wanted.action + ".", autoescape=True)
        )
    if wanted.text:
        conditions.append(
            AuditEntry.subject.icontains(wanted.text, autoescape=True)
            | AuditEntry.who.icontains(wanted.text, autoescape=True)
        )
    return conditions
