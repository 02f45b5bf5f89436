"""The event socket: refused, dropped, silent, full of nonsense, taken over; and opened again."""

import asyncio
import json
import logging
import time

import pytest

from callrouter.ari.client import AriClient
from callrouter.ari.errors import Refused, Unavailable, UnfitAsterisk
from callrouter.ari.event_socket import EventSocket
from callrouter.ari.events import (
    ApplicationReplaced,
    Connected,
    DeviceStateChanged,
    Disconnected,
    StasisStart,
)
from callrouter.concurrency import beside
from tests.ari.server import APP, PASSWORD, USER, AriServer, Heard, channel, event, listening


async def first_error(client: AriClient) -> Exception:
    """What `listen` raises."""
    async with client, asyncio.timeout(3):
        try:
            await client.listen(lambda event: None)
        except (Refused, UnfitAsterisk) as error:
            return error


async def test_events_come_in_order_with_the_channel_and_the_asterisk_they_are_of(
    server: AriServer,
) -> None:
    async with listening(server.client()) as heard:
        connected = await heard.next(Connected)
        assert connected == Connected("e1", "2026-11-23T09:00:00.000+0000")
        for n in range(100):
            await server.send(event("StasisStart", channel=channel(f"c{n}"), args=["incoming"]))
        await heard.next(StasisStart, count=100)
        starts = [each for each in heard.all if isinstance(each, StasisStart)]
        assert [each.ref for each in starts] == [("e1", f"c{n}") for n in range(100)]


async def test_an_event_may_come_before_the_answer_to_the_request_that_caused_it(
    server: AriServer,
) -> None:
    start = event("StasisStart", channel=channel("c1"), args=[])
    server.before_answer["POST /channels/c1/ring"] = [start]
    server.stalled.add("POST /channels/c1/ring")
    async with listening(client := server.client(timeout=0.3)) as heard:
        await heard.next(Connected)
        with pytest.raises(Unavailable):
            await client.ring("c1")
        assert any(isinstance(each, StasisStart) for each in heard.all)


async def test_nonsense_is_passed_over_and_what_follows_is_heard(
    server: AriServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(server.client()) as heard:
        await heard.next(Connected)
        for nonsense in ("", "{", "[]", "null", '{"type": 5}', "[" * 100_000, '{"type": "New"}'):
            await server.send(nonsense)
        await server.send(event("StasisStart"))  # without a channel
        await server.send(b"\x00\xff binary")
        await server.send_broken_text()
        await server.send(event("StasisStart", channel=channel("c1"), args=[], new_field=[{}]))
        assert (await heard.next(StasisStart)).channel.id == "c1"
        assert not any(isinstance(each, Disconnected) for each in heard.all)
    assert sum("could not be read" in line for line in caplog.messages) == 8


async def test_an_event_of_ten_megabytes_is_read(server: AriServer) -> None:
    async with listening(server.client()) as heard:
        await heard.next(Connected)
        big = event("StasisStart", channel=channel("c1"), args=["x" * 10_000_000])
        await server.send(big)
        assert len((await heard.next(StasisStart)).args[0]) == 10_000_000


async def test_an_event_in_several_frames_is_one(server: AriServer) -> None:
    async with listening(server.client()) as heard:
        await heard.next(Connected)
        said = json.dumps(event("StasisStart", channel=channel("c1"), args=["ш" * 100]))
        server.send_pieces(said[:50], said[50:51], "", said[51:])
        await server.send(event("StasisStart", channel=channel("c2"), args=[]))
        first, second = [await heard.next(StasisStart, count=count) for count in (1, 2)]
        assert (first.args, second.channel.id) == (("ш" * 100,), "c2")


async def test_what_is_raised_by_who_hears_it_is_raised_and_closes_the_socket(
    server: AriServer,
) -> None:
    heard: list[object] = []

    def hear(each: object) -> None:
        heard.append(each)
        if isinstance(each, StasisStart):
            raise RuntimeError("no more")

    async def send() -> None:
        while not heard:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        start = event("StasisStart", channel=channel("c1"), args=[])
        server.send_at_once(start, start)

    async with server.client() as client, asyncio.timeout(3), beside(send(), name="send"):
        with pytest.raises(RuntimeError, match="no more"):
            await client.listen(hear)
    assert [type(each) for each in heard] == [Connected, StasisStart]


async def test_a_dropped_socket_is_opened_again(server: AriServer) -> None:
    async with listening(server.client()) as heard:
        await heard.next(Connected)
        for count in (1, 2, 3):
            server.drop()
            assert (await heard.next(Disconnected, count=count)).reason
            await heard.next(Connected, count=count + 1)
        await server.send(event("StasisStart", channel=channel("c1"), args=[]))
        await heard.next(StasisStart)


async def test_a_socket_that_is_half_open_is_noticed_within_two_heartbeats(
    server: AriServer,
) -> None:
    server.deaf_to_pings = True
    async with listening(server.client()) as heard:
        await heard.next(Connected)
        begun = time.monotonic()
        reason = (await heard.next(Disconnected)).reason
        assert "heartbeat" in reason
        assert time.monotonic() - begun < 0.2 * 2 + 0.1


async def test_a_quiet_socket_that_answers_pings_is_left_open(server: AriServer) -> None:
    async with listening(server.client()) as heard:
        await heard.next(Connected)
        await asyncio.sleep(0.8)
        assert [type(each) for each in heard.all] == [Connected]
    assert server.connections == 1


async def test_an_asterisk_that_is_away_is_waited_for(server: AriServer) -> None:
    await server.stop()
    async with listening(server.client()) as heard:
        await heard.next(Disconnected, count=3)
        await server.start()
        await heard.next(Connected)


async def test_an_asterisk_that_boots_is_waited_for(server: AriServer) -> None:
    """Its HTTP server answers before ARI does, and ARI before the event socket."""
    server.answers["GET /asterisk/info"] = (404, "Not Found")
    server.answers["GET /events"] = (503, "Asterisk not booted")
    async with listening(server.client()) as heard:
        assert "404" in (await heard.next(Disconnected)).reason
        server.answers["GET /asterisk/info"] = (503, "Asterisk not booted")
        while "503 Asterisk" not in (await _newest(heard)).reason:
            pass
        del server.answers["GET /asterisk/info"]
        while "event socket was refused: 503" not in (await _newest(heard)).reason:
            pass
        server.answers.clear()
        await heard.next(Connected)


async def _newest(heard: Heard) -> Disconnected:
    count = sum(isinstance(each, Disconnected) for each in heard.all)
    found = await heard.next(Disconnected, count=count + 1)
    assert isinstance(found, Disconnected)
    return found


@pytest.mark.parametrize("stalled", ["GET /asterisk/info", "GET /events"])
async def test_a_stalled_connect_is_given_up_and_tried_again(
    server: AriServer, stalled: str
) -> None:
    server.stalled.add(stalled)
    async with listening(server.client(timeout=0.2)) as heard:
        assert "0.2 s" in (await heard.next(Disconnected, seconds=0.6)).reason
        server.stalled.clear()
        await heard.next(Connected)


async def test_a_connection_that_ends_instead_of_becoming_a_socket_is_tried_again(
    server: AriServer,
) -> None:
    server.hang_ups["GET /events"] = 2
    async with listening(server.client()) as heard:
        assert "closed in the handshake" in (await heard.next(Disconnected, count=2)).reason
        await heard.next(Connected)


async def test_a_socket_that_was_given_up_is_closed_when_it_opens_after_all(
    server: AriServer,
) -> None:
    server.stalled.add("GET /events")
    heard: list[object] = []
    url = f"{server.url}/ari/events?subscribeAll=false".replace("http", "ws", 1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await EventSocket.open(url, {}, heard.append, heard.append, seconds=2.0, heartbeat=5.0)
    server.release.set()
    async with asyncio.timeout(3):
        while not server.sockets or not server.sockets[0].closed:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert heard == []


async def test_who_gives_up_saying_goodbye_leaves_no_socket_open(
    server: AriServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callrouter.ari.event_socket.GOODBYE_SECONDS", 5.0)
    server.mute = True
    url = f"{server.url}/ari/events?subscribeAll=false".replace("http", "ws", 1)
    heard: list[object] = []
    socket = await EventSocket.open(url, {}, heard.append, heard.append, seconds=2.0, heartbeat=5.0)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await socket.close()
    async with asyncio.timeout(1):
        await socket.until_closed()


async def test_the_pause_before_the_next_try_grows_to_a_limit_and_varies(
    server: AriServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 8:
            raise asyncio.CancelledError

    client = server.client()
    await server.stop()
    async with client:
        monkeypatch.setattr("callrouter.ari.client.asyncio.sleep", sleep)
        with pytest.raises(asyncio.CancelledError):
            await client.listen(lambda event: None)
    for pause, nominal in zip(pauses, [0.02, 0.04, 0.08, 0.1, 0.1, 0.1, 0.1, 0.1], strict=True):
        assert nominal * 0.8 <= pause <= nominal * 1.2
    assert len(set(pauses)) == 8


async def test_a_socket_that_opens_and_closes_at_once_is_not_opened_in_a_tight_loop(
    server: AriServer,
) -> None:
    async with listening(server.client()) as heard:
        end = time.monotonic() + 1.0
        while time.monotonic() < end:
            server.drop()
            await asyncio.sleep(0.005)
        assert 5 < sum(isinstance(each, Connected) for each in heard.all) < 16


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("where", ["GET /asterisk/info", "GET /events"])
async def test_a_wrong_password_is_said_clearly(server: AriServer, where: str, status: int) -> None:
    server.answers[where] = (status, "Authentication required")
    error = await first_error(server.client())
    assert isinstance(error, Refused)
    assert str(error).startswith(f"{server.url}: ARI's user or password is not accepted")


@pytest.mark.parametrize("version", ["18.26.4", "22.10.0", "20.20.0~dfsg-1", "", "git-master"])
async def test_an_asterisk_that_is_too_old_is_refused_with_what_to_do(
    server: AriServer, version: str
) -> None:
    server.info["system"]["version"] = version
    error = await first_error(server.client())
    assert isinstance(error, UnfitAsterisk)
    said = str(error)
    assert (version or "unknown version") in said
    assert "install 20.20.1, 22.10.1, 23.4.1 or a later one of its series" in said


@pytest.mark.parametrize("version", ["20.20.1", "22.10.1+dfsg+~cs6-1", "22.11", "23.4.1", "24.0.0"])
async def test_a_fit_version_is_taken(server: AriServer, version: str) -> None:
    server.info["system"]["version"] = version
    async with listening(server.client()) as heard:
        await heard.next(Connected)


async def test_an_asterisk_without_entity_id_is_refused(server: AriServer) -> None:
    del server.info["system"]["entity_id"]
    assert "entity id" in str(await first_error(server.client()))


async def test_an_asterisk_that_comes_back_as_another_says_so(server: AriServer) -> None:
    async with listening(client := server.client()) as heard:
        await heard.next(Connected)
        server.info["system"]["entity_id"] = "e2"
        server.drop()
        assert (await heard.next(Connected, count=2)).entity_id == "e2"
        assert client.entity_id == "e2"


async def test_a_takeover_is_an_event(server: AriServer) -> None:
    async with listening(server.client()) as heard:
        await heard.next(Connected)
        await server.send(event("ApplicationReplaced"))
        await heard.next(ApplicationReplaced)


async def test_who_stops_listening_leaves_no_socket_open(server: AriServer) -> None:
    async with listening(server.client()) as heard:
        await heard.next(Connected)
    await asyncio.sleep(0.05)
    assert [socket.closed for socket in server.sockets] == [True]


async def test_no_secret_in_any_log_line(
    server: AriServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with listening(server.client()) as heard:
        await heard.next(Connected)
        await server.send("{")
        server.drop()
        server.answers["GET /events"] = (500, "x")
        server.answers["GET /asterisk/info"] = (500, "y")
        await heard.next(Disconnected, count=3)
    shown = "\n".join([*map(repr, heard.all), caplog.text, *server.requests])
    assert PASSWORD not in shown
    assert "Basic" not in shown
    assert "Authorization" not in shown


async def test_device_states_are_events(server: AriServer) -> None:
    async with listening(server.client()) as heard:
        await heard.next(Connected)
        state = {"name": "PJSIP/1001", "state": "INUSE"}
        await server.send(event("DeviceStateChanged", device_state=state))
        changed = await heard.next(DeviceStateChanged)
        assert (changed.device_state.name, changed.device_state.state) == ("PJSIP/1001", "INUSE")


async def test_an_https_address_makes_a_wss_socket() -> None:
    async with AriClient("https://pbx.example:8089/", USER, PASSWORD, APP) as client:
        assert client.url == "https://pbx.example:8089"
        assert client._socket_url.startswith("wss://pbx.example:8089/ari/events?app=callrouter")


async def test_how_late_its_events_are_is_asked_behind_them(server: AriServer) -> None:
    client = server.client()
    async with listening(client) as heard:
        await heard.next(Connected)
        client.ping()
        await asyncio.sleep(0.2)
        assert 0.0 < client.behind() < 0.2
        assert client.behind() == 0.0, "an answer counts once"


async def test_an_answer_that_does_not_come_is_ever_later(server: AriServer) -> None:
    server.deaf_to_pings = True
    client = server.client()
    async with listening(client) as heard:
        await heard.next(Connected)
        client.ping()
        await asyncio.sleep(0.05)
        client.ping()  # one is waited for
        assert client.behind() >= 0.05
        server.drop()
        await heard.next(Disconnected)
        assert client.behind() == 0.0, "who is not heard is not late"
