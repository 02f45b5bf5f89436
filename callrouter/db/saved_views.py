"""Ways to look at the call log that people named: their own, and those that others share."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.db.models_people import SavedView as SavedViewRow
from callrouter.db.models_people import User


@dataclass(frozen=True, slots=True)
class SavedView:
    """`query` is the query string of the log's address; `owner` the name of who saved it."""

    id: uuid.UUID
    user_id: uuid.UUID
    owner: str
    name: str
    query: str
    shared: bool
    created_at: datetime


async def views_for(connection: AsyncConnection, user_id: uuid.UUID | None) -> list[SavedView]:
    """Those of a person, then those that others share, by name; for None only the shared ones."""
    own = SavedViewRow.user_id == user_id
    rows = await connection.execute(
        _VIEWS.where(or_(own, SavedViewRow.shared)).order_by(own.desc(), SavedViewRow.name)
    )
    return [SavedView(*row) for row in rows]


async def save_view(
    connection: AsyncConnection,
    user_id: uuid.UUID,
    name: str,
    query: str,
    *,
    shared: bool,
    now: datetime,
) -> SavedView:
    """Save it under this name; what he had under the name is replaced."""
    new = insert(SavedViewRow).values(
        id=uuid.uuid4(), user_id=user_id, name=name, query=query, shared=shared, created_at=now
    )
    saved = new.on_conflict_do_update(
        constraint="uq_saved_views_name",
        set_={"query": new.excluded.query, "shared": new.excluded.shared},
    ).returning(SavedViewRow.id)
    id_ = await connection.scalar(saved)
    return SavedView(*(await connection.execute(_VIEWS.where(SavedViewRow.id == id_))).one())


async def delete_view(
    connection: AsyncConnection, view_id: uuid.UUID, user_id: uuid.UUID | None
) -> bool:
    """Whether it was there to be deleted; with `user_id` only if it is his."""
    chosen = delete(SavedViewRow).where(SavedViewRow.id == view_id)
    if user_id is not None:
        chosen = chosen.where(SavedViewRow.user_id == user_id)
    return bool((await connection.execute(chosen)).rowcount)


_VIEWS = select(
    SavedViewRow.id,
    SavedViewRow.user_id,
    User.name,
    SavedViewRow.name,
    SavedViewRow.query,
    SavedViewRow.shared,
    SavedViewRow.created_at,
).join(User, User.id == SavedViewRow.user_id)
