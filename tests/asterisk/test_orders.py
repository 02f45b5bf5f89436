"""Who gets how many of many calls, and who is busy, on a real Asterisk with a real router."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from callrouter.call_record import CallRecord
from callrouter.local.asterisk_program import AsteriskProgram
from callrouter.local.postgres import PostgresServer
from tests.asterisk.companies import FIRST_COPY, write_companies
from tests.asterisk.conftest import loopback_site
from tests.asterisk.exchange import Exchange, exchange
from tests.asterisk.sipp import Sipp
from tests.asterisk.sipp_xml import HangsUp
from tests.calls.test_scenarios import attempt_words
from tests.fakes.phones import Answers

pytestmark = [pytest.mark.asterisk, pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]

ROUND_ROBIN, FEWEST_CALLS, BUSY = range(FIRST_COPY, FIRST_COPY + 3)
"""A copy of the company for each test."""

CALLS = 15
CALLS_A_SECOND = 3
PHONES = ("1001", "1002", "1003")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def records(
    asterisk_program: AsteriskProgram,
    sipp_command: tuple[str, ...],
    postgres_server: PostgresServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[dict[str, list[CallRecord]]]:
    """The calls of all tests by the number dialled, in their order; the router was restarted."""
    folder = tmp_path_factory.mktemp("orders")
    config = folder / "companies.yaml"
    write_companies(3, config)
    await postgres_server.create_database("orders")
    try:
        site = loopback_site()
        url = postgres_server.url("orders")
        async with exchange(asterisk_program, folder, site, url, config) as here:
            sipp = Sipp(sipp_command, folder, site.sip_port)
            try:
                await _register(here, sipp)
                await _busy(here, sipp)
                await _calls(sipp)
                await here.stop_router()
                await here.start_router()
                await _calls(sipp)
                ended = await here.ended_calls(lambda call: True, 2 * CALLS * 2 + 1)
                by_number: dict[str, list[CallRecord]] = {}
                for call in reversed(ended):
                    by_number.setdefault(call.record.number, []).append(call.record)
                yield by_number
                await here.until_quiet()
            finally:
                await sipp.stop_all()
    finally:
        await postgres_server.drop_database("orders")


async def _register(here: Exchange, sipp: Sipp) -> None:
    phone = await sipp.phone(Answers(0.05), calls=1000)
    accounts = [f"{n}{each}" for n in (ROUND_ROBIN, FEWEST_CALLS, BUSY) for each in PHONES]
    await sipp.register([(each, here.password(each), phone.port) for each in accounts])


async def _busy(here: Exchange, sipp: Sipp) -> None:
    """Somebody calls while Amina talks to Carla, whom she called herself."""
    amina, carla = f"{BUSY}1001", f"{BUSY}1003"
    outgoing = await sipp.outgoing(amina, here.password(amina), carla, 2.0)
    async with asyncio.timeout(5):
        while await here.elsewhere.device_state(f"PJSIP/{amina}") != "INUSE":  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    caller = await sipp.caller(f"{BUSY}702", HangsUp(0.2))
    assert await caller.wait() == ""
    assert await outgoing.wait() == ""


async def _calls(sipp: Sipp) -> None:
    """Half of the calls to each of the two groups, side by side."""
    callers = [
        await sipp.caller(number, HangsUp(0.1), calls=CALLS, rate=CALLS_A_SECOND)
        for number in (f"{ROUND_ROBIN}730", f"{FEWEST_CALLS}731")
    ]
    for each in callers:
        assert await each.wait() == ""


@pytest.mark.parametrize("number", [f"{ROUND_ROBIN}730", f"{FEWEST_CALLS}731"])
async def test_calls_are_shared_out_fairly_also_over_a_restart_of_the_router(
    records: dict[str, list[CallRecord]], number: str
) -> None:
    shares = Counter(record.agent for record in records[number])
    assert len(shares) == len(PHONES)
    assert sum(shares.values()) == 2 * CALLS
    assert max(shares.values()) - min(shares.values()) <= 2


async def test_after_a_restart_the_round_goes_on_where_it_was(
    records: dict[str, list[CallRecord]],
) -> None:
    agents = [record.agent for record in records[f"{ROUND_ROBIN}730"]]
    before, after = agents[CALLS - 1], agents[CALLS]
    place = ["amina", "bojan", "carla"].index
    assert before is not None
    assert after is not None
    names = [each.rstrip("0123456789") for each in (before, after)]
    assert place(names[1]) == (place(names[0]) + 1) % 3


async def test_an_agent_who_has_called_somebody_himself_is_on_a_call(
    records: dict[str, list[CallRecord]],
) -> None:
    (record,) = records[f"{BUSY}702"]
    skipped, answered = record.attempts
    assert attempt_words(skipped) == f"amina{BUSY} skipped on_call"
    assert skipped.detail.startswith("on a call since ")
    assert attempt_words(answered) == f"bojan{BUSY} answered"
