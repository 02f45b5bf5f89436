"""Tables of the console's people: users, how they sign in, tokens, the audit log, saved views."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from callrouter.db.models import Base, one_of

ROLES = ("system_manager", "supervisor", "agent", "reviewer", "viewer")


class User(Base):
    """A person who may sign in to the console; `name` in small letters.

    `password_hash` is argon2's, null where only the company's own sign-in (OpenID Connect, by
    `issuer` and `subject`) lets him in. After too many wrong passwords none is tried until
    `locked_until`.
    """

    __tablename__ = "users"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    full_name: Mapped[str]
    role: Mapped[str]
    agent: Mapped[str | None]
    password_hash: Mapped[str | None]
    issuer: Mapped[str | None]
    subject: Mapped[str | None]
    language: Mapped[str | None]
    theme: Mapped[str | None]
    timezone: Mapped[str | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(server_default="0")
    locked_until: Mapped[datetime | None]

    __table_args__ = (
        one_of("role", ROLES),
        UniqueConstraint("name", name="uq_users_name"),
        UniqueConstraint("issuer", "subject", name="uq_users_subject"),
    )


class UserSession(Base):
    """A browser that signed in; `secret_hash` is the SHA-256 of its cookie in hex."""

    __tablename__ = "user_sessions"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    secret_hash: Mapped[str]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    address: Mapped[str]
    browser: Mapped[str]

    __table_args__ = (
        UniqueConstraint("secret_hash", name="uq_user_sessions_secret_hash"),
        Index("ix_user_sessions_user_id", "user_id"),
    )


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


class ApiToken(Base):
    """A token for the API; `secret_hash` is the SHA-256 of its secret in hex."""

    __tablename__ = "api_tokens"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    secret_hash: Mapped[str]
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("secret_hash", name="uq_api_tokens_secret_hash"),)


class AuditEntry(Base):
    """One deed: who did what to whom, from where."""

    __tablename__ = "audit_log"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    who: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    address: Mapped[str]
    details: Mapped[dict[str, Any]]

    __table_args__ = (Index("ix_audit_log_at", text("at DESC")),)


class SavedView(Base):
    """A way to look at the call log that somebody named; `query` is the address's query string."""

    __tablename__ = "saved_views"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str]
    query: Mapped[str]
    shared: Mapped[bool]
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("user_id", "name", name="uq_saved_views_name"),)
