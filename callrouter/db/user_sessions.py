"""The sessions of one person: listed for him, and ended all at once."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.db.models_people import UserSession
from callrouter.db.users import SESSION_ENDS, SESSION_LASTS, hash_of


@dataclass(frozen=True, slots=True)
class ListedSession:
    """A browser that is signed in; `browser` is what it calls itself."""

    id: uuid.UUID
    created_at: datetime
    seen_at: datetime
    address: str
    browser: str


async def sessions_of(
    connection: AsyncConnection, user_id: uuid.UUID, now: datetime
) -> list[ListedSession]:
    """Those that are not over, the one used last first."""
    columns = (getattr(UserSession, name) for name in ListedSession.__dataclass_fields__)
    found = (
        select(*columns)
        .where(
            UserSession.user_id == user_id,
            UserSession.seen_at > now - SESSION_LASTS,
            UserSession.created_at > now - SESSION_ENDS,
        )
        .order_by(UserSession.seen_at.desc(), UserSession.id)
    )
    return [ListedSession(*row) for row in await connection.execute(found)]


async def end_sessions(
    connection: AsyncConnection, user_id: uuid.UUID, *, but: uuid.UUID | None = None
) -> int:
    """Sign somebody out everywhere, `but` in one session; says how many that were."""
    wanted = delete(UserSession).where(UserSession.user_id == user_id)
    if but is not None:
        wanted = wanted.where(UserSession.id != but)
    return int((await connection.execute(wanted)).rowcount)


async def end_one_of(
    connection: AsyncConnection, user_id: uuid.UUID, session_id: uuid.UUID
) -> bool:
    """End a session of his own; False where he has none with this id."""
    wanted = delete(UserSession).where(UserSession.user_id == user_id, UserSession.id == session_id)
    return (await connection.execute(wanted)).rowcount > 0


async def end_session_with(connection: AsyncConnection, secret: str) -> None:
    """End the session with this secret, if there is one."""
    await connection.execute(delete(UserSession).where(UserSession.secret_hash == hash_of(secret)))
