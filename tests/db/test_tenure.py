"""Which router answers: one holds the lock, and another takes over when nobody does."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.concurrency import beside
from callrouter.db import tenure
from callrouter.db.engine import make_engine, transaction
from callrouter.db.presence import AsteriskStatus, RouterStatus, tell_status
from callrouter.db.tenure import Tenure
from callrouter.local.postgres import PostgresServer

pytestmark = pytest.mark.postgres

SERVER = "http://127.0.0.1:8088"


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tenure, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(tenure, "QUIET_SECONDS", 0.4)
    monkeypatch.setattr(tenure, "SILENT_SECONDS", 1.0)


Of = Callable[..., Tenure]


@pytest.fixture
def of(engine: AsyncEngine, postgres_server: PostgresServer) -> Of:
    url = postgres_server.url(str(engine.url.database))

    def tenure_of(server: str = SERVER, application: str = "callrouter") -> Tenure:
        return Tenure(url, application, [server])

    return tenure_of


async def tell(engine: AsyncEngine, server: str = SERVER) -> None:
    """A router says that it is there."""
    status = RouterStatus(callrouter="1", asterisk=(AsteriskStatus(url=server),))
    async with transaction(engine) as connection:
        now = datetime.now(UTC)
        await tell_status(connection, f"router of {server}", uuid4(), now, status)


async def test_one_holds_it_and_the_next_has_it_when_he_is_gone(
    engine: AsyncEngine, of: Of
) -> None:
    first, second = of(), of()
    async with beside(second_after(first, second), name="second"):
        async with beside(first.hold(), name="first"):
            assert await first.alone(5.0)
            assert not await second.alone(0.3)
        assert await second.alone(5.0)


async def second_after(first: Tenure, second: Tenure) -> None:
    await first.alone(5.0)
    await second.hold()


async def test_other_servers_and_applications_are_others_business(
    engine: AsyncEngine, of: Of
) -> None:
    first = of()
    elsewhere, other = of("http://127.0.0.1:9"), of(application="other")
    async with (
        beside(first.hold(), name="first"),
        beside(elsewhere.hold(), name="elsewhere"),
        beside(other.hold(), name="other"),
    ):
        assert await first.alone(5.0)
        assert await elsewhere.alone(5.0)
        assert await other.alone(5.0)


async def test_where_nobody_is_it_is_his_turn_at_once(engine: AsyncEngine, of: Of) -> None:
    await tell(engine, "http://127.0.0.1:9")  # another one's, of other servers
    async with asyncio.timeout(5.0):
        await of().turn(engine)


async def test_he_stands_by_while_the_other_answers(engine: AsyncEngine, of: Of) -> None:
    first, second = of(), of()
    async with beside(first.hold(), name="first"):
        assert await first.alone(5.0)
        for _ in range(6):
            await tell(engine)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.25):
                    await second.turn(engine)


async def test_who_has_lost_postgresql_for_a_moment_keeps_his_calls(
    engine: AsyncEngine, of: Of
) -> None:
    """The lock is free, but he was heard a moment ago."""
    await tell(engine)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await of().turn(engine)


async def test_who_died_is_replaced(engine: AsyncEngine, of: Of) -> None:
    await tell(engine)
    async with asyncio.timeout(5.0):
        await of().turn(engine)


async def test_who_hangs_is_replaced_though_he_holds_the_lock(engine: AsyncEngine, of: Of) -> None:
    first = of()
    async with beside(first.hold(), name="first"):
        assert await first.alone(5.0)
        await tell(engine)
        async with asyncio.timeout(5.0):
            await of().turn(engine)


async def test_without_postgresql_nobody_takes_over() -> None:
    url = "postgresql://x@127.0.0.1:1/x"
    engine = make_engine(url)
    standing_by = Tenure(url, "callrouter", [SERVER])
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await standing_by.turn(engine)
    await engine.dispose()
