"""The pages about people: the list, one person, and the link with which he chooses a password."""

import uuid
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.console.pages.people_words import ROLES, refusal
from callrouter.console.pages.rendering import Reader, render, signed_in
from callrouter.console.pages.visits import by, go, own_address
from callrouter.console.people import accounts
from callrouter.console.people.accounts import LINK_LASTS, By, Profile
from callrouter.console.people.agents import known_agents
from callrouter.console.people.said import Refused, _, no_such_user
from callrouter.console.rights import Identity, Right
from callrouter.db.accounts import sign_in_ways, user_with_id
from callrouter.db.engine import snapshot, transaction
from callrouter.db.users import Role, User, all_users

router = APIRouter(include_in_schema=False)

Manager = Annotated[Identity, Depends(signed_in(Right.MANAGE_PEOPLE))]
Field = Annotated[str, Form(max_length=1000)]

_DONE = {
    "changed": _("Saved."),
    "disabled": _("The account is disabled; the person is signed out."),
    "enabled": _("The account is enabled again."),
    "signed-out": _("The person is signed out everywhere."),
}


@router.get("/people")
async def list_people(request: Request, who: Manager) -> Response:
    """Everybody, and a form for one more."""
    return await _list(request, who)


@router.post("/people")
async def add_person(
    request: Request,
    who: Manager,
    name: Field = "",
    full_name: Field = "",
    role: Annotated[Role, Form()] = Role.VIEWER,
    agent: Field = "",
) -> Response:
    """Make the account; what is shown then is the link for its password."""
    agents = await known_agents(request)
    profile = Profile(full_name, role, agent or None)
    doer = by(request, who)
    try:
        async with transaction(request.app.state.engine) as connection:
            user = await accounts.add(connection, doer, name, profile, agents)
            code = await accounts.password_link(connection, doer, user.id)
    except Refused as refused:
        written = {"name": name, "full_name": full_name, "role": role, "agent": agent}
        return await _list(request, who, refused, written)
    return await _person(request, who, user.id, link=_link(request, code))


@router.get("/people/{user_id}")
async def show_person(
    request: Request, who: Manager, user_id: uuid.UUID, done: str = ""
) -> Response:
    """One person, to be changed."""
    return await _person(request, who, user_id, done=_DONE.get(done))


@router.post("/people/{user_id}")
async def change_person(
    request: Request,
    who: Manager,
    user_id: uuid.UUID,
    role: Annotated[Role, Form()],
    full_name: Field = "",
    agent: Field = "",
) -> Response:
    """Save name, role and agent."""
    agents = await known_agents(request)
    profile = Profile(full_name, role, agent or None)

    async def change(connection: AsyncConnection, doer: By) -> None:
        await accounts.change(connection, doer, user_id, profile, agents)

    return await _do(request, who, user_id, change, "changed")


@router.post("/people/{user_id}/disable")
async def disable_person(request: Request, who: Manager, user_id: uuid.UUID) -> Response:
    """He cannot sign in any more."""

    async def disable(connection: AsyncConnection, doer: By) -> None:
        await accounts.disable(connection, doer, user_id)

    return await _do(request, who, user_id, disable, "disabled")


@router.post("/people/{user_id}/enable")
async def enable_person(request: Request, who: Manager, user_id: uuid.UUID) -> Response:
    """He can sign in again."""

    async def enable(connection: AsyncConnection, doer: By) -> None:
        await accounts.enable(connection, doer, user_id)

    return await _do(request, who, user_id, enable, "enabled")


@router.post("/people/{user_id}/sign-out")
async def sign_person_out(request: Request, who: Manager, user_id: uuid.UUID) -> Response:
    """End all his sessions."""

    async def sign_out(connection: AsyncConnection, doer: By) -> None:
        await accounts.sign_out_everywhere(connection, doer, user_id)

    return await _do(request, who, user_id, sign_out, "signed-out")


@router.post("/people/{user_id}/password-link")
async def make_link(request: Request, who: Manager, user_id: uuid.UUID) -> Response:
    """A link for his password, shown this once."""
    try:
        async with transaction(request.app.state.engine) as connection:
            code = await accounts.password_link(connection, by(request, who), user_id)
    except Refused as refused:
        return await _person(request, who, user_id, refused)
    return await _person(request, who, user_id, link=_link(request, code))


async def _do(
    request: Request, who: Identity, user_id: uuid.UUID, work: Any, done: str
) -> Response:
    try:
        async with transaction(request.app.state.engine) as connection:
            await work(connection, by(request, who))
    except Refused as refused:
        return await _person(request, who, user_id, refused)
    return go(f"/people/{user_id}?done={done}")


async def _list(
    request: Request,
    who: Identity,
    refused: Refused | None = None,
    written: dict[str, Any] | None = None,
) -> Response:
    async with snapshot(request.app.state.engine) as connection:
        users = await all_users(connection)
    return render(
        request,
        who,
        "people.html",
        active="users",
        status=refused.status if refused else HTTPStatus.OK,
        users=users,
        roles=ROLES,
        agents=await known_agents(request) or {},
        written=written or {"name": "", "full_name": "", "role": Role.VIEWER, "agent": ""},
        problem=refusal(Reader.of(request).words, refused) if refused else None,
    )


async def _person(
    request: Request,
    who: Identity,
    user_id: uuid.UUID,
    refused: Refused | None = None,
    *,
    done: str | None = None,
    link: str | None = None,
) -> Response:
    async with snapshot(request.app.state.engine) as connection:
        user: User | None = await user_with_id(connection, user_id)
        if user is None:
            raise no_such_user()
        password_hash, subject = await sign_in_ways(connection, user_id)
    return render(
        request,
        who,
        "person.html",
        active="users",
        status=refused.status if refused else HTTPStatus.OK,
        person=user,
        roles=ROLES,
        agents=await known_agents(request) or {},
        has_password=password_hash is not None,
        company=subject is not None,
        myself=user_id == who.user,
        link=link,
        link_hours=int(LINK_LASTS.total_seconds() // 3600),
        done=done,
        problem=refusal(Reader.of(request).words, refused) if refused else None,
    )


def _link(request: Request, code: str) -> str:
    return f"{own_address(request)}/password?code={code}"
