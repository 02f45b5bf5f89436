"""What the router tells of the present, for the live board."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    # What is true for a moment only need not survive a crash of PostgreSQL: no write-ahead log.
    op.create_table(
        "router_status",
        sa.Column("router", sa.Text(), nullable=False),
        sa.Column("run", sa.Uuid(), nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.Column("status", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("router", name="pk_router_status"),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "agent_presence",
        sa.Column("router", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("phone_since", _MOMENT, nullable=True),
        sa.Column("call", sa.Uuid(), nullable=True),
        sa.Column("call_since", _MOMENT, nullable=True),
        sa.Column("talking_since", _MOMENT, nullable=True),
        sa.Column("wrap_up_until", _MOMENT, nullable=True),
        sa.Column("declined_until", _MOMENT, nullable=True),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("router", "agent", name="pk_agent_presence"),
        prefixes=["UNLOGGED"],
    )


def downgrade() -> None:
    for table in ("agent_presence", "router_status"):
        op.drop_table(table)
