"""No router is there: a real Asterisk rings who is on duty, as the schedule says."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from callrouter.asterisk_conf.net import ACCOUNT_CODE, absent_variable
from callrouter.local.asterisk_program import AsteriskProgram
from callrouter.local.postgres import PostgresServer
from tests.asterisk.conftest import loopback_site
from tests.asterisk.exchange import Exchange, exchange
from tests.asterisk.sipp import Sipp, SippProcess
from tests.asterisk.sipp_xml import HangsUp, Listens
from tests.fakes.phones import Answers, Behaviour, Busy

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

ALWAYS = '{days: Monday-Sunday, from_time: "00:00", to_time: "24:00", agent_group: sales}'
COMPANY = f"""
timezone: Europe/Belgrade
agents:
  amina: {{name: Amina, extension: "1001"}}
  bojan: {{name: Bojan, extension: "1002"}}
agent_groups:
  sales: {{members: [amina, bojan]}}
incoming_call_settings:
  office:
    numbers: ["700"]
    ring_seconds: 5
    agent_busy_message: All our agents are busy.
    agent_unavailable_message: Nobody can take your call now.
    call_handling_schedule: [{ALWAYS}]
  together:
    numbers: ["701"]
    call_routing: Simultaneous
    greeting_message: Hello.
    agent_busy_message: All our agents are busy.
    agent_unavailable_message: Nobody can take your call now.
    call_handling_schedule: [{ALWAYS}]
  closed:
    numbers: ["702"]
    closed_message: We are closed.
    agent_unavailable_message: Nobody can take your call now.
    overrides: [{{closed: true}}]
    call_handling_schedule: [{ALWAYS}]
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(
    asterisk_program: AsteriskProgram,
    postgres_server: PostgresServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Exchange]:
    """An exchange whose router was there and has died."""
    folder = tmp_path_factory.mktemp("net")
    config = Path(folder) / "company.yaml"
    config.write_text(COMPANY)
    await postgres_server.create_database(folder.name)
    url = postgres_server.url(folder.name)
    try:
        async with exchange(asterisk_program, folder, loopback_site(), url, config) as started:
            await started.stop_router()
            yield started
    finally:
        await postgres_server.drop_database(folder.name)


@pytest_asyncio.fixture(loop_scope="module")
async def sipp(
    here: Exchange, sipp_command: tuple[str, ...], tmp_path: Path
) -> AsyncIterator[Sipp]:
    used = Sipp(sipp_command, tmp_path, here.asterisk.site.sip_port)
    yield used
    await used.stop_all()


async def phones(here: Exchange, sipp: Sipp, **behaviours: Behaviour) -> dict[str, SippProcess]:
    """Registered phones that do so, by their agents."""
    accounts = {"amina": "1001", "bojan": "1002"}
    started = {agent: await sipp.phone(each) for agent, each in behaviours.items()}
    await sipp.register(
        [(accounts[agent], here.password(accounts[agent]), p.port) for agent, p in started.items()]
    )
    return started


@pytest.mark.parametrize(
    ("number", "stays"), [("700", 0.5), ("701", 4.0)], ids=["in turn", "all at once, greeted"]
)
async def test_who_is_on_duty_gets_the_call(
    here: Exchange, sipp: Sipp, number: str, stays: float
) -> None:
    ringing = await phones(here, sipp, bojan=Answers(0.2))
    caller = await sipp.caller(number, HangsUp(stays))

    assert await caller.wait() == ""
    assert len(ringing["bojan"].received("INVITE")) == 1
    await here.until_quiet()


async def test_the_next_is_rung_when_the_first_is_busy(here: Exchange, sipp: Sipp) -> None:
    ringing = await phones(here, sipp, amina=Busy(0.1), bojan=Answers(0.2))
    caller = await sipp.caller("700", HangsUp(0.5))

    assert await caller.wait() == ""
    assert len(ringing["amina"].received("INVITE")) == 1
    assert len(ringing["bojan"].received("INVITE")) == 1
    await here.until_quiet()


async def test_who_is_absent_is_not_rung(here: Exchange, sipp: Sipp) -> None:
    ringing = await phones(here, sipp, amina=Answers(0.1), bojan=Answers(0.1))
    await here.elsewhere.set_global(absent_variable("amina"), "off")
    try:
        caller = await sipp.caller("700", HangsUp(0.5))
        assert await caller.wait() == ""
    finally:
        await here.elsewhere.set_global(absent_variable("amina"), "")
    assert ringing["amina"].received("INVITE") == []
    assert len(ringing["bojan"].received("INVITE")) == 1
    await here.until_quiet()


@pytest.mark.parametrize("number", ["700", "702"], ids=["nobody is there", "it is closed"])
async def test_a_sentence_is_heard_where_nobody_is_rung(
    here: Exchange, sipp: Sipp, number: str
) -> None:
    caller = await sipp.caller(number, Listens())

    assert await caller.wait() == ""
    await here.until_quiet()


async def test_asterisks_own_records_know_these_calls(here: Exchange) -> None:
    kept = here.asterisk.home / "log" / "cdr-csv" / "Master.csv"

    assert ACCOUNT_CODE in kept.read_text()
