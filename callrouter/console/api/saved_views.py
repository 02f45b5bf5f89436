"""Ways to look at the call log that people named, for themselves or for all."""

import re
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from callrouter.console.access import Reader
from callrouter.console.problems import ApiProblem
from callrouter.console.rights import Identity, Right
from callrouter.db.engine import snapshot, transaction
from callrouter.db.saved_views import SavedView, delete_view, save_view, views_for

router = APIRouter(tags=["calls"])

_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]+")


class NewView(BaseModel):
    """`query` is the query string of the call log's address, without the question mark."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
    query: Annotated[str, Field(max_length=2000, pattern=r"^[!-~]*$")]
    shared: bool = False


class View(BaseModel):
    """A saved view; `own` says whether it is one's own."""

    id: UUID
    name: str
    query: str
    shared: bool
    own: bool
    owner: str
    created_at: datetime


@router.get("/saved-views")
async def list_views(request: Request, who: Reader) -> list[View]:
    """One's own views, then those that others share. A program sees the shared ones."""
    async with snapshot(request.app.state.engine) as connection:
        return [_view(who, view) for view in await views_for(connection, who.user)]


@router.post("/saved-views", status_code=HTTPStatus.CREATED)
async def save(request: Request, new: NewView, who: Reader) -> View:
    """Save a view; one's own of the same name is replaced."""
    user = _person(who)
    if not _PRINTABLE.fullmatch(new.name):
        detail = "A name of a view has no control characters."
        raise ApiProblem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
    now = datetime.now(UTC)
    async with transaction(request.app.state.engine) as connection:
        saved = await save_view(connection, user, new.name, new.query, shared=new.shared, now=now)
    return _view(who, saved)


@router.delete("/saved-views/{view_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete(request: Request, view_id: UUID, who: Reader) -> None:
    """Delete one's own view; who manages people may delete anybody's."""
    own_only = None if who.may(Right.MANAGE_PEOPLE) else _person(who)
    async with transaction(request.app.state.engine) as connection:
        if not await delete_view(connection, view_id, own_only):
            raise ApiProblem(HTTPStatus.NOT_FOUND, "You have no view with this id.")


def _person(who: Identity) -> UUID:
    if who.user is None:
        detail = "Only people have views of their own: sign in to the console."
        raise ApiProblem(HTTPStatus.FORBIDDEN, detail)
    return who.user


def _view(who: Identity, view: SavedView) -> View:
    own = view.user_id == who.user
    return View(
        id=view.id,
        name=view.name,
        query=view.query,
        shared=view.shared,
        own=own,
        owner=view.owner,
        created_at=view.created_at,
    )
