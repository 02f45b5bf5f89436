"""The agents' board follows the database, and the database what phones have changed."""

import asyncio
import logging
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter import agent_states
from callrouter.agent_states import AgentStates
from callrouter.concurrency import spawn
from callrouter.db.agent_states import agent_statuses, change_status
from callrouter.db.engine import make_engine, snapshot, transaction
from callrouter.db.overrides import end_overrides, live_overrides, set_override
from callrouter.db.schema import upgrade
from callrouter.facts import Fact
from callrouter.local.postgres import PostgresServer
from callrouter.router import Router
from callrouter.routing.model import Override, OverrideKind, RoutingTable
from callrouter.routing.status import StatusChange
from tests.calls.company import Book
from tests.conftest import run_now
from tests.db.sample_calls import answered, call_id
from tests.db.stored import store
from tests.routing.company import TABLE

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


@pytest.fixture
def url(engine: AsyncEngine, postgres_server: PostgresServer) -> str:
    return postgres_server.url(str(engine.url.database))


def now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def following(
    engine: AsyncEngine, url: str, table: RoutingTable = TABLE
) -> AsyncIterator[Router]:
    """A router without an Asterisk whose agents' states are followed."""
    router = Router([], table, Book())
    states = AgentStates(engine, url, router)
    await states.first()
    async with asyncio.TaskGroup() as group:
        task = spawn(group, states.follow(), name="follow")
        yield router
        task.cancel()
    await states.close(1.0)


async def until(true: Callable[[], bool], within: float = 1.0) -> None:
    async with asyncio.timeout(within):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def change(engine: AsyncEngine, what: StatusChange, reason: str = "") -> None:
    async with transaction(engine) as connection:
        await change_status(connection, "amina", what, now(), "boss", reason)


async def test_what_the_database_knows_at_the_start_and_every_change_within_a_second(
    engine: AsyncEngine, url: str
) -> None:
    await change(engine, StatusChange.PAUSE, "lunch")
    async with following(engine, url) as router:
        board = router.agents
        assert board.status("amina").paused == "lunch", "before the first call"
        await asyncio.sleep(0.3)
        await change(engine, StatusChange.LOG_OUT)
        await until(lambda: not board.status("amina").logged_in)
        async with transaction(engine) as connection:
            await connection.execute(text("DELETE FROM agent_states"))
        await until(lambda: board.status("amina").logged_in)


async def test_an_override_holds_within_a_second_and_no_longer_than_it_is_set(
    engine: AsyncEngine, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    closing = Override(
        str(UUID(int=7)), OverrideKind.CLOSED, from_at=now(), author="boss", live=True
    )
    async with following(engine, url) as router:
        await asyncio.sleep(0.3)
        async with transaction(engine) as connection:
            await set_override(connection, closing, now())
        await until(lambda: bool(router.table.settings["head-office"].overrides))
        router.use(TABLE)
        assert router.table.settings["head-office"].overrides[0].author == "boss"
        async with transaction(engine) as connection:
            await end_overrides(connection, [closing.id], now(), "boss")
        await until(lambda: not router.table.settings["head-office"].overrides)
    assert f"Override: closed, set by boss, for all settings: {closing.id}" in caplog.messages
    assert f"Override over: {closing.id}" in caplog.messages


async def test_a_row_that_nobody_can_read_costs_no_call(
    engine: AsyncEngine, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    await change(engine, StatusChange.PAUSE, "lunch")
    async with following(engine, url) as router:
        await asyncio.sleep(0.3)
        async with transaction(engine) as connection:
            await connection.execute(text("UPDATE agent_states SET since = '10000-01-01'"))
        await until(lambda: "are not understood" in caplog.text)
        assert router.agents.status("amina").paused == "lunch", "what was known holds"
        async with transaction(engine) as connection:
            await connection.execute(text("UPDATE agent_states SET since = now(), paused = NULL"))
        await until(lambda: router.agents.status("amina").paused is None)


async def test_what_phones_change_is_written(engine: AsyncEngine, url: str) -> None:
    async with following(engine, url) as router:
        at = now()
        router.live.change_status("amina", StatusChange.PAUSE, at, "amina's phone", "lunch")
        end = at + timedelta(hours=1)
        router.live.close(TABLE, (), at, end, "amina's phone")
        await until(lambda: not router.live.waits.is_set())
        async with snapshot(engine) as connection:
            assert (await agent_statuses(connection))["amina"].paused == "lunch"
            (closing,) = await live_overrides(connection, now())
        assert (closing.until_at, closing.author) == (end, "amina's phone")
        router.live.end((closing.id,), now(), "amina's phone")
        await until(lambda: not router.live.waits.is_set())
        async with snapshot(engine) as connection:
            assert await live_overrides(connection, now()) == ()
        await asyncio.sleep(0.2)
        assert router.agents.status("amina").paused == "lunch"


async def test_a_new_router_goes_on_where_the_last_one_stopped(
    engine: AsyncEngine, url: str
) -> None:
    facts = answered()  # bojan talks for 90 s
    shift = now() - facts[-1].at - timedelta(seconds=5)
    await store(engine, call_id(1), [_moved(fact, shift) for fact in facts])
    sales = replace(TABLE.agent_groups["sales"], wrap_up_seconds=60)
    table = replace(TABLE, agent_groups={**TABLE.agent_groups, "sales": sales})
    async with following(engine, url, table) as router:
        board = router.agents
        history = board.history("bojan", now(), table.timezone)
        assert history.idle_since is not None
        assert now() - history.idle_since < timedelta(seconds=30)
        resting = board.situation(table.agents["bojan"], "any").wrap_up_until
        assert resting == history.idle_since + timedelta(seconds=60)


def _moved(fact: Fact, shift: timedelta) -> Fact:
    group = {"agent_group": "sales"} if hasattr(fact, "agent_group") else {}
    return msgspec.structs.replace(fact, at=fact.at + shift, **group)


async def test_a_router_starts_and_goes_on_while_postgresql_is_away(
    own_server: PostgresServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent_states, "LONGEST_PAUSE_SECONDS", 0.2)
    engine = make_engine(own_server.url())
    await upgrade(engine)
    await change(engine, StatusChange.PAUSE, "lunch")
    await own_server.stop()
    async with following(engine, own_server.url()) as router:
        assert "everybody counts as there" in caplog.text
        assert router.agents.status("amina").paused is None
        router.live.change_status("bojan", StatusChange.LOG_OUT, now(), "bojan's phone")
        assert not router.agents.status("bojan").logged_in
        await asyncio.sleep(1.0)
        await own_server.start()
        await until(lambda: router.agents.status("amina").paused == "lunch", within=15)
        assert not router.agents.status("bojan").logged_in
        await until(lambda: not router.live.waits.is_set(), within=15)
        async with snapshot(engine) as connection:
            assert not (await agent_statuses(connection))["bojan"].logged_in
        await own_server.stop()
        assert router.agents.status("amina").paused == "lunch", "what was known holds"
        router.live.change_status("amina", StatusChange.UNPAUSE, now(), "amina's phone")
    waits = [r.getMessage() for r in caplog.records if "wait to be written" in r.getMessage()]
    assert len(waits) >= 1
    assert "changes from phones are lost" in caplog.text
    assert "amina's phone" in caplog.text
    await engine.dispose()
