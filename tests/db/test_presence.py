"""What a router tells of the present: soon, in few writes, and never in a call's way."""

import asyncio
import json
import logging
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from msgspec import structs
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter import presence as publishing
from callrouter.concurrency import spawn
from callrouter.configuration import ConfigurationState
from callrouter.db.changes import RESYNC, changes
from callrouter.db.engine import DataRefused, make_engine, snapshot, transaction, unpooled_engine
from callrouter.db.kept_connection import KeptConnection
from callrouter.db.presence import (
    CHANNEL,
    TELL,
    AsteriskStatus,
    RouterSeen,
    RouterStatus,
    as_json,
    forget_dead,
    notify,
    presences,
    routers_seen,
    tell_presence,
    tell_status,
)
from callrouter.db.records import RecordWriter
from callrouter.db.schema import upgrade
from callrouter.local.postgres import PostgresServer
from callrouter.presence import Publisher
from callrouter.router import Router
from callrouter.routing.presence import PhoneUse, Presence
from tests.calls.company import Book
from tests.conftest import run_now
from tests.db.sample_calls import answered, call_id
from tests.routing.company import TABLE

pytestmark = pytest.mark.postgres

AMINA, BOJAN = TABLE.agents["amina"], TABLE.agents["bojan"]
NAME = "router one"


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


def now() -> datetime:
    return datetime.now(UTC)


class Here:
    """A router without an Asterisk that tells what it knows."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.router = Router([], TABLE, Book())
        self.records = RecordWriter(engine, batch_seconds=0)
        self.state = ConfigurationState("v1", "callrouter.yaml", now())
        self.publisher = Publisher(engine, NAME, self.router, self.records, self.state)

    async def known(self) -> dict[str, Presence]:
        async with snapshot(self.engine) as connection:
            return (await presences(connection)).get(NAME, {})

    async def seen(self) -> list[RouterSeen]:
        async with snapshot(self.engine) as connection:
            return await routers_seen(connection)

    async def until_seen(self, true: Callable[[RouterSeen], bool]) -> RouterSeen:
        async with asyncio.timeout(5):
            while True:
                (seen,) = await self.seen()
                if true(seen):
                    return seen
                await asyncio.sleep(0.02)

    async def until(self, agent: str, true: Callable[[Presence], bool]) -> Presence:
        async with asyncio.timeout(5):
            while True:
                known = (await self.known()).get(agent)
                if known is not None and true(known):
                    return known
                await asyncio.sleep(0.02)


@asynccontextmanager
async def telling(engine: AsyncEngine) -> AsyncIterator[Here]:
    here = Here(engine)
    async with asyncio.TaskGroup() as group:
        tasks = [
            spawn(group, here.publisher.run(), name="tell"),
            spawn(group, here.records.run(), name="write"),
        ]
        yield here
        for task in tasks:
            task.cancel()


async def test_a_call_s_way_through_an_agent(engine: AsyncEngine) -> None:
    async with telling(engine) as here:
        board, at, call = here.router.agents, now(), uuid4()
        assert (await here.until("amina", lambda known: True)).phone is PhoneUse.UNKNOWN
        assert set(await here.known()) == set(TABLE.agents)
        board.set_state("a1", AMINA.phones[0], "NOT_INUSE", at)
        await here.until("amina", lambda known: known.phone is PhoneUse.FREE)
        assert board.reserve(AMINA, call, "a1", at, "UTC", {}) is None
        rung = await here.until("amina", lambda known: known.call == call)
        assert (rung.call_since, rung.talking_since) == (at, None)
        board.talk_began("amina", at, "UTC")
        await here.until("amina", lambda known: known.talking_since == at)
        board.talk_ended("amina", 3.0, at, "UTC", 30.0)
        board.release("amina", call)
        rests = await here.until("amina", lambda known: known.call is None)
        assert rests.wrap_up_until == at + timedelta(seconds=30)
        board.declined("amina", "sales", "declined a call", at + timedelta(seconds=40))
        await here.until("amina", lambda known: known.declined_until is not None)


async def test_who_is_as_he_was_is_so_since_then(engine: AsyncEngine) -> None:
    async with telling(engine) as here:
        first = await here.until("bojan", lambda known: True)
        here.router.agents.set_state("a1", AMINA.phones[0], "NOT_INUSE")
        await here.until("amina", lambda known: known.phone is PhoneUse.FREE)
    async with telling(engine) as again:  # another process, which tells everything
        again.router.agents.set_state("a1", AMINA.phones[0], "UNAVAILABLE")
        await again.until("amina", lambda known: known.phone is PhoneUse.UNREACHABLE)
        assert (await again.known())["bojan"] == first


async def test_all_that_changes_in_half_a_second_is_one_transaction(
    engine: AsyncEngine, postgres_server: PostgresServer
) -> None:
    async with telling(engine) as here:
        await here.until("amina", lambda known: True)
        await asyncio.sleep(0.5)
        begun, told = time.monotonic(), 0
        url = postgres_server.url(str(engine.url.database))
        async with aclosing(changes(url, (CHANNEL,))) as heard:
            assert await anext(heard) == RESYNC

            async def count() -> None:
                nonlocal told
                async for name in heard:
                    told += name == "agent_presence"

            async with asyncio.TaskGroup() as group:
                counting = spawn(group, count(), name="count")
                for _ in range(500):
                    call = uuid4()
                    here.router.agents.reserve(AMINA, call, "a1", now(), "UTC", {})
                    here.router.agents.release("amina", call)
                    await asyncio.sleep(0.002)
                await asyncio.sleep(1)
                counting.cancel()
    assert 1 <= told <= (time.monotonic() - begun) / publishing.PAUSE_SECONDS + 1


async def test_all_but_the_first_telling_is_one_statement_on_one_connection(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with telling(engine) as here:
        await here.until("amina", lambda known: True)
        monkeypatch.delattr(publishing, "transaction")
        backends = set()
        for device_state, use in (
            ("NOT_INUSE", PhoneUse.FREE),
            ("RINGING", PhoneUse.RINGING),
            ("NOT_INUSE", PhoneUse.FREE),
        ):
            for agent in (AMINA, BOJAN):
                here.router.agents.set_state("a1", agent.phones[0], device_state)
            await here.until("amina", lambda known, use=use: known.phone is use)  # type: ignore[misc]
            assert (await here.known())["bojan"].phone is use
            backends.update(await kept_by(engine))
        assert len(backends) == 1
    assert await kept_by(engine) == []


async def kept_by(engine: AsyncEngine) -> list[int]:
    """The connections on which the present was told last."""
    async with transaction(engine) as connection:
        found = await connection.execute(_KEPT, {"statement": TELL[:100]})
        return list(found.scalars())


_KEPT = text("""
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND starts_with(query, :statement)
    """)


async def test_agents_that_are_gone_and_new_ones(engine: AsyncEngine) -> None:
    async with telling(engine) as here:
        await here.until("bojan", lambda known: True)
        zoran = replace(BOJAN, id="zoran")
        agents = {**TABLE.agents, "zoran": zoran}
        del agents["bojan"]
        here.router.use(replace(TABLE, agents=agents, agent_groups={}, settings={}))
        await here.until("zoran", lambda known: True)
        assert "bojan" not in await here.known()
        here.router.agents.set_state("a1", BOJAN.phones[0], "NOT_INUSE")
        await here.until("zoran", lambda known: known.phone is PhoneUse.FREE)


async def test_consoles_are_told_what_has_changed_and_routers_are_not(
    engine: AsyncEngine, postgres_server: PostgresServer
) -> None:
    url = postgres_server.url(str(engine.url.database))
    async with telling(engine) as here, aclosing(changes(url, (CHANNEL,))) as heard:
        assert await anext(heard) == RESYNC
        await here.until("amina", lambda known: True)
        facts = answered()
        here.records.append(call_id(1), facts[0])
        told: set[str] = set()
        async with asyncio.timeout(5):
            while not {"calls", "agent_presence", "router_status"} <= told:
                told.add(await anext(heard))
        async with aclosing(changes(url)) as others:
            assert await anext(others) == RESYNC
            here.router.agents.set_state("a1", AMINA.phones[0], "RINGING")
            await here.until("amina", lambda known: known.phone is PhoneUse.RINGING)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5):
                    await anext(others)


async def test_how_the_router_is(engine: AsyncEngine) -> None:
    async with telling(engine) as here:
        await here.until("amina", lambda known: True)
        (seen,) = await here.seen()
        assert seen.heard
        assert (seen.router, seen.status.version) == (NAME, "v1")
        here.state.refused(("line 3: no such agent",))
        here.router.stop(0)
        seen = await here.until_seen(lambda seen: bool(seen.status.problems))
        assert seen.status.problems == ("line 3: no such agent",)
        assert seen.status.stopping
        first = seen.seen_at  # its heart beats, though all is the same
        await here.until_seen(lambda seen: seen.seen_at > first)
    await here.publisher.close(2.0)
    assert await here.seen() == []
    assert await here.known() == {}


async def test_a_newer_process_of_the_name_wins_and_stays(engine: AsyncEngine) -> None:
    old = Here(engine)
    async with telling(engine) as new:
        await new.until("amina", lambda known: True)
        async with asyncio.timeout(5):
            await old.publisher.run()  # ends by itself
        await old.publisher.close(1.0)
        assert set(await new.known()) == set(TABLE.agents)
        assert len(await new.seen()) == 1


async def test_one_that_has_told_for_long_makes_way_for_a_newer(engine: AsyncEngine) -> None:
    old = Here(engine)
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        telling_old = spawn(group, old.publisher.run(), name="tell")
        await old.until("amina", lambda known: True)
        old.router.agents.set_state("a1", AMINA.phones[0], "NOT_INUSE")
        await old.until("amina", lambda known: known.phone is PhoneUse.FREE)
        async with telling(engine) as new:
            await new.until("amina", lambda known: known.phone is PhoneUse.UNKNOWN)
            old.router.agents.set_state("a1", AMINA.phones[0], "RINGING")
            await telling_old  # ends by itself
            assert (await new.known())["amina"].phone is PhoneUse.UNKNOWN
            assert len(await kept_by(engine)) <= 1


async def test_nothing_is_written_for_a_router_whose_name_is_taken(
    engine: AsyncEngine, postgres_server: PostgresServer
) -> None:
    kept, begun, status = KeptConnection(engine), now(), RouterStatus(callrouter="old")
    url = postgres_server.url(str(engine.url.database))
    names = ["router_status", "agent_presence"]
    busy = Presence(PhoneUse.TALKING)

    def told(run: int, started: datetime, status: RouterStatus, presence: Presence) -> str:
        return as_json(NAME, UUID(int=run), started, status, {"amina": presence}, now(), names)

    newer = told(2, begun, structs.replace(status, version="new"), Presence())
    assert await kept.execute(TELL, newer) == NAME
    async with aclosing(changes(url, (CHANNEL,))) as heard:
        assert await anext(heard) == RESYNC
        assert await kept.execute(TELL, told(1, begun - timedelta(1), status, busy)) is None
        async with transaction(engine) as connection:
            before = await routers_seen(connection)
            assert not await tell_status(
                connection, NAME, UUID(int=1), begun - timedelta(1), status
            )
            (seen,) = await routers_seen(connection)
            assert (seen.seen_at, seen.status.version) == (before[0].seen_at, "new")
            assert (await presences(connection))[NAME]["amina"].phone is PhoneUse.UNKNOWN
            await notify(connection, ["the end"])
        assert await anext(heard) == "the end"
    assert await kept.execute(TELL, newer) == NAME  # its own process is never too old
    await kept.close()


@pytest.mark.parametrize("count", [0, 1, 300])
async def test_any_number_of_agents_is_one_statement(engine: AsyncEngine, count: int) -> None:
    kept, first, later = KeptConnection(engine), now(), now() + timedelta(seconds=7)
    rests = Presence(
        PhoneUse.FREE, first, uuid4(), first, first + timedelta(microseconds=1), later, later
    )
    agents = {f"agent {number} Đ": rests for number in range(count)}
    for at in (first, later):
        told = as_json(NAME, UUID(int=1), first, RouterStatus(callrouter="1"), agents, at, [])
        assert await kept.execute(TELL, told) == NAME
    async with snapshot(engine) as connection:
        known = (await presences(connection)).get(NAME, {})
    # Who is as he was is so since then.
    assert known == {each: replace(rests, changed_at=first) for each in agents}
    agents["agent 0 Đ"] = Presence()
    told = as_json(NAME, UUID(int=1), first, RouterStatus(callrouter="1"), agents, later, [])
    assert await kept.execute(TELL, told) == NAME
    async with snapshot(engine) as connection:
        known = (await presences(connection))[NAME]
    assert known["agent 0 Đ"] == Presence(changed_at=later)
    await kept.close()


async def tell_in_a_transaction(engine: AsyncEngine, status: RouterStatus, agent: str) -> None:
    async with transaction(engine) as connection:
        await tell_status(connection, NAME, UUID(int=1), now(), status)
        await tell_presence(connection, NAME, {agent: Presence()}, now())


@pytest.mark.parametrize("bad", ["\0", "\ud800"])
async def test_what_postgresql_cannot_store_is_refused(engine: AsyncEngine, bad: str) -> None:
    kept = KeptConnection(engine)
    for status, agent in (
        (RouterStatus(callrouter="1", problems=(bad,)), "amina"),
        (RouterStatus(callrouter="1"), bad),
    ):
        with pytest.raises(DataRefused):
            await kept.execute(
                TELL, as_json(NAME, UUID(int=1), now(), status, {agent: Presence()}, now(), [])
            )
        with pytest.raises(DataRefused):
            await tell_in_a_transaction(engine, status, agent)
    async with snapshot(engine) as connection:
        assert await routers_seen(connection) == []
    await kept.close()


_SILENT = text("""
    UPDATE router_status SET seen_at = now() - CAST(CAST(:silent AS text) AS interval),
        status = jsonb_set(status, '{asterisk}', CAST(:servers AS jsonb))
    WHERE router = :r
    """)


async def test_who_takes_over_an_asterisk_clears_what_the_dead_router_told(
    engine: AsyncEngine,
) -> None:
    asterisk = AsteriskStatus(url="http://one", entity_id="a1", connected=True)
    status = RouterStatus(callrouter="0", asterisk=(asterisk,))
    async with transaction(engine) as connection:
        for name in ("dead", "elsewhere", "alive", "forgotten"):
            await tell_status(connection, name, UUID(int=1), now(), status)
            await tell_presence(connection, name, {"amina": Presence()}, now())
        await connection.execute(
            text(
                "UPDATE router_status SET seen_at = now() - interval '1 minute' WHERE router = :r"
            ),
            {"r": "dead"},
        )
        for name, silent, served in (
            ("dead", "1 minute", ["a1"]),
            ("elsewhere", "1 minute", ["a2"]),
            ("forgotten", "1 day", []),
        ):
            servers = [{"url": "http://one", "entity_id": each} for each in served]
            await connection.execute(
                _SILENT, {"r": name, "silent": silent, "servers": json.dumps(servers)}
            )
        await forget_dead(connection, "me", ["a1"])
        assert [each.router for each in await routers_seen(connection)] == ["alive", "elsewhere"]
        assert set(await presences(connection)) == {"alive", "elsewhere"}


async def test_after_a_restart_of_postgresql_one_telling_fails(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The pool of the others has dead connections, too: they are not asked."""
    monkeypatch.setattr(publishing, "LONGEST_PAUSE_SECONDS", 0.1)
    caplog.set_level(logging.DEBUG, publishing.__name__)
    async with telling(engine) as here:
        here.engine = unpooled_engine(engine)
        for device_state, use in (("NOT_INUSE", PhoneUse.FREE), ("RINGING", PhoneUse.RINGING)):
            here.router.agents.set_state("a1", AMINA.phones[0], device_state)
            await here.until("amina", lambda known, use=use: known.phone is use)  # type: ignore[misc]
        async with transaction(engine) as connection:
            await routers_seen(connection)
        async with transaction(here.engine) as connection:
            await connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                     " WHERE datname = current_database() AND pid <> pg_backend_pid()")
            )  # fmt: skip
        here.router.agents.set_state("a1", AMINA.phones[0], "NOT_INUSE")
        await here.until("amina", lambda known: known.phone is PhoneUse.FREE)
    failures = [each for each in caplog.messages if "was not told" in each]
    assert len(failures) == 1


async def test_postgresql_away_costs_nothing_and_all_is_told_when_it_is_back(
    own_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "LONGEST_PAUSE_SECONDS", 0.2)
    engine = make_engine(own_server.url())
    await upgrade(engine)
    await own_server.stop()
    async with telling(engine) as here:
        here.engine = unpooled_engine(engine)
        here.router.agents.set_state("a1", AMINA.phones[0], "NOT_INUSE")
        await asyncio.sleep(0.5)
        await own_server.start()
        async with asyncio.timeout(20):
            await here.until("amina", lambda known: known.phone is PhoneUse.FREE)
        await own_server.stop()
        call = uuid4()
        assert here.router.agents.reserve(AMINA, call, "a1", now(), "UTC", {}) is None
        await asyncio.sleep(0.5)
        await own_server.start()
        async with asyncio.timeout(20):
            await here.until("amina", lambda known: known.call == call)
        await own_server.stop()
    await here.publisher.close(0.5)
    await engine.dispose()
