"""The company that every kind serves: numbers with a few agents each, and phones for all.

Pure: the same company as callrouter's configuration, as a dialplan and as queues.
"""

import json
from typing import Any

NUMBERS = 100
MEMBERS = 4
SOUND = "greeting"

SEQUENTIAL, GREETED, SIMULTANEOUS = "8", "7", "6"
"""First digit of the numbers: one after another, the same with a greeting, three phones at once."""


def number(way: str, place: int, member: int) -> str:
    """`80072`: the third number of the eighth group of those that ring one after another."""
    return f"{way}{place:03}{member}"


def numbers(way: str, place: int) -> list[str]:
    return [number(way, place, member) for member in range(MEMBERS)]


def answering(place: int) -> list[str]:
    """Accounts whose phones answer at once."""
    return [f"1{place:03}{member}" for member in range(MEMBERS)]


def silent(place: int) -> list[str]:
    """For each who answers there, two accounts whose phones only ring."""
    return [f"2{place:03}{member}{other}" for member in range(MEMBERS) for other in (0, 1)]


def trio(place: int, member: int) -> list[str]:
    """Three that ring at once, of which the first answers."""
    return [answering(place)[member], *silent(place)[2 * member : 2 * member + 2]]


def answering_accounts() -> list[str]:
    return [account for place in range(NUMBERS) for account in answering(place)]


def silent_accounts() -> list[str]:
    return [account for place in range(NUMBERS) for account in silent(place)]


def configuration(sound: str) -> str:
    """callrouter's, in JSON, which is YAML; `sound` is the greeting's file."""
    week = {"day_of_week": "Monday-Sunday", "from_time": "00:00", "to_time": "24:00"}
    silence = {
        "agent_unavailable_message": {"sound": sound},
        "agent_busy_message": {"sound": sound},
    }
    groups: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    for place in range(NUMBERS):
        groups[f"g{place}"] = {"members": [f"a{each}" for each in answering(place)]}
        groups[f"g{place}"]["order"] = "round_robin"
        row = {**week, "agent_group": f"g{place}"}
        for way, more in ((SEQUENTIAL, {}), (GREETED, {"greeting_message": {"sound": sound}})):
            settings[f"s{way}{place}"] = {
                "numbers": numbers(way, place),
                "call_routing": "Sequential",
                "call_handling_schedule": [row],
                **silence,
                **more,
            }
        for member in range(MEMBERS):
            name = f"t{place}-{member}"
            groups[name] = {"members": [f"a{each}" for each in trio(place, member)]}
            settings[name] = {
                "numbers": [number(SIMULTANEOUS, place, member)],
                "call_routing": "Simultaneous",
                "call_handling_schedule": [{**week, "agent_group": name}],
                **silence,
            }
    accounts = [*answering_accounts(), *silent_accounts()]
    agents = {f"a{each}": {"name": f"Agent {each}", "extension": each} for each in accounts}
    return json.dumps(
        {
            "timezone": "Europe/Belgrade",
            "agents": agents,
            "agent_groups": groups,
            "incoming_call_settings": settings,
        }
    )


def numbers_of(way: str) -> list[str]:
    """What callers dial, in turn: each group's next call comes as late as can be."""
    return [number(way, place, member) for member in range(MEMBERS) for place in range(NUMBERS)]


def dialplan_of_dial() -> str:
    """`Dial()` at its best: the number says the phone, and nothing is decided."""
    trio = "PJSIP/1${EXTEN:1}&PJSIP/2${EXTEN:1}0&PJSIP/2${EXTEN:1}1"
    return _dialplan(
        f"exten => _{SEQUENTIAL}XXXX,1,Dial(PJSIP/1${{EXTEN:1}},30)",
        " same => n,Hangup()",
        f"exten => _{SIMULTANEOUS}XXXX,1,Dial({trio},30)",
        " same => n,Hangup()",
    )


def dialplan_of_queues() -> str:
    return _dialplan(
        f"exten => _{SEQUENTIAL}XXXX,1,Queue(q${{EXTEN:1:3}},,,,30)",
        " same => n,Hangup()",
        f"exten => _{SIMULTANEOUS}XXXX,1,Queue(t${{EXTEN:1}},,,,30)",
        " same => n,Hangup()",
    )


def dialplan_of_agi(port: int) -> str:
    """FastAGI says which phone; the dialplan dials it."""
    return _dialplan(
        f"exten => _{SEQUENTIAL}XXXX,1,AGI(agi://127.0.0.1:{port}/)",
        " same => n,Dial(PJSIP/${PHONE},30)",
        " same => n,Hangup()",
    )


def dialplan_of_stasis(app: str) -> str:
    """A Stasis application of its own, which may send a call on to be dialled (`d10000`)."""
    return _dialplan(
        f"exten => _{SEQUENTIAL}XXXX,1,Stasis({app})",
        " same => n,Hangup()",
        "exten => _d!,1,Dial(PJSIP/${EXTEN:1},30)",
        " same => n,Hangup()",
    )


def _dialplan(*lines: str) -> str:
    # A context of its own: callrouter's has steps for callers who have left.
    ways = [f"exten => _{way}XXXX,1,Goto(bench,${{EXTEN}},1)" for way in (SEQUENTIAL, SIMULTANEOUS)]
    return "\n".join(["[from-trunk](+)", *ways, "[bench]", *lines]) + "\n"


def queues() -> str:
    """`queues.conf`: the same groups, each member busy with one call at most."""
    lines = ["[general]", "persistentmembers = no", "autofill = yes", "shared_lastcall = no"]
    for place in range(NUMBERS):
        lines += [f"[q{place:03}]", "strategy = rrmemory", *_QUEUE]
        lines += [f"member => PJSIP/{each}" for each in answering(place)]
        for member in range(MEMBERS):
            lines += [f"[t{place:03}{member}]", "strategy = ringall", *_QUEUE]
            lines += [f"member => PJSIP/{each}" for each in trio(place, member)]
    return "\n".join(lines) + "\n"


_QUEUE = [
    "ringinuse = no",
    "timeout = 20",
    "retry = 1",
    "announce-frequency = 0",
    "joinempty = yes",
]
