"""Tokens for programs: made and revoked, with the deed in the audit log."""

import uuid
from collections.abc import Collection
from datetime import timedelta
from http import HTTPStatus

from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.console.people.accounts import By
from callrouter.console.people.said import Refused, _
from callrouter.console.rights import SCOPE_RIGHTS, Right
from callrouter.db.api_tokens import (
    Scope,
    Token,
    TokenNameTaken,
    create_token,
    revoke_token_with,
    token_of,
)
from callrouter.db.audit import note_deed

LONGEST_NAME = 64
MOST_DAYS = 3650


async def make_token(
    connection: AsyncConnection,
    by: By,
    rights: Collection[Right],
    name: str,
    scopes: Collection[Scope],
    days: int | None,
) -> tuple[Token, str]:
    """A new token and its secret, which is shown this once. Raises Refused.

    A program gives no more than it has: `rights` are those of whoever asks.
    """
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise Refused(_("Write a name of up to 64 characters: who or what will use the token."))
    if not scopes:
        raise Refused(_("Say what the token may do: choose at least one scope."))
    lacking = sorted(scope for scope in scopes if not SCOPE_RIGHTS[scope] <= set(rights))
    if lacking:
        raise Refused(
            _("A token cannot give more than it has: %(scope)s."),
            HTTPStatus.FORBIDDEN,
            scope=lacking[0],
        )
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise Refused(_("Write a number of days from 1 to 3650."))
    ends = None if days is None else by.now + timedelta(days=days)
    try:
        secret = await create_token(connection, name, sorted(scopes), by.who, by.now, ends)
    except TokenNameTaken:
        raise Refused(
            _("There is a token %(name)s already: revoke it, or take another name."),
            HTTPStatus.CONFLICT,
            name=name,
        ) from None
    details = {"scopes": sorted(scopes), "expires_at": ends.isoformat() if ends else None}
    await note_deed(
        connection, by.who, "token.create", name, by.now, address=by.address, details=details
    )
    made = await token_of(connection, secret)
    assert made is not None  # noqa: S101 - it was made in this transaction
    return made, secret


async def end_token(connection: AsyncConnection, by: By, token_id: uuid.UUID) -> None:
    """End a token at once; one that has ended stays so. Raises Refused."""
    name, ended = await revoke_token_with(connection, token_id, by.now)
    if name is None:
        raise Refused(_("There is no such token."), HTTPStatus.NOT_FOUND)
    if ended:
        await note_deed(connection, by.who, "token.revoke", name, by.now, address=by.address)
