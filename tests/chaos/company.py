"""The company that is called while things fail: its numbers, its agents, and what their phones do.

Pure. Agents differ by their phones: who `stays` answers and never hangs up first, who is `brief`
answers and soon does, the others do not answer, are busy, decline.
"""

import json
from typing import Any

from tests.fakes.phones import Answers, Behaviour, Busy, Declines, Silent

PHONES: dict[str, Behaviour] = {
    "stays": Answers(0.8),
    "brief": Answers(0.4, talks=2.5),
    "silent": Silent(),
    "busy": Busy(),
    "declines": Declines(),
}
_COUNT = {"stays": 30, "brief": 8, "silent": 12, "busy": 4, "declines": 4}
_FIRST = {"stays": 1000, "brief": 1100, "silent": 1200, "busy": 1300, "declines": 1400}

GREETED, AT_ONCE, IN_TURN, NOBODY, BRIEF, BUSY = "700", "701", "702", "703", "704", "705"

_MEMBERS = {
    GREETED: [("silent", 0, 2), ("stays", 0, 10)],
    AT_ONCE: [("silent", 2, 4), ("declines", 0, 2), ("stays", 10, 20)],
    IN_TURN: [("declines", 2, 4), ("silent", 4, 6), ("stays", 20, 30)],
    NOBODY: [("silent", 6, 12)],
    BRIEF: [("brief", 0, 8)],
    BUSY: [("busy", 0, 4)],
}


def accounts(kind: str) -> list[str]:
    """Those whose phones are of this kind; each is its agent's extension too."""
    return [str(_FIRST[kind] + each) for each in range(_COUNT[kind])]


def every_account() -> set[str]:
    return {account for kind in PHONES for account in accounts(kind)}


def configuration() -> str:
    """callrouter's, in JSON, which is YAML."""
    week = {"day_of_week": "Monday-Sunday", "from_time": "00:00", "to_time": "24:00"}
    groups: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    for number, members in _MEMBERS.items():
        names = [f"a{a}" for kind, begin, end in members for a in accounts(kind)[begin:end]]
        groups[f"g{number}"] = {"members": names, "order": "round_robin"}
        settings[f"s{number}"] = {
            "numbers": [number],
            "call_routing": "Simultaneous" if number == AT_ONCE else "Sequential",
            "ring_seconds": 3,
            "max_ring_seconds": 15,
            "agent_unavailable_message": "Nobody can talk with you just now. Please call again.",
            "agent_busy_message": "All our people are talking.",
            "call_handling_schedule": [{**week, "agent_group": f"g{number}"}],
        }
    settings[f"s{GREETED}"]["greeting_message"] = "Good day. You will be with somebody soon."
    agents = {f"a{each}": {"name": f"Agent {each}", "extension": each} for each in every_account()}
    return json.dumps(
        {
            "timezone": "Europe/Belgrade",
            "language": "en",
            "agents": dict(sorted(agents.items())),
            "agent_groups": groups,
            "incoming_call_settings": settings,
        }
    )
