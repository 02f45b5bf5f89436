"""What supervisors ask the router to do with a call; talks of calls that are moved on."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_OLD_PARTIES = ("caller", "agent", "callrouter")
_NEW_PARTIES = (*_OLD_PARTIES, "supervisor")
_RANG = ("answered", "answered_elsewhere", "no_answer", "busy", "rejected", "unreachable")
_OLD_OUTCOMES = (*_RANG, "caller_left", "failed", "skipped")
_NEW_OUTCOMES = (*_RANG, "caller_left", "cancelled", "failed", "skipped")


def _at(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def upgrade() -> None:
    op.add_column("calls", _at("talking_since"))
    op.add_column(
        "calls",
        sa.Column("earlier_talk_seconds", sa.Double(), server_default="0", nullable=False),
    )
    for name in ("moved_by", "moved_to", "ended_by"):
        op.add_column("calls", _text(name))
    op.add_column("attempts", _at("talk_ended_at"))
    op.add_column("attempts", sa.Column("talking_seconds", sa.Double(), nullable=True))
    _words("calls", "hung_up_by", _NEW_PARTIES)
    _words("attempts", "outcome", _NEW_OUTCOMES)
    # What a router that starts asks of the days before: who talked how much, and when last.
    op.execute(
        """
        UPDATE attempts SET talk_ended_at = calls.ended_at, talking_seconds = calls.talking_seconds
          FROM calls
         WHERE calls.id = attempts.call_id AND calls.agent = attempts.agent
           AND attempts.outcome = 'answered'
           AND calls.arrived_at > now() - interval '8 days' AND calls.ended_at IS NOT NULL
        """
    )
    op.create_index(
        "ix_attempts_talks",
        "attempts",
        ["agent", sa.text("talk_ended_at DESC")],
        postgresql_where=sa.text("talk_ended_at IS NOT NULL"),
    )
    op.create_table(
        "call_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        _text("what", nullable=False),
        _text("target_kind"),
        _text("target"),
        _text("asked_by", nullable=False),
        sa.Column(
            "asked_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.clock_timestamp(),
            nullable=False,
        ),
        _at("taken_at"),
        _text("outcome"),
        _text("detail"),
        _at("ended_at"),
        sa.PrimaryKeyConstraint("id", name="pk_call_requests"),
        sa.CheckConstraint("what IN ('end', 'move')", name=op.f("ck_call_requests_what")),
        sa.CheckConstraint(
            "target_kind IN ('agent_group', 'agent', 'outside_number', 'incoming_call_settings')",
            name=op.f("ck_call_requests_target_kind"),
        ),
        sa.CheckConstraint(
            "outcome IN ('done', 'call_over', 'nobody', 'refused', 'not_taken')",
            name=op.f("ck_call_requests_outcome"),
        ),
        sa.CheckConstraint(
            "(what = 'move') = (target IS NOT NULL)", name=op.f("ck_call_requests_target")
        ),
        sa.CheckConstraint(
            "(target IS NULL) = (target_kind IS NULL)", name=op.f("ck_call_requests_target_whole")
        ),
    )
    op.create_index("ix_call_requests_asked_at", "call_requests", [sa.text("asked_at DESC")])
    op.execute(
        "CREATE TRIGGER tell AFTER INSERT OR UPDATE ON call_requests "
        "FOR EACH STATEMENT EXECUTE FUNCTION callrouter_tell()"
    )


def downgrade() -> None:
    op.drop_table("call_requests")
    op.drop_index("ix_attempts_talks", "attempts")
    op.execute("UPDATE calls SET hung_up_by = 'callrouter' WHERE hung_up_by = 'supervisor'")
    op.execute("UPDATE attempts SET outcome = 'caller_left' WHERE outcome = 'cancelled'")
    _words("calls", "hung_up_by", _OLD_PARTIES)
    _words("attempts", "outcome", _OLD_OUTCOMES)
    for name in ("talking_seconds", "talk_ended_at"):
        op.drop_column("attempts", name)
    for name in ("ended_by", "moved_to", "moved_by", "earlier_talk_seconds", "talking_since"):
        op.drop_column("calls", name)


def _words(table: str, column: str, words: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{word}'" for word in words)
    name = op.f(f"ck_{table}_{column}")
    op.drop_constraint(name, table, type_="check")
    op.create_check_constraint(name, table, f"{column} IN ({listed})")
