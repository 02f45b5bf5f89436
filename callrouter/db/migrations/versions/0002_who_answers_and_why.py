"""Why a call went where it went; agents' states and overrides, with a notice of every change."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_WHY = ("timezone", "schedule_row", "holiday", "override")
_ATTEMPT = ("name", "agent_group", "sorted_by", "detail")
_OLD_MESSAGES = ("greeting_message", "agent_busy_message", "agent_unavailable_message")
_NEW_MESSAGES = (*_OLD_MESSAGES, "closed_message", "follow_on_message")


def _at(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(none_as_null=True), nullable=False)


def upgrade() -> None:
    for name in _WHY:
        op.add_column("calls", _text(name))
    for name in _ATTEMPT:
        op.add_column(
            "attempts", sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''"))
        )
        op.alter_column("attempts", name, server_default=None)
    op.create_index(
        "ix_calls_agent",
        "calls",
        ["agent", sa.text("ended_at DESC")],
        postgresql_where=sa.text("agent IS NOT NULL"),
    )
    _messages(_NEW_MESSAGES)
    op.create_table(
        "agent_states",
        _text("agent", nullable=False),
        sa.Column("logged_in", sa.Boolean(), nullable=False),
        _text("paused"),
        _at("since", nullable=False),
        _text("changed_by", nullable=False),
        sa.PrimaryKeyConstraint("agent", name="pk_agent_states"),
    )
    op.create_table(
        "overrides",
        sa.Column("id", sa.Uuid(), nullable=False),
        _text("kind", nullable=False),
        _json("settings"),
        _json("targets"),
        _at("from_at", nullable=False),
        _at("until_at"),
        _text("message"),
        _text("language"),
        _text("author", nullable=False),
        _text("reason", nullable=False),
        _at("set_at", nullable=False),
        _at("ended_at"),
        _text("ended_by"),
        sa.PrimaryKeyConstraint("id", name="pk_overrides"),
        sa.CheckConstraint("kind IN ('closed', 'open', 'send_to')", name=op.f("ck_overrides_kind")),
        sa.CheckConstraint("until_at > from_at", name=op.f("ck_overrides_until_at")),
        sa.CheckConstraint(
            "from_at >= '1970-01-01 00:00+00' AND until_at < '2200-01-02 00:00+00'",
            name=op.f("ck_overrides_of_our_time"),
        ),
    )
    op.create_index("ix_overrides_set_at", "overrides", [sa.text("set_at DESC")])
    op.execute(
        """
        CREATE FUNCTION callrouter_tell() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('callrouter', TG_TABLE_NAME);
            RETURN NULL;
        END $$
        """
    )
    for table in ("agent_states", "overrides"):
        op.execute(
            f"CREATE TRIGGER tell AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION callrouter_tell()"
        )


def downgrade() -> None:
    op.drop_table("overrides")
    op.drop_table("agent_states")
    op.execute("DROP FUNCTION callrouter_tell()")
    op.execute(
        "UPDATE calls SET message = 'agent_unavailable_message' "
        "WHERE message IN ('closed_message', 'follow_on_message')"
    )
    _messages(_OLD_MESSAGES)
    op.drop_index("ix_calls_agent", "calls")
    for name in _ATTEMPT:
        op.drop_column("attempts", name)
    for name in _WHY:
        op.drop_column("calls", name)


def _messages(words: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{word}'" for word in words)
    op.drop_constraint(op.f("ck_calls_message"), "calls", type_="check")
    op.create_check_constraint(op.f("ck_calls_message"), "calls", f"message IN ({listed})")
