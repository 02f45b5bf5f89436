"""A decision as JSON: the fields that programs may count on."""

import json
from datetime import datetime
from typing import Any

import pytest

from callrouter.routing.decide import IncomingCall, decide
from callrouter.routing.explain import explain
from callrouter.routing.model import CallRouting, RoutingTable
from tests.routing.company import TABLE, with_office

GREETING = {
    "message": "greeting_message", "text": "Welcome.", "language": "en", "sound": None,
}  # fmt: skip
BUSY = {
    "message": "agent_busy_message", "text": None, "language": None, "sound": "/sounds/busy.wav",
}  # fmt: skip
UNAVAILABLE = {
    "message": "agent_unavailable_message", "text": "Nobody is here.", "language": "en",
    "sound": None,
}  # fmt: skip


def explained(table: RoutingTable, number: str, at: str, caller: str = "") -> dict[str, Any]:
    moment = datetime.fromisoformat(at)
    call = IncomingCall(number, caller)
    decision = decide(table, call, moment)
    answer = explain(table, call, moment, decision)
    assert answer.pop("trace") == list(decision.trace)
    assert json.loads(json.dumps(answer)) == answer
    return answer


def test_ring() -> None:
    assert explained(TABLE, "700", "2026-11-23T09:42:00+00:00", "+38164") == {
        "number": "700",
        "from": "+38164",
        "at": "2026-11-23T09:42:00+00:00",
        "version": "5f3a9c1e",
        "decision": "ring",
        "settings": "head-office",
        "timezone": "Europe/Belgrade",
        "local_time": "2026-11-23T10:42:00+01:00",
        "agent_group": "sales",
        "schedule_row": {
            "day_of_week": "Monday",
            "from_time": "09:00",
            "to_time": "17:00",
            "agent_group": "sales",
        },
        "call_routing": "Sequential",
        "ring_seconds": 20.0,
        "max_ring_seconds": 120.0,
        "waves": [["bojan"], ["amina"], ["carla"]],
        "prompts": {"greeting": GREETING, "busy": BUSY, "unavailable": UNAVAILABLE},
    }


def test_ring_together_with_messages_that_are_not_configured() -> None:
    table = with_office(
        call_routing=CallRouting.SIMULTANEOUS, greeting_message=None, agent_busy_message=None
    )
    answer = explained(table, "700", "2026-11-23T10:42+01:00")
    assert answer["from"] is None
    assert answer["call_routing"] == "Simultaneous"
    assert answer["waves"] == [["bojan", "amina", "carla"]]
    assert answer["prompts"] == {"greeting": None, "busy": None, "unavailable": UNAVAILABLE}


@pytest.mark.parametrize(
    ("at", "decision", "group", "prompts"),
    [
        ("2026-11-23T17:00+01:00", "closed", None, {"greeting": GREETING, "closed": UNAVAILABLE}),
        (
            "2026-11-25T10:00+01:00",
            "unavailable",
            "nobody",
            {"greeting": GREETING, "unavailable": UNAVAILABLE},
        ),
    ],
    ids=["closed", "unavailable"],
)
def test_nobody_rings(at: str, decision: str, group: str | None, prompts: dict[str, Any]) -> None:
    answer = explained(TABLE, "700", at)
    assert (answer["decision"], answer["agent_group"]) == (decision, group)
    assert (answer["schedule_row"] is None) == (group is None)
    assert (answer["waves"], answer["prompts"]) == ([], prompts)
    assert answer["settings"] == "head-office"


def test_an_unknown_number_has_all_fields_too() -> None:
    answer = explained(TABLE, "799", "2026-11-23T10:42+01:00")
    assert set(answer) == set(explained(TABLE, "700", "2026-11-23T10:42+01:00"))
    known = {name: value for name, value in answer.items() if value not in (None, [], {})}
    assert known == {
        "number": "799",
        "at": "2026-11-23T10:42:00+01:00",
        "version": "5f3a9c1e",
        "decision": "unknown_number",
    }
