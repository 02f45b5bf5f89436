"""Hearing of changes: at once, each table once, and everything anew after PostgreSQL was away."""

import asyncio
import logging
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest
from sqlalchemy import text

from callrouter.db import changes as listening
from callrouter.db.changes import RESYNC, changes
from callrouter.db.engine import DatabaseAddressInvalid, make_engine, transaction
from callrouter.local.postgres import PostgresServer
from tests.conftest import run_now

pytestmark = pytest.mark.postgres


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """A server that only this test uses, for it is stopped in the middle."""
    with tempfile.TemporaryDirectory(prefix="callrouter-test-") as folder:
        Path(folder).chmod(0o711)  # root's server runs as nobody
        server = PostgresServer(Path(folder), durable=False)
        run_now(server.start())
        try:
            yield server
        finally:
            run_now(server.stop())


async def tell(
    url: str, *names: str, statement: str = "SELECT pg_notify('callrouter', :n)"
) -> None:
    engine = make_engine(url)
    async with transaction(engine) as connection:
        for name in names:
            await connection.execute(text(statement), {"n": name})
    await engine.dispose()


async def told(heard: AsyncIterator[str], within: float = 5.0) -> str:
    async with asyncio.timeout(within):
        return await anext(heard)


async def test_each_table_is_named_once_however_often_it_has_changed(postgres_url: str) -> None:
    async with aclosing(changes(postgres_url)) as heard:
        assert await told(heard) == RESYNC
        await tell(postgres_url, "overrides")
        await tell(postgres_url, "agent_states", "overrides")
        await tell(postgres_url, "overrides")
        await asyncio.sleep(0.2)
        assert [await told(heard), await told(heard)] == ["overrides", "agent_states"]
        with pytest.raises(TimeoutError):
            await told(heard, within=0.2)


async def test_a_cut_connection_means_to_read_everything_anew(
    postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    cut = "SELECT pg_terminate_backend(pid), :n FROM pg_stat_activity WHERE application_name = :n"
    async with aclosing(changes(f"{postgres_url}&application_name=ears")) as heard:
        assert await told(heard) == RESYNC
        await tell(postgres_url, "ears", statement=cut)
        assert await told(heard) == RESYNC
        await tell(postgres_url, "overrides")
        assert await told(heard) == "overrides"
    assert [r for r in caplog.records if r.levelno > logging.INFO] == []


async def test_postgresql_stops_and_comes_back(
    own_server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with aclosing(changes(own_server.url())) as heard:
        assert await told(heard) == RESYNC
        await own_server.stop()
        with pytest.raises(TimeoutError):
            await told(heard, within=1.0)
    async with aclosing(changes(own_server.url())) as heard:
        later = asyncio.ensure_future(told(heard, within=20))  # noqa: TID251
        await asyncio.sleep(0.5)
        assert not later.done()
        await own_server.start()
        assert await later == RESYNC
        await tell(own_server.url(), "agent_states")
        assert await told(heard) == "agent_states"
    away = [r.getMessage() for r in caplog.records if "tells of no changes" in r.getMessage()]
    assert len(away) == 2, "once for each listener, not once for each try"


async def test_a_silent_connection_is_asked_whether_it_lives(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "SILENCE_SECONDS", 0.05)
    async with aclosing(changes(postgres_url)) as heard:
        assert await told(heard) == RESYNC
        later = asyncio.ensure_future(told(heard))  # noqa: TID251
        await asyncio.sleep(0.3)
        await tell(postgres_url, "overrides")
        assert await later == "overrides"


async def test_an_address_that_is_none_is_an_error_at_once() -> None:
    with pytest.raises(DatabaseAddressInvalid):
        await anext(changes("mysql://x"))
