"""What people change of their own accounts."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from callrouter.console.people.accounts import By, good_full_name, set_password
from callrouter.console.people.passwords import Busy, demand_good
from callrouter.console.people.said import no_such_user
from callrouter.console.people.signing_in import SignIn, Visitor, busy
from callrouter.console.rights import Identity
from callrouter.db.accounts import change_user, user_with_id
from callrouter.db.audit import note_deed
from callrouter.db.engine import transaction
from callrouter.db.users import User


async def own_user(connection: AsyncConnection, who: Identity) -> User:
    """The account of a person. Raises Refused where it is no more."""
    user = await user_with_id(connection, who.user) if who.user else None
    if user is None:
        raise no_such_user()
    return user


async def change_own(
    connection: AsyncConnection, by: By, who: Identity, changes: Mapping[str, Any]
) -> None:
    """Of full_name, language, theme and timezone those that are given. Raises Refused."""
    user = await own_user(connection, who)
    values = dict(changes)
    if "full_name" in values:
        values["full_name"] = good_full_name(values["full_name"])
        if values["full_name"] != user.full_name:  # others know him by it
            told = {"full_name": {"from": user.full_name, "to": values["full_name"]}}
            await note_deed(
                connection,
                by.who,
                "user.change",
                user.name,
                by.now,
                address=by.address,
                details=told,
            )
    if values:
        await change_user(connection, user.id, values)


async def change_own_password(
    engine: AsyncEngine,
    sign_in: SignIn,
    by: By,
    who: Identity,
    visitor: Visitor,
    current: str,
    new: str,
) -> None:
    """Another password for who knows his present one; signed out everywhere else. Raises Refused.

    Wrong present passwords count as at the sign-in: an open browser is no place to guess at.
    """
    async with transaction(engine) as connection:
        user = await own_user(connection, who)
    await sign_in.confirm(engine, user.name, current, visitor, datetime.now(UTC))
    demand_good(new, user.name, user.full_name)
    try:
        hashed = await sign_in.passwords.hashed(new)
    except Busy:
        raise busy() from None
    async with transaction(engine) as connection:
        await set_password(connection, replace(by, now=datetime.now(UTC)), user.id, hashed)
