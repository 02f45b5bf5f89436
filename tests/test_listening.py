"""What an Asterisk that was not heard for a while has done, and how calls learn of it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Coroutine, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from callrouter.ari import client as ari_client
from callrouter.ari.client import AriClient
from callrouter.ari.errors import Refused, UnfitAsterisk
from callrouter.ari.events import (
    Bridge,
    ChannelDestroyed,
    ChannelRef,
    ChannelStateChange,
    StasisEnd,
    StasisStart,
)
from callrouter.calls.agents import AgentBoard
from callrouter.calls.inbox import CallerLost, Inbox, InboxEvent
from callrouter.listening import catching_up
from callrouter.listening import listener as listening
from callrouter.listening.history import Unheard
from callrouter.listening.inheritance import Inheritance, nothing_unfinished
from callrouter.listening.listener import AsteriskListener, OtherRouter
from callrouter.routing.availability import DeviceState
from callrouter.switchboard import Switchboard
from tests.ari.server import AriServer, channel, event

LEG = "callrouter-leg1"


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ari_client, "BACKOFF_FIRST_SECONDS", 0.02)
    monkeypatch.setattr(ari_client, "BACKOFF_MOST_SECONDS", 0.1)
    monkeypatch.setattr(catching_up, "SECOND_LOOK_SECONDS", 0.1)
    monkeypatch.setattr(listening, "RETRY_FIRST_SECONDS", 0.02)
    monkeypatch.setattr(listening, "RETRY_MOST_SECONDS", 0.1)


@pytest.fixture
async def other() -> AsyncIterator[AriServer]:
    """A second Asterisk."""
    other = AriServer()
    other.info["system"]["entity_id"] = "e2"
    await other.start()
    yield other
    await other.stop()


class House:
    """A listener or several, and all that they speak with."""

    def __init__(self, *clients: AriClient) -> None:
        self.agents = AgentBoard()
        self.new_callers: list[StasisStart] = []
        self.orphans: list[StasisStart] = []
        self.adopted: list[Bridge] = []
        self.bridges: set[str] = set()
        self.phones: tuple[str, ...] = ()
        self.switchboard = Switchboard(self.new_callers.append, self.orphans.append)
        self.listeners: list[AsteriskListener] = []
        for client in clients:
            self.listeners.append(
                AsteriskListener(
                    client,
                    self.switchboard,
                    self.agents,
                    self.listeners,
                    phones=lambda: self.phones,
                    bridges_in_use=lambda: self.bridges,
                    adopt=lambda client, bridge: self.adopted.append(bridge),
                    inheritance=Inheritance(nothing_unfinished),
                    take_up=lambda client, remains: None,
                )
            )

    @property
    def listener(self) -> AsteriskListener:
        return self.listeners[0]

    def call(self, *channels: str, entity: str = "e1") -> Inbox:
        """A call that owns these channels."""
        inbox = Inbox()
        for each in channels:
            self.switchboard.claim(ChannelRef(entity, each), inbox)
        return inbox

    def state(self, phone: str, entity: str = "e1") -> DeviceState | None:
        known = self.agents._phones(entity).get(phone)
        return None if known is None else known.state

    async def ready(self) -> None:
        async with asyncio.timeout(3):
            await self.listener.ready.wait()

    async def reconnect(self, server: AriServer) -> None:
        """Until a lost socket is open again and all is prepared."""
        server.drop()
        async with asyncio.timeout(3):
            while self.listener.ready.is_set():  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        await self.ready()


@asynccontextmanager
async def house(*clients: AriClient) -> AsyncIterator[House]:
    """All listeners run during the block; whatever they raise comes out of it."""
    here = House(*clients)
    async with AsyncExitStack() as stack:
        for client in clients:
            await stack.enter_async_context(client)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each.run(), name="listen") for each in here.listeners]
            yield here
            for task in tasks:
                task.cancel()


async def run_all(works: Iterable[Coroutine[Any, Any, None]]) -> None:
    async with asyncio.TaskGroup() as group:
        for work in works:
            group.create_task(work, name="one of several")


async def told(inbox: Inbox, seconds: float = 2.0) -> InboxEvent:
    found = await inbox.next(asyncio.get_running_loop().time() + seconds)
    assert found is not None
    return found


async def nothing_told(inbox: Inbox) -> bool:
    return await inbox.next(asyncio.get_running_loop().time() + 0.02) is None


# Preparing


async def test_events_are_filtered_before_anything_else(server: AriServer) -> None:
    async with house(server.client()) as here:
        await here.ready()
    assert server.requests[:2] == ["GET /asterisk/info", "PUT /applications/callrouter/eventFilter"]
    allowed = {each["type"] for each in server.bodies[1]["allowed"]}
    assert {"StasisStart", "ChannelDestroyed", "DeviceStateChanged"} <= allowed
    assert "ChannelVarset" not in allowed


@pytest.mark.parametrize(
    "step",
    [
        "PUT /applications/callrouter/eventFilter",
        "GET /applications/callrouter",
        "POST /applications/callrouter/subscription",
        "GET /endpoints/PJSIP",
        "GET /deviceStates/PJSIP/1002",
        "GET /channels",
        "GET /bridges",
    ],
)
async def test_preparing_is_repeated_until_every_step_succeeds(
    server: AriServer, step: str, caplog: pytest.LogCaptureFixture
) -> None:
    server.add_phone("1001")
    server.add_phone("1002", channels=1)
    server.device_states["PJSIP/1002"] = "INUSE"
    server.answers[step] = (500, "out of order")
    async with house(server.client()) as here:
        here.phones = ("PJSIP/1001", "PJSIP/1002")
        async with asyncio.timeout(3):
            while len(server.asked(step)) < 3:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert not here.listener.ready.is_set()
        server.answers.clear()
        await here.ready()
        assert here.state("PJSIP/1002") is DeviceState.INUSE
    failures = [line for line in caplog.messages if "could not be prepared" in line]
    assert len(failures) == 1, "said once, however often it is tried"
    assert "500 out of order" in failures[0]


async def test_a_step_that_stalls_is_repeated_too(server: AriServer) -> None:
    server.stalled.add("GET /bridges")
    async with house(server.client(timeout=0.1)) as here:
        await asyncio.sleep(0.2)
        assert not here.listener.ready.is_set()
        server.stalled.clear()
        await here.ready()


async def test_a_bug_while_preparing_is_raised_not_swallowed(
    server: AriServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def bug(self: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(AriClient, "filter_events", bug)
    with pytest.raises(ExceptionGroup) as raised:
        async with house(server.client()):
            await asyncio.sleep(3)
    assert raised.group_contains(ZeroDivisionError)


async def test_nobody_is_ready_while_asterisk_is_away(server: AriServer) -> None:
    async with house(server.client()) as here:
        await here.ready()
        await server.stop()
        await asyncio.sleep(0.05)
        assert not here.listener.ready.is_set()


async def test_the_log_says_once_that_asterisk_is_away_and_once_that_it_is_back(
    server: AriServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "callrouter.listening.listener")
    async with house(server.client()) as here:
        await here.ready()
        await server.stop()
        await asyncio.sleep(0.5)
        await server.start()
        await here.ready()
    away = [r for r in caplog.records if "not connected" in r.message]
    assert 1 <= len(away) <= 2, "the socket's end, then why it cannot be opened"
    assert sum("connected, e1" in line for line in caplog.messages) == 2


async def test_a_second_outage_is_said_as_well(
    server: AriServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with house(server.client()) as here:
        await here.ready()
        await here.reconnect(server)
        await here.reconnect(server)
    assert sum("not connected" in line for line in caplog.messages) == 2


# Phones


async def test_the_phones_states_are_read_in_a_handful_of_requests(server: AriServer) -> None:
    for n in range(5000):
        server.add_phone(f"a{n}", "online" if n % 2 else "offline")
    server.add_phone("talks", channels=1)
    server.device_states["PJSIP/talks"] = "INUSE"
    async with house(server.client()) as here:
        here.phones = (*(f"PJSIP/a{n}" for n in range(5000)), "PJSIP/talks", "PJSIP/none")
        await here.ready()
        assert here.state("PJSIP/a0") is DeviceState.UNAVAILABLE
        assert here.state("PJSIP/a1") is DeviceState.NOT_INUSE
        assert here.state("PJSIP/talks") is DeviceState.INUSE
        assert here.state("PJSIP/none") is DeviceState.INVALID
    assert len(server.subscribed) == 5002
    assert len(server.requests) < 30


async def test_a_number_behind_a_trunk_has_no_state_and_can_be_tried(server: AriServer) -> None:
    async with house(server.client()) as here:
        here.phones = ("PJSIP/0641234567@trunk", "Local/1@elsewhere", "PJSIP/1001")
        await here.ready()
        assert here.state("PJSIP/0641234567@trunk") is None
        assert here.state("Local/1@elsewhere") is None
    assert server.subscribed == {"PJSIP/1001"}


async def test_what_an_event_said_meanwhile_is_newer_than_the_answer(server: AriServer) -> None:
    server.add_phone("1001", "offline")
    server.add_phone("1002", channels=1)
    server.device_states["PJSIP/1002"] = "RINGING"
    for request, phone in (
        ("GET /endpoints/PJSIP", "PJSIP/1001"),
        ("GET /deviceStates/PJSIP/1002", "PJSIP/1002"),
    ):
        state = {"name": phone, "state": "NOT_INUSE"}
        server.before_answer[request] = [event("DeviceStateChanged", device_state=state)]
    async with house(server.client()) as here:
        here.phones = ("PJSIP/1001", "PJSIP/1002")
        await here.ready()
        assert here.state("PJSIP/1001") is DeviceState.NOT_INUSE
        assert here.state("PJSIP/1002") is DeviceState.NOT_INUSE


async def test_states_that_changed_unheard_are_read_again(server: AriServer) -> None:
    server.add_phone("1001")
    async with house(server.client()) as here:
        here.phones = ("PJSIP/1001",)
        await here.ready()
        assert here.state("PJSIP/1001") is DeviceState.NOT_INUSE
        server.add_phone("1001", "offline")
        await here.reconnect(server)
        assert here.state("PJSIP/1001") is DeviceState.UNAVAILABLE


async def test_phones_of_a_new_configuration_are_watched_and_former_ones_no_more(
    server: AriServer,
) -> None:
    server.subscribed = {"PJSIP/of-a-router-before"}
    async with house(server.client()) as here:
        here.phones = ("PJSIP/1001",)
        await here.ready()
        assert server.subscribed == {"PJSIP/1001"}
        server.add_phone("1002")
        here.phones = ("PJSIP/1002",)
        server.answers["GET /applications/callrouter"] = (500, "at first it fails")
        here.listener.phones_changed(["pbx_config.so", "res_pjsip.so"])
        await asyncio.sleep(0.1)
        assert here.listener.ready.is_set(), "calls go on meanwhile"
        server.answers.clear()
        await asyncio.sleep(0.2)
        assert server.subscribed == {"PJSIP/1002"}
        assert here.state("PJSIP/1002") is DeviceState.NOT_INUSE
    assert server.asked("PUT /asterisk/modules") == [
        "PUT /asterisk/modules/res_pjsip.so",
        "PUT /asterisk/modules/pbx_config.so",
    ]


async def test_a_reload_asked_for_while_asterisk_is_away_is_made_up_for(
    server: AriServer,
) -> None:
    async with house(server.client()) as here:
        await here.ready()
        await server.stop()
        here.listener.phones_changed(["res_pjsip.so"])
        await asyncio.sleep(0.1)
        await server.start()
        await here.ready()
    assert server.asked("PUT /asterisk/modules") == ["PUT /asterisk/modules/res_pjsip.so"]


async def test_a_reload_asked_for_during_a_reload_is_done_as_well(server: AriServer) -> None:
    request = "PUT /asterisk/modules/res_pjsip.so"
    async with house(server.client()) as here:
        await here.ready()
        server.stalled.add(request)
        here.listener.phones_changed(["res_pjsip.so"])
        await asyncio.sleep(0.05)
        here.listener.phones_changed(["res_pjsip.so"])
        server.release.set()
        server.stalled.clear()
        async with asyncio.timeout(2):
            while len(server.asked(request)) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_a_reload_that_asterisk_cannot_do_now_is_asked_for_again(server: AriServer) -> None:
    request = "PUT /asterisk/modules/res_pjsip.so"
    server.answers[request] = (500, "busy")
    async with house(server.client()) as here:
        here.listener.phones_changed(["res_pjsip.so"])
        async with asyncio.timeout(3):
            while len(server.asked(request)) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        server.answers.clear()
        await here.ready()


async def test_a_module_that_asterisk_does_not_have_is_said_and_passed_over(
    server: AriServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.answers["PUT /asterisk/modules/pbx_config.so"] = (404, "Module not found")
    async with house(server.client()) as here:
        here.listener.phones_changed(["pbx_config.so"])
        await here.ready()
    assert sum("pbx_config.so was not reloaded" in line for line in caplog.messages) == 1


# Calls in progress


async def test_a_caller_who_left_unheard_has_hung_up(server: AriServer) -> None:
    server.channels = [channel("caller"), channel(LEG, "Ringing", app=None)]
    async with house(server.client()) as here:
        inbox = here.call("caller", LEG)
        await here.ready()
        await told(inbox)  # that it rings
        server.channels = [channel(LEG, "Ringing", app=None)]
        await here.reconnect(server)
        events = [await told(inbox), await told(inbox)]
        assert any(isinstance(e, StasisEnd) and e.channel.id == "caller" for e in events)
        assert await nothing_told(inbox)


async def test_a_phone_that_gave_up_unheard_is_gone(server: AriServer) -> None:
    server.channels = [channel("caller")]
    async with house(server.client()) as here:
        inbox = here.call("caller", LEG)
        await here.ready()
        gone = await told(inbox)
        assert isinstance(gone, ChannelDestroyed)
        assert gone.channel.id == LEG


async def test_caller_and_agent_both_gone_nobody_knows_who_was_first(server: AriServer) -> None:
    async with house(server.client()) as here:
        inbox = here.call(LEG, "caller")
        await here.ready()
        assert isinstance(await told(inbox), CallerLost), "before the agent, or he ended the call"
        assert isinstance(await told(inbox), ChannelDestroyed)


class Written:
    """Asterisk's own records: the caller's end, five seconds ago."""

    async def ends(self, channels: Collection[str], since: datetime) -> dict[str, datetime]:
        assert channels == ["caller"]
        assert since < datetime.now(UTC) - timedelta(seconds=5)
        return {channel: datetime.now(UTC) - timedelta(seconds=5) for channel in channels}


@pytest.mark.parametrize("gone", [["caller", LEG], ["caller"]], ids=str)
async def test_when_they_ended_unheard_asterisk_has_written(
    server: AriServer, gone: list[str]
) -> None:
    server.channels = [channel(each) for each in {"caller", LEG} - set(gone)]
    async with house(server.client()) as here:
        (listener,) = here.listeners
        listener.history = Written()
        inbox = here.call("caller", LEG)
        await here.ready()
        while isinstance(event := await told(inbox), StasisStart):
            pass  # who is still there is told of too
        assert isinstance(event, CallerLost | StasisEnd)
        assert event.late == pytest.approx(5.0, abs=0.5)


async def test_how_long_it_was_perhaps_not_heard_is_known(server: AriServer) -> None:
    async with house(server.client()) as here:
        (listener,) = here.listeners
        await here.ready()
        assert listener.unheard is not None, "a router before this one may have died"
        assert listener.unheard.until is not None
        listener.unheard = None
        cut = datetime.now(UTC)
        server.drop()
        while (unheard := _over(listener)) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert unheard.until is not None
        assert unheard.since < cut <= unheard.until


def _over(listener: AsteriskListener) -> Unheard | None:
    """The time in which it did not hear, once that is over."""
    return listener.unheard if listener.unheard and listener.unheard.until else None


async def test_a_phone_that_answered_or_rang_unheard_is_told_of(server: AriServer) -> None:
    server.channels = [channel("caller"), channel(LEG), channel("callrouter-2", "Ringing")]
    async with house(server.client()) as here:
        inbox = here.call("caller", LEG, "callrouter-2")
        await here.ready()
        answered, rings = await told(inbox), await told(inbox)
        assert isinstance(answered, StasisStart)
        assert (answered.channel.id, answered.args) == (LEG, ("leg",))
        assert isinstance(rings, ChannelStateChange)
        assert here.new_callers == here.orphans == []


async def test_a_channel_just_asked_for_is_not_lost(server: AriServer) -> None:
    """It is claimed, and there only at the second look."""
    server.channels.append(channel("caller"))
    async with house(server.client()) as here:
        inbox = here.call("caller", LEG)
        asyncio.get_running_loop().call_later(0.05, server.channels.append, channel(LEG))
        await here.ready()
        assert await nothing_told(inbox)


async def test_a_caller_who_comes_while_we_look_is_not_lost(server: AriServer) -> None:
    server.stalled.add("GET /bridges")
    async with house(server.client()) as here:
        async with asyncio.timeout(3):
            while not server.asked("GET /bridges"):  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        inbox = here.call("caller")
        server.channels.append(channel("caller"))
        server.stalled.clear()
        server.release.set()
        await here.ready()
        assert await nothing_told(inbox)


async def test_a_caller_who_left_unheard_is_told_of_before_anything_is_asked_again(
    server: AriServer,
) -> None:
    server.channels = [channel("c1"), channel("c2")]
    client = server.client(patience=3.0)
    async with house(client) as here:
        gone = here.call("c1")
        await here.ready()
        server.drop()
        server.channels = [channel("c2")]
        async with asyncio.timeout(3):
            while here.listener.ready.is_set():  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        await client.ring("c2")
        assert isinstance(next(gone.rest()), StasisEnd)


@pytest.mark.parametrize("change", ["started", "entity"])
async def test_after_a_restart_of_asterisk_every_call_is_lost_at_once(
    server: AriServer, change: str
) -> None:
    async with house(server.client()) as here:
        await here.ready()
        first, second = here.call("caller", LEG), here.call("caller2")
        elsewhere = here.call("caller", entity="e9")
        if change == "started":
            server.info["status"]["startup_time"] = "2026-11-23T10:00:00.000+0000"
        else:
            server.info["system"]["entity_id"] = "e2"
        server.stalled.add("GET /channels")
        server.drop()
        assert isinstance(await told(first), CallerLost)
        assert isinstance(await told(first), ChannelDestroyed)
        assert isinstance(await told(second), CallerLost)
        assert await nothing_told(elsewhere), "that Asterisk is another"


async def test_a_call_that_began_before_the_socket_was_lost_may_be_another_by_now(
    server: AriServer,
) -> None:
    server.add_phone("1001", channels=1)
    server.device_states["PJSIP/1001"] = "INUSE"
    async with house(server.client()) as here:
        here.phones = ("PJSIP/1001",)
        await here.ready()
        begun = {"name": "PJSIP/1001", "state": "RINGING"}
        await server.send(event("DeviceStateChanged", device_state=begun))
        begun = {"name": "PJSIP/1001", "state": "INUSE"}
        await server.send(event("DeviceStateChanged", device_state=begun))
        await asyncio.sleep(0.05)
        assert here.agents._phones("e1")["PJSIP/1001"].since is not None
        await here.reconnect(server)
        known = here.agents._phones("e1")["PJSIP/1001"]
        assert (known.state, known.since) == (DeviceState.INUSE, None)


# What nobody owns


async def test_a_caller_of_a_router_before_us_goes_on_in_the_dialplan(server: AriServer) -> None:
    server.channels = [channel("old")]
    async with house(server.client()) as here:
        await here.ready()
        assert here.new_callers == []
    assert server.asked("POST /channels") == ["POST /channels/old/continue"]


async def test_a_caller_whose_event_is_still_on_its_way_is_not_sent_away(
    server: AriServer,
) -> None:
    server.channels = [channel("new")]
    async with house(server.client()) as here:
        asyncio.get_running_loop().call_later(0.05, here.call, "new")
        await here.ready()
    assert server.asked("POST /channels") == []


async def test_a_caller_who_came_unheard_is_a_new_caller(server: AriServer) -> None:
    async with house(server.client()) as here:
        await here.ready()
        server.channels = [channel("c7", "Ring", number="+381111234567")]
        await here.reconnect(server)
        (start,) = here.new_callers
        assert start.ref == ("e1", "c7")
        assert start.channel.dialplan.exten == "+381111234567"
        assert start.args == ("incoming",)
    assert server.asked("POST /channels") == []


async def test_who_comes_before_the_phones_are_known_waits_for_that(server: AriServer) -> None:
    """Or an agent could be rung who has another call."""
    server.stalled.add("GET /endpoints/PJSIP")
    async with house(server.client()) as here:
        async with asyncio.timeout(3):
            while not server.asked("GET /endpoints"):  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        await server.send(event("StasisStart", channel=channel("c7", "Ring"), args=["incoming"]))
        await asyncio.sleep(0.05)
        assert here.new_callers == []
        server.release.set()
        await here.ready()
        assert [start.channel.id for start in here.new_callers] == ["c7"]


async def test_who_leaves_before_he_was_let_in_has_left_when_he_is(server: AriServer) -> None:
    """Or his call would ask Asterisk for him in vain, and wait for an end that was heard before."""
    server.stalled.add("GET /endpoints/PJSIP")
    async with house(server.client()) as here:
        told = Inbox()
        here.switchboard._new_caller = lambda start: here.switchboard.claim(start.ref, told)
        async with asyncio.timeout(3):
            while not server.asked("GET /endpoints"):  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        await server.send(event("StasisStart", channel=channel("c7", "Ring"), args=["incoming"]))
        await server.send(event("StasisEnd", channel=channel("c7", "Ring")))
        await asyncio.sleep(0.05)
        server.release.set()
        async with asyncio.timeout(3):
            while not here.switchboard.owns(ChannelRef("e1", "c7")):  # noqa: ASYNC110
                await asyncio.sleep(0)
        assert [type(each) for each in told.rest()] == [StasisEnd], "at once"


async def test_who_comes_while_asterisk_does_not_say_how_phones_are_is_let_in(
    server: AriServer,
) -> None:
    server.answers["GET /endpoints/PJSIP"] = (500, "out of order")
    async with house(server.client()) as here:
        async with asyncio.timeout(3):
            while len(server.asked("GET /endpoints")) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        await server.send(event("StasisStart", channel=channel("c7", "Ring"), args=["incoming"]))
        async with asyncio.timeout(3):
            while not here.new_callers:  # noqa: ASYNC110
                await asyncio.sleep(0.005)


async def test_a_leg_that_nobody_waits_for_is_hung_up(server: AriServer) -> None:
    server.channels = [channel("callrouter-x-1", "Ringing", app=None)]
    async with house(server.client()) as here:
        await here.ready()
    assert server.asked("DELETE /channels") == ["DELETE /channels/callrouter-x-1"]


async def test_people_who_talk_are_never_touched(server: AriServer) -> None:
    server.channels = [
        channel("a"), channel("callrouter-a-1", app=None),  # a router's before us
        channel("b", app=None), channel("c", app=None),  # colleagues
        channel("d", app="another"),  # another application
    ]  # fmt: skip
    server.bridges = [
        {"id": "callrouter-a", "channels": ["a", "callrouter-a-1"]},
        {"id": "colleagues", "channels": ["b", "c"]},
        {"id": "empty", "channels": []},
    ]
    async with house(server.client()) as here:
        await here.ready()
        assert [bridge.id for bridge in here.adopted] == ["callrouter-a"]
    changing = [each for each in server.requests if not each.startswith(("GET", "PUT"))]
    assert changing == []


async def test_an_empty_bridge_of_nobody_is_destroyed_one_in_use_is_not(
    server: AriServer,
) -> None:
    server.bridges = [
        {"id": "callrouter-old", "channels": []},
        {"id": "callrouter-now", "channels": []},
    ]
    async with house(server.client()) as here:
        here.bridges = {"callrouter-now"}
        await here.ready()
    assert server.asked("DELETE /bridges") == ["DELETE /bridges/callrouter-old"]


async def test_what_has_gone_between_look_and_deed_is_no_trouble(server: AriServer) -> None:
    server.channels = [channel("old"), channel("callrouter-x-1", app=None)]
    server.bridges = [{"id": "callrouter-old", "channels": []}]
    for request in (
        "POST /channels/old/continue",
        "DELETE /channels/callrouter-x-1",
        "DELETE /bridges/callrouter-old",
    ):
        server.answers[request] = (404, "not found")
    async with house(server.client()) as here:
        await here.ready()


# Several, and others


async def test_one_asterisk_that_refuses_us_does_not_stop_the_other(
    server: AriServer, other: AriServer, caplog: pytest.LogCaptureFixture
) -> None:
    other.answers["GET /asterisk/info"] = (401, "no")
    async with house(server.client(), other.client()) as here:
        await here.ready()
        await asyncio.sleep(0.5)
        assert here.listener.ready.is_set()
        assert not here.listeners[1].ready.is_set()
        other.answers.clear()
        async with asyncio.timeout(2):
            await here.listeners[1].ready.wait()
    assert sum("password is not accepted" in line for line in caplog.messages) == 1


async def test_two_addresses_of_one_asterisk_are_an_error_that_is_said(
    server: AriServer, other: AriServer, caplog: pytest.LogCaptureFixture
) -> None:
    other.info["system"]["entity_id"] = "e1"
    async with house(server.client(), other.client()) as here:
        async with asyncio.timeout(2):
            while not any(each.unusable for each in here.listeners):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            await next(each for each in here.listeners if not each.unusable).ready.wait()
    assert "has the entity id of" in caplog.text


@pytest.mark.parametrize("kind", [Refused, UnfitAsterisk])
async def test_when_no_asterisk_is_left_that_can_be_used_it_ends(
    server: AriServer, kind: type[Exception]
) -> None:
    if kind is Refused:
        server.answers["GET /asterisk/info"] = (401, "no")
    else:
        server.info["system"]["version"] = "18.0.0"
    with pytest.raises(ExceptionGroup) as raised:
        async with house(server.client()):
            await asyncio.sleep(3)
    assert raised.group_contains(kind, depth=1)


async def test_another_router_stops_us_at_once_on_every_asterisk(
    server: AriServer, other: AriServer
) -> None:
    here = House(server.client(), other.client())

    async def take_over() -> None:
        for each in here.listeners:
            await each.ready.wait()
        await server.send(event("ApplicationReplaced"))

    with pytest.raises(ExceptionGroup) as raised:
        await run_all([take_over(), *(each.run() for each in here.listeners)])
    assert raised.group_contains(OtherRouter, match="taken over", depth=1)
    for each in here.listeners:
        with pytest.raises(Exception, match="another router has taken over"):
            await each.client.hang_up("c1")
        await each.client.close()


async def test_a_connection_that_comes_and_goes_leaves_no_task_behind(server: AriServer) -> None:
    async with house(server.client()) as here:
        await here.ready()
        before = len(asyncio.all_tasks())
        for _ in range(5):
            await here.reconnect(server)
        await asyncio.sleep(0.05)
        assert len(asyncio.all_tasks()) <= before + 1
