"""The page about tokens for programs."""

import uuid
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from callrouter.console.pages.people_words import SCOPES, refusal
from callrouter.console.pages.rendering import Reader, render, signed_in
from callrouter.console.pages.visits import by, go
from callrouter.console.people.said import Refused
from callrouter.console.people.tokens import end_token, make_token
from callrouter.console.rights import Identity, Right
from callrouter.db.api_tokens import Scope
from callrouter.db.api_tokens import tokens as all_tokens
from callrouter.db.engine import snapshot, transaction

router = APIRouter(include_in_schema=False)

Manager = Annotated[Identity, Depends(signed_in(Right.MANAGE_PEOPLE))]

_DAYS = (30, 90, 365, 0)


@router.get("/tokens")
async def list_tokens(request: Request, who: Manager) -> Response:
    """All tokens, and a form for one more."""
    return await _page(request, who)


@router.post("/tokens")
async def create_token(
    request: Request,
    who: Manager,
    name: Annotated[str, Form(max_length=1000)] = "",
    scopes: Annotated[list[Scope], Form()] = [],  # noqa: B006 - never changed
    days: Annotated[int, Form(ge=0, le=3650)] = 0,
) -> Response:
    """Make one; its secret is on this answer's page and nowhere else."""
    try:
        async with transaction(request.app.state.engine) as connection:
            _token, secret = await make_token(
                connection, by(request, who), who.rights, name, set(scopes), days or None
            )
    except Refused as refused:
        return await _page(request, who, refused, name=name, chosen=set(scopes), days=days)
    return await _page(request, who, secret=secret, made=" ".join(name.split()))


@router.post("/tokens/{token_id}/revoke")
async def revoke_token(request: Request, who: Manager, token_id: uuid.UUID) -> Response:
    """End one at once."""
    async with transaction(request.app.state.engine) as connection:
        await end_token(connection, by(request, who), token_id)
    return go("/tokens")


async def _page(
    request: Request,
    who: Identity,
    refused: Refused | None = None,
    *,
    name: str = "",
    chosen: set[Scope] | None = None,
    days: int = 365,
    secret: str | None = None,
    made: str = "",
) -> Response:
    async with snapshot(request.app.state.engine) as connection:
        found = await all_tokens(connection)
    return render(
        request,
        who,
        "tokens.html",
        active="tokens",
        status=refused.status if refused else HTTPStatus.OK,
        tokens=found,
        scopes=SCOPES,
        now=datetime.now(UTC),
        name=name,
        chosen=chosen if chosen is not None else {Scope.READ},
        days=days,
        choices=_DAYS,
        secret=secret,
        made=made,
        problem=refusal(Reader.of(request).words, refused) if refused else None,
    )
