"""A real Asterisk and SIPp for the tests of this folder, fetched once into the state folder.

Every test that uses them is marked `asterisk`.
"""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from callrouter.asterisk_conf.site import AsteriskSite
from callrouter.config.load import load_file
from callrouter.local.asterisk import AsteriskServer
from callrouter.local.asterisk_program import AsteriskProgram, find_asterisk, in_place
from callrouter.local.packages import unpacked
from callrouter.local.ports import free_ports, free_range
from callrouter.local.postgres import PostgresServer
from callrouter.local.settings import LocalSettings
from callrouter.routing.model import RoutingTable
from tests.asterisk.companies import SCENARIOS_FILE
from tests.asterisk.exchange import Exchange, exchange
from tests.conftest import run_now

SAMPLE = Path(__file__).parents[2] / "callrouter.yaml"


@pytest.fixture(scope="session")
def state_dir() -> Path:
    """Where downloads are kept from one run to the next."""
    return LocalSettings().state_dir.resolve()


@pytest.fixture(scope="session")
def asterisk_program(state_dir: Path) -> AsteriskProgram:
    """The Asterisk to run. The first time this takes half a minute of downloading."""
    return find_asterisk(state_dir, say=print)


@pytest.fixture(scope="session")
def sipp_command(state_dir: Path) -> tuple[str, ...]:
    """The command that runs SIPp."""
    if installed := shutil.which("sipp"):
        return (installed,)
    return in_place(
        unpacked("sipp", ["sip-tester"], state_dir=state_dir, say=print), "usr/bin/sipp"
    )


@pytest.fixture(scope="session")
def asterisk_table() -> RoutingTable:
    """The configuration whose agents have phones on the test Asterisk: the sample's."""
    return load_file(SAMPLE).table


@pytest.fixture(scope="session")
def asterisk(
    asterisk_program: AsteriskProgram, asterisk_table: RoutingTable
) -> Iterator[AsteriskServer]:
    """A running Asterisk on free loopback ports, with the phones of the sample configuration.

    Calls from 127.0.0.1 that are no phone's enter `from-trunk`. Phones are not asked by OPTIONS
    whether they are there, because SIPp's do not answer.
    """
    with tempfile.TemporaryDirectory(prefix="callrouter-test-") as folder:
        server = AsteriskServer(asterisk_program, Path(folder), site=loopback_site())
        run_now(server.start(asterisk_table))
        try:
            yield server
        finally:
            run_now(server.stop())


def loopback_site() -> AsteriskSite:
    """A site on free loopback ports."""
    sip_port, http_port = free_ports(2)
    rtp_start, rtp_end = free_range(400)
    return AsteriskSite(
        sip_bind="127.0.0.1",
        sip_port=sip_port,
        http_port=http_port,
        rtp_start=rtp_start,
        rtp_end=rtp_end,
        qualify_seconds=0,
        local=True,
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(
    asterisk_program: AsteriskProgram,
    postgres_server: PostgresServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Exchange]:
    """The scenarios' company on an exchange of the test module's own."""
    folder = tmp_path_factory.mktemp("exchange")
    await postgres_server.create_database(folder.name)
    url = postgres_server.url(folder.name)
    try:
        async with exchange(
            asterisk_program, folder, loopback_site(), url, SCENARIOS_FILE
        ) as started:
            yield started
    finally:
        await postgres_server.drop_database(folder.name)
