"""Tokens of programs: listed, made, revoked."""

import uuid
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from callrouter.console.access import PeopleManager
from callrouter.console.pages.visits import by
from callrouter.console.people.tokens import MOST_DAYS, end_token, make_token
from callrouter.db.api_tokens import Scope, Token
from callrouter.db.api_tokens import tokens as all_tokens
from callrouter.db.engine import snapshot, transaction

router = APIRouter(tags=["tokens"])


class TokenOut(BaseModel):
    """A token without its secret; `usable` until it expires or is revoked."""

    id: uuid.UUID
    name: str
    scopes: list[Scope]
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    usable: bool


class TokenIn(BaseModel):
    """`days` null: it never expires."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=64)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] | None = None


class TokenMade(BaseModel):
    """`secret` is told this once."""

    token: TokenOut
    secret: str


@router.get("/tokens")
async def list_tokens(request: Request, _: PeopleManager) -> list[TokenOut]:
    """All tokens, the newest first."""
    async with snapshot(request.app.state.engine) as connection:
        found = await all_tokens(connection)
    return [_out(token) for token in found]


@router.post("/tokens", status_code=HTTPStatus.CREATED)
async def create(request: Request, who: PeopleManager, wanted: TokenIn) -> TokenMade:
    """Make a token. A token can give no scope that it lacks."""
    async with transaction(request.app.state.engine) as connection:
        token, secret = await make_token(
            connection, by(request, who), who.rights, wanted.name, set(wanted.scopes), wanted.days
        )
    return TokenMade(token=_out(token), secret=secret)


@router.delete("/tokens/{token_id}", status_code=HTTPStatus.NO_CONTENT)
async def revoke(request: Request, token_id: uuid.UUID, who: PeopleManager) -> Response:
    """End a token at once."""
    async with transaction(request.app.state.engine) as connection:
        await end_token(connection, by(request, who), token_id)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _out(token: Token) -> TokenOut:
    return TokenOut(
        id=token.id,
        name=token.name,
        scopes=sorted(token.scopes),
        created_at=token.created_at,
        created_by=token.created_by,
        expires_at=token.expires_at,
        revoked_at=token.revoked_at,
        usable=token.usable(datetime.now(UTC)),
    )
