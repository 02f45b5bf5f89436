"""People who sign in to the console, and their sessions. Secrets are stored as hashes only."""

import hashlib
import secrets
import unicodedata
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.db.models_people import User as UserRow
from callrouter.db.models_people import UserSession

SESSION_LASTS = timedelta(hours=12)
"""Without a request a session ends after so long."""

SESSION_ENDS = timedelta(days=7)
"""However much it is used, one signs in again after so long."""

_SEEN_EVERY = timedelta(minutes=1)
_LONGEST_BROWSER = 300


class Role(StrEnum):
    """What somebody is to the company; each has rights of its own (`console/rights.py`)."""

    SYSTEM_MANAGER = "system_manager"
    SUPERVISOR = "supervisor"
    AGENT = "agent"
    REVIEWER = "reviewer"
    VIEWER = "viewer"


@dataclass(frozen=True, slots=True)
class User:
    """A person, without secrets. `agent` is the agent he is, in the configuration.

    `language`, `theme` and `timezone` are None where he has not chosen.
    """

    id: uuid.UUID
    name: str
    full_name: str
    role: Role
    agent: str | None
    language: str | None
    theme: str | None
    timezone: str | None
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that signed in."""

    id: uuid.UUID
    user: User
    created_at: datetime
    seen_at: datetime


async def begin_session(
    connection: AsyncConnection, user_id: uuid.UUID, now: datetime, address: str, browser: str
) -> str:
    """A new session; returns its secret, for the cookie. Those that are over are forgotten."""
    over = (UserSession.seen_at < now - SESSION_LASTS) | (
        UserSession.created_at < now - SESSION_ENDS
    )
    await connection.execute(delete(UserSession).where(over))
    secret = secrets.token_urlsafe(32)
    await connection.execute(
        insert(UserSession).values(
            id=uuid.uuid4(),
            user_id=user_id,
            secret_hash=hash_of(secret),
            created_at=now,
            seen_at=now,
            address=address,
            browser=browser[:_LONGEST_BROWSER].replace("\x00", ""),
        )
    )
    return secret


async def session_of(connection: AsyncConnection, secret: str, now: datetime) -> Session | None:
    """The session with this secret, its user not disabled; None where it is over."""
    found = (
        select(UserSession.id, UserSession.created_at, UserSession.seen_at, *_USER)
        .join(UserRow, UserRow.id == UserSession.user_id)
        .where(
            UserSession.secret_hash == hash_of(secret),
            UserSession.seen_at > now - SESSION_LASTS,
            UserSession.created_at > now - SESSION_ENDS,
            UserRow.disabled_at.is_(None),
        )
    )
    row = (await connection.execute(found)).one_or_none()
    if row is None:
        return None
    return Session(row[0], _user(row[3:]), row[1], row[2])


async def session_seen(connection: AsyncConnection, session: Session, now: datetime) -> None:
    """It goes on; written at most once a minute."""
    if now - session.seen_at >= _SEEN_EVERY:
        await connection.execute(
            update(UserSession).where(UserSession.id == session.id).values(seen_at=now)
        )


async def end_session(connection: AsyncConnection, session_id: uuid.UUID) -> None:
    await connection.execute(delete(UserSession).where(UserSession.id == session_id))


async def user_named(connection: AsyncConnection, name: str) -> User | None:
    """The person with this name; capitals do not matter."""
    return await one_user(connection, UserRow.name == as_stored(name))


async def create_user(
    connection: AsyncConnection,
    name: str,
    role: Role,
    now: datetime,
    *,
    full_name: str = "",
    agent: str | None = None,
    password_hash: str | None = None,
) -> uuid.UUID:
    """A new person. Raises IntegrityError where the name is taken."""
    id_ = uuid.uuid4()
    await connection.execute(
        insert(UserRow).values(
            id=id_,
            name=as_stored(name),
            full_name=full_name,
            role=role,
            agent=agent,
            password_hash=password_hash,
            created_at=now,
        )
    )
    return id_


async def one_user(connection: AsyncConnection, condition: ColumnElement[bool]) -> User | None:
    """The person for whom this holds, of whom there is at most one."""
    row = (await connection.execute(select(*_USER).where(condition))).one_or_none()
    return None if row is None else _user(row)


async def all_users(connection: AsyncConnection) -> list[User]:
    """Everybody, those who are disabled last."""
    order = (UserRow.disabled_at.is_not(None), UserRow.name)
    return [_user(row) for row in await connection.execute(select(*_USER).order_by(*order))]


def as_stored(name: str) -> str:
    """The form in which names are stored and compared."""
    storable = name.encode(errors="replace").decode().replace("\x00", "")
    return unicodedata.normalize("NFKC", storable).strip().lower()


_USER = tuple(getattr(UserRow, name) for name in User.__dataclass_fields__)


def _user(row: object) -> User:
    values = dict(zip(User.__dataclass_fields__, row, strict=True))  # type: ignore[call-overload]
    values["role"] = Role(values["role"])
    return User(**values)


def hash_of(secret: str) -> str:
    """What is stored of a secret: 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
