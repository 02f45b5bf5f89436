"""Tables of signing in, beside `users` and `user_sessions`: one-time links and known browsers."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from callrouter.db.models import Base


class OneTimeLink(Base):
    """A link that is good once: to choose a password, or, without a user, to set up the first."""

    __tablename__ = "one_time_links"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    secret_hash: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("secret_hash", name="uq_one_time_links_secret_hash"),)


class KnownBrowser(Base):
    """A browser that this person has signed in with: wrong passwords from it are counted apart,

    so that whoever guesses the person's password elsewhere does not lock him out here.
    """

    __tablename__ = "known_browsers"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    secret_hash: Mapped[str]
    seen_at: Mapped[datetime]
    failures: Mapped[int] = mapped_column(server_default="0")
    locked_until: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("secret_hash", name="uq_known_browsers_secret_hash"),
        Index("ix_known_browsers_user_id", "user_id"),
    )
