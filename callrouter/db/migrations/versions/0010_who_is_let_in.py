"""Limits, blocked callers, and how numbers are written in the country."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_MOMENT = sa.DateTime(timezone=True)
_JSON = postgresql.JSONB(none_as_null=True)


def upgrade() -> None:
    op.add_column("general", sa.Column("country_code", sa.Text(), nullable=True))
    op.add_column("general", sa.Column("national_prefix", sa.Text(), nullable=True))
    op.add_column("general", sa.Column("limits", _JSON, nullable=True))
    op.add_column("general", sa.Column("blocked_callers", _JSON, nullable=True))
    op.create_check_constraint(
        op.f("ck_general_limits"), "general", "jsonb_typeof(limits) = 'object'"
    )
    op.add_column("incoming_call_settings", sa.Column("max_calls", sa.Integer(), nullable=True))
    op.create_check_constraint(
        op.f("ck_incoming_call_settings_max_calls"), "incoming_call_settings", "max_calls > 0"
    )
    _messages("refused_message")
    op.create_table(
        "blocked_callers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("set_at", _MOMENT, nullable=False),
        sa.Column("until_at", _MOMENT, nullable=True),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_blocked_callers"),
        sa.CheckConstraint(
            "answer IN ('busy', 'congestion', 'rejected', 'message')",
            name=op.f("ck_blocked_callers_answer"),
        ),
        sa.CheckConstraint("until_at > set_at", name=op.f("ck_blocked_callers_until_at")),
        sa.CheckConstraint(
            "set_at >= '1970-01-01 00:00+00' AND until_at < '2200-01-02 00:00+00'",
            name=op.f("ck_blocked_callers_of_our_time"),
        ),
    )
    op.create_index("ix_blocked_callers_set_at", "blocked_callers", [sa.text("set_at DESC")])
    op.execute(
        "CREATE TRIGGER tell AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON blocked_callers "
        "FOR EACH STATEMENT EXECUTE FUNCTION callrouter_tell()"
    )


def downgrade() -> None:
    op.drop_table("blocked_callers")
    op.execute("UPDATE calls SET message = NULL WHERE message = 'refused_message'")
    _messages()
    op.drop_constraint("ck_incoming_call_settings_max_calls", "incoming_call_settings")
    op.drop_column("incoming_call_settings", "max_calls")
    op.drop_constraint("ck_general_limits", "general")
    for column in ("blocked_callers", "limits", "national_prefix", "country_code"):
        op.drop_column("general", column)


def _messages(*more: str) -> None:
    """The messages a call can end with."""
    words = (
        *("greeting_message", "agent_busy_message", "agent_unavailable_message"),
        *("closed_message", "follow_on_message", *more),
    )
    listed = ", ".join(f"'{word}'" for word in words)
    op.drop_constraint("ck_calls_message", "calls")
    op.create_check_constraint(op.f("ck_calls_message"), "calls", f"message IN ({listed})")
