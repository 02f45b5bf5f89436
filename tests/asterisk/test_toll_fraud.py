"""Nobody dials out at our cost: whoever calls, whatever he sends, on a real Asterisk."""

import asyncio
import re

import pytest

from callrouter.local.asterisk import AsteriskServer
from tests.asterisk.raw_sip import RawSip
from tests.asterisk.test_asterisk_conf import Listener, listener  # noqa: F401 - a fixture

pytestmark = pytest.mark.asterisk

VICTIM = "1003"


def header(message: str, name: str) -> str:
    found = re.search(rf"(?im)^{name}: *(.*)$", message)
    assert found, message
    return found[1].strip()


async def answered(caller: RawSip, listener: Listener) -> tuple[str, str]:  # noqa: F811
    """A call that callrouter has answered: the 200 the caller got, and the channel."""
    call_id = await caller.invite("sip:700@127.0.0.1")
    event = await listener.event("StasisStart")
    channel = event["channel"]["id"]
    await listener.request("POST", f"/channels/{channel}/answer")
    while True:
        message = await caller.next()
        if message.startswith("SIP/2.0 200") and call_id in message:
            await caller.send(request(caller, message, "ACK", 1))
            return message, channel


def request(caller: RawSip, ok: str, method: str, sequence: int, *more: str) -> str:
    """A request within the call that was accepted by `ok`."""
    target = re.search(r"<(.*?)>", header(ok, "Contact"))
    assert target
    lines = [
        f"{method} {target[1]} SIP/2.0",
        f"Via: SIP/2.0/UDP 127.0.0.1:{caller.port};branch=z9hG4bKx{method}{sequence}{caller.port}",
        f"From: {header(ok, 'From')}",
        f"To: {header(ok, 'To')}",
        f"Call-ID: {header(ok, 'Call-ID')}",
        f"CSeq: {sequence} {method}",
        f"Contact: <sip:raw@127.0.0.1:{caller.port}>",
        "Max-Forwards: 70",
        *more,
        "Content-Length: 0",
        "",
        "",
    ]
    return "\r\n".join(lines)


async def response(caller: RawSip, method: str) -> int:
    """The final status of a request of this method."""
    while True:
        message = await caller.next()
        if message.startswith("SIP/2.0") and method in header(message, "CSeq"):
            status = int(message[8:11])
            if status >= 200:
                return status


@pytest.mark.parametrize("by", ["somebody outside", "an agent's phone"])
async def test_nobody_transfers_a_call_by_refer(
    asterisk: AsteriskServer,
    listener: Listener,  # noqa: F811
    by: str,
) -> None:
    """A phone's REFER would make Asterisk call whatever number it names."""
    port = asterisk.site.sip_port
    async with RawSip(port) as caller, RawSip(port) as phone, RawSip(port) as victim:
        await victim.register(VICTIM, asterisk.secrets.phone(VICTIM))
        if by == "somebody outside":
            ok, channel = await answered(caller, listener)
            refers, sequence = caller, 2
        else:
            await phone.register("1001", asterisk.secrets.phone("1001"))
            channel = "leg-refer"
            await listener.request(
                "POST", "/channels", endpoint="PJSIP/1001", app="callrouter", channelId=channel
            )
            invite = await phone.next()
            assert invite.startswith("INVITE ")
            ok = _as_called(invite, phone)
            await phone.respond(invite, "180 Ringing")
            refers, sequence = phone, 1
        await refers.send(
            request(refers, ok, "REFER", sequence, f"Refer-To: <sip:{VICTIM}@127.0.0.1>")
        )
        assert await response(refers, "REFER") >= 400
        with pytest.raises(TimeoutError):
            await victim.next(seconds=0.7)
        await listener.request("DELETE", f"/channels/{channel}")
        await asyncio.sleep(0.3)


def _as_called(invite: str, phone: RawSip) -> str:
    """As a 200 of the one who was called would look: the roles are the other way round."""
    tag = f"x{phone.port}"
    return (
        f"SIP/2.0 200 OK\r\nFrom: {header(invite, 'To')};tag={tag}\r\n"
        f"To: {header(invite, 'From')}\r\nCall-ID: {header(invite, 'Call-ID')}\r\n"
        f"Contact: {header(invite, 'Contact')}\r\n\r\n"
    )


@pytest.mark.parametrize("method", ["REFER", "SUBSCRIBE", "MESSAGE", "PUBLISH", "NOTIFY"])
async def test_requests_outside_a_call_do_nothing(asterisk: AsteriskServer, method: str) -> None:
    port = asterisk.site.sip_port
    async with RawSip(port) as caller, RawSip(port) as victim:
        await victim.register(VICTIM, asterisk.secrets.phone(VICTIM))
        await caller.send(
            f"{method} sip:{VICTIM}@127.0.0.1 SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{caller.port};branch=z9hG4bKo{method}{caller.port}\r\n"
            f"From: <sip:raw@127.0.0.1>;tag=1\r\nTo: <sip:{VICTIM}@127.0.0.1>\r\n"
            f"Call-ID: out-{method}-{caller.port}\r\nCSeq: 1 {method}\r\n"
            f"Contact: <sip:raw@127.0.0.1:{caller.port}>\r\nMax-Forwards: 70\r\n"
            f"Event: presence\r\nRefer-To: <sip:+381900123456@127.0.0.1>\r\n"
            "Content-Length: 0\r\n\r\n"
        )
        assert await response(caller, method) >= 400
        with pytest.raises(TimeoutError):
            await victim.next(seconds=0.3)


@pytest.mark.parametrize(
    "number",
    ["+381900123456", "00381900123456", "0900123456", "011%26PJSIP%2F1003", "9%40provider"],
)
@pytest.mark.parametrize("context", ["from-trunk", "from-agents"])
async def test_a_number_outside_is_only_a_call_for_callrouter(
    asterisk: AsteriskServer,
    listener: Listener,  # noqa: F811
    number: str,
    context: str,
) -> None:
    """There is no way out in the dialplan, for phones neither."""
    shown = asterisk.console(f"dialplan show {number.replace('%26', '&')}@{context}")
    assert "Dial(" not in shown
    async with RawSip(asterisk.site.sip_port) as caller:
        await caller.invite(f"sip:{number}@127.0.0.1")
        event = await listener.event("StasisStart")
        assert len(await listener.request("GET", "/channels")) == 1
        await listener.request("DELETE", f"/channels/{event['channel']['id']}")


def test_the_dialplan_rings_our_own_phones_and_nobody_else(asterisk: AsteriskServer) -> None:
    own = {f"PJSIP/{account}" for account in ("1001", "1002", "1003", "1004", "1005")}
    shown = asterisk.console("dialplan show")
    dialled = re.findall(r"Dial\(([^,)]*)", shown)
    assert dialled, "the sample's agents call each other"
    for each in dialled:
        if each != "${FREE:1}":  # of the safety net: those of its own list who are free
            assert set(each.split("&")) <= own, each
    for name in re.findall(r"Set\(FREE=.*?&(PJSIP/[^)}]*)", shown):
        assert name in own
    for word in ("System(", "SHELL(", "Originate(", "Goto(${", "Local/", "DISA", "Transfer("):
        assert word not in shown


@pytest.mark.parametrize("account", ["1001", "2001"])
async def test_a_phone_s_name_without_its_password_is_nobody(
    asterisk: AsteriskServer,
    listener: Listener,  # noqa: F811
    account: str,
) -> None:
    async with RawSip(asterisk.site.sip_port) as caller:
        call_id = await caller.invite("sip:*11@127.0.0.1", user=account)
        assert (await caller.final_response(call_id))[8:11] == "401"
        with pytest.raises(TimeoutError):
            await listener.event("StasisStart", seconds=0.3)


async def test_a_feature_code_from_outside_is_a_number_like_any_other(
    asterisk: AsteriskServer,
    listener: Listener,  # noqa: F811
) -> None:
    async with RawSip(asterisk.site.sip_port) as caller:
        await caller.invite("sip:*11@127.0.0.1")
        event = await listener.event("StasisStart")
        assert event["args"] == ["incoming"]
        await listener.request("DELETE", f"/channels/{event['channel']['id']}")


@pytest.mark.parametrize(
    "hostile",
    [
        'x" <sip:0900@provider>, "y',
        "${SHELL(id)}",
        "a|b,c&PJSIP/1003@provider",
        "\\\\\\",
        "1001;phone-context=x",
    ],
)
async def test_a_caller_s_name_dials_nothing_where_a_phone_is_rung(
    asterisk: AsteriskServer,
    listener: Listener,  # noqa: F811
    hostile: str,
) -> None:
    """As callrouter rings: the caller's name and number go along."""
    from callrouter.ari.client import AriClient
    from callrouter.ari.commands import Leg

    port = asterisk.site.sip_port
    async with RawSip(port) as phone, RawSip(port) as victim, RawSip(port) as caller:
        await phone.register("1001", asterisk.secrets.phone("1001"))
        await victim.register(VICTIM, asterisk.secrets.phone(VICTIM))
        await caller.invite("sip:700@127.0.0.1")
        event = await listener.event("StasisStart")
        client = AriClient(asterisk.ari_url, asterisk.ari_user, asterisk.ari_password, "callrouter")
        async with client:
            leg = Leg(
                channel_id="leg-hostile",
                endpoint="PJSIP/1001",
                originator=event["channel"]["id"],
                caller_number=hostile,
                caller_name=hostile,
                timeout=5,
                call_id="x",
            )
            assert await client.originate(leg) == [None]
            invite = await phone.next()
            assert invite.startswith("INVITE sip:1001@")
            who = header(invite, "From")
            assert re.fullmatch(r'(".*" |[^<"]*)?<sip:[^@<>"]*@[^<>]*>;tag=.*', who), who
            assert "uid=" not in who
            with pytest.raises(TimeoutError):
                await victim.next(seconds=0.3)
            await client.hang_up("leg-hostile")
            await client.hang_up(event["channel"]["id"])
