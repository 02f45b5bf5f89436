"""An agent's calls that ended so, or are of a group, without reading the calls."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_AGENTS = ("agent", "agent_extension")
_INCLUDED = ["id", "disposition", "agent_group"]


def upgrade() -> None:
    for column in _AGENTS:
        op.drop_index(f"ix_calls_log_{column}", "calls")
        _create(column, _INCLUDED)


def downgrade() -> None:
    for column in _AGENTS:
        op.drop_index(f"ix_calls_log_{column}", "calls")
        _create(column, [])


def _create(column: str, included: list[str]) -> None:
    op.create_index(
        f"ix_calls_log_{column}",
        "calls",
        [column, sa.text("arrived_at DESC")],
        postgresql_where=sa.text(f"ended_at IS NOT NULL AND {column} IS NOT NULL"),
        postgresql_include=included,
    )
