"""The router as a whole, on a loopback server: stopping, takeovers, bugs, what others left."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from callrouter import load_watch, router
from callrouter.ari import client as ari_client
from callrouter.ari.client import AriClient
from callrouter.ari.errors import Refused
from callrouter.ari.events import StasisStart
from callrouter.call_record import record_of
from callrouter.calls import session
from callrouter.facts import Disposition, Ended
from callrouter.listening import catching_up
from callrouter.listening.listener import OtherRouter
from callrouter.router import Router
from callrouter.routing.admission import Refuse
from callrouter.routing.model import FeatureCode, Prompt, RoutingTable, Sentence
from tests.ari.server import AriServer, channel, event
from tests.calls.company import Book, company

LONG = 60.0


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ari_client, "BACKOFF_FIRST_SECONDS", 0.02)
    monkeypatch.setattr(catching_up, "SECOND_LOOK_SECONDS", 0.05)
    monkeypatch.setattr(router, "LAST_WORDS_SECONDS", 0.5)
    monkeypatch.setattr(session, "FAREWELL_SECONDS", 0.1)


class Day:
    def __init__(self, *servers: AriServer) -> None:
        self.clients = [server.client() for server in servers]
        self.book = Book()
        self.router = Router(self.clients, company(), self.book)
        self.running: asyncio.Task[None] | None = None

    async def over(self) -> None:
        """Until `run` has ended; raises what it raised."""
        assert self.running is not None
        async with asyncio.timeout(3):
            await self.running

    async def facts(self, count: int) -> None:
        """Until so many calls have begun and reached a step that waits."""
        async with asyncio.timeout(3):
            while len(self.book.facts) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        await asyncio.sleep(0.3)


@asynccontextmanager
async def day(*servers: AriServer, ready: bool = True) -> AsyncIterator[Day]:
    here = Day(*servers)
    before = asyncio.all_tasks()
    async with asyncio.timeout(10):
        here.running = asyncio.get_running_loop().create_task(here.router.run())
        if ready:
            await here.router.ready()
        try:
            yield here
        finally:
            here.router.stop(0)
            with suppress(Exception):
                await here.over()
            for client in here.clients:
                await client.close()
    assert here.router.calls == 0
    assert len(here.router.switchboard) == 0
    assert here.router.agents.reserved == {}
    left = {t for t in asyncio.all_tasks() - before if "aiohttp" not in repr(t)}
    assert left == set()


async def arrive(server: AriServer, name: str = "c1", number: str = "700") -> None:
    """A caller; 700 greets him, which here never ends."""
    server.channels.append(channel(name, "Ring", number=number))
    await server.send(event("StasisStart", channel=server.channels[-1], args=["incoming"]))


async def leave(server: AriServer, name: str) -> None:
    server.channels = [each for each in server.channels if each["id"] != name]
    await server.send(event("StasisEnd", channel=channel(name)))


async def test_a_call_in_progress_has_its_time_when_we_stop(server: AriServer) -> None:
    async with day(server) as here:
        await arrive(server)
        await here.facts(1)
        here.router.stop(LONG)
        await asyncio.sleep(0.4)
        assert not here.running.done()  # type: ignore[union-attr]
        await leave(server, "c1")
        await here.over()
    (facts,) = here.book.facts.values()
    assert record_of(facts).disposition is Disposition.ABANDONED


async def test_a_second_stop_does_not_wait(server: AriServer) -> None:
    async with day(server) as here:
        await arrive(server)
        await here.facts(1)
        here.router.stop(LONG)
        await asyncio.sleep(0.3)
        here.router.stop(0)
        await here.over()
    (facts,) = here.book.facts.values()
    assert record_of(facts).disposition is Disposition.INTERRUPTED
    assert "POST /channels/c1/continue" in server.requests


async def test_who_calls_while_we_stop_goes_to_the_dialplan(server: AriServer) -> None:
    async with day(server) as here:
        await arrive(server)
        await here.facts(1)
        here.router.stop(LONG)
        await arrive(server, "late")
        await asyncio.sleep(0.3)
        assert "POST /channels/late/continue" in server.requests
        assert len(here.book.facts) == 1
        await leave(server, "c1")
        await here.over()


async def test_a_channel_is_one_call_and_never_a_second(server: AriServer) -> None:
    async with day(server) as here:
        await arrive(server, number="799")  # refused: the call is over
        await here.facts(1)
        await leave(server, "c1")
        async with asyncio.timeout(3):
            while here.router.calls:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await arrive(server)
        await asyncio.sleep(0.3)
    (facts,) = here.book.facts.values()
    assert isinstance(facts[-1], Ended)
    assert "POST /channels/c1/continue" in server.requests


async def dial_code(server: AriServer, name: str, code: str) -> None:
    """An agent dials a feature code on the phone PJSIP/1001."""
    dialling = channel(name, "Ring", number=code) | {"name": f"PJSIP/1001-{name}"}
    server.channels.append(dialling)
    await server.send(event("StasisStart", channel=dialling, args=["code"]))


def with_codes() -> RoutingTable:
    sentences = {each: Prompt(media=f"/{each}", seconds=LONG) for each in Sentence}
    codes = {"*13": FeatureCode.PAUSE, "*21": FeatureCode.CLOSE}
    agents = {n: replace(a, may_override=True) for n, a in company().agents.items()}
    return replace(company(), feature_codes=codes, sentences=sentences, agents=agents)


async def test_a_feature_code_is_obeyed_and_is_no_call(server: AriServer) -> None:
    async with day(server) as here:
        here.router.use(with_codes())
        await dial_code(server, "c1", "*13")
        await asyncio.sleep(0.4)
        assert "POST /channels/c1/answer" in server.requests
        assert here.router.agents.status("amina").paused == ""
        await leave(server, "c1")
        await dial_code(server, "c2", "*21")
        await asyncio.sleep(0.4)
        now = datetime.now(UTC)
        closed = [each.overrides[0].holds(now) for each in here.router.table.settings.values()]
        assert closed == [True] * len(closed)
        await leave(server, "c2")
    assert here.book.facts == {}


async def test_a_feature_code_does_not_keep_a_stopping_router(server: AriServer) -> None:
    async with day(server) as here:
        here.router.use(with_codes())
        await dial_code(server, "c1", "*13")
        await asyncio.sleep(0.7)
        here.router.stop(0)
        await asyncio.sleep(0.4)
        assert "DELETE /channels/c1" in server.requests
        await leave(server, "c1")
        await here.over()  # within less than it waits for a hangup


async def test_a_leg_that_answers_for_nobody_is_hung_up(server: AriServer) -> None:
    async with day(server):
        leg = channel("callrouter-x-1", app=None)
        await server.send(event("StasisStart", channel=leg, args=["leg", "x"]))
        await asyncio.sleep(0.3)
    assert server.asked("DELETE /channels") == ["DELETE /channels/callrouter-x-1"]


async def test_a_caller_on_an_asterisk_that_we_do_not_know_is_said(
    server: AriServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with day(server) as here:
        start = event("StasisStart", entity="e9", channel=channel("c1"), args=[])
        await server.send(start)
        await asyncio.sleep(0.3)
        assert here.router.calls == 0
    assert "unknown Asterisk" in caplog.text


async def test_another_router_takes_over_and_no_call_is_touched(server: AriServer) -> None:
    async with day(server) as here:
        await arrive(server)
        await here.facts(1)
        asked = len(server.requests)
        await server.send(event("ApplicationReplaced"))
        with pytest.raises(OtherRouter, match="taken over"):
            await here.over()
    assert server.requests[asked:] == []
    (facts,) = here.book.facts.values()
    assert record_of(facts).disposition is None, "the other one goes on with it"


async def test_a_bug_in_listening_ends_the_router_and_its_calls_in_order(
    server: AriServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with day(server) as here:
        await arrive(server)
        await here.facts(1)

        def bug(*_: object) -> None:
            raise ZeroDivisionError("a bug")

        monkeypatch.setattr(here.router.agents, "set_state", bug)
        state = {"name": "PJSIP/1001", "state": "INUSE"}
        await server.send(event("DeviceStateChanged", device_state=state))
        with pytest.raises(ZeroDivisionError):
            await here.over()
    (facts,) = here.book.facts.values()
    assert record_of(facts).disposition is Disposition.INTERRUPTED
    assert "POST /channels/c1/continue" in server.requests


async def test_a_password_that_is_wrong_ends_the_router(server: AriServer) -> None:
    server.answers["GET /asterisk/info"] = (401, "no")
    async with day(server, ready=False) as here:
        with pytest.raises(Refused):
            await here.over()


async def test_one_of_two_servers_is_away_and_the_other_serves(server: AriServer) -> None:
    away = AriServer()
    await away.start()
    await away.stop()
    async with day(away, server) as here:
        await arrive(server)
        await here.facts(1)
        assert [each.ready.is_set() for each in here.router.listeners] == [False, True]
        await leave(server, "c1")


async def test_a_new_table_has_its_phones_watched(server: AriServer) -> None:
    async with day(server) as here:
        phones = {phone for agent in company().agents.values() for phone in agent.phones}
        assert server.subscribed == phones
        agents = {"amina": company().agents["amina"]}
        here.router.use(replace(company(), agents=agents), ["res_pjsip.so"])
        await asyncio.sleep(0.3)
        assert server.subscribed == {"PJSIP/1001"}
    assert "PUT /asterisk/modules/res_pjsip.so" in server.requests


def talk(server: AriServer) -> None:
    """Two people in a bridge of a router that died."""
    server.channels = [channel("old"), channel("callrouter-o-1", app=None)]
    server.bridges = [{"id": "callrouter-o", "channels": ["old", "callrouter-o-1"]}]


@pytest.mark.parametrize("leaves", ["old", "callrouter-o-1"], ids=["caller", "agent"])
async def test_people_left_talking_talk_until_one_leaves(server: AriServer, leaves: str) -> None:
    talk(server)
    async with day(server) as here:
        await until(lambda: len(here.router._left_behind) == 1)
        await asyncio.sleep(0.4)
        assert server.asked("DELETE") == []
        await leave(server, leaves)
        await until(lambda: "DELETE /bridges/callrouter-o" in server.requests)
        other = ({"old", "callrouter-o-1"} - {leaves}).pop()
        assert f"DELETE /channels/{other}" in server.requests


async def test_people_left_talking_talk_on_when_we_stop(server: AriServer) -> None:
    talk(server)
    async with day(server) as here:
        here.router.stop(0)
        await here.over()
    assert server.asked("DELETE") == []


async def test_people_left_talking_are_adopted_once(server: AriServer) -> None:
    talk(server)
    async with day(server) as here:
        for _ in range(2):
            server.drop()
            await asyncio.sleep(0.2)
            await here.router.ready()
        assert len(here.router._left_behind) == 1


async def test_one_who_is_alone_in_what_was_a_talk_is_let_go(server: AriServer) -> None:
    server.channels = [channel("old")]
    server.bridges = [{"id": "callrouter-o", "channels": ["old"]}]
    async with day(server):
        await asyncio.sleep(0.3)
    assert server.asked("DELETE") == ["DELETE /channels/old", "DELETE /bridges/callrouter-o"]


def test_a_client_is_an_asterisk_s_commands() -> None:
    """Checked by mypy: the client and the in-memory Asterisk speak the same vocabulary."""
    from callrouter.ari.commands import Commands
    from tests.fakes.asterisk import FakeAsterisk

    kinds: list[type[Commands]] = [AriClient, FakeAsterisk]
    assert len(kinds) == 2


async def test_who_takes_a_caller_s_place_ends_the_call_and_has_no_record(
    server: AriServer,
) -> None:
    async with day(server) as here:
        await arrive(server)
        await here.facts(1)
        taker = event("StasisStart", channel=channel("c2"), replace_channel=channel("c1"), args=[])
        await server.send(taker)
        await asyncio.sleep(0.4)
        assert {"DELETE /channels/c1", "DELETE /channels/c2"} <= set(server.requests)
        await leave(server, "c1")
        await asyncio.sleep(0.4)
        assert here.router.calls == 0
    (facts,) = here.book.facts.values()
    assert record_of(facts).disposition is Disposition.ABANDONED


def limited(here: Day, **limits: object) -> None:
    table = here.router.table
    here.router.use(replace(table, limits=replace(table.limits, **limits)))  # type: ignore[arg-type]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(3):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_whoever_has_no_room_costs_one_request_and_the_calls_inside_go_on(
    server: AriServer,
) -> None:
    async with day(server) as here:
        limited(here, max_calls=2)
        for name in ("c1", "c2"):
            await arrive(server, name)
        await here.facts(2)
        asked = len(server.requests)
        await arrive(server, "c3")
        await until(lambda: "DELETE /channels/c3" in server.requests)
        assert server.requests[asked:] == ["DELETE /channels/c3"]
        assert server.queries[-1] == {"reason": "busy"}
        await leave(server, "c3")
        await until(lambda: here.router.calls == 2)
        assert here.router.gate.refused == 0
        await leave(server, "c1")
        await until(lambda: here.router.calls == 1)
        await arrive(server, "c4")
        await here.facts(4)
        assert "DELETE /channels/c4" not in server.requests
    records = [record_of(facts) for facts in here.book.facts.values()]
    refused = records[2]
    assert refused.disposition is Disposition.REJECTED
    assert refused.rule == "Refused: 2 calls are in progress, and max_calls is 2."
    assert records[3].disposition is not Disposition.REJECTED


async def test_a_late_router_refuses_until_it_has_caught_up(
    server: AriServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asterisk's answers to our pings come late; a call that is there goes on."""
    monkeypatch.setattr(load_watch, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(load_watch, "CALM_SECONDS", 0.1)
    async with day(server) as here:
        limited(here, max_lag_seconds=0.05, when_full=Refuse.CONGESTION)
        await arrive(server, "c1")
        await here.facts(1)
        late = [5.0]
        monkeypatch.setattr(AriClient, "behind", lambda client: late[0])
        await until(lambda: here.router.gate.overload.on)
        await arrive(server, "c2")
        await until(lambda: "DELETE /channels/c2" in server.requests)
        assert server.queries[-1] == {"reason": "congestion"}
        assert "DELETE /channels/c1" not in server.requests
        await leave(server, "c2")
        late[0] = 0.0
        await until(lambda: not here.router.gate.overload.on)
        await arrive(server, "c3")
        await here.facts(3)
        assert "DELETE /channels/c3" not in server.requests


async def test_a_bug_at_the_gate_lets_the_caller_in(
    server: AriServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with day(server) as here:
        monkeypatch.setattr(here.router.gate, "ask", None)
        await arrive(server)
        await here.facts(1)
        assert "DELETE /channels/c1" not in server.requests


async def test_a_bug_before_there_is_a_call_is_told_to_that_caller_only(
    server: AriServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with day(server) as here:
        works = here.router._new_caller

        def breaks(start: StasisStart) -> None:
            if start.channel.id == "c1":
                raise ZeroDivisionError
            works(start)

        monkeypatch.setattr(here.router, "_new_caller", breaks)
        await arrive(server, "c1")
        await arrive(server, "c2")
        await here.facts(1)
        await until(lambda: "POST /channels/c1/continue" in server.requests)
        asked = server.queries[server.requests.index("POST /channels/c1/continue")]
        assert asked["extension"] == "say700"
        assert here.router.calls == 1
