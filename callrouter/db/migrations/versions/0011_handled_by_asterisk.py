"""Which calls Asterisk handled by itself, while no router was there."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # A constant: no row is written for it, however many there are.
    op.add_column(
        "calls",
        sa.Column("handled_by_asterisk", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("calls", "handled_by_asterisk")
