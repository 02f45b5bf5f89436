"""The call log at millions of rows: every filter has its index, written once a call, at its end.

The indexes of ended calls are partial, so that the many changes of a call in progress do not touch
them; they replace those on number, caller and disposition, which did. `ix_calls_log` holds what
totals are made of, so that a month of totals is read from it alone.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_NEWEST = sa.text("arrived_at DESC")
_ENDED = sa.text("ended_at IS NOT NULL")
_LOG = [
    *("disposition", "settings", "agent_group", "agent", "agent_extension", "settings_version"),
    *("direction", "waiting_seconds", "talking_seconds"),
]
_SEARCHED = (
    "callrouter_trigrams("
    "left(number, 64) || chr(10) || left(caller_number, 64) || chr(10) || left(caller_name, 128))"
)
_REPLACED: dict[str, list[str | sa.TextClause]] = {
    "ix_calls_number": [sa.text("left(number, 64)")],
    "ix_calls_caller_number": [sa.text("left(caller_number, 64)")],
    "ix_calls_disposition": ["disposition"],
}
_NEW = ("settings", "agent_group", "settings_version")


def upgrade() -> None:
    op.execute("SET LOCAL maintenance_work_mem = '256MB'")
    op.execute(
        """
        CREATE FUNCTION callrouter_trigrams(written text) RETURNS text[]
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
            SELECT coalesce(array_agg(DISTINCT substr(small, place, 3)), '{}')
            FROM (SELECT lower(written) AS small) AS lowered,
                generate_series(1, length(small) - 2) AS place
        $$
        """
    )
    for name, columns in _REPLACED.items():
        op.drop_index(name, "calls")
        op.create_index(name, "calls", [*columns, _NEWEST], postgresql_where=_ENDED)
    for column in _NEW:
        op.create_index(f"ix_calls_{column}", "calls", [column, _NEWEST], postgresql_where=_ENDED)
    for column in ("agent", "agent_extension"):
        answered = sa.text(f"ended_at IS NOT NULL AND {column} IS NOT NULL")
        op.create_index(
            f"ix_calls_log_{column}", "calls", [column, _NEWEST], postgresql_where=answered
        )
    for column in ("waiting_seconds", "talking_seconds"):
        op.create_index(f"ix_calls_{column}", "calls", [column], postgresql_where=_ENDED)
        # The few longest of millions must be told from the many long ones.
        op.execute(f"ALTER TABLE calls ALTER COLUMN {column} SET STATISTICS 1000")
    op.create_index(
        "ix_calls_direction",
        "calls",
        [_NEWEST],
        postgresql_where=sa.text("ended_at IS NOT NULL AND direction <> 'incoming'"),
    )
    op.create_index(
        "ix_calls_log",
        "calls",
        [_NEWEST, "id"],
        postgresql_include=_LOG,
        postgresql_where=_ENDED,
    )
    op.create_index(
        "ix_calls_searched",
        "calls",
        [sa.text(_SEARCHED)],
        postgresql_using="gin",
        postgresql_where=_ENDED,
    )
    # Totals are read from the index alone where the table's pages are known to be all visible.
    op.execute(
        "ALTER TABLE calls SET (autovacuum_vacuum_scale_factor = 0.01, "
        "autovacuum_vacuum_insert_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02)"
    )


def downgrade() -> None:
    op.execute(
        "ALTER TABLE calls RESET (autovacuum_vacuum_scale_factor, "
        "autovacuum_vacuum_insert_scale_factor, autovacuum_analyze_scale_factor)"
    )
    for column in ("waiting_seconds", "talking_seconds"):
        op.execute(f"ALTER TABLE calls ALTER COLUMN {column} SET STATISTICS -1")
        op.drop_index(f"ix_calls_{column}", "calls")
    for column in ("agent", "agent_extension"):
        op.drop_index(f"ix_calls_log_{column}", "calls")
    for name in (*_NEW, "direction", "log", "searched"):
        op.drop_index(f"ix_calls_{name}", "calls")
    for name, columns in _REPLACED.items():
        op.drop_index(name, "calls")
        op.create_index(name, "calls", [*columns, _NEWEST])
    op.execute("DROP FUNCTION callrouter_trigrams(text)")
