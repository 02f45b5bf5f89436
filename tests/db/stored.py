"""What the tables hold, as plain values to compare."""

from typing import Any
from uuid import UUID

from sqlalchemy import literal_column, select
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.db.engine import snapshot, transaction
from callrouter.db.models import Base, Call
from callrouter.db.queries import StoredCall, call_by_prefix
from callrouter.db.rows import rows_of, write_rows
from callrouter.facts import Fact

# How many facts a row was made from differs with the batches; what it says does not.
_VARYING = {"attempts": {"fact_count"}}


async def all_rows(engine: AsyncEngine, *, exact: bool = False) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table; `exact` adds the row versions, which any write would change."""
    found = {}
    async with snapshot(engine) as connection:
        for table in Base.metadata.sorted_tables:
            hidden = set() if exact else _VARYING.get(table.name, set())
            columns: list[Any] = [c for c in table.columns if c.name not in hidden]
            if exact:
                columns.append(literal_column(f"{table.name}.xmin::text").label("xmin"))
            rows = await connection.execute(select(*columns).order_by(*table.primary_key))
            found[table.name] = [dict(row) for row in rows.mappings()]
    return found


async def stored(engine: AsyncEngine, call_id: UUID) -> StoredCall:
    async with snapshot(engine) as connection:
        return await call_by_prefix(connection, str(call_id))


async def stored_ids(engine: AsyncEngine) -> list[UUID]:
    async with snapshot(engine) as connection:
        return list(await connection.scalars(select(Call.id).order_by(Call.id)))


async def store(engine: AsyncEngine, call_id: UUID, facts: list[Fact]) -> None:
    """Write a call without a writer."""
    async with transaction(engine) as connection:
        await write_rows(connection, [rows_of(call_id, list(facts), 0, None)])
