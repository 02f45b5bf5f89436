"""A decision as JSON: the fields that programs may count on."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from callrouter.routing.availability import Situation
from callrouter.routing.decide import IncomingCall, decide, groups
from callrouter.routing.explain import explain, names_of, what_won
from callrouter.routing.hours import DAY_SECONDS, SeasonDay
from callrouter.routing.model import (
    CallRouting,
    FollowOn,
    Holiday,
    HolidayCalendar,
    Override,
    OverrideKind,
    Prompt,
    RoutingTable,
    Target,
    TargetKind,
)
from callrouter.routing.plan import World
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


def explained(
    table: RoutingTable, number: str, at: str, caller: str = "", world: World | None = None
) -> dict[str, Any]:
    moment = datetime.fromisoformat(at)
    call = IncomingCall(number, caller)
    decision = decide(table, call, moment)
    answer = explain(table, call, moment, decision, world or World())
    assert answer.pop("refused") is None
    trace = answer.pop("trace")
    assert trace[: len(decision.trace)] == list(decision.trace)
    assert all(line.startswith("Group ") for line in trace[len(decision.trace) :])
    assert json.loads(json.dumps(answer)) == answer
    return answer


def ringing(agent: str, extension: str, stage: int, begins: float, ends: float) -> dict[str, Any]:
    return {
        "agent": agent, "name": f"{agent.capitalize()} H.", "extension": extension,
        "stage": stage, "sorted_by": None, "rings": True, "from_seconds": begins,
        "until_seconds": ends, "skip_reason": None, "skipped": None,
    }  # fmt: skip


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
        "agent_groups": ["sales"],
        "direct": False,
        "schedule_row": {
            "day_of_week": "Monday",
            "days": ["Monday"],
            "from_time": "09:00",
            "to_time": "17:00",
            "agent_group": "sales",
            "agent_groups": ["sales"],
            "timezone": None,
            "valid_from": None,
            "valid_to": None,
        },
        "holiday": None,
        "override": None,
        "reopens_at": None,
        "call_routing": "Sequential",
        "ring_seconds": 20.0,
        "max_ring_seconds": 120.0,
        "order": ["bojan", "amina", "carla"],
        "waves": [["bojan"], ["amina"], ["carla"]],
        "targets": [
            {
                "kind": "agent_group",
                "name": "sales",
                "settings": "head-office",
                "call_routing": "Sequential",
                "order": "listed",
                "message": None,
                "decision": None,
                "trace": [],
                "agents": [
                    ringing("bojan", "1002", 1, 0.0, 20.0),
                    ringing("amina", "1001", 2, 20.0, 40.0),
                    ringing("carla", "1003", 3, 40.0, 60.0),
                ],
            }
        ],
        "skipped": [],
        "follow_on": [],
        "nobody_answers": {
            "message": "unavailable",
            "rule": "Unavailable message: nobody of sales was there and answered.",
        },
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
    known = {name: value for name, value in answer.items() if value not in (None, [], {}, False)}
    assert known == {
        "number": "799",
        "at": "2026-11-23T10:42:00+01:00",
        "version": "5f3a9c1e",
        "decision": "unknown_number",
    }


def test_the_order_in_which_the_group_was_lined_up_is_a_reason() -> None:
    moment = datetime(2026, 11, 23, 9, 42, tzinfo=UTC)
    call = IncomingCall("700")
    trace = explain(TABLE, call, moment, decide(TABLE, call, moment))["trace"]
    assert trace[-1] == "Group sales, Sequential, listed: bojan, amina, carla."


def test_who_is_skipped() -> None:
    paused = datetime(2026, 11, 23, 9, 31, tzinfo=UTC)
    world = World({"bojan": Situation(paused="lunch", status_since=paused)})
    answer = explained(TABLE, "700", "2026-11-23T10:42+01:00", world=world)
    assert answer["order"] == ["bojan", "amina", "carla"]
    assert answer["waves"] == [["amina"], ["carla"]]
    assert answer["skipped"] == [
        {"agent": "bojan", "name": "Bojan H.", "reason": "paused",
         "words": "paused (lunch) since 10:31"},
    ]  # fmt: skip
    (target,) = answer["targets"]
    assert target["agents"][0] == {
        "agent": "bojan", "name": "Bojan H.", "extension": "1002", "stage": 1, "sorted_by": None,
        "rings": False, "from_seconds": 0.0, "until_seconds": 0.0, "skip_reason": "paused",
        "skipped": "paused (lunch) since 10:31",
    }  # fmt: skip


def test_a_busy_agent_and_what_follows() -> None:
    outside = Target(TargetKind.OUTSIDE_NUMBER, "+38164")
    elsewhere = Target(TargetKind.SETTINGS, "other")
    table = with_office(follow_on=(FollowOn(outside, Prompt(text="Wait.")), FollowOn(elsewhere)))
    other = replace(table.settings["head-office"], name="other", call_handling_schedule=())
    table = replace(table, settings={**table.settings, "other": other})
    answer = explained(table, "700", "2026-11-23T10:42+01:00")
    first, second = answer["follow_on"]
    assert (first["kind"], first["name"]) == ("outside_number", "+38164")
    assert first["message"]["text"] == "Wait."
    assert first["agents"][0]["extension"] is None
    assert (second["kind"], second["decision"]) == ("incoming_call_settings", "closed")
    assert second["trace"][-1] == "No schedule row exists: closed."
    away = World({"carla": Situation(reserved=True)})
    answer = explained(TABLE, "700", "2026-11-23T10:42+01:00", world=away)
    assert answer["nobody_answers"]["message"] == "busy"


WHOLE_DAY = Holiday("Stocktaking")
WITH_LUNCH = Holiday("Party", from_time=12 * 3600, agent_groups=("lunch", "night"))
CALENDAR = HolidayCalendar(
    "serbia",
    {datetime(2026, 11, 23).toordinal(): (WHOLE_DAY,),  # noqa: DTZ001
     datetime(2026, 11, 24).toordinal(): (WITH_LUNCH,)},  # noqa: DTZ001
    2026,
    2027,
)  # fmt: skip


def test_holidays_and_when_it_opens() -> None:
    assert WHOLE_DAY.to_time == DAY_SECONDS
    table = replace(with_office(holidays=("serbia",)), calendars={"serbia": CALENDAR})
    answer = explained(table, "700", "2026-11-23T10:42+01:00")
    assert (answer["decision"], answer["holiday"]) == ("closed", "Stocktaking")
    assert answer["schedule_row"] is None
    # At midnight the holiday is over, and Monday's row of the night goes on.
    assert answer["reopens_at"] == "2026-11-24T00:00:00+01:00"
    answer = explained(table, "700", "2026-11-24T12:00+01:00")
    assert (answer["decision"], answer["holiday"]) == ("ring", "Party")
    assert answer["agent_groups"] == ["lunch", "night"]
    assert [target["name"] for target in answer["targets"]] == ["lunch", "night"]
    assert names_of(groups(("lunch", "night"))) == "lunch and night"
    assert answer["reopens_at"] is None


def test_an_override() -> None:
    until = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    own = Prompt(text="Meeting.", language="en")
    closed = Override(
        "1", OverrideKind.CLOSED, until_at=until, author="amina", message=own, reason="meeting"
    )
    table = with_office(overrides=(closed,))
    answer = explained(table, "700", "2026-11-23T10:42+01:00")
    words = "Override: closed until Monday 2026-11-23 16:00, set by amina (meeting)"
    assert answer["override"] == {
        "kind": "closed", "from_at": None, "until_at": "2026-11-23T16:00:00+01:00",
        "author": "amina", "reason": "meeting", "live": False, "words": words,
    }  # fmt: skip
    assert answer["reopens_at"] == "2026-11-23T16:00:00+01:00"
    assert answer["prompts"]["closed"] == {
        "message": "closed_message", "text": "Meeting.", "language": "en", "sound": None,
    }  # fmt: skip
    moment = datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert what_won(decide(table, IncomingCall("700"), moment)) == {
        "settings": "head-office", "timezone": "Europe/Belgrade", "agent_group": None,
        "schedule_row": None, "holiday": None, "override": words,
    }  # fmt: skip
    assert what_won(decide(table, IncomingCall("999"), moment)) == {}
    send = Override("2", OverrideKind.SEND_TO, targets=(Target(TargetKind.AGENT, "carla"),))
    answer = explained(with_office(overrides=(send,)), "700", "2026-11-22T10:42+01:00")
    assert (answer["decision"], answer["agent_group"], answer["waves"]) == (
        "ring", None, [["carla"]],
    )  # fmt: skip


def test_a_direct_call() -> None:
    carla = replace(TABLE.agents["carla"], settings="head-office")
    table = replace(TABLE, agents={**TABLE.agents, "carla": carla}, extensions={"1003": "carla"})
    answer = explained(table, "1003", "2026-11-22T10:42+01:00")
    assert (answer["direct"], answer["agent_groups"], answer["order"]) == (True, [], ["carla"])


def test_a_row_by_its_own_clock_and_of_a_season() -> None:
    monday = TABLE.settings["head-office"].call_handling_schedule[1]
    hours = replace(
        monday.hours, timezone="Asia/Tokyo", from_time=17 * 3600, to_time=3 * 3600,
        valid_from=SeasonDay(6, 1), valid_to=SeasonDay(12, 31),
    )  # fmt: skip
    table = with_office(call_handling_schedule=(replace(monday, hours=hours),))
    answer = explained(table, "700", "2026-11-23T17:30+01:00")  # Tuesday 01:30 in Tokyo
    assert answer["schedule_row"] == {
        "day_of_week": "Monday", "days": ["Monday"], "from_time": "17:00", "to_time": "03:00",
        "agent_group": "sales", "agent_groups": ["sales"], "timezone": "Asia/Tokyo",
        "valid_from": "06-01", "valid_to": "12-31",
    }  # fmt: skip
    open_now = Override("1", OverrideKind.OPEN)
    table = with_office(
        overrides=(open_now,), call_handling_schedule=(replace(monday, hours=hours),)
    )
    answer = explained(table, "700", "2026-11-22T10:42+01:00")
    assert answer["schedule_row"]["day_of_week"] == "Monday", "the row that comes next"
