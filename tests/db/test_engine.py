"""Addresses as people write them; errors that say what to do and never show a password."""

import traceback
from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.db.engine import (
    DatabaseAddressInvalid,
    DatabaseUnavailable,
    DataRefused,
    SchemaOutdated,
    asyncpg_url,
    described,
    make_engine,
    patient_engine,
    transaction,
    unpooled_engine,
)


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("postgresql://ann:pw@db.example:6432/calls", "db.example:6432, database calls"),
        ("postgres://ann:pw@db.example/calls", "db.example:5432, database calls"),
        ("postgresql+asyncpg://ann@db.example/calls", "db.example:5432, database calls"),
        ("postgresql+psycopg://ann@db.example/calls", "db.example:5432, database calls"),
        ("postgresql://ann@/calls?host=/run/postgresql", "/run/postgresql, database calls"),
        ("postgresql://ann@%2Frun%2Fpostgresql/calls", "/run/postgresql, database calls"),
        ("postgresql:///calls?host=db.example&port=1&user=ann", "db.example:1, database calls"),
        ("postgresql://ann:pw@[::1]:6432/calls?sslmode=disable", "::1:6432, database calls"),
        ("postgresql://ann@db.example", "db.example:5432, database ann"),
    ],
)
def test_addresses(written: str, place: str) -> None:
    url = asyncpg_url(written)
    assert described(url) == place
    assert url.drivername == "postgresql+asyncpg"
    make_engine(written)


@pytest.mark.parametrize(
    "written",
    [
        "sesame",
        "",
        "mysql://ann:sesame@db/calls",
        "postgresql://ann:ope@sesame@db/calls",
        "postgresql://ann:sesame@db:port/calls",
        "postgresql://ann:sesame@db/calls?port=sesame",
        "postgresql://ann:sesame@db/calls?host=a&host=b",
        "postgresql://ann:sesame@db/calls?whatever=sesame",
        "postgresql://ann:sesame@db/calls?connect_timeout=sesame",
    ],
)
def test_an_address_that_cannot_be_understood_is_not_repeated(written: str) -> None:
    with pytest.raises(DatabaseAddressInvalid) as caught:
        make_engine(written)
    shown = "".join(traceback.format_exception(caught.value))
    assert "sesame" not in shown.replace(f'"{written}"', "")


async def problem(url: str, statement: str = "SELECT 1") -> Exception:
    engine = make_engine(url)
    try:
        async with transaction(engine) as connection:
            await connection.execute(text(statement))
    except (DatabaseUnavailable, DataRefused) as error:
        return error
    finally:
        await engine.dispose()
    raise AssertionError("no error")


async def test_nobody_listens() -> None:
    error = await problem("postgresql://ann:sesame@127.0.0.1:1/calls")
    assert str(error) == (
        "PostgreSQL at 127.0.0.1:1, database calls cannot be used: connection refused."
        " Start it, or correct CALLROUTER_DATABASE_URL (or --database)."
    )
    assert "sesame" not in "".join(traceback.format_exception(error))
    socket = await problem("postgresql://ann:sesame@/calls?host=/nowhere")
    assert "/nowhere, database calls cannot be used: no such socket" in str(socket)


@pytest.mark.postgres
async def test_what_the_server_refuses(postgres_url: str) -> None:
    wrong_user = await problem(postgres_url.replace("//callrouter:", "//ann:"))
    assert 'refuses us: password authentication failed for user "ann"' in str(wrong_user)

    no_database = await problem(postgres_url.replace("@/test_", "@/toast_"))
    assert "does not exist. Create it (createdb)" in str(no_database)
    assert isinstance(await problem(postgres_url, "SELECT * FROM calls"), SchemaOutdated)
    assert isinstance(await problem(postgres_url, "SELECT 1/0"), DataRefused)
    assert isinstance(await problem(postgres_url, "SELECT nonsense("), DatabaseUnavailable)


@pytest.mark.postgres
@pytest.mark.parametrize("another", [patient_engine, unpooled_engine])
async def test_another_engine_goes_the_same_way(
    postgres_url: str, another: Callable[[AsyncEngine], AsyncEngine]
) -> None:
    engine = make_engine(f"{postgres_url}&application_name=desk&connect_timeout=20")
    beside = another(engine)
    try:
        async with beside.connect() as connection:
            name = await connection.scalar(text("SELECT current_setting('application_name')"))
    finally:
        await beside.dispose()
    assert name == "desk"
    assert beside.get_execution_options()["connect_seconds"] == 20.0
