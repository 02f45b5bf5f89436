"""`asterisk-conf/` in a real Asterisk: no complaint at its start, and calls go where they must."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from callrouter.local.asterisk import AsteriskServer
from callrouter.local.phones import software_phones
from tests.asterisk.raw_sip import RawSip

pytestmark = pytest.mark.asterisk


class Listener:
    """The application `callrouter`, as far as these tests need it."""

    def __init__(
        self, http: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse, url: str
    ) -> None:
        self._http = http
        self._socket = socket
        self._url = url

    async def event(
        self, kind: str, *, channel: str | None = None, seconds: float = 5.0
    ) -> dict[str, Any]:
        """The next event of a kind, of any channel or of one."""
        async with asyncio.timeout(seconds):
            while True:
                event: dict[str, Any] = await self._socket.receive_json()
                if event["type"] == kind and channel in (None, event["channel"]["id"]):
                    return event

    async def request(self, method: str, path: str, **query: str) -> Any:
        async with self._http.request(method, f"{self._url}{path}", params=query) as answer:
            return await answer.json() if answer.content_length else None

    async def calls_left(self) -> list[str]:
        await asyncio.sleep(0.2)
        return [channel["name"] for channel in await self.request("GET", "/channels")]


@pytest.fixture
async def listener(asterisk: AsteriskServer) -> AsyncIterator[Listener]:
    url = f"{asterisk.ari_url}/ari"
    headers = {"Authorization": aiohttp.encode_basic_auth(asterisk.ari_user, asterisk.ari_password)}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.ws_connect(f"{url}/events?app=callrouter") as socket,
    ):
        yield Listener(http, socket, url)


def complaints(asterisk: AsteriskServer) -> list[str]:
    said = (asterisk.home / "log" / "messages.log").read_text()
    return [line for line in said.splitlines() if "ERROR[" in line or "WARNING[" in line]


def test_starts_without_errors_and_warnings(asterisk: AsteriskServer) -> None:
    before_any_call = [line for line in complaints(asterisk) if "[C-" not in line]
    assert before_any_call == []


def test_every_module_of_the_list_runs(asterisk: AsteriskServer) -> None:
    listed = {
        line.split()[2]
        for line in (asterisk.conf_dir / "modules.conf").read_text().splitlines()
        if line.startswith("load = ")
    }
    running = {
        line.split()[0]
        for line in asterisk.console("module show").splitlines()
        if " Running " in line
    }
    assert listed - running == set()


def test_nothing_listens_outside_loopback(asterisk: AsteriskServer) -> None:
    ports = {asterisk.site.sip_port, asterisk.site.http_port}
    listening = set()
    for table in ("udp", "tcp"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            address, port = line.split()[1].split(":")
            if int(port, 16) in ports:
                listening.add(address)
    assert listening == {"0100007F"}


@pytest.mark.parametrize(
    ("uri", "seen"),
    [
        pytest.param("sip:700@127.0.0.1", "700", id="a plain number"),
        pytest.param("sip:+381111234567@127.0.0.1", "+381111234567", id="an international one"),
        pytest.param("sip:sales@127.0.0.1", "sales", id="letters"),
        pytest.param("sip:h@127.0.0.1", "h", id="the letter of hangups"),
        pytest.param("sip:i@127.0.0.1", "i", id="the letter of wrong extensions"),
        pytest.param("sip:t@127.0.0.1", "t", id="the letter of timeouts"),
        pytest.param("sip:*8@127.0.0.1", "*8", id="Asterisk's pickup code"),
        pytest.param("sip:_X.@127.0.0.1", "_X.", id="a pattern"),
        pytest.param("sip:-@127.0.0.1", "-", id="a dash alone"),
        pytest.param("sip:%C5%BDika@127.0.0.1", "Žika", id="UTF-8"),
        pytest.param("sip:1,2)3(%22%5C@127.0.0.1", '1,2)3("\\', id="what separates arguments"),
        pytest.param("sip:%24%7BSHELL(id)%7D@127.0.0.1", "${SHELL(id)}", id="a function call"),
        pytest.param("sip:%24%5B1/0%5D@127.0.0.1", "$[1/0]", id="an expression"),
        pytest.param("sip:%20700@127.0.0.1", " 700", id="a space first"),
        pytest.param("sip:127.0.0.1", "s", id="no number"),
    ],
)
async def test_any_number_reaches_callrouter_once(
    asterisk: AsteriskServer, listener: Listener, uri: str, seen: str
) -> None:
    async with RawSip(asterisk.site.sip_port) as caller:
        call_id = await caller.invite(uri)
        event = await listener.event("StasisStart")
        if seen.isascii():
            assert event["channel"]["dialplan"]["exten"] == seen
            assert event["args"] == ["incoming"]
        else:  # Asterisk could not list a channel with such an extension, were it no UTF-8
            assert event["args"] == ["odd", quote(seen)]
        await listener.request("DELETE", f"/channels/{event['channel']['id']}")
        assert (await caller.final_response(call_id))[8:11] in {"603", "480", "503", "403"}
        with pytest.raises(TimeoutError):
            await listener.event("StasisStart", seconds=0.3)
    assert await listener.calls_left() == []


async def test_a_hostile_caller_s_name_is_only_text(
    asterisk: AsteriskServer, listener: Listener
) -> None:
    async with RawSip(asterisk.site.sip_port) as caller:
        await caller.invite("sip:700@127.0.0.1", user="%24%7BGLOBAL(X)%7D", name="a" * 500)
        event = await listener.event("StasisStart")
        assert event["channel"]["caller"]["number"] == "${GLOBAL(X)}"
        await listener.request("DELETE", f"/channels/{event['channel']['id']}")


@pytest.mark.parametrize("odd", [False, True], ids=["a plain number", "an odd number"])
async def test_a_caller_hears_a_sentence_while_callrouter_is_away(
    asterisk: AsteriskServer, odd: bool
) -> None:
    server = f"127.0.0.1:{asterisk.site.sip_port}"
    async with software_phones() as phones:
        caller = await phones.add("2001", asterisk.secrets.phone("2001"), server=server)
        await caller.dial("no,such)number" if odd else "700")
        await caller.wait_established()
        await caller.wait_ended()
        assert caller.heard().seconds > 2.0
        assert caller.heard().loudest() > -30.0


async def test_an_agent_dials_a_colleague_without_callrouter(
    asterisk: AsteriskServer, listener: Listener
) -> None:
    server = f"127.0.0.1:{asterisk.site.sip_port}"
    async with software_phones() as phones:
        amina = await phones.add("1001", asterisk.secrets.phone("1001"), server=server)
        bojan = await phones.add("1002", asterisk.secrets.phone("1002"), server=server)
        await bojan.register()
        bojan.answer_after(0.1)
        await amina.dial("1002")
        await amina.wait_established()
        await amina.hang_up()
        await bojan.wait_ended()
        with pytest.raises(TimeoutError):
            await listener.event("StasisStart", seconds=0.3)
        await amina.dial("700")  # any other number is a call like one from outside
        event = await listener.event("StasisStart")
        assert event["channel"]["caller"] == {"name": "Amina Haddad", "number": "1001"}


@pytest.mark.parametrize("way", ["rung by callrouter", "dialled by a colleague"])
async def test_a_phone_that_redirects_is_not_obeyed(
    asterisk: AsteriskServer, listener: Listener, way: str
) -> None:
    server = f"127.0.0.1:{asterisk.site.sip_port}"
    async with RawSip(asterisk.site.sip_port) as amina, RawSip(asterisk.site.sip_port) as victim:
        await amina.register("1001", asterisk.secrets.phone("1001"))
        await victim.register("1003", asterisk.secrets.phone("1003"))
        async with software_phones() as phones:
            if way == "rung by callrouter":
                await listener.request(
                    "POST",
                    "/channels",
                    endpoint="PJSIP/1001",
                    app="callrouter",
                    channelId="leg-1",
                    timeout="5",
                )
            else:
                bojan = await phones.add("1002", asterisk.secrets.phone("1002"), server=server)
                await bojan.dial("1001")
            invite = await amina.next()
            assert invite.startswith("INVITE ")
            await amina.respond(invite, "302 Moved", f"Contact: <sip:1003@{server}>")
            if way == "rung by callrouter":
                ended = await listener.event("ChannelDestroyed", channel="leg-1", seconds=3.0)
                print(ended)
            else:
                assert await bojan.wait_ended(seconds=5.0)
            with pytest.raises(TimeoutError):
                await victim.next(seconds=0.5)
    assert await listener.calls_left() == []


async def test_a_second_phone_of_the_same_agent_registers_too(asterisk: AsteriskServer) -> None:
    async with RawSip(asterisk.site.sip_port) as desk, RawSip(asterisk.site.sip_port) as soft:
        await desk.register("1001", asterisk.secrets.phone("1001"))
        await soft.register("1001", asterisk.secrets.phone("1001"))
        shown = asterisk.console("pjsip show aor 1001")
        assert f"127.0.0.1:{desk.port}" in shown
        assert f"127.0.0.1:{soft.port}" in shown
