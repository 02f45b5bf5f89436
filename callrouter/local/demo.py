"""The demonstration: three real phones, one real call, and what the database says about it.

Law: it believes nothing it was not shown: audio is what a phone heard, the record is what
PostgreSQL returns.
"""

import asyncio
import json
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

from callrouter.asterisk_conf.sip import OUTSIDE_PHONE
from callrouter.asterisk_conf.site import agent_phones
from callrouter.local.errors import LocalError
from callrouter.local.narrator import Narrator
from callrouter.local.phones import Phone, PhoneCall, Phones
from callrouter.local.sound import Sound, silence, tone
from callrouter.local.stack import Stack
from callrouter.prompts.playable import PromptError
from callrouter.prompts.tts import Espeak
from callrouter.routing.model import Agent

DEMO_NUMBER = "700"
RING_SECONDS = 2.5
TALK_SECONDS = 3.0
AGENT_TONE = 440.0
CALLER_TONE = 660.0

_TONE_SECONDS = 1.0
_HEARD_SECONDS = 0.5
_NOISE_LEVEL = -40.0
_ANSWER_SECONDS = 60.0
_RECORD_SECONDS = 10.0


@dataclass(slots=True)
class DemoPhones:
    """Two agents' phones and an outside caller's."""

    agents: dict[str, Agent]
    phones: dict[str, Phone]
    caller: Phone


@dataclass(slots=True)
class Shown:
    """What the call showed: seconds are of the event loop's clock."""

    agent: Phone | None = None
    greeting: Sound | None = None
    heard_by_caller: Sound | None = None
    heard_by_agent: Sound | None = None
    faults: list[str] = field(default_factory=list)


async def register_phones(stack: Stack, phones: Phones, narrator: Narrator) -> DemoPhones:
    """Register the first two agents' phones and the outside caller's.

    Raises LocalError when the configuration has not what the demonstration needs.
    """
    accounts = agent_phones(stack.table)
    if DEMO_NUMBER not in stack.table.numbers or len(accounts) < 2 or OUTSIDE_PHONE in accounts:
        raise LocalError(
            f"The demonstration calls {DEMO_NUMBER} and needs two agents with phones, none of them "
            f"{OUTSIDE_PHONE}; {stack.followed.config} is not like that. `make run` works with it; "
            "for the demonstration: CALLROUTER_LOCAL_CONFIG=callrouter.yaml"
        )
    server = f"{stack.settings.sip_address}:{stack.settings.sip_port}"
    agents = dict(list(accounts.items())[:2])
    registered = {}
    for account in (*agents, OUTSIDE_PHONE):
        secret = stack.asterisk.secrets.phone(account)
        registered[account] = await phones.add(account, secret, server=server)
        await registered[account].register()
        name = agents[account].name if account in agents else "the outside caller"
        narrator.say(f"phone {account} ({name}) is registered")
    caller = registered.pop(OUTSIDE_PHONE)
    for account, phone in registered.items():
        _tell(phone, f"phone {account} ({agents[account].name})", narrator)
        phone.answer_after(RING_SECONDS, saying=await asyncio.to_thread(_sentence, agents[account]))
    _tell(caller, f"phone {OUTSIDE_PHONE} (outside caller)", narrator)
    return DemoPhones(agents, registered, caller)


async def place_call(demo: DemoPhones, narrator: Narrator) -> Shown:
    """The outside caller dials, an agent answers, they talk, the caller hangs up."""
    shown = Shown()
    answered = asyncio.Event()

    def notice(phone: Phone, what: str) -> None:
        if what == "answered" and shown.agent is None:
            shown.agent = phone
            answered.set()

    for phone in demo.phones.values():
        phone.on_event(notice)
    narrator.say(f"phone {OUTSIDE_PHONE} (outside caller) dials {DEMO_NUMBER}")
    call = await demo.caller.dial(DEMO_NUMBER)
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            await demo.caller.wait_established(seconds=_ANSWER_SECONDS)
            narrator.say("callrouter has answered: the caller hears the greeting")
            await answered.wait()
    except TimeoutError:
        shown.faults.append(f"no agent answered within {_ANSWER_SECONDS:.0f} s")
    except Exception as error:
        shown.faults.append(f"the call was not connected: {error}")
    if shown.agent is not None:
        await _talk(demo, shown, shown.agent, call, narrator)
    await demo.caller.hang_up()
    return shown


async def _talk(
    demo: DemoPhones, shown: Shown, agent: Phone, call: PhoneCall, narrator: Narrator
) -> None:
    before = demo.caller.heard()
    demo.caller.say(silence(0.5).then(tone(CALLER_TONE, _TONE_SECONDS)))
    narrator.say(f"they talk for {TALK_SECONDS:.0f} s")
    await asyncio.sleep(TALK_SECONDS)
    narrator.say("the caller hangs up")
    await demo.caller.hang_up()
    await agent.wait_ended(seconds=5.0)
    shown.greeting = before
    shown.heard_by_caller = demo.caller.heard().part(before.seconds)
    shown.heard_by_agent = agent.heard()
    if before.loudest() < _NOISE_LEVEL:
        shown.faults.append("the caller heard no greeting")
    if shown.heard_by_caller.tone_seconds(AGENT_TONE) < _HEARD_SECONDS:
        shown.faults.append("the caller did not hear the agent")
    if shown.heard_by_agent.tone_seconds(CALLER_TONE) < _HEARD_SECONDS:
        shown.faults.append("the agent did not hear the caller")
    if not shown.faults:
        narrator.say(
            f"heard: the greeting ({before.loudest():.0f} dB), the agent by the caller "
            f"({shown.heard_by_caller.loudest():.0f} dB), the caller by the agent "
            f"({shown.heard_by_agent.loudest():.0f} dB)"
        )


async def show_record(stack: Stack, demo: DemoPhones, shown: Shown, narrator: Narrator) -> None:
    """Print the call log and the call's timeline; note what is not as it was seen."""
    record = await _finished_record(stack)
    narrator.plain("\n$ callrouter calls")
    narrator.plain(await _command(stack, "calls", "--limit", "1"))
    if record is None:
        shown.faults.append("there is no finished record of the call in PostgreSQL")
        return
    narrator.plain(f"$ callrouter call {record['id']}")
    narrator.plain(await _command(stack, "call", str(record["id"])))
    agent = demo.agents[shown.agent.name] if shown.agent else None
    expected = {
        "disposition": "answered",
        "caller_number": OUTSIDE_PHONE,
        "number": DEMO_NUMBER,
        "agent": agent.id if agent else None,
        "hung_up_by": "caller",
    }
    for name, value in expected.items():
        if record.get(name) != value:
            shown.faults.append(f"the record says {name} = {record.get(name)!r}, not {value!r}")


async def _finished_record(stack: Stack) -> dict[str, Any] | None:
    """The newest record, once it is finished; None if that does not happen."""
    for _ in range(round(_RECORD_SECONDS / 0.25)):
        calls = json.loads(await _command(stack, "calls", "--limit", "1", "--json"))
        if calls and not calls[0]["live"]:
            newest: dict[str, Any] = calls[0]
            return newest
        await asyncio.sleep(0.25)
    return None


async def _command(stack: Stack, *arguments: str) -> str:
    """What a command of callrouter prints."""
    finished = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "callrouter", *arguments],
        env=dict(stack.command_environment()),
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode != 0:
        raise LocalError(f"callrouter {' '.join(arguments)} failed:\n{finished.stderr}")
    return finished.stdout


def _tell(phone: Phone, who: str, narrator: Narrator) -> None:
    words = {"rings": "rings", "answered": "answers"}

    def tell(_: Phone, what: str) -> None:
        if what in words:
            narrator.say(f"{who} {words[what]}")
        elif what.startswith("call over") and phone.calls[-1].answered is None:
            narrator.say(f"{who} stops ringing")

    phone.on_event(tell)


def _sentence(agent: Agent) -> Sound:
    """What the agent's phone says: words for people, a tone for the check."""
    checked = tone(AGENT_TONE, _TONE_SECONDS)
    try:
        with Espeak() as engine:
            words = engine.speak(f"Hello, this is {agent.name}. How can I help you?", "en")
    except PromptError:
        return checked
    samples = (words.samples * 32767 * 0.5).astype("int16")
    return checked.then(silence(0.2)).then(Sound(samples, words.rate))
