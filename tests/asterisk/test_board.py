"""The live board beside a real Asterisk, router and phones: what is, is on it within a second."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr

from callrouter.db.api_tokens import Scope, create_token
from callrouter.db.engine import make_engine, transaction
from callrouter.local.asterisk_program import AsteriskProgram
from callrouter.local.postgres import PostgresServer
from callrouter.settings import Settings
from tests.asterisk.conftest import loopback_site
from tests.asterisk.exchange import Exchange, exchange
from tests.asterisk.sipp import Sipp
from tests.asterisk.sipp_xml import Listens
from tests.browser.served import served
from tests.console.live.test_hub import Watched
from tests.fakes.phones import Answers

pytestmark = [pytest.mark.asterisk, pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]

SOON_SECONDS = 8.0
"""For what a phone does (rings, talks, rests for three seconds) and a busy machine; the board
itself takes less than one."""

CONFIG = """
timezone: Europe/Belgrade
language: en
agents:
  amina: {name: Amina, extension: "1001"}
  bojan: {name: Bojan, extension: "1002"}
agent_groups:
  sales: {members: [amina], wrap_up_seconds: 3}
incoming_call_settings:
  head-office:
    numbers: ["700"]
    agent_unavailable_message: Nobody is here.
    call_handling_schedule:
      - {days: [Monday-Sunday], from_time: "00:00", to_time: "24:00", agent_group: sales}
"""


@pytest_asyncio.fixture(loop_scope="module")
async def here(
    asterisk_program: AsteriskProgram,
    postgres_server: PostgresServer,
    sipp_command: tuple[str, ...],
    tmp_path: Path,
) -> AsyncIterator[tuple[Exchange, Sipp]]:
    config = tmp_path / "callrouter.yaml"
    config.write_text(CONFIG)
    name = f"board_{tmp_path.name}"
    await postgres_server.create_database(name)
    site = loopback_site()
    sipp = Sipp(sipp_command, tmp_path, site.sip_port)
    try:
        url = postgres_server.url(name)
        async with exchange(asterisk_program, tmp_path, site, url, config) as here:
            yield here, sipp
            await sipp.stop_all()
            await here.until_quiet()
    finally:
        await postgres_server.drop_database(name)


async def test_a_call_comes_rings_is_talked_on_and_goes(here: tuple[Exchange, Sipp]) -> None:
    exchange, sipp = here
    url = exchange.database_url
    engine = make_engine(url)
    async with transaction(engine) as connection:
        secret = await create_token(
            connection, "board", [Scope.READ], "tests", datetime.now(UTC), None
        )
    await engine.dispose()
    headers = {"Authorization": f"Bearer {secret}"}
    settings = Settings(config=exchange.config, database_url=SecretStr(url))
    with served(settings) as console:
        async with (
            httpx.AsyncClient(base_url=f"{console.url}/api/v1", timeout=20) as http,
            http.stream("GET", "/events", headers=headers) as stream,
        ):
            watched = Watched(stream.aiter_lines())
            await soon(watched, lambda board: bool(board["routers"]))
            (router,) = watched.board["routers"].values()
            assert router["heard"]
            assert [each["connected"] for each in router["asterisk"]] == [True]
            assert doing(watched.board) == {"amina": "unreachable", "bojan": "unreachable"}
            assert [each["kind"] for each in watched.board["incidents"]] == ["nobody_there"]
            phone = await sipp.phone(Answers(1.5, talks=2.5), calls=1)
            await sipp.register([("1001", exchange.password("1001"), phone.port)])
            await soon(watched, lambda board: doing(board)["amina"] == "free")
            assert watched.board["incidents"] == []

            caller = await sipp.caller("700", Listens())
            await soon(watched, lambda board: doing(board)["amina"] == "ringing")
            board = await soon(watched, lambda board: bool(board["calls"]))
            ((call_id, call),) = board["calls"].items()
            assert (call["number"], call["settings"], call["waiting"]) == (
                "700",
                "head-office",
                True,
            )
            board = await soon(watched, lambda board: doing(board)["amina"] == "talking")
            assert board["agents"]["amina"]["call"] == call_id
            await soon(watched, lambda board: board["totals"]["now"]["talking"] == 1)
            await caller.wait()
            await soon(watched, lambda board: not board["calls"])
            await soon(watched, lambda board: doing(board)["amina"] == "wrap_up")
            await soon(watched, lambda board: doing(board)["amina"] == "free")
            await soon(watched, lambda board: board["totals"]["today"]["answered"] == 1)
            assert watched.board["agents"]["amina"]["calls_today"] == 1

            await exchange.stop_router()
            await soon(watched, lambda board: not board["routers"])
            assert watched.board["incidents"][0]["kind"] == "no_router"
            await exchange.start_router()
            await soon(watched, lambda board: doing(board)["amina"] == "free")


def doing(board: dict[str, Any]) -> dict[str, str]:
    return {name: each["activity"] for name, each in board["agents"].items()}


async def soon(watched: Watched, true: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The board once that is so: phones take their time, the board not much more."""
    async with asyncio.timeout(SOON_SECONDS):
        return await watched.until(true)
