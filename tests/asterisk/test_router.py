"""What a router survives on a real Asterisk: takeovers, cuts, deaths, changes; records stay true.

After each test no channel and no bridge is left.
"""

import asyncio
import itertools
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

from callrouter.commands.run import TAKEN_OVER
from callrouter.config.load import load_file
from callrouter.db.engine import make_engine
from callrouter.db.schema import upgrade
from callrouter.facts import Disposition, Outcome, Party, Stage
from callrouter.local.asterisk import AsteriskServer
from callrouter.local.asterisk_program import AsteriskProgram
from callrouter.local.child import Child
from callrouter.local.postgres import PostgresServer
from tests.asterisk.conftest import loopback_site
from tests.asterisk.quiet import who_is_there
from tests.asterisk.raw_caller import RawCaller
from tests.asterisk.routers import Place, wire_to
from tests.asterisk.sipp import Sipp, SippProcess
from tests.asterisk.sipp_xml import HangsUp, Listens
from tests.fakes.phones import Answers, Behaviour, Silent

pytestmark = [pytest.mark.asterisk, pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]

LIVE_SECONDS = 4.0
"""Two are promised; a busy machine may be late."""
"""So fast is a changed configuration live."""

AGENTS = {"amina": "1001", "bojan": "1002", "carla": "1003"}
GROUPS = {"amina": ["amina"], "bojan": ["bojan"], "both": ["amina", "bojan"], "carla": ["carla"]}


def document() -> dict[str, Any]:
    """700 rings amina, 701 bojan, 702 both, 703 carla; twenty seconds each."""
    week = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    return {
        "timezone": "Europe/Belgrade",
        "language": "en",
        "agents": {name: {"name": name, "extension": ext} for name, ext in AGENTS.items()},
        "agent_groups": {name: {"members": members} for name, members in GROUPS.items()},
        "incoming_call_settings": {
            f"to-{name}": {
                "numbers": [str(number)],
                "call_routing": "Sequential",
                "agent_unavailable_message": "Sorry.",
                "ring_seconds": "20",
                "call_handling_schedule": [
                    {"day_of_week": day, "from_time": "00:00", "to_time": "24:00",
                     "agent_group": name}
                    for day in week
                ],
            }
            for number, name in enumerate(GROUPS, 700)
        },
    }  # fmt: skip


def save(config: Path, content: dict[str, Any] | str) -> None:
    config.write_text(content if isinstance(content, str) else yaml.safe_dump(content))


class House(Place):
    """The place with its people."""

    sipp: Sipp

    async def phone(self, account: str, behaviour: Behaviour) -> SippProcess:
        """A registered phone that takes one call."""
        process = await self.sipp.phone(behaviour)
        await self.sipp.register([(account, self.asterisk.secrets.phone(account), process.port)])
        return process

    async def rings(self, phone: SippProcess) -> None:
        async with asyncio.timeout(5):
            while not phone.received("INVITE"):  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def talk(self, number: str, account: str, seconds: float) -> SippProcess:
        """Somebody calls `number`, is answered, and hangs up so many seconds later."""
        await self.phone(account, Answers(0.1))
        caller = await self.sipp.caller(number, HangsUp(seconds))
        await self.connected(number)
        return caller


_databases = itertools.count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asterisk_here(
    asterisk_program: AsteriskProgram, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[AsteriskServer]:
    folder = tmp_path_factory.mktemp("router")
    save(folder / "first.yaml", document())
    server = AsteriskServer(asterisk_program, folder, site=loopback_site())
    await server.start(load_file(folder / "first.yaml").table)
    try:
        yield server
    finally:
        await server.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def here(
    asterisk_here: AsteriskServer,
    sipp_command: tuple[str, ...],
    postgres_server: PostgresServer,
    tmp_path: Path,
) -> AsyncIterator[House]:
    config = tmp_path / "callrouter.yaml"
    save(config, document())
    database = f"router_{next(_databases)}"
    await postgres_server.create_database(database)
    url = postgres_server.url(database)
    engine = make_engine(url)
    await upgrade(engine)
    await engine.dispose()
    place = House(asterisk_here, url, config)
    place.sipp = Sipp(sipp_command, tmp_path, asterisk_here.site.sip_port)
    try:
        yield place
        await place.until_quiet()
    finally:
        await place.stop_routers()
        await place.sipp.stop_all()
        await postgres_server.drop_database(database)


async def ended(router: Child) -> int:
    async with asyncio.timeout(10):
        return await router.wait()


async def test_a_second_router_takes_over_and_no_call_notices(here: House) -> None:
    first = await here.start_router()
    talking = await here.talk("700", "1001", 8.0)
    ringing = await here.phone("1002", Answers(6.0))
    waiting = await here.sipp.caller("701", HangsUp(1.0))
    await here.rings(ringing)
    second = await here.start_router()

    assert await ended(first) == TAKEN_OVER
    assert "another router has taken over the application 'callrouter'" in first.last_lines(3)
    assert await talking.wait() == ""
    assert await waiting.wait() == ""
    talk, wait = await here.record("700"), await here.record("701")
    assert talk.disposition is wait.disposition is Disposition.ANSWERED
    assert (talk.agent, wait.agent) == ("amina", "bojan")
    assert talk.hung_up_by is wait.hung_up_by is Party.CALLER
    assert talk.talking_seconds == pytest.approx(8.0, abs=1.0)
    assert [attempt.outcome for attempt in wait.attempts] == [Outcome.ANSWERED]
    assert "Traceback" not in first.log.read_text() + second.log.read_text()
    await here.until_quiet()


async def test_who_stands_by_takes_over_from_one_that_was_killed(here: House) -> None:
    first = await here.start_router()
    second = await here.start_router(standby=True)
    talking = await here.talk("700", "1001", 10.0)
    await asyncio.sleep(2.0)
    assert "connected" not in second.log.read_text(), "he stands by"
    await first.stop(signal.SIGKILL)
    await here.until_logged(second, "ready")
    after = await here.talk("703", "1003", 0.5)
    assert await after.wait() == ""
    assert await talking.wait() == ""
    for number, agent in (("700", "amina"), ("703", "carla")):
        record = await here.record(number)
        assert (record.disposition, record.agent) == (Disposition.ANSWERED, agent)
    await here.until_quiet()


async def test_a_router_that_was_killed_is_missed_by_nobody(here: House) -> None:
    first = await here.start_router()
    talking = await here.talk("700", "1001", 14.0)
    ringing = await here.phone("1002", Answers(12.0))
    waiting = await here.sipp.caller("701", HangsUp(1.0))
    await here.rings(ringing)
    await asyncio.sleep(0.3)  # what is not written yet dies with it
    await first.stop(signal.SIGKILL)
    second = await here.start_router()
    assert await talking.wait() == ""
    assert await waiting.wait() == ""
    talk, wait = await here.record("700"), await here.record("701")
    assert talk.disposition is wait.disposition is Disposition.ANSWERED
    assert (talk.agent, wait.agent) == ("amina", "bojan")
    assert talk.hung_up_by is wait.hung_up_by is Party.CALLER
    assert [attempt.outcome for attempt in wait.attempts] == [Outcome.ANSWERED]
    assert "Traceback" not in second.log.read_text()
    await here.until_quiet()


async def test_a_phone_that_answers_while_the_socket_is_cut_is_lost_and_the_next_is_rung(
    here: House,
) -> None:
    """Asterisk hangs up who enters an application to which nobody listens."""
    async with wire_to(here.asterisk) as wire:
        await here.start_router(url=wire.url)
        first = await here.phone("1001", Answers(0.3))
        await here.phone("1002", Answers(0.1))
        caller = await here.sipp.caller("702", HangsUp(0.3))
        await here.rings(first)
        wire.cut()
        await asyncio.sleep(0.7)
        wire.mend()
        assert await caller.wait() == ""
        record = await here.record("702")
        lost, next_one = (attempt.outcome for attempt in record.attempts)
        # Found out by the second look, or its time was over before that.
        assert lost in (Outcome.FAILED, Outcome.NO_ANSWER)
        assert next_one is Outcome.ANSWERED
        assert (record.disposition, record.agent) == (Disposition.ANSWERED, "bojan")
        await here.until_quiet()


async def test_who_hangs_up_while_the_socket_is_cut_is_in_the_record(here: House) -> None:
    async with wire_to(here.asterisk) as wire:
        await here.start_router(url=wire.url)
        await here.phone("1001", Answers(0.1))
        await here.phone("1002", Answers(0.1, talks=1.0))
        ringing = await here.phone("1003", Silent())
        await here.sipp.caller("700", HangsUp(1.0))
        await here.sipp.caller("701", Listens())
        gives_up = await here.sipp.caller("703", Listens(), '"x" <sip:impatient@127.0.0.1>')
        await here.rings(ringing)
        await here.connected("700")
        await here.connected("701")
        wire.cut()
        await gives_up.stop()  # without a word; Asterisk's console ends the channel in its place
        channel = next(c for c in who_is_there(here.asterisk) if "!703!" in c)
        here.asterisk.console(f"channel request hangup {channel.split('!')[0]}")
        await asyncio.sleep(1.2)
        wire.mend()
        by_caller, by_agent = await here.record("700"), await here.record("701")
        for record, who in (by_caller, Party.CALLER), (by_agent, Party.AGENT):
            assert record.disposition is Disposition.ANSWERED
            assert record.hung_up_by is who
            assert record.left_during is Stage.TALK
        abandoned = await here.record("703")
        assert abandoned.disposition is Disposition.ABANDONED
        assert abandoned.left_during is Stage.RINGING
        assert [attempt.outcome for attempt in abandoned.attempts] == [Outcome.CALLER_LEFT]
        await here.until_quiet()


async def test_what_happens_while_no_side_knows_that_the_way_is_dead_is_recorded(
    here: House,
) -> None:
    """Until the heartbeat tells: a caller comes and leaves, a talk of before ends."""
    async with wire_to(here.asterisk) as wire:
        await here.start_router(url=wire.url)
        await here.phone("1001", Answers(0.1))
        await here.phone("1003", Silent())
        talk = await here.sipp.caller("700", HangsUp(2.0))
        await here.connected("700")
        wire.freeze()
        await asyncio.to_thread(_gives_up, here.asterisk.site.sip_port, 1.5)
        assert await talk.wait() == ""
        await asyncio.sleep(9)
        wire.thaw()
        talked = await here.record("700")
        assert talked.disposition is Disposition.ANSWERED
        assert talked.talking_seconds == pytest.approx(2.0, abs=0.9)
        left = await here.record("703", seconds=40)
        assert left.disposition is Disposition.ABANDONED
        assert (left.caller_number, left.caller_name) == ("+3817", "Jelena")
        assert left.left_during is Stage.ARRIVAL
        assert left.waiting_seconds == pytest.approx(1.5, abs=1.0)
        await here.until_quiet()


def _gives_up(sip_port: int, seconds: float) -> None:
    """A caller to whom nothing happens, no ringing either."""
    caller = RawCaller(sip_port, b"703", name=b'"Jelena" ', user=b"+3817")
    caller.invite()
    time.sleep(seconds)
    caller.cancel()
    caller.until_final()
    caller.close()


async def test_asterisk_dies_and_comes_back(here: House) -> None:
    router = await here.start_router()
    await here.talk("700", "1001", 30.0)
    ringing = await here.phone("1002", Silent())
    await here.sipp.caller("701", Listens())
    await here.rings(ringing)
    await here.asterisk.child.stop(signal.SIGKILL)
    await here.until_logged(router, "not connected")
    await here.asterisk.start(load_file(here.config).table)
    talk, wait = await here.record("700"), await here.record("701")
    assert talk.disposition is wait.disposition is Disposition.INTERRUPTED
    assert talk.agent == "amina"
    await here.sipp.stop_all()

    await here.until_logged(router, "was restarted")
    caller = await here.talk("700", "1001", 0.3)
    assert await caller.wait() == ""
    assert (await here.record("700")).disposition is Disposition.ANSWERED
    assert "Traceback" not in router.log.read_text()


async def test_a_changed_configuration_is_live_while_people_talk(here: House) -> None:
    router = await here.start_router()
    talking = await here.talk("700", "1001", 4.0)

    save(here.config, "agents: [not, a, mapping]\n")
    await here.until_logged(router, "the new configuration is refused")

    changed = document()
    changed["agents"]["zoe"] = {"name": "Zoë", "extension": "1005"}
    changed["agent_groups"]["bojan"]["members"] = ["zoe"]
    begun = time.monotonic()
    save(here.config, changed)
    await here.until_logged(router, "is live")
    while "1005" not in here.asterisk.console("pjsip show endpoints"):  # noqa: ASYNC110  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    assert time.monotonic() - begun < LIVE_SECONDS
    caller = await here.talk("701", "1005", 0.3)
    assert await caller.wait() == ""
    assert (await here.record("701")).agent == "zoe"

    router.send_signal(signal.SIGHUP)
    await here.until_logged(router, "nothing has changed")
    assert await talking.wait() == ""
    record = await here.record("700")
    assert (record.disposition, record.hung_up_by) == (Disposition.ANSWERED, Party.CALLER)
    assert record.talking_seconds == pytest.approx(4.0, abs=0.6)


async def test_a_stopping_router_lets_a_talk_finish_and_takes_no_new_call(here: House) -> None:
    router = await here.start_router(drain_seconds=20)
    talking = await here.talk("700", "1001", 1.5)
    router.send_signal(signal.SIGTERM)
    await here.until_logged(router, "in progress have 20 s")
    late = await here.sipp.caller("701", Listens())
    assert await late.wait() == "", "he heard the sentence of the dialplan"
    assert await talking.wait() == ""
    assert await ended(router) == 0
    assert (await here.record("700")).hung_up_by is Party.CALLER
    # Nobody is there any more, and still nobody hears silence.
    assert await (await here.sipp.caller("701", Listens())).wait() == ""


async def test_a_second_signal_does_not_wait(here: House) -> None:
    router = await here.start_router(drain_seconds=60)
    talking = await here.talk("700", "1001", 3.0)
    router.send_signal(signal.SIGINT)
    await here.until_logged(router, "in progress have 60 s")
    router.send_signal(signal.SIGINT)
    assert await ended(router) == 0
    record = await here.connected("700")
    assert record.ended_at is None, "the next process ends it"
    await here.start_router()
    assert await talking.wait() == "", "people who talk are left to talk"
    record = await here.record("700")
    assert record.agent == "amina"
    await here.until_quiet()
