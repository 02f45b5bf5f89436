"""Calls, their attempts, and the facts they are made from."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _at(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def upgrade() -> None:
    _create_calls()
    _create_attempts()
    _create_call_facts()


def downgrade() -> None:
    op.drop_table("call_facts")
    op.drop_table("attempts")
    op.drop_table("calls")


def _create_calls() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fact_count", sa.Integer(), nullable=False),
        _text("entity_id", nullable=False),
        _text("channel_id", nullable=False),
        _text("direction", nullable=False),
        _text("number", nullable=False),
        _text("caller_number", nullable=False),
        _text("caller_name", nullable=False),
        _at("arrived_at", nullable=False),
        _text("settings"),
        _text("settings_version"),
        _text("decision"),
        _text("agent_group"),
        _text("disposition"),
        _at("answered_at"),
        _at("first_ring_at"),
        _at("agent_answered_at"),
        _at("ended_at"),
        sa.Column("waiting_seconds", sa.Double(), nullable=True),
        sa.Column("talking_seconds", sa.Double(), nullable=True),
        _text("agent"),
        _text("agent_extension"),
        _text("hung_up_by"),
        _text("left_during"),
        sa.Column("hangup_cause", sa.Integer(), nullable=True),
        _text("message"),
        _text("rule"),
        _text("error"),
        sa.Column("trace", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
        sa.CheckConstraint(
            "direction IN ('incoming', 'outgoing')", name=op.f("ck_calls_direction")
        ),
        sa.CheckConstraint(
            "disposition IN ('answered', 'abandoned', 'busy', 'unavailable', 'closed',"
            " 'rejected', 'interrupted', 'failed')",
            name=op.f("ck_calls_disposition"),
        ),
        sa.CheckConstraint(
            "hung_up_by IN ('caller', 'agent', 'callrouter')", name=op.f("ck_calls_hung_up_by")
        ),
        sa.CheckConstraint(
            "left_during IN ('arrival', 'greeting', 'ringing', 'talk', 'message')",
            name=op.f("ck_calls_left_during"),
        ),
        sa.CheckConstraint(
            "message IN ('greeting_message', 'agent_busy_message', 'agent_unavailable_message')",
            name=op.f("ck_calls_message"),
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (disposition IS NULL)", name=op.f("ck_calls_ended")
        ),
    )
    newest = sa.text("arrived_at DESC")
    op.create_index("ix_calls_arrived_at", "calls", [newest])
    op.create_index("ix_calls_number", "calls", [sa.text("left(number, 64)"), newest])
    op.create_index("ix_calls_caller_number", "calls", [sa.text("left(caller_number, 64)"), newest])
    op.create_index("ix_calls_disposition", "calls", ["disposition", newest])
    op.create_index(
        "ix_calls_live", "calls", [newest], postgresql_where=sa.text("ended_at IS NULL")
    )


def _create_attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fact_count", sa.Integer(), nullable=False),
        _text("agent", nullable=False),
        _text("extension", nullable=False),
        _at("started_at", nullable=False),
        _text("outcome"),
        _text("skip_reason"),
        _at("ringing_at"),
        _at("ended_at"),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("cause", sa.Integer(), nullable=True),
        sa.Column("sip_status", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("call_id", "ordinal", name=op.f("pk_attempts")),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name=op.f("fk_attempts_call_id"), ondelete="CASCADE"
        ),
        sa.CheckConstraint(
            "outcome IN ('answered', 'answered_elsewhere', 'no_answer', 'busy', 'rejected',"
            " 'unreachable', 'caller_left', 'failed', 'skipped')",
            name=op.f("ck_attempts_outcome"),
        ),
        sa.CheckConstraint(
            "(skip_reason IS NOT NULL) = (outcome IS NOT DISTINCT FROM 'skipped')",
            name=op.f("ck_attempts_skip_reason"),
        ),
    )


def _create_call_facts() -> None:
    op.create_table(
        "call_facts",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        _at("at", nullable=False),
        _text("kind", nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", "seq", name=op.f("pk_call_facts")),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name=op.f("fk_call_facts_call_id"), ondelete="CASCADE"
        ),
    )
