"""The software phones on a real Asterisk: what they do, and what they hear."""

import asyncio
from pathlib import Path

import pytest
from baresip import BaresipError, RegistrationError

from callrouter.local.asterisk import AsteriskServer
from callrouter.local.phones import Phone, Phones, software_phones
from callrouter.local.sound import silence, tone

pytestmark = pytest.mark.asterisk


@pytest.fixture
def server(asterisk: AsteriskServer) -> str:
    return f"127.0.0.1:{asterisk.site.sip_port}"


@pytest.fixture
def secrets(asterisk: AsteriskServer) -> dict[str, str]:
    return {name: asterisk.secrets.phone(name) for name in ("1001", "1002")}


async def two_phones(phones: Phones, server: str, secrets: dict[str, str]) -> tuple[Phone, Phone]:
    amina = await phones.add("1001", secrets["1001"], server=server)
    bojan = await phones.add("1002", secrets["1002"], server=server)
    await amina.register()
    await bojan.register()
    return amina, bojan


def audio_addresses(asterisk: AsteriskServer) -> set[str]:
    """Where Asterisk listens for RTP, as the kernel writes addresses."""
    ports = range(asterisk.site.rtp_start, asterisk.site.rtp_end + 1)
    files = Path(f"/proc/{asterisk.child.pid}/fd").iterdir()
    own = {file.readlink().name for file in files}
    lines = [line.split() for line in Path("/proc/net/udp").read_text().splitlines()[1:]]
    sockets = [fields[1].split(":") for fields in lines if f"socket:[{fields[9]}]" in own]
    return {address for address, port in sockets if int(port, 16) in ports}


async def test_both_hear_what_the_other_says(
    asterisk: AsteriskServer, server: str, secrets: dict[str, str]
) -> None:
    async with software_phones() as phones:
        amina, bojan = await two_phones(phones, server, secrets)
        bojan.answer_after(0.2, saying=tone(660, 1.0))
        await amina.dial("1002", saying=silence(0.3).then(tone(440, 0.5)))
        await amina.wait_established()
        await asyncio.sleep(1.5)
        assert audio_addresses(asterisk) == {"0100007F"}
        await amina.hang_up()
        await bojan.wait_ended()
        assert amina.heard().tone_seconds(660) == pytest.approx(1.0, abs=0.15)
        assert amina.heard().tone_seconds(440) == 0.0
        assert bojan.heard().tone_seconds(440) == pytest.approx(0.5, abs=0.15)
        rang = bojan.current()
        assert rang.answered is not None
        assert rang.answered - rang.began == pytest.approx(0.2, abs=0.1)


async def test_a_phone_that_declines(server: str, secrets: dict[str, str]) -> None:
    async with software_phones() as phones:
        amina, bojan = await two_phones(phones, server, secrets)
        bojan.decline()
        await amina.dial("1002")
        with pytest.raises(BaresipError, match="486 Busy Here"):
            await amina.wait_established()


async def test_a_phone_that_was_told_nothing_only_rings(
    server: str, secrets: dict[str, str]
) -> None:
    async with software_phones() as phones:
        amina, bojan = await two_phones(phones, server, secrets)
        await amina.dial("1002")
        await bojan.wait_ringing()
        with pytest.raises(TimeoutError):
            await amina.wait_established(seconds=0.5)
        await amina.hang_up()
        await bojan.wait_ended()
        assert bojan.current().answered is None


async def test_a_phone_answers_when_told_to(server: str, secrets: dict[str, str]) -> None:
    async with software_phones() as phones:
        amina, bojan = await two_phones(phones, server, secrets)
        for _ in range(2):  # also a second time: nothing is left of the first call
            await amina.dial("1002")
            await bojan.wait_ringing()
            await bojan.answer()
            await amina.wait_established()
            await bojan.hang_up()
            await amina.wait_ended()
        assert len(bojan.calls) == 2


async def test_after_the_block_no_phone_is_registered(
    asterisk: AsteriskServer, server: str, secrets: dict[str, str]
) -> None:
    async def fails_in_a_call() -> None:
        async with software_phones() as phones:
            amina, _ = await two_phones(phones, server, secrets)
            assert "1001/sip:" in asterisk.console("pjsip show contacts")
            await amina.dial("1002")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):  # as it is, not in a group
        await fails_in_a_call()
    await asyncio.sleep(0.2)
    assert "No objects found" in asterisk.console("pjsip show contacts")
    assert "0 active channels" in asterisk.console("core show channels")


async def test_a_wrong_password_is_refused(server: str) -> None:
    async with software_phones() as phones:
        amina = await phones.add("1001", "guessed", server=server)
        with pytest.raises(RegistrationError) as refused:
            await amina.register()
        assert refused.value.status in (401, 403)
