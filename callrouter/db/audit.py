"""Who changed what, and who took data out: one row a deed, never changed afterwards.

Law: a deed and its row are of one transaction; an export is written down before its first byte.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.db.models_people import AuditEntry


async def note_deed(
    connection: AsyncConnection,
    who: str,
    action: str,
    subject: str,
    now: datetime,
    *,
    address: str = "",
    details: dict[str, Any] | None = None,
) -> None:
    """`action` is a word like `override.set`, `subject` what it was done to. No secrets."""
    await connection.execute(
        insert(AuditEntry).values(
            at=now, who=who, action=action, subject=subject, address=address, details=details or {}
        )
    )
