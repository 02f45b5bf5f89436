"""Tokens for programs that use the API: made, found, revoked. Only their hashes are stored."""

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.db.models_people import ApiToken

PREFIX = "crt_"
"""How every token begins, so that one that leaked is recognised for what it is."""


class Scope(StrEnum):
    """What a token may do; none includes another."""

    READ = "read"
    AGENTS = "agents"
    OVERRIDES = "overrides"
    CALLS = "calls"
    CONFIGURATION = "configuration"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class Token:
    """A token as the database has it, without its secret."""

    id: uuid.UUID
    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    created_by: str
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def usable(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class TokenNameTaken(Exception):
    """A usable token of this name exists."""


async def create_token(
    connection: AsyncConnection,
    name: str,
    scopes: Sequence[Scope],
    created_by: str,
    now: datetime,
    expires_at: datetime | None = None,
) -> str:
    """Make a token and return its secret, which is shown this once. Raises TokenNameTaken."""
    if any(token.name == name and token.usable(now) for token in await tokens(connection)):
        raise TokenNameTaken(name)
    secret = PREFIX + secrets.token_urlsafe(32)
    await connection.execute(
        insert(ApiToken).values(
            id=uuid.uuid4(),
            name=name,
            secret_hash=_hash(secret),
            scopes=sorted(set(scopes)),
            created_at=now,
            created_by=created_by,
            expires_at=expires_at,
        )
    )
    return secret


async def token_of(connection: AsyncConnection, secret: str) -> Token | None:
    """The token with this secret, usable or not."""
    found = select(*_COLUMNS).where(ApiToken.secret_hash == _hash(secret))
    row = (await connection.execute(found)).one_or_none()
    return None if row is None else _token(row)


async def tokens(connection: AsyncConnection) -> list[Token]:
    """All tokens, the newest first."""
    found = select(*_COLUMNS).order_by(ApiToken.created_at.desc(), ApiToken.name)
    return [_token(row) for row in await connection.execute(found)]


async def revoke_token(connection: AsyncConnection, name: str, now: datetime) -> bool:
    """End the usable token of this name; False where there is none."""
    usable = ApiToken.revoked_at.is_(None) & (
        ApiToken.expires_at.is_(None) | (ApiToken.expires_at > now)
    )
    revoked = await connection.execute(
        update(ApiToken).where(ApiToken.name == name, usable).values(revoked_at=now)
    )
    return revoked.rowcount > 0


async def revoke_token_with(
    connection: AsyncConnection, token_id: uuid.UUID, now: datetime
) -> tuple[str | None, bool]:
    """End the token with this id: its name, None where there is none; whether it ends by this."""
    name = await connection.scalar(
        select(ApiToken.name).where(ApiToken.id == token_id).with_for_update()
    )
    revoked = await connection.execute(
        update(ApiToken)
        .where(ApiToken.id == token_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    return name, revoked.rowcount > 0


_COLUMNS = (
    ApiToken.id,
    ApiToken.name,
    ApiToken.scopes,
    ApiToken.created_at,
    ApiToken.created_by,
    ApiToken.expires_at,
    ApiToken.revoked_at,
)


def _token(row: object) -> Token:
    values = dict(zip(Token.__dataclass_fields__, row, strict=True))  # type: ignore[call-overload]
    values["scopes"] = frozenset(map(Scope, values["scopes"]))
    return Token(**values)


def _hash(secret: str) -> str:
    # A secret of 256 random bits needs no salt and no slow hash.
    return hashlib.sha256(secret.encode()).hexdigest()
