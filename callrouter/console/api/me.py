"""Oneself: name, language, colours, password, and the browsers one is signed in with."""

import uuid
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from callrouter.console.access import Known
from callrouter.console.pages.visits import by, visitor
from callrouter.console.people.own import change_own, change_own_password, own_user
from callrouter.console.problems import ApiProblem
from callrouter.console.rights import Identity, Right
from callrouter.db.engine import snapshot, transaction
from callrouter.db.user_sessions import end_one_of, end_sessions, sessions_of
from callrouter.db.users import Role

router = APIRouter(tags=["me"])


def _known_zone(zone: str) -> str:
    if zone not in available_timezones():
        raise ValueError("Write a time zone such as Europe/Belgrade")
    return zone


class MeOut(BaseModel):
    """Who asks: a person, or a program (then only `name` and `rights` are told)."""

    name: str
    rights: list[Right]
    full_name: str | None = None
    role: Role | None = None
    agent: str | None = None
    language: str | None = None
    theme: str | None = None
    timezone: str | None = None


class MeIn(BaseModel):
    """What to change; null means: as the browser says."""

    model_config = ConfigDict(extra="forbid")

    full_name: Annotated[str, Field(max_length=100)] = ""
    language: Literal["en", "ar", "sr"] | None = None
    theme: Literal["system", "light", "dark"] | None = None
    timezone: Annotated[str, AfterValidator(_known_zone)] | None = None


class PasswordIn(BaseModel):
    """The password one has, and the one to have."""

    model_config = ConfigDict(extra="forbid")

    current: Annotated[str, Field(max_length=1000)]
    new: Annotated[str, Field(max_length=1000)]


class SessionOut(BaseModel):
    """A browser that is signed in; `this` is the one that asks."""

    id: uuid.UUID
    created_at: datetime
    seen_at: datetime
    address: str
    browser: str
    this: bool


@router.get("/me")
async def me(request: Request, who: Known) -> MeOut:
    """Who makes this request, and what he may do."""
    rights = sorted(who.rights)
    if who.user is None:
        return MeOut(name=who.name, rights=rights)
    async with snapshot(request.app.state.engine) as connection:
        user = await own_user(connection, who)
    fields = ("full_name", "role", "agent", "language", "theme", "timezone")
    return MeOut(name=who.name, rights=rights, **{name: getattr(user, name) for name in fields})


@router.patch("/me")
async def change_me(request: Request, who: Known, wanted: MeIn) -> MeOut:
    """Change what is given; the rest stays."""
    _person(who)
    changes: dict[str, Any] = wanted.model_dump(exclude_unset=True)
    async with transaction(request.app.state.engine) as connection:
        await change_own(connection, by(request, who), who, changes)
    return await me(request, who)


@router.post("/me/password", status_code=HTTPStatus.NO_CONTENT)
async def change_my_password(request: Request, who: Known, wanted: PasswordIn) -> Response:
    """Another password; every other browser is signed out."""
    _person(who)
    state = request.app.state
    await change_own_password(
        state.engine,
        state.sign_in,
        by(request, who),
        who,
        visitor(request),
        wanted.current,
        wanted.new,
    )
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get("/me/sessions")
async def my_sessions(request: Request, who: Known) -> list[SessionOut]:
    """The browsers one is signed in with, the one used last first."""
    user, this = _person(who), _this_session(request)
    async with snapshot(request.app.state.engine) as connection:
        found = await sessions_of(connection, user, datetime.now(UTC))
    return [
        SessionOut(
            id=each.id,
            created_at=each.created_at,
            seen_at=each.seen_at,
            address=each.address,
            browser=each.browser,
            this=each.id == this,
        )
        for each in found
    ]


@router.delete("/me/sessions", status_code=HTTPStatus.NO_CONTENT)
async def sign_out_elsewhere(request: Request, who: Known) -> Response:
    """Sign out everywhere but here."""
    async with transaction(request.app.state.engine) as connection:
        await end_sessions(connection, _person(who), but=_this_session(request))
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.delete("/me/sessions/{session_id}", status_code=HTTPStatus.NO_CONTENT)
async def end_my_session(request: Request, who: Known, session_id: uuid.UUID) -> Response:
    """Sign out one browser."""
    async with transaction(request.app.state.engine) as connection:
        if not await end_one_of(connection, _person(who), session_id):
            raise ApiProblem(HTTPStatus.NOT_FOUND, "You have no session with this id.")
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _person(who: Identity) -> uuid.UUID:
    if who.user is None:
        raise ApiProblem(HTTPStatus.FORBIDDEN, "This is for people: a token has no account.")
    return who.user


def _this_session(request: Request) -> uuid.UUID | None:
    session = getattr(request.state, "session", None)
    return session.id if session else None
