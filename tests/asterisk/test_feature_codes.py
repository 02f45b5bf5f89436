"""Agents dial feature codes on real phones: they hear the answer, and callers notice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from callrouter.call_record import CallRecord
from callrouter.config.compile import compile_config
from callrouter.db.agent_states import agent_statuses
from callrouter.db.engine import make_engine, snapshot
from callrouter.facts import Disposition, Outcome
from callrouter.local.asterisk_program import AsteriskProgram
from callrouter.local.phones import Phone, Phones, software_phones
from callrouter.local.postgres import PostgresServer
from callrouter.local.sound import Sound
from callrouter.routing.model import Sentence
from callrouter.routing.status import AgentStatus
from tests.asterisk.conftest import loopback_site
from tests.asterisk.exchange import Exchange, exchange
from tests.asterisk.listening import find

pytestmark = [pytest.mark.asterisk, pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]

THE_SAME = 0.85
"""Likeness of a sentence heard through G.711 to the file it was played from."""

CONFIG = """
timezone: Europe/Belgrade
language: en
agents:
  amina: {name: Amina, extension: "1001"}
  bojan: {name: Bojan, extension: "1002", may_override: true}
agent_groups:
  sales: {members: [amina, bojan]}
incoming_call_settings:
  head-office:
    numbers: ["700"]
    call_routing: Sequential
    ring_seconds: 5
    agent_unavailable_message: Nobody is here.
    closed_message: We are closed.
    call_handling_schedule:
      - {days: [Monday-Sunday], from_time: "00:00", to_time: "24:00", agent_group: sales}
feature_codes:
  {log_in: "*11", log_out: "*12", pause: "*13", unpause: "*14", close: "*21", reopen: "*22"}
pause_reasons: {"1": lunch}
"""


class House:
    """The exchange and the phones of one test."""

    def __init__(self, here: Exchange, phones: Phones) -> None:
        self.here = here
        self._phones = phones
        self._calls = 0

    async def phone(self, account: str) -> Phone:
        server = f"127.0.0.1:{self.here.asterisk.site.sip_port}"
        phone = await self._phones.add(account, self.here.password(account), server=server)
        if account != "2001":
            await phone.register()
        return phone

    async def dials(self, phone: Phone, code: str) -> Sentence:
        """The code, and which sentence was heard before Asterisk hung up."""
        call = await phone.dial(code)  # not `phone.current()`: it may have just declined another
        async with asyncio.timeout(20):
            await call.over.wait()
        assert call.answered is not None, call.reason
        heard = Sound.of_bytes(bytes(call.pcm), call.rate)
        table = (await compile_config(self.here.config, self.here.prompts_dir)).table
        likeness = {
            sentence: find(Path(f"{prompt.media}.wav"), heard).likeness
            for sentence, prompt in table.sentences.items()
        }
        best = max(likeness, key=lambda sentence: likeness[sentence])
        assert likeness[best] > THE_SAME, likeness
        return best

    async def calls(self, caller: Phone, number: str = "700") -> CallRecord:
        """Somebody outside calls, and listens until he is hung up; or hangs up when he talks."""
        self._calls += 1
        await caller.dial(number)
        await caller.wait_ended(seconds=30)
        calls = await self.here.ended_calls(lambda call: True, self._calls)
        return calls[0].record

    async def status(self, agent: str) -> AgentStatus | None:
        engine = make_engine(self.here.database_url)
        async with snapshot(engine) as connection:
            statuses = await agent_statuses(connection)
        await engine.dispose()
        return statuses.get(agent)


@pytest_asyncio.fixture(loop_scope="module")
async def started(
    asterisk_program: AsteriskProgram, postgres_server: PostgresServer, tmp_path: Path
) -> AsyncIterator[Exchange]:
    """The company of this module, on an exchange of the test's own."""
    config = tmp_path / "callrouter.yaml"
    config.write_text(CONFIG)
    name = f"codes_{tmp_path.name}"
    await postgres_server.create_database(name)
    try:
        async with exchange(
            asterisk_program, tmp_path, loopback_site(), postgres_server.url(name), config
        ) as here:
            yield here
    finally:
        await postgres_server.drop_database(name)


@asynccontextmanager
async def house(here: Exchange) -> AsyncIterator[House]:
    async with software_phones() as phones:
        yield House(here, phones)
    await here.until_quiet()


async def test_who_pauses_by_phone_is_skipped_until_he_goes_on(started: Exchange) -> None:
    async with house(started) as here:
        amina, bojan, caller = [await here.phone(name) for name in ("1001", "1002", "2001")]
        bojan.decline()
        amina.decline()

        assert await here.dials(amina, "*131") is Sentence.PAUSED
        status = await here.status("amina")
        assert status is not None
        assert (status.paused, status.changed_by) == ("lunch", "amina's phone")
        skipped, rung = (await here.calls(caller)).attempts
        assert (skipped.agent, skipped.skip_reason) == ("amina", "paused")
        assert skipped.detail.startswith("paused (lunch) since ")
        assert (rung.agent, rung.outcome) == ("bojan", Outcome.BUSY)

        assert await here.dials(amina, "*14") is Sentence.UNPAUSED
        attempts = (await here.calls(caller)).attempts
        assert [(each.agent, each.outcome) for each in attempts] == [
            ("amina", Outcome.BUSY),
            ("bojan", Outcome.BUSY),
        ]


async def test_closed_from_a_phone_and_open_again(started: Exchange) -> None:
    async with house(started) as here:
        amina, bojan, caller = [await here.phone(name) for name in ("1001", "1002", "2001")]
        bojan.decline()
        amina.decline()

        assert await here.dials(amina, "*21") is Sentence.NOT_ALLOWED
        assert (await here.calls(caller)).disposition is Disposition.BUSY
        assert await here.dials(bojan, "*21700") is Sentence.CLOSED
        assert (await here.calls(caller)).disposition is Disposition.CLOSED
        assert await here.dials(bojan, "*22") is Sentence.REOPENED
        assert (await here.calls(caller)).disposition is Disposition.BUSY


async def test_a_code_from_outside_is_a_number_that_nobody_has(started: Exchange) -> None:
    async with house(started) as here:
        caller = await here.phone("2001")
        record = await here.calls(caller, "*12")
        assert (record.number, record.disposition) == ("*12", Disposition.REJECTED)
        assert await here.status("amina") is None
        assert "feature code" not in started.router.log.read_text()
