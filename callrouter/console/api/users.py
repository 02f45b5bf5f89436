"""Users: the people who sign in. Made, changed, disabled; never deleted, as the logs name them."""

import uuid
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from callrouter.console.access import PeopleManager
from callrouter.console.pages.visits import by, own_address
from callrouter.console.people import accounts
from callrouter.console.people.accounts import Profile
from callrouter.console.people.agents import known_agents
from callrouter.console.people.said import no_such_user
from callrouter.db.accounts import user_with_id
from callrouter.db.engine import snapshot, transaction
from callrouter.db.users import Role, User, all_users

router = APIRouter(tags=["users"])

Text = Annotated[str, Field(max_length=200)]


class UserOut(BaseModel):
    """A person; `agent` is the agent of the configuration he is, `disabled_at` null if he may."""

    id: uuid.UUID
    name: str
    full_name: str
    role: Role
    agent: str | None
    created_at: datetime
    disabled_at: datetime | None


class UserIn(BaseModel):
    """A new user: he chooses a password by the link that `POST …/password-link` gives."""

    model_config = ConfigDict(extra="forbid")

    name: Text
    full_name: Text = ""
    role: Role
    agent: Text | None = None


class UserChange(BaseModel):
    """What to change; what is not given stays. `agent` null: none."""

    model_config = ConfigDict(extra="forbid")

    full_name: Text = ""
    role: Role = Role.VIEWER
    agent: Text | None = None


class LinkOut(BaseModel):
    """Good once, until `expires_at`."""

    link: str
    expires_at: datetime


@router.get("/users")
async def list_users(request: Request, _: PeopleManager) -> list[UserOut]:
    """Everybody, those who are disabled last."""
    async with snapshot(request.app.state.engine) as connection:
        return [_out(user) for user in await all_users(connection)]


@router.post("/users", status_code=HTTPStatus.CREATED)
async def create_user(request: Request, who: PeopleManager, wanted: UserIn) -> UserOut:
    """Make a user. A token cannot make a System Manager."""
    agents = await known_agents(request)
    profile = Profile(wanted.full_name, wanted.role, wanted.agent)
    async with transaction(request.app.state.engine) as connection:
        return _out(await accounts.add(connection, by(request, who), wanted.name, profile, agents))


@router.get("/users/{user_id}")
async def show_user(request: Request, user_id: uuid.UUID, _: PeopleManager) -> UserOut:
    """One user."""
    async with snapshot(request.app.state.engine) as connection:
        user = await user_with_id(connection, user_id)
    if user is None:
        raise no_such_user()
    return _out(user)


@router.patch("/users/{user_id}")
async def change_user(
    request: Request, user_id: uuid.UUID, who: PeopleManager, wanted: UserChange
) -> UserOut:
    """Change name, role or agent; with another role or agent he is signed out."""
    agents = await known_agents(request)
    given = wanted.model_dump(exclude_unset=True)
    async with transaction(request.app.state.engine) as connection:
        now = await user_with_id(connection, user_id)
        if now is None:
            raise no_such_user()
        profile = Profile(
            given.get("full_name", now.full_name),
            given.get("role", now.role),
            given.get("agent", now.agent),
        )
        return _out(await accounts.change(connection, by(request, who), user_id, profile, agents))


@router.post("/users/{user_id}/disable")
async def disable_user(request: Request, user_id: uuid.UUID, who: PeopleManager) -> UserOut:
    """He is signed out and cannot sign in. The last System Manager stays."""
    async with transaction(request.app.state.engine) as connection:
        return _out(await accounts.disable(connection, by(request, who), user_id))


@router.post("/users/{user_id}/enable")
async def enable_user(request: Request, user_id: uuid.UUID, who: PeopleManager) -> UserOut:
    """He can sign in again, with the password he had."""
    async with transaction(request.app.state.engine) as connection:
        return _out(await accounts.enable(connection, by(request, who), user_id))


@router.post("/users/{user_id}/sign-out")
async def sign_out_user(request: Request, user_id: uuid.UUID, who: PeopleManager) -> UserOut:
    """End all his sessions."""
    async with transaction(request.app.state.engine) as connection:
        await accounts.sign_out_everywhere(connection, by(request, who), user_id)
        user = await user_with_id(connection, user_id)
    assert user is not None  # noqa: S101 - it was there in this transaction
    return _out(user)


@router.post("/users/{user_id}/password-link", status_code=HTTPStatus.CREATED)
async def password_link(request: Request, user_id: uuid.UUID, who: PeopleManager) -> LinkOut:
    """A link with which he chooses a password, once; older links end."""
    doer = by(request, who)
    async with transaction(request.app.state.engine) as connection:
        code = await accounts.password_link(connection, doer, user_id)
    link = f"{own_address(request)}/password?code={code}"
    return LinkOut(link=link, expires_at=doer.now + accounts.LINK_LASTS)


def _out(user: User) -> UserOut:
    return UserOut(**{name: getattr(user, name) for name in UserOut.model_fields})
