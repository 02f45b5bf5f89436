"""The safety net as dialplan: what Asterisk does by itself while no router is there.

Pure. `to700` goes to the steps of its settings (`s0`), which look at the time and go to the plan
that holds now (`p0`); equal plans are written once. `say700` only speaks. What reaches the text is
checked: numbers, phones, files.
"""

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime

from callrouter.asterisk_conf.site import ACCOUNT, NUMBER
from callrouter.routing.model import IncomingCallSettings, Prompt, RoutingTable
from callrouter.routing.safety_net import NetStretch, RingPhones, Speak, safety_net

ACCOUNT_CODE = "callrouter-away"
"""By which Asterisk's own records of these calls are known."""

_SOUND = re.compile(r"[^&,;${}\[\]\"\\\x00-\x1f\x7f]+")


def net_dialplan(table: RoutingTable, now: datetime) -> str:
    """The extensions of the context `callrouter-away`, for the days from today (`now`) on."""
    return "\n".join(_lines(table, now)) + "\n"


def absent_variable(agent: str) -> str:
    """The global variable that is not empty while this agent takes no calls."""
    return f"OFF_{hashlib.sha256(agent.encode()).hexdigest()[:12]}"


def _lines(table: RoutingTable, now: datetime) -> Iterator[str]:
    places = {name: place for place, name in enumerate(table.settings)}
    for number, name in table.numbers.items():
        for dialled in [number] + (["00" + number[1:]] if number.startswith("+") else []):
            if NUMBER.fullmatch(dialled):
                yield f"exten => to{dialled},1,Goto(s{places[name]},1)"
                yield f"exten => say{dialled},1,Goto(s{places[name]},say)"
    plans: dict[tuple[str, ...], int] = {}
    for name, settings in table.settings.items():
        yield f"exten => s{places[name]},1,Set(CHANNEL(accountcode)={ACCOUNT_CODE})"
        yield from _choice(settings, safety_net(table, settings, now), plans)
        yield from _speak(settings.agent_unavailable_message, label="(say)")
    for plan, place in plans.items():
        yield f"exten => p{place},1,NoOp()"
        yield from plan


def _choice(
    settings: IncomingCallSettings,
    stretches: tuple[NetStretch, ...],
    plans: dict[tuple[str, ...], int],
) -> Iterator[str]:
    """By the time to the plan that holds; after the last moment the last goes on."""
    for place, each in enumerate(stretches, 1):
        plan = plans.setdefault(tuple(_plan(settings, each.plan)), len(plans))
        if place < len(stretches):
            until = int(each.until_at.timestamp())
            yield f" same => n,GotoIf($[${{EPOCH}} < {until}]?p{plan},1)"
        else:
            yield f" same => n,Goto(p{plan},1)"


def _plan(settings: IncomingCallSettings, plan: Speak | RingPhones) -> Iterator[str]:
    match plan:
        case Speak(prompt=prompt):
            yield from _speak(prompt or settings.agent_unavailable_message)
        case RingPhones(steps=steps, seconds=seconds):
            greeting = _media(settings.greeting_message)
            if greeting:
                yield " same => n,Answer()"
                yield " same => n,Wait(0.5)"
                yield f" same => n,Playback({greeting})"
            yield " same => n,Set(BUSY=)"
            for step in steps:
                yield from _ring(step, seconds, "ir" if greeting else "i")
            yield ' same => n,GotoIf($["${BUSY}" = "1"]?busy)'
            yield from _speak(settings.agent_unavailable_message)
            yield from _speak(settings.agent_busy_message, label="(busy)")


def _ring(step: tuple[tuple[str, str], ...], seconds: int, options: str) -> Iterator[str]:
    """Those of the phones that are free, for so long. `i`: a phone that says 302 is not obeyed."""
    yield " same => n,Set(FREE=)"
    for agent, phone in step:
        technology, _, account = phone.partition("/")
        if technology != "PJSIP" or not ACCOUNT.fullmatch(account):
            continue
        off = f"${{{absent_variable(agent)}}}"
        yield f" same => n,Set(STATE=${{DEVICE_STATE({phone})}}{off})"
        yield f' same => n,Set(FREE=${{FREE}}${{IF($["${{STATE}}" = "NOT_INUSE"]?&{phone})}})'
        yield ' same => n,ExecIf($["${STATE}" : "INUSE|BUSY|RING|ONHOLD"]?Set(BUSY=1))'
    yield f' same => n,ExecIf($["${{FREE}}" != ""]?Dial(${{FREE:1}},{seconds},{options}))'
    yield ' same => n,ExecIf($["${DIALSTATUS}" = "BUSY"]?Set(BUSY=1))'


def _speak(prompt: Prompt | None, label: str = "") -> Iterator[str]:
    yield f" same => n{label},Set(SENTENCE={_media(prompt) or '${UNAVAILABLE_SOUND}'})"
    yield " same => n,Goto(callrouter-speak,s,1)"


def _media(prompt: Prompt | None) -> str | None:
    media = prompt.media if prompt else None
    return media if media and _SOUND.fullmatch(media) else None
