"""The configuration's tables as a whole: read at one moment, replaced in one transaction.

PostgreSQL itself makes JSON of the rows and rows of JSON: the router never takes them apart.
"""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Table, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.db.configuration_tables import CONFIGURATION, LISTS, config_edits

LOCK_SECONDS = 10
"""How long another edit that has not been committed is waited for."""

_EDIT_LOCK = 7_255_081_703  # that of the triggers: migration 0003


class StoredRows(NamedTuple):
    """All rows as JSON text, in their order, and the newest edit that is in them, 0 is none."""

    rows: str
    edit: int


class Edit(NamedTuple):
    """The newest edit of the tables, by whatever program; `id` grows with every edit."""

    id: int
    author: str
    note: str | None
    at: datetime


def _columns(table: Table) -> list[str]:
    """Those an edit writes: PostgreSQL gives the rest."""
    ours = {"position"} | ({"id"} if table in LISTS or table.name == "general" else set())
    return [f'"{column.name}"' for column in table.columns if column.name not in ours]


def _rows_of(table: Table) -> str:
    order = "position, " if "position" in table.columns else ""
    key = table.primary_key.columns.values()[0].name
    # Names of tables and columns are ours.
    return (
        f"'{table.name}', (SELECT coalesce(json_agg(row_to_json(t) ORDER BY {order}{key}), '[]')"  # noqa: S608
        f" FROM {table.name} t)"
    )


_READ = text(
    f"SELECT json_build_object({', '.join(map(_rows_of, CONFIGURATION))})::text,"  # noqa: S608
    " (SELECT coalesce(max(id), 0) FROM config_edits)"
)


async def stored_rows(connection: AsyncConnection) -> StoredRows:
    """What the tables hold, all of one moment."""
    row = (await connection.execute(_READ)).one()
    return StoredRows(row[0], row[1])


async def newest_edit(connection: AsyncConnection) -> Edit | None:
    """One index probe that tells whether the tables have changed; None before the first edit."""
    columns = config_edits.c
    found = await connection.execute(
        select(columns.id, columns.author, columns.note, columns.at)
        .order_by(columns.id.desc())
        .limit(1)
    )
    row = found.one_or_none()
    return None if row is None else Edit(*row)


async def lock_edits(connection: AsyncConnection) -> None:
    """From here to the end of the transaction nobody else edits the tables.

    Waits for another edit in progress, so long; then PostgreSQL refuses.
    """
    await connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
    await connection.execute(select(func.pg_advisory_xact_lock(_EDIT_LOCK)))


async def replace_rows(
    connection: AsyncConnection, rows: str, author: str, note: str | None
) -> StoredRows:
    """Put these rows in the place of all there are; what the tables hold then.

    Waits for another edit in progress. Raises what PostgreSQL raises where it refuses a row.
    """
    await lock_edits(connection)
    await connection.execute(
        text(
            "SELECT set_config('callrouter.author', :author, true),"
            " set_config('callrouter.note', :note, true)"
        ),
        {"author": author, "note": note or ""},
    )
    for table in reversed(CONFIGURATION):
        await connection.execute(table.delete())
    for table in CONFIGURATION:
        columns = ", ".join(_columns(table))
        await connection.execute(
            text(
                f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM"  # noqa: S608
                f" json_populate_recordset(NULL::{table.name},"
                f" CAST(:rows AS json) -> '{table.name}')"
            ),
            {"rows": rows},
        )
    await connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    return await stored_rows(connection)
