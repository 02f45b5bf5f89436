"""Secrets that stand for a right to sign in: links that are good once, and known browsers.

Only their hashes are stored.
"""

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.db.models_people import KnownBrowser, OneTimeLink
from callrouter.db.users import hash_of

BROWSER_IS_KNOWN = timedelta(days=180)
"""Since somebody last signed in with it."""

_MOST_BROWSERS = 20


@dataclass(frozen=True, slots=True)
class Link:
    """A link that is good: for this person's password, or, where None, for the first user."""

    id: uuid.UUID
    user_id: uuid.UUID | None
    expires_at: datetime


async def make_link(
    connection: AsyncConnection, user_id: uuid.UUID | None, now: datetime, lasts: timedelta
) -> str:
    """A new link's secret. A person's older links end; those for the set-up stay good."""
    ended = OneTimeLink.expires_at < now
    if user_id is not None:
        ended |= OneTimeLink.user_id == user_id
    await connection.execute(delete(OneTimeLink).where(ended))
    secret = secrets.token_urlsafe(24)
    await connection.execute(
        insert(OneTimeLink).values(
            id=uuid.uuid4(),
            user_id=user_id,
            secret_hash=hash_of(secret),
            created_at=now,
            expires_at=now + lasts,
        )
    )
    return secret


async def link_with(connection: AsyncConnection, secret: str, now: datetime) -> Link | None:
    """The link with this secret, if it is still good; locked, so that it is used once."""
    found = (
        select(OneTimeLink.id, OneTimeLink.user_id, OneTimeLink.expires_at)
        .where(OneTimeLink.secret_hash == hash_of(secret), OneTimeLink.expires_at > now)
        .with_for_update()
    )
    row = (await connection.execute(found)).one_or_none()
    return None if row is None else Link(*row)


async def end_links(connection: AsyncConnection, user_id: uuid.UUID | None) -> None:
    """All links of this person, or all for the set-up, are good no longer."""
    whose = OneTimeLink.user_id.is_(None) if user_id is None else OneTimeLink.user_id == user_id
    await connection.execute(delete(OneTimeLink).where(whose))


async def remember_browser(connection: AsyncConnection, user_id: uuid.UUID, now: datetime) -> str:
    """A secret for a browser that this person has just signed in with; he has twenty at most."""
    kept = (
        select(KnownBrowser.id)
        .where(KnownBrowser.user_id == user_id, KnownBrowser.seen_at > now - BROWSER_IS_KNOWN)
        .order_by(KnownBrowser.seen_at.desc())
        .limit(_MOST_BROWSERS - 1)
    )
    await connection.execute(
        delete(KnownBrowser).where(KnownBrowser.user_id == user_id, KnownBrowser.id.not_in(kept))
    )
    secret = secrets.token_urlsafe(32)
    await connection.execute(
        insert(KnownBrowser).values(
            id=uuid.uuid4(), user_id=user_id, secret_hash=hash_of(secret), seen_at=now
        )
    )
    return secret


async def browser_seen(connection: AsyncConnection, browser_id: uuid.UUID, now: datetime) -> None:
    """Somebody signed in with it again: it has no wrong passwords any more."""
    await connection.execute(
        update(KnownBrowser)
        .where(KnownBrowser.id == browser_id)
        .values(seen_at=now, failures=0, locked_until=None)
    )


async def forget_browsers(connection: AsyncConnection, user_id: uuid.UUID) -> None:
    """None of this person's browsers is known any more."""
    await connection.execute(delete(KnownBrowser).where(KnownBrowser.user_id == user_id))
