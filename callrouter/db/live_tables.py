"""The tables of the present: what routers tell of themselves and of agents, for the live board.

They are UNLOGGED: after a crash of PostgreSQL they are empty, and routers fill them again.
"""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from callrouter.db.models import Base


class RouterRow(Base):
    """One row a router; `run` is its process, `seen_at` when it was last heard (our clock).

    A router that was not heard for `HEARD_SECONDS` is dead or cut off: what it told is old.
    """

    __tablename__ = "router_status"

    router: Mapped[str] = mapped_column(primary_key=True)
    run: Mapped[uuid.UUID]
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    status: Mapped[dict[str, Any]]

    __table_args__ = {"prefixes": ["UNLOGGED"]}  # noqa: RUF012 - SQLAlchemy's own way


class PresenceRow(Base):
    """What a router knows of an agent; columns are `routing.presence.Presence`'s."""

    __tablename__ = "agent_presence"

    router: Mapped[str] = mapped_column(primary_key=True)
    agent: Mapped[str] = mapped_column(primary_key=True)
    phone: Mapped[str]
    phone_since: Mapped[datetime | None]
    call: Mapped[uuid.UUID | None]
    call_since: Mapped[datetime | None]
    talking_since: Mapped[datetime | None]
    wrap_up_until: Mapped[datetime | None]
    declined_until: Mapped[datetime | None]
    changed_at: Mapped[datetime]

    __table_args__ = {"prefixes": ["UNLOGGED"]}  # noqa: RUF012
