"""A group's calls that ended so, or waited so long, without reading the calls."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    _recreate(["id", "disposition", "waiting_seconds"])


def downgrade() -> None:
    _recreate([])


def _recreate(included: list[str]) -> None:
    op.drop_index("ix_calls_agent_group", "calls")
    op.create_index(
        "ix_calls_agent_group",
        "calls",
        ["agent_group", sa.text("arrived_at DESC")],
        postgresql_where=sa.text("ended_at IS NOT NULL"),
        postgresql_include=included,
    )
