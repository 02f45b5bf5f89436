"""A connection that is kept: used again, closed, and left when it is no good any more."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.db.engine import DatabaseUnavailable, DataRefused, make_engine, transaction
from callrouter.db.kept_connection import KeptConnection

pytestmark = pytest.mark.postgres

NOTE = "INSERT INTO noted (what, backend) VALUES ($1::text::int, pg_backend_pid())"
SLEEP = "SELECT pg_sleep($1::text::float)"


@pytest.fixture
async def noted(engine: AsyncEngine) -> AsyncEngine:
    async with transaction(engine) as connection:
        await connection.execute(text("CREATE TABLE noted (what int, backend int)"))
    return engine


async def backends(engine: AsyncEngine) -> list[int]:
    async with transaction(engine) as connection:
        return list(await connection.scalars(text("SELECT backend FROM noted ORDER BY what")))


async def test_it_is_one_connection_until_it_is_closed(noted: AsyncEngine) -> None:
    kept = KeptConnection(noted)
    for number in "12":
        await kept.execute(NOTE, number)
    first, second = await backends(noted)
    assert first == second
    await kept.close()
    await kept.close()
    await kept.execute(NOTE, "3")
    assert (await backends(noted))[2] != first
    await kept.close()


async def test_it_gives_the_first_value_of_the_first_row(engine: AsyncEngine) -> None:
    kept = KeptConnection(engine)
    up_to = "SELECT number, 'other' FROM generate_series(1, $1::text::int) AS number"
    assert await kept.execute(up_to, "3") == 1
    assert await kept.execute(up_to, "0") is None
    await kept.close()


async def test_after_a_restart_of_postgresql_one_failure_is_all(noted: AsyncEngine) -> None:
    """The pool of the others has dead ones, too."""
    kept = KeptConnection(noted)
    await kept.execute(NOTE, "1")
    async with transaction(noted), transaction(noted), transaction(noted) as connection:
        await connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                 " WHERE datname = current_database() AND pid <> pg_backend_pid()")
        )  # fmt: skip
    with pytest.raises(DatabaseUnavailable):
        await kept.execute(NOTE, "2")
    await kept.execute(NOTE, "3")
    await kept.close()


async def test_one_that_has_died_is_replaced(noted: AsyncEngine) -> None:
    kept = KeptConnection(noted)
    await kept.execute(NOTE, "1")
    (backend,) = await backends(noted)
    async with transaction(noted) as connection:
        await connection.execute(text(f"SELECT pg_terminate_backend({backend})"))
    with pytest.raises(DatabaseUnavailable):
        await kept.execute(NOTE, "2")
    await kept.execute(NOTE, "3")
    assert len(await backends(noted)) == 2
    await kept.close()


async def test_what_is_refused_costs_nothing_but_itself(noted: AsyncEngine) -> None:
    kept = KeptConnection(noted)
    await kept.execute(NOTE, "1")
    with pytest.raises(DataRefused, match="invalid input syntax"):
        await kept.execute(NOTE, "many")
    await kept.execute(NOTE, "2")
    first, second = await backends(noted)
    assert first == second
    await kept.close()


async def test_one_whose_statement_was_given_up_is_left(noted: AsyncEngine) -> None:
    kept = KeptConnection(noted)
    await kept.execute(NOTE, "1")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(kept.execute(SLEEP, "10"), 0.2)
    await asyncio.wait_for(kept.execute(NOTE, "2"), 5)
    first, second = await backends(noted)
    assert first != second
    await kept.close()


async def test_nobody_answers() -> None:
    engine = make_engine("postgresql://callrouter@127.0.0.1:1/x")
    kept = KeptConnection(engine)
    for _ in range(2):
        with pytest.raises(DatabaseUnavailable, match="connection refused"):
            await kept.execute(NOTE, "1")
    await engine.dispose()
