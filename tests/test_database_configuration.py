"""`callrouter run` by the database's configuration: SQL is live within two seconds, or kept out.

A router process, a real PostgreSQL; Asterisk is a loopback server, asked for the phones it watches.
"""

import asyncio
import json
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from signal import SIGTERM
from typing import Any

import pytest
from sqlalchemy import text

from callrouter.cli import main
from callrouter.db.config_versions import ConfigVersion, config_history
from callrouter.db.engine import make_engine, transaction
from callrouter.db.schema import upgrade
from callrouter.local.ports import free_ports
from callrouter.local.postgres import PostgresServer
from tests.ari.server import AriServer
from tests.test_app import CONFIG, Process, start

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

LIVE_SECONDS = 2.0
PATIENCE_SECONDS = 20.0
"""How long things may take where time is not what is tested: a busy machine is no error."""


class Company:
    """A router that goes by the database, and the admin's psql."""

    def __init__(self, url: str, server: AriServer, router: Process, port: int) -> None:
        self.url = url
        self.engine = make_engine(url)
        self.server = server
        self.router = router
        self.port = port

    async def sql(self, *statements: str) -> None:
        async with transaction(self.engine) as connection:
            for statement in statements:
                await connection.execute(text(statement))

    async def until(self, true: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> float:
        begun = time.perf_counter()
        async with asyncio.timeout(seconds):
            while not true():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return time.perf_counter() - begun

    async def health(self) -> dict[str, Any]:
        def ask() -> dict[str, Any]:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health") as answer:
                    return {"code": answer.status, **json.load(answer)}
            except urllib.error.HTTPError as error:
                return {"code": error.code, **json.load(error)}

        return await asyncio.to_thread(ask)

    async def versions(self, count: int) -> list[ConfigVersion]:
        """The newest first, as soon as there are so many."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                async with transaction(self.engine) as connection:
                    if len(found := await config_history(connection)) >= count:
                        return found
                await asyncio.sleep(0.05)


def _watched(server: AriServer, phones: set[str]) -> bool:
    return server.subscribed == phones


@pytest.fixture
async def company(
    postgres_server: PostgresServer,
    server: AriServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Company]:
    await postgres_server.create_database("followed")
    url = postgres_server.url("followed")
    engine = make_engine(url)
    await upgrade(engine)
    await engine.dispose()
    monkeypatch.setenv("CALLROUTER_DATABASE_URL", url)
    (tmp_path / "company.yaml").write_text(CONFIG)
    imported = ["config", "import", str(tmp_path / "company.yaml"), "--author", "amina"]
    assert await asyncio.to_thread(main, imported) == 0
    (port,) = free_ports(1)
    router = await start(
        server,
        tmp_path,
        CALLROUTER_CONFIG="database",
        CALLROUTER_DATABASE_URL=url,
        CALLROUTER_HEALTH_PORT=str(port),
    )
    company = Company(url, server, router, port)
    await router.ready()
    try:
        yield company
    finally:
        router.signal(SIGTERM)
        assert await router.ended() == 0
        assert "Traceback" not in router.said
        await company.engine.dispose()
        await postgres_server.drop_database("followed")


async def test_an_edit_by_sql_is_live_within_two_seconds_and_a_version(company: Company) -> None:
    assert company.server.subscribed == {"PJSIP/1001"}
    await company.sql(
        "SET LOCAL callrouter.author = 'bojan'",
        "SET LOCAL callrouter.note = 'a new desk'",
        "UPDATE agents SET extension = '1002' WHERE id = 'a'",
    )
    await company.until(lambda: company.server.subscribed == {"PJSIP/1002"})
    newest, first = await company.versions(2)
    assert (newest.author, newest.note, newest.kind) == ("bojan", "a new desk", "edit")
    assert (first.author, first.kind) == ("amina", "import")
    health = await company.health()
    assert (health["code"], health["status"]) == (200, "ok")
    assert health["configuration"]["version"] == newest.version
    assert health["configuration"]["source"] == "database"
    for extension in range(1003, 1012):  # on a busy machine not each keeps the time, but one does
        await company.sql(f"UPDATE agents SET extension = '{extension}'")  # noqa: S608
        took = await company.until(partial(_watched, company.server, {f"PJSIP/{extension}"}))
        if took < LIVE_SECONDS:
            return
    pytest.fail("not one of many edits was live in time")


async def test_an_invalid_state_is_kept_out_and_shown_until_it_is_mended(company: Company) -> None:
    before = (await company.health())["configuration"]["version"]
    await company.sql("UPDATE agent_groups SET members = '{a, nobody}'")
    await company.router.says("the new configuration is refused")
    health = await company.health()
    assert (health["code"], health["status"]) == (200, "degraded")
    assert health["configuration"]["version"] == before
    (problem,) = health["configuration"]["problems"]
    assert problem.startswith("database: agent_groups g: members[1]: there is no agent 'nobody'; ")
    await company.sql("INSERT INTO agents (id, extension) VALUES ('nobody', '1009')")
    await company.until(lambda: "PJSIP/1009" in company.server.subscribed)
    async with asyncio.timeout(PATIENCE_SECONDS):  # phones are watched before it is in force
        while (await company.health())["configuration"]["problems"]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_burst_of_edits_is_loaded_as_one_and_none_is_lost(company: Company) -> None:
    for n in range(20):
        agent = f"('x{n}', '{2000 + n}')"
        await company.sql(f"INSERT INTO agents (id, extension) VALUES {agent}")  # noqa: S608
    await company.until(lambda: len(company.server.subscribed) == 21)
    newest, *_ = versions = await company.versions(2)
    assert len(versions) < 10
    assert newest.author == "callrouter"


async def test_two_routers_write_each_version_once(
    company: Company, tmp_path: Path, server: AriServer
) -> None:
    other_server = AriServer()
    await other_server.start()
    (tmp_path / "other").mkdir()
    other = await start(
        other_server,
        tmp_path / "other",
        CALLROUTER_CONFIG="database",
        CALLROUTER_DATABASE_URL=company.url,
    )
    await other.ready()
    for extension in ("1002", "1003"):
        await company.sql(f"UPDATE agents SET extension = '{extension}'")  # noqa: S608
        phones = {f"PJSIP/{extension}"}
        for each in (server, other_server):
            await company.until(partial(_watched, each, phones))
    await asyncio.sleep(0.3)
    assert [each.number for each in await company.versions(3)] == [3, 2, 1]
    other.signal(SIGTERM)
    assert await other.ended() == 0
    await other_server.stop()


async def test_a_router_starts_by_what_it_knew_last_when_the_tables_are_invalid(
    company: Company, tmp_path: Path
) -> None:
    await company.sql("UPDATE agent_groups SET members = '{nobody}'")
    await company.router.says("the new configuration is refused")
    other_server = AriServer()
    await other_server.start()
    again = await start(
        other_server,
        tmp_path,
        CALLROUTER_CONFIG="database",
        CALLROUTER_DATABASE_URL=company.url,
    )
    await again.says("the last one that was usable goes on")
    await again.ready()
    assert other_server.subscribed == {"PJSIP/1001"}
    again.signal(SIGTERM)
    assert await again.ended() == 0
    await other_server.stop()
