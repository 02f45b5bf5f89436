"""The safety net as dialplan: what Asterisk does by itself while no router is there.

Pure. `to700` goes to the steps of its settings (`s0`), which look at the time and go to the plan
that holds now (`w0` notes why it holds, `p0` does it); equal plans are written once. `say700`
only speaks. What reaches the text is checked (numbers, phones, files) or encoded as in a URL (all
other words).

What happens is noted (`callrouter-note` in extensions.conf); `asterisk_log/notes` reads it.
"""

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote

from callrouter.asterisk_conf.site import ACCOUNT, NUMBER
from callrouter.facts import Disposition, Message
from callrouter.routing.model import IncomingCallSettings, Prompt, RoutingTable
from callrouter.routing.safety_net import (
    NetAgent,
    NetReason,
    NetStretch,
    RingPhones,
    Speak,
    safety_net,
)

ACCOUNT_CODE = "callrouter-away"
"""By which Asterisk's own records of these calls are known."""

DIALPLAN = "pbx_config.so"
"""The Asterisk module that reads the dialplan."""

NET_MODULES = ("app_stack.so", "func_env.so")
"""What the notes need; no call can go on where one of them is missing."""

_NOTE = re.compile(r"Gosub\(callrouter-note,.*\)$", re.MULTILINE)

ABSENT = "off"
"""What the variable of an agent holds who takes no calls; in notes it ends his phones' states."""

_SOUND = re.compile(r"[^&,;${}\[\]\"\\\x00-\x1f\x7f]+")


def net_dialplan(table: RoutingTable, now: datetime) -> str:
    """The extensions of the context `callrouter-away`, for the days from today (`now`) on."""
    return "\n".join(_lines(table, now)) + "\n"


def without_notes(net: str) -> str:
    """The same for an Asterisk whose own dialplan, of an older callrouter, takes no notes."""
    return _NOTE.sub("NoOp()", net)


def absent_variable(agent: str) -> str:
    """The global variable that is not empty while this agent takes no calls."""
    return f"OFF_{hashlib.sha256(agent.encode()).hexdigest()[:12]}"


def _note(kind: str, *words: str) -> str:
    encoded = (quote(word, safe="") for word in words)
    return f"Gosub(callrouter-note,s,1({' '.join((kind, *encoded))}))"


def _lines(table: RoutingTable, now: datetime) -> Iterator[str]:
    places = {name: place for place, name in enumerate(table.settings)}
    for number, name in table.numbers.items():
        for dialled in [number] + (["00" + number[1:]] if number.startswith("+") else []):
            if NUMBER.fullmatch(dialled):
                yield f"exten => to{dialled},1,Goto(s{places[name]},1)"
                yield f"exten => say{dialled},1,Goto(s{places[name]},say)"
    for number, agent in table.extensions.items():
        own = table.agents[agent].settings
        if own is not None and NUMBER.fullmatch(number) and number not in table.numbers:
            yield f"exten => to{number},1,Goto(d{places[own]},1)"
    plans: dict[tuple[str, ...], int] = {}
    reasons: dict[tuple[NetReason, str, int], int] = {}
    for name, settings in table.settings.items():
        yield f"exten => s{places[name]},1,Set(CHANNEL(accountcode)={ACCOUNT_CODE})"
        yield f" same => n,{_note('settings', name)}"
        yield from _choice(settings, safety_net(table, settings, now), plans, reasons)
        unavailable = settings.agent_unavailable_message
        yield from _speak(Disposition.UNAVAILABLE, Message.UNAVAILABLE, unavailable, label="(say)")
    owners = (table.agents[agent].settings for agent in table.extensions.values())
    for own in dict.fromkeys(owners):
        if own is not None:
            yield from _direct(table.settings[own], places[own])
    for (why, zone, plan), place in reasons.items():
        words = why.agent_group, why.schedule_row, why.holiday, why.override
        yield f"exten => w{place},1,{_note('plan', why.decision, zone, *words)}"
        yield f" same => n,Goto(p{plan},1)"
    for steps, place in plans.items():
        yield f"exten => p{place},1,NoOp()"
        yield from steps


def _direct(settings: IncomingCallSettings, place: int) -> Iterator[str]:
    """Who dials an agent's own number hears that nobody is there."""
    nothing_won = [""] * 4
    yield f"exten => d{place},1,{_note('settings', settings.name)}"
    yield f" same => n,{_note('plan', 'ring', settings.timezone, *nothing_won)}"
    yield f" same => n,Goto(s{place},say)"


def _choice(
    settings: IncomingCallSettings,
    stretches: tuple[NetStretch, ...],
    plans: dict[tuple[str, ...], int],
    reasons: dict[tuple[NetReason, str, int], int],
) -> Iterator[str]:
    """By the time to the plan that holds; after the last moment the last goes on."""
    for place, each in enumerate(stretches, 1):
        plan = plans.setdefault(tuple(_plan(settings, each.plan)), len(plans))
        why = reasons.setdefault((each.reason, settings.timezone, plan), len(reasons))
        if place < len(stretches):
            until = int(each.until_at.timestamp())
            yield f" same => n,GotoIf($[${{EPOCH}} < {until}]?w{why},1)"
        else:
            yield f" same => n,Goto(w{why},1)"


def _plan(settings: IncomingCallSettings, plan: Speak | RingPhones) -> Iterator[str]:
    unavailable = settings.agent_unavailable_message
    match plan:
        case Speak(prompt=prompt):
            usual = prompt is None or prompt is unavailable
            message = Message.UNAVAILABLE if usual else Message.CLOSED
            yield from _speak(Disposition.CLOSED, message, prompt or unavailable)
        case RingPhones(steps=steps, seconds=seconds):
            greeting = _media(settings.greeting_message)
            if greeting:
                yield f" same => n,{_note('says', Message.GREETING)}"
                yield " same => n,Answer()"
                yield " same => n,Wait(0.5)"
                yield f" same => n,Playback({greeting})"
                yield " same => n,Gosub(callrouter-note,s,1(said ${PLAYBACKSTATUS}))"
            yield " same => n,Set(BUSY=)"
            for place, step in enumerate(steps):
                yield from _ring(step, seconds, "ir" if greeting else "i", f"over{place}")
            yield ' same => n,GotoIf($["${BUSY}" = "1"]?busy)'
            yield from _speak(Disposition.UNAVAILABLE, Message.UNAVAILABLE, unavailable)
            busy = settings.agent_busy_message
            yield from _speak(Disposition.BUSY, Message.BUSY, busy, label="(busy)")


def _ring(step: tuple[NetAgent, ...], seconds: int, options: str, over: str) -> Iterator[str]:
    """Those of the phones that are free, for so long. `i`: a phone that says 302 is not obeyed."""
    yield " same => n,Set(FREE=)"
    for agent in step:
        yield " same => n,Set(PHONES=)"
        off = f"${{{absent_variable(agent.id)}}}"
        for phone in agent.phones:
            technology, _, account = phone.partition("/")
            if technology != "PJSIP" or not ACCOUNT.fullmatch(account):
                continue
            yield f" same => n,Set(STATE=${{DEVICE_STATE({phone})}}{off})"
            yield f' same => n,Set(FREE=${{FREE}}${{IF($["${{STATE}}" = "NOT_INUSE"]?&{phone})}})'
            yield ' same => n,ExecIf($["${STATE}" : "INUSE|BUSY|RING|ONHOLD"]?Set(BUSY=1))'
            yield f" same => n,Set(PHONES=${{PHONES}}&{phone}=${{STATE}})"
        words = agent.id, agent.extension, agent.name, agent.agent_group
        yield f" same => n,{_note('agent', *words)[:-2]} ${{PHONES}}))"
    yield f' same => n,GotoIf($["${{FREE}}" = ""]?{over})'
    yield " same => n,Gosub(callrouter-note,rings,1)"
    yield f" same => n,Dial(${{FREE:1}},{seconds},{options})"
    yield " same => n,Gosub(callrouter-note,rang,1)"
    yield ' same => n,ExecIf($["${DIALSTATUS}" = "BUSY"]?Set(BUSY=1))'
    yield f" same => n({over}),NoOp()"


def _speak(
    disposition: Disposition, message: Message, prompt: Prompt | None, label: str = ""
) -> Iterator[str]:
    media = _media(prompt)
    said = message if media else ""
    yield f" same => n{label},{_note('nobody', disposition, said)}"
    yield f" same => n,Set(SENTENCE={media or '${UNAVAILABLE_SOUND}'})"
    yield " same => n,Goto(callrouter-speak,s,1)"


def _media(prompt: Prompt | None) -> str | None:
    media = prompt.media if prompt else None
    return media if media and _SOUND.fullmatch(media) else None
