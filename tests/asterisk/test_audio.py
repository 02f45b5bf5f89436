"""End to end with real phones: everybody hears what he shall hear, in the right order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from callrouter.call_requests import Result
from callrouter.config.compile import compile_config
from callrouter.facts import Disposition
from callrouter.local.phones import Phone, Phones, software_phones
from callrouter.local.sound import Sound, tone
from callrouter.routing.model import Target, TargetKind
from tests.asterisk.exchange import Exchange
from tests.asterisk.listening import Found, find

pytestmark = [pytest.mark.asterisk, pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]

AMINA_HZ, BOJAN_HZ, CALLER_HZ = 700.0, 950.0, 1250.0
"""The voices: what each says is a tone of his own."""

RINGING_HZ = 425.0
"""asterisk-conf/indications.conf."""

LATE_SECONDS = 0.7
"""How much later than told a phone acts, where the machine is busy."""

THE_SAME = 0.85
"""Likeness of a message heard through G.711 to the file it was played from."""


class Office:
    """The phones of one test."""

    def __init__(self, here: Exchange, phones: Phones) -> None:
        self._here = here
        self._phones = phones

    async def phone(self, account: str, *, registered: bool = True) -> Phone:
        server = f"127.0.0.1:{self._here.asterisk.site.sip_port}"
        phone = await self._phones.add(account, self._here.password(account), server=server)
        if registered:
            await phone.register()
        return phone

    async def outside_caller(self) -> Phone:
        return await self.phone("2001", registered=False)


@asynccontextmanager
async def office(here: Exchange) -> AsyncIterator[Office]:
    async with software_phones() as phones:
        yield Office(here, phones)
    await here.until_quiet()


async def message(here: Exchange, name: str, heard: Sound) -> Found:
    """Where the message of settings `sequential` was heard."""
    table = (await compile_config(here.config, here.prompts_dir)).table
    media = getattr(table.settings["sequential"], name).media
    return find(Path(f"{media}.wav"), heard)


async def test_the_caller_hears_greeting_ringing_and_agent_and_the_agent_hears_him(
    here: Exchange,
) -> None:
    async with office(here) as phones:
        amina, caller = await phones.phone("1001"), await phones.outside_caller()
        amina.answer_after(1.9, saying=tone(AMINA_HZ, 3.0))
        await caller.dial("700", saying=tone(CALLER_HZ, 8.0))
        await amina.wait_ringing()
        await amina.wait_established()
        await asyncio.sleep(2.5)
        await caller.hang_up()
        await amina.wait_ended()
        heard, amina_heard = caller.heard(), amina.heard()

    greeting = await message(here, "greeting_message", heard)
    assert greeting.likeness > THE_SAME
    after = heard.part(greeting.end + 0.05)
    assert after.part(0.0, 1.7).tone_seconds(RINGING_HZ) > 0.7
    assert after.part(2.6).tone_seconds(RINGING_HZ) == 0.0
    assert after.part(0.0, 1.7).tone_seconds(AMINA_HZ) == 0.0
    assert after.part(1.9).tone_seconds(AMINA_HZ) > 1.5
    assert amina_heard.tone_seconds(CALLER_HZ) > 1.5
    assert amina_heard.tone_seconds(AMINA_HZ) == 0.0
    call = await here.ended_call("700")
    assert call.record.disposition is Disposition.ANSWERED
    assert call.record.talking_seconds == pytest.approx(2.5, abs=LATE_SECONDS)


async def test_without_a_greeting_the_phone_rings_and_then_the_agent_is_heard(
    here: Exchange,
) -> None:
    async with office(here) as phones:
        amina, caller = await phones.phone("1001"), await phones.outside_caller()
        amina.answer_after(1.0, saying=tone(AMINA_HZ, 2.0))
        await caller.dial("702", saying=tone(CALLER_HZ, 4.0))
        await caller.wait_established()
        await asyncio.sleep(1.5)
        await amina.hang_up()
        await caller.wait_ended()
        heard, amina_heard = caller.heard(), amina.heard()
    assert heard.tone_seconds(AMINA_HZ) > 0.8
    assert amina_heard.tone_seconds(CALLER_HZ) > 0.8


async def test_each_of_two_callers_hears_his_own_call(here: Exchange) -> None:
    """The second finds the only agent busy: he hears the message, the first hears the agent.

    Before the calls on numbers after which Amina wraps up for a while.
    """
    async with office(here) as phones:
        amina = await phones.phone("1001")
        first, second = await phones.outside_caller(), await phones.outside_caller()
        amina.answer_after(0.3, saying=tone(AMINA_HZ, 20.0))
        await first.dial("700", saying=tone(CALLER_HZ, 20.0))
        await amina.wait_ringing()
        await amina.wait_established()
        await second.dial("700", saying=tone(BOJAN_HZ, 20.0))
        await second.wait_ended(seconds=20)
        await first.hang_up()
        await amina.wait_ended()
        first_heard, second_heard, amina_heard = first.heard(), second.heard(), amina.heard()
    assert (await message(here, "agent_busy_message", second_heard)).likeness > THE_SAME
    assert second_heard.tone_seconds(AMINA_HZ) == 0.0
    assert (await message(here, "agent_busy_message", first_heard)).likeness < 0.5
    assert first_heard.tone_seconds(AMINA_HZ) > 2.5
    assert amina_heard.tone_seconds(CALLER_HZ) > 2.5
    assert amina_heard.tone_seconds(BOJAN_HZ) == 0.0


async def test_moved_out_of_a_talk_the_caller_hears_ringing_and_then_the_other(
    here: Exchange,
) -> None:
    """And the first agent hears nothing of it: he is hung up."""
    async with office(here) as phones:
        amina, carla = await phones.phone("1001"), await phones.phone("1003")
        caller = await phones.outside_caller()
        amina.answer_after(0.3, saying=tone(AMINA_HZ, 9.0))
        carla.answer_after(1.6, saying=tone(BOJAN_HZ, 9.0))
        await caller.dial("714", saying=tone(CALLER_HZ, 12.0))
        await caller.wait_established()
        moved = await here.ask("714", 3.0, Target(TargetKind.AGENT, "carla"))
        await carla.wait_ringing()
        await amina.wait_ended()
        await carla.wait_established()
        await asyncio.sleep(2.0)
        await caller.hang_up()
        await carla.wait_ended()
        heard, carla_heard = caller.heard(), carla.heard()
    assert moved is not None
    assert moved.result is Result.DONE
    assert heard.tone_seconds(AMINA_HZ) > 0.8
    assert heard.tone_seconds(RINGING_HZ) > 0.4, "while Carla's phone rings"
    last = heard.part(heard.seconds - 1.5)
    assert last.tone_seconds(BOJAN_HZ) > 1.0
    assert last.tone_seconds(AMINA_HZ) == 0.0
    assert last.tone_seconds(RINGING_HZ) == 0.0
    assert carla_heard.tone_seconds(CALLER_HZ) > 1.0
    call = await here.ended_call("714")
    assert [each.talking_seconds for each in call.record.attempts] == [
        pytest.approx(2.7, abs=1.0),
        pytest.approx(2.0, abs=1.0),
    ]


async def test_everybody_busy_the_caller_hears_the_busy_message(here: Exchange) -> None:
    async with office(here) as phones:
        for extension in ("1001", "1002", "1003"):
            (await phones.phone(extension)).decline()
        caller = await phones.outside_caller()
        await caller.dial("701")
        await caller.wait_ended(seconds=20)
        heard = caller.heard()
    call = await here.ended_call("701")
    assert call.record.disposition is Disposition.BUSY
    greeting = await message(here, "greeting_message", heard)
    busy = await message(here, "agent_busy_message", heard)
    assert min(greeting.likeness, busy.likeness) > THE_SAME
    assert greeting.at < busy.at
    assert (await message(here, "agent_unavailable_message", heard)).likeness < 0.5


async def test_nobody_there_the_caller_hears_the_unavailable_message(here: Exchange) -> None:
    async with office(here) as phones:
        caller = await phones.outside_caller()
        await caller.dial("704")
        await caller.wait_ended(seconds=20)
        heard = caller.heard()
    greeting = await message(here, "greeting_message", heard)
    unavailable = await message(here, "agent_unavailable_message", heard)
    assert min(greeting.likeness, unavailable.likeness) > THE_SAME
    assert greeting.at < unavailable.at
    assert (await message(here, "agent_busy_message", heard)).likeness < 0.5
