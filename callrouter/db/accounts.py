"""What signing in needs of a person's account, and changes to it: passwords, failures, roles.

Law: whoever reads an account to change it locks its row, so that two at once are one after the
other.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.db.models_people import KnownBrowser
from callrouter.db.models_people import User as UserRow
from callrouter.db.users import Role, User, as_stored, hash_of, one_user

_FIRST_USER = 0x63725F31  # the advisory lock of whoever makes the first user


@dataclass(frozen=True, slots=True)
class Account:
    """Who would sign in: `password_hash` None where only the company's own sign-in lets him in.

    `failures` and `locked_until` count wrong passwords from browsers he never signed in with.
    """

    id: uuid.UUID
    name: str
    password_hash: str | None
    disabled_at: datetime | None
    failures: int
    locked_until: datetime | None


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser the person has signed in with before, and the wrong passwords from it."""

    id: uuid.UUID
    failures: int
    locked_until: datetime | None


async def account_named(connection: AsyncConnection, name: str) -> Account | None:
    """The account with this name, locked until the transaction ends."""
    columns = (getattr(UserRow, field) for field in Account.__dataclass_fields__)
    found = select(*columns).where(UserRow.name == as_stored(name)).with_for_update()
    row = (await connection.execute(found)).one_or_none()
    return None if row is None else Account(*row)


async def known_browser(
    connection: AsyncConnection, user_id: uuid.UUID, secret: str
) -> Browser | None:
    """The browser with this secret, if it is one of this person's; locked."""
    columns = (getattr(KnownBrowser, field) for field in Browser.__dataclass_fields__)
    wanted = (KnownBrowser.secret_hash == hash_of(secret), KnownBrowser.user_id == user_id)
    row = (
        await connection.execute(select(*columns).where(*wanted).with_for_update())
    ).one_or_none()
    return None if row is None else Browser(*row)


async def count_failures(
    connection: AsyncConnection,
    whose: Account | Browser,
    failures: int,
    locked_until: datetime | None,
) -> None:
    """Write how many wrong passwords came, and until when none is tried."""
    table = UserRow if isinstance(whose, Account) else KnownBrowser
    values = {"failures": failures, "locked_until": locked_until}
    await connection.execute(update(table).where(table.id == whose.id).values(values))


async def user_with_id(
    connection: AsyncConnection, user_id: uuid.UUID, *, locked: bool = False
) -> User | None:
    """The person with this id; `locked` where he is about to be changed."""
    if locked:
        await connection.execute(select(UserRow.id).where(UserRow.id == user_id).with_for_update())
    return await one_user(connection, UserRow.id == user_id)


async def user_by_subject(connection: AsyncConnection, issuer: str, subject: str) -> User | None:
    """The person whom an OpenID provider calls by this subject."""
    return await one_user(connection, (UserRow.issuer == issuer) & (UserRow.subject == subject))


async def sign_in_ways(
    connection: AsyncConnection, user_id: uuid.UUID
) -> tuple[str | None, str | None]:
    """His password's hash and his OpenID subject, each None where he has none."""
    found = select(UserRow.password_hash, UserRow.subject).where(UserRow.id == user_id)
    row = (await connection.execute(found)).one()
    return row[0], row[1]


async def change_user(
    connection: AsyncConnection, user_id: uuid.UUID, values: Mapping[str, Any]
) -> None:
    """Write these columns of `users`."""
    await connection.execute(update(UserRow).where(UserRow.id == user_id).values(dict(values)))


async def no_users(connection: AsyncConnection) -> bool:
    """Whether nobody was ever made."""
    return not await connection.scalar(select(func.count()).select_from(UserRow))


async def only_one_makes_the_first_user(connection: AsyncConnection) -> None:
    """Wait until nobody else is making the first user; holds until the transaction ends."""
    await connection.execute(select(func.pg_advisory_xact_lock(_FIRST_USER)))


async def system_managers(connection: AsyncConnection) -> set[uuid.UUID]:
    """Those who can sign in as System Manager, locked: two cannot remove each other at once."""
    found = (
        select(UserRow.id)
        .where(UserRow.role == Role.SYSTEM_MANAGER, UserRow.disabled_at.is_(None))
        .order_by(UserRow.id)
        .with_for_update()
    )
    return set(await connection.scalars(found))
