"""Commands while a real router runs: overrides and agents' states are live, and survive it."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from callrouter.call_record import CallRecord
from callrouter.facts import Disposition, Message, Outcome
from callrouter.local.asterisk_program import AsteriskProgram
from callrouter.local.postgres import PostgresServer
from tests.asterisk.conftest import loopback_site
from tests.asterisk.exchange import Exchange, exchange
from tests.asterisk.sipp import Sipp
from tests.asterisk.sipp_xml import Listens
from tests.fakes.phones import Busy

pytestmark = [pytest.mark.asterisk, pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]

LIVE_SECONDS = 4.0
"""Two are promised; a busy machine may be late."""

CONFIG = """
timezone: Europe/Belgrade
language: en
agents:
  amina: {name: Amina, extension: "1001"}
  bojan: {name: Bojan, extension: "1002"}
agent_groups:
  sales: {members: [amina, bojan], order: round_robin}
incoming_call_settings:
  head-office:
    numbers: ["700"]
    call_routing: Sequential
    agent_unavailable_message: Nobody is here.
    closed_message: We are closed and open again {reopens_at}.
    call_handling_schedule:
      - {days: [Monday-Sunday], from_time: "00:00", to_time: "24:00", agent_group: sales}
"""


class House:
    """The exchange, its callers, and the command line beside it."""

    def __init__(self, here: Exchange, sipp: Sipp) -> None:
        self.here = here
        self._sipp = sipp
        self._calls = 0

    async def phones(self) -> None:
        """Both agents have one that is busy, for long."""
        for account in "1001", "1002":
            phone = await self._sipp.phone(Busy(), calls=50)
            await self._sipp.register([(account, self.here.password(account), phone.port)])

    async def command(self, *arguments: str) -> str:
        """What `callrouter …` prints."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "callrouter", *arguments),
            env=os.environ
            | {
                "CALLROUTER_CONFIG": str(self.here.config),
                "CALLROUTER_DATABASE_URL": self.here.database_url,
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, errors = await process.communicate()
        assert process.returncode == 0, errors.decode()
        return output.decode()

    async def call(self) -> CallRecord:
        """Somebody calls 700 and listens until he is hung up."""
        self._calls += 1
        caller = await self._sipp.caller("700", Listens())
        await caller.wait()
        return (await self.here.ended_calls(lambda call: True, self._calls))[0].record

    async def until(self, disposition: Disposition, message: Message | None = None) -> CallRecord:
        """Call again and again until it ends so, for as long as a change may take."""
        deadline = time.monotonic() + LIVE_SECONDS
        while True:
            record = await self.call()
            if record.disposition is disposition and message in (None, record.message):
                return record
            assert time.monotonic() < deadline, record


@pytest_asyncio.fixture(loop_scope="module")
async def house(
    asterisk_program: AsteriskProgram,
    postgres_server: PostgresServer,
    sipp_command: tuple[str, ...],
    tmp_path: Path,
) -> AsyncIterator[House]:
    config = tmp_path / "callrouter.yaml"
    config.write_text(CONFIG)
    name = f"live_{tmp_path.name}"
    await postgres_server.create_database(name)
    site = loopback_site()
    sipp = Sipp(sipp_command, tmp_path, site.sip_port)
    try:
        url = postgres_server.url(name)
        async with exchange(asterisk_program, tmp_path, site, url, config) as here:
            house = House(here, sipp)
            await house.phones()
            yield house
            await sipp.stop_all()
            await here.until_quiet()
    finally:
        await postgres_server.drop_database(name)


async def test_closed_by_command_until_it_is_ended(house: House) -> None:
    assert (await house.call()).disposition is Disposition.BUSY
    said = await house.command(
        "override", "close", "--settings", "head-office", "--until", "tomorrow 10:00",
        "--message", "We are moving house, back {reopens_at}.", "--by", "boss",
    )  # fmt: skip
    assert said.startswith("head-office: closed until ")
    assert " 10:00 (Europe/Belgrade); then open (Monday-Sunday 00:00-24:00).\n" in said
    closed = await house.until(Disposition.CLOSED)
    assert closed.override is not None
    assert "set by boss" in closed.override
    # For a moment it may be the message without a time; then the override's own is rendered.
    await house.until(Disposition.CLOSED, Message.CLOSED)
    await house.command("override", "end", "all")
    await house.until(Disposition.BUSY)


async def test_an_override_ends_by_itself(house: House) -> None:
    await house.command("override", "close", "--until", "+5s")
    await house.until(Disposition.CLOSED)
    await asyncio.sleep(5)
    assert (await house.call()).disposition is Disposition.BUSY


async def test_pauses_and_whose_turn_it_is_survive_a_new_router(house: House) -> None:
    first = await house.call()
    assert [attempt.agent for attempt in first.attempts] == ["amina", "bojan"]
    await house.command("agents", "pause", "AMINA", "--reason", "lunch")
    await house.here.stop_router()
    await house.here.start_router()

    second = await house.call()
    assert [(each.agent, each.outcome) for each in second.attempts] == [
        ("bojan", Outcome.BUSY),
        ("amina", Outcome.SKIPPED),
    ]
    assert second.attempts[1].detail.startswith("paused (lunch) since ")
    await house.command("agents", "unpause", "amina")
    await asyncio.sleep(1)
    third = await house.call()
    assert [attempt.agent for attempt in third.attempts] == ["amina", "bojan"]
