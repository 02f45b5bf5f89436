"""What every test can ask for."""

import asyncio
import itertools
import logging
import os
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter import logs
from callrouter.db.engine import make_engine
from callrouter.db.schema import upgrade
from callrouter.local.postgres import PostgresServer
from tests.ari.server import AriServer
from tests.databases import MigratedDatabases

# A busy machine is slow, which is no error. CI tries the same examples every time; at a desk new
# ones are tried.
settings.register_profile(
    "callrouter",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
    database=None,
)
settings.load_profile("callrouter")

T = TypeVar("T")
_database_numbers = itertools.count(1)


def run_now(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` in a loop of its own, from a fixture that outlives any test's loop."""
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(work)


async def migrate(url: str) -> None:
    engine = make_engine(url)
    await upgrade(engine)
    await engine.dispose()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """No two tests have one name: of such, pytest-xdist would run the first and say nothing."""
    for item in items:
        _, bracket, parameters = item.name.rstrip("]").partition("[")
        if bracket and item.id.params is None:  # schemathesis names them so, pytest 9.2 no more
            item._id = item.id.with_params(parameters)
    names = Counter(item.nodeid for item in items)
    if twice := [name for name, times in names.items() if times > 1]:
        raise pytest.UsageError(f"tests of one name: {', '.join(twice[:5])}")


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    """A command that is run within a test sets up the process's log."""
    root = logging.getLogger()
    handlers, level, own = list(root.handlers), root.level, logs._handler
    yield
    if logs._handler is not own:
        root.handlers[:] = handlers
        root.setLevel(level)
        logs._handler = own


@pytest.fixture
async def server() -> AsyncIterator[AriServer]:
    """An ARI server on loopback that does as it is told."""
    server = AriServer()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A real PostgreSQL 18 for this test run (0.7 s); its data are thrown away at the end."""
    with tempfile.TemporaryDirectory(prefix="callrouter-test-") as folder:
        Path(folder).chmod(0o711)  # root's server runs as nobody
        server = PostgresServer(Path(folder), durable=False)
        run_now(server.start())
        try:
            yield server
        finally:
            run_now(server.stop())


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """An empty database of the test's own, as `postgresql://…`; dropped after the test."""
    name = f"test_{next(_database_numbers)}"
    run_now(postgres_server.create_database(name))
    yield postgres_server.url(name)
    run_now(postgres_server.drop_database(name))


@pytest.fixture(scope="session")
def migrated_template(postgres_server: PostgresServer) -> Iterator[str]:
    """The name of a database with our tables, to be copied: quicker than migrating each time."""
    run_now(postgres_server.create_database("migrated"))
    run_now(migrate(postgres_server.url("migrated")))
    yield "migrated"
    run_now(postgres_server.drop_database("migrated"))


@pytest.fixture(scope="session")
def migrated_databases(
    postgres_server: PostgresServer, migrated_template: str
) -> MigratedDatabases:
    """Databases with our tables, empty ones."""
    return MigratedDatabases(postgres_server, migrated_template)


@pytest.fixture
async def engine(
    postgres_server: PostgresServer, migrated_databases: MigratedDatabases
) -> AsyncIterator[AsyncEngine]:
    """A database of the test's own, with our tables."""
    name = await migrated_databases.take()
    engine = make_engine(postgres_server.url(name))
    yield engine
    await engine.dispose()
    await migrated_databases.give_back(name)
