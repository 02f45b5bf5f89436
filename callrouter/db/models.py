"""The tables: `calls`, one row a call; `attempts`, its agents; `call_facts`, what it was made from.

Columns of `calls` and `attempts` carry the names of `CallRecord` and `Attempt`. Everything that a
caller can choose is `text` without a limit, so nothing a caller sends is too long to be recorded.
"""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import (
    CheckConstraint,
    ColumnClause,
    DateTime,
    Double,
    ForeignKey,
    Index,
    MetaData,
    Text,
    Uuid,
    false,
    func,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from callrouter.facts import Disposition, Message, Outcome, Party, Stage

DIRECTIONS = ("incoming", "outgoing")
OVERRIDE_KINDS = ("closed", "open", "send_to")
BLOCKED_ANSWERS = ("busy", "congestion", "rejected", "message")

INDEXED_CHARACTERS = 64
"""A number is found by its first 64 characters: an index entry may not exceed 2704 bytes, and a
hostile caller number of any length must still be storable."""


LOG_COLUMNS = (
    *("disposition", "settings", "agent_group", "agent", "agent_extension", "settings_version"),
    *("direction", "waiting_seconds", "talking_seconds"),
)
"""What `ix_calls_log` holds beside arrival and id: filters on these read no row of the table."""

OF_AN_AGENT = ("id", "disposition", "agent_group")
"""What an agent's own index holds beside him: of twenty thousand calls those that also are of a
group, or ended so, are found without reading any."""

OF_A_GROUP = ("id", "disposition", "waiting_seconds")
"""What a group's index holds beside it: its callers who left after a minute, say, are found without
reading the others."""

SEARCHED = (
    "left(number, 64) || chr(10) || left(caller_number, 64) || chr(10) || left(caller_name, 128)"
)
"""What free text is looked for in; a hostile name of any length must still be storable."""

_BEGINNING: ColumnClause[int] = literal_column(str(INDEXED_CHARACTERS))
_NEWEST = text("arrived_at DESC")


def _ended(name: str, *columns: Any, only: str = "", **options: Any) -> Index:
    """An index of ended calls."""
    where = text(f"ended_at IS NOT NULL AND {only}" if only else "ended_at IS NOT NULL")
    return Index(f"ix_calls_{name}", *columns, postgresql_where=where, **options)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text(),
        float: Double(),
        datetime: DateTime(timezone=True),
        uuid.UUID: Uuid(),
        dict[str, Any]: JSONB(none_as_null=True),
        list[str]: JSONB(none_as_null=True),
        list[list[str]]: JSONB(none_as_null=True),
    }


def one_of(column: str, words: type[StrEnum] | tuple[str, ...]) -> CheckConstraint:
    """A CHECK that `column` is null or one of these words; adding a word needs a migration."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class Call(Base):
    """One row a call, whatever its attempts; `ended_at` and `disposition` are null while it lives.

    `fact_count` is the number of facts the row was made from: a row made from fewer never
    replaces one made from more.
    """

    __tablename__ = "calls"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    fact_count: Mapped[int]
    entity_id: Mapped[str]
    channel_id: Mapped[str]
    direction: Mapped[str]
    number: Mapped[str]
    caller_number: Mapped[str]
    caller_name: Mapped[str]
    arrived_at: Mapped[datetime]
    settings: Mapped[str | None]
    settings_version: Mapped[str | None]
    decision: Mapped[str | None]
    agent_group: Mapped[str | None]
    disposition: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    first_ring_at: Mapped[datetime | None]
    agent_answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    waiting_seconds: Mapped[float | None]
    talking_seconds: Mapped[float | None]
    agent: Mapped[str | None]
    agent_extension: Mapped[str | None]
    hung_up_by: Mapped[str | None]
    left_during: Mapped[str | None]
    hangup_cause: Mapped[int | None]
    message: Mapped[str | None]
    rule: Mapped[str | None]
    error: Mapped[str | None]
    trace: Mapped[list[str]]
    timezone: Mapped[str | None]
    schedule_row: Mapped[str | None]
    holiday: Mapped[str | None]
    override: Mapped[str | None]
    talking_since: Mapped[datetime | None]
    earlier_talk_seconds: Mapped[float] = mapped_column(server_default="0")
    moved_by: Mapped[str | None]
    moved_to: Mapped[str | None]
    ended_by: Mapped[str | None]
    handled_by_asterisk: Mapped[bool] = mapped_column(server_default=false())

    __table_args__ = (
        one_of("direction", DIRECTIONS),
        one_of("disposition", Disposition),
        one_of("hung_up_by", Party),
        one_of("left_during", Stage),
        one_of("message", Message),
        CheckConstraint("(ended_at IS NULL) = (disposition IS NULL)", name="ended"),
        Index("ix_calls_arrived_at", text("arrived_at DESC")),
        Index(
            "ix_calls_agent",
            "agent",
            text("ended_at DESC"),
            postgresql_where=text("agent IS NOT NULL"),
        ),
        Index("ix_calls_live", text("arrived_at DESC"), postgresql_where=text("ended_at IS NULL")),
        # Those of the call log are written once a call, at its end.
        _ended("number", func.left(literal_column("number"), _BEGINNING), _NEWEST),
        _ended("caller_number", func.left(literal_column("caller_number"), _BEGINNING), _NEWEST),
        *(_ended(name, name, _NEWEST) for name in ("disposition", "settings", "settings_version")),
        _ended("agent_group", "agent_group", _NEWEST, postgresql_include=OF_A_GROUP),
        *(
            _ended(
                *(f"log_{name}", name, _NEWEST),
                only=f"{name} IS NOT NULL",
                postgresql_include=OF_AN_AGENT,
            )
            for name in ("agent", "agent_extension")
        ),
        _ended("waiting_seconds", "waiting_seconds"),
        _ended("talking_seconds", "talking_seconds"),
        _ended("direction", _NEWEST, only="direction <> 'incoming'"),
        _ended("log", _NEWEST, "id", postgresql_include=LOG_COLUMNS),
        _ended("searched", text(f"callrouter_trigrams({SEARCHED})"), postgresql_using="gin"),
    )


class CallAttempt(Base):
    """One agent considered for one call; `ordinal` from 1."""

    __tablename__ = "attempts"

    call_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True
    )
    ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    fact_count: Mapped[int]
    agent: Mapped[str]
    extension: Mapped[str]
    started_at: Mapped[datetime]
    outcome: Mapped[str | None]
    skip_reason: Mapped[str | None]
    ringing_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    seconds: Mapped[float]
    cause: Mapped[int | None]
    sip_status: Mapped[int | None]
    name: Mapped[str]
    agent_group: Mapped[str]
    sorted_by: Mapped[str]
    detail: Mapped[str]
    talk_ended_at: Mapped[datetime | None]
    talking_seconds: Mapped[float | None]

    __table_args__ = (
        one_of("outcome", Outcome),
        Index(
            "ix_attempts_talks",
            "agent",
            text("talk_ended_at DESC"),
            postgresql_where=text("talk_ended_at IS NOT NULL"),
        ),
        CheckConstraint(
            "(skip_reason IS NOT NULL) = (outcome IS NOT DISTINCT FROM 'skipped')",
            name="skip_reason",
        ),
    )


class CallFact(Base):
    """One fact of a call, as `facts.encode_fact` writes it; `seq` from 0 is its place."""

    __tablename__ = "call_facts"

    call_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True
    )
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    kind: Mapped[str]
    body: Mapped[dict[str, Any]]


class AgentState(Base):
    """Whether an agent takes calls: changed by his phone, the command line or the API.

    An agent without a row is logged in and not paused. A change is told on the channel
    `callrouter`, with the table's name.
    """

    __tablename__ = "agent_states"

    agent: Mapped[str] = mapped_column(primary_key=True)
    logged_in: Mapped[bool]
    paused: Mapped[str | None]
    since: Mapped[datetime]
    changed_by: Mapped[str]


# NULL is for ever: PostgreSQL knows moments, and an infinity, that nobody could read.
_OF_OUR_TIME = "from_at >= '1970-01-01 00:00+00' AND until_at < '2200-01-02 00:00+00'"


class LiveOverride(Base):
    """An override set while the router runs; it expires at `until_at`, or ends at `ended_at`.

    `settings` are those it is for, none of them means all. `targets` are `[kind, name]` pairs.
    A change is told on the channel `callrouter`, with the table's name.
    """

    __tablename__ = "overrides"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    settings: Mapped[list[str]]
    targets: Mapped[list[list[str]]]
    from_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
    message: Mapped[str | None]
    language: Mapped[str | None]
    author: Mapped[str]
    reason: Mapped[str]
    set_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]

    __table_args__ = (
        one_of("kind", OVERRIDE_KINDS),
        CheckConstraint("until_at > from_at", name="until_at"),
        CheckConstraint(_OF_OUR_TIME, name="of_our_time"),
        Index("ix_overrides_set_at", text("set_at DESC")),
    )


class LiveBlockedCaller(Base):
    """Callers blocked while the router runs, until `until_at` or `ended_at`.

    A change is told on the channel `callrouter`, with the table's name.
    """

    __tablename__ = "blocked_callers"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    number: Mapped[str]
    answer: Mapped[str]
    note: Mapped[str]
    author: Mapped[str]
    set_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]

    __table_args__ = (
        one_of("answer", BLOCKED_ANSWERS),
        CheckConstraint("until_at > set_at", name="until_at"),
        CheckConstraint(_OF_OUR_TIME.replace("from_at", "set_at"), name="of_our_time"),
        Index("ix_blocked_callers_set_at", text("set_at DESC")),
    )
