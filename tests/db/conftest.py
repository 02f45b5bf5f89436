"""A database of the test's own with this version's tables, and what its rows say."""

import itertools
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.db.engine import make_engine
from callrouter.db.schema import upgrade
from callrouter.local.postgres import PostgresServer
from tests.conftest import run_now

_numbers = itertools.count(1)


async def migrate(url: str) -> None:
    engine = make_engine(url)
    await upgrade(engine)
    await engine.dispose()


@pytest.fixture(scope="session")
def migrated_template(postgres_server: PostgresServer) -> Iterator[str]:
    """The name of a database with our tables, to be copied: quicker than migrating each time."""
    run_now(postgres_server.create_database("migrated"))
    run_now(migrate(postgres_server.url("migrated")))
    yield "migrated"
    run_now(postgres_server.drop_database("migrated"))


@pytest.fixture
async def engine(
    postgres_server: PostgresServer, migrated_template: str
) -> AsyncIterator[AsyncEngine]:
    name = f"records_{next(_numbers)}"
    await postgres_server.create_database(name, template=migrated_template)
    engine = make_engine(postgres_server.url(name))
    yield engine
    await engine.dispose()
    await postgres_server.drop_database(name)
