"""What is on the board, from what is known: no database, no clock of its own."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from callrouter.config.live import with_live_overrides
from callrouter.console.live.board import Known, board, wrong_now
from callrouter.console.live.calls_now import call_now
from callrouter.console.live.content import (
    CallStage,
    IncidentKind,
    OnDuty,
    WhoRings,
    targets_of,
)
from callrouter.console.live.duties import duty_now
from callrouter.console.live.views import View, seen, view_of
from callrouter.console.rights import ROLE_RIGHTS, Identity
from callrouter.db.board import DayFigures, Figures, LiveCall, Rung
from callrouter.db.presence import AsteriskStatus, RouterSeen, RouterStatus
from callrouter.db.users import Role
from callrouter.routing.model import Override, OverrideKind, Target, TargetKind
from callrouter.routing.presence import AgentActivity, PhoneUse, Presence
from callrouter.routing.status import AgentStatus
from callrouter.settings import Settings
from tests.routing.company import TABLE

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""Monday 10:00 in Belgrade: sales is on duty, then from 12:00 on lunch."""

ONE, TWO = UUID(int=1), UUID(int=2)
FREE = Presence(PhoneUse.FREE, changed_at=NOW - timedelta(seconds=30))


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def at(hour: int) -> datetime:
    """So late in Belgrade."""
    return NOW.replace(hour=hour - 1)


def router(name: str = "one", silent: float = 1.0, **status: object) -> RouterSeen:
    asterisk = AsteriskStatus(url="http://one", entity_id="a1", connected=True)
    told = RouterStatus(**{"callrouter": "1", "asterisk": (asterisk,), **status})  # type: ignore[arg-type]
    return RouterSeen(name, ago(3600), ago(silent), silent, told)


TARGETS = targets_of(Settings())

CALL = LiveCall(
    id=ONE,
    entity_id="a1",
    direction="incoming",
    number="700",
    caller_number="+381641234567",
    caller_name="Jelena Petrović",
    arrived_at=ago(25),
    settings="head-office",
    agent_group="sales",
    answered_at=None,
    first_ring_at=None,
    talking_since=None,
    agent=None,
    fallback=None,
    moved_by=None,
)
RINGING = replace(CALL, first_ring_at=ago(20), rung=(Rung("amina", "Amina H.", "sales", ago(8)),))
TALKING = replace(
    CALL, id=TWO, first_ring_at=ago(20), agent="bojan", talking_since=ago(5), arrived_at=ago(40)
)


def known(**changes: object) -> Known:
    duties = {name: duty_now(TABLE, each, NOW) for name, each in TABLE.settings.items()}
    presences = {"one": dict.fromkeys(TABLE.agents, FREE)}
    whole = Known(TABLE, TARGETS, routers=(router(),), presences=presences, duties=duties)
    return replace(whole, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("call", "stage", "since", "waits"),
    [
        (CALL, CallStage.ARRIVAL, ago(25), True),
        (replace(CALL, answered_at=ago(24)), CallStage.GREETING, ago(24), True),
        (RINGING, CallStage.RINGING, ago(8), True),
        (replace(RINGING, rung=()), CallStage.WAITING, ago(20), True),
        (TALKING, CallStage.TALKING, ago(5), False),
        (replace(RINGING, rung=(), fallback="Busy."), CallStage.MESSAGE, ago(25), False),
        # Moved on by a supervisor: he waits again.
        (replace(RINGING, agent="bojan", moved_by="boss"), CallStage.RINGING, ago(8), True),
    ],
    ids=["arrival", "greeting", "ringing", "between two", "talking", "message", "moved"],
)
def test_where_a_call_is(call: LiveCall, stage: CallStage, since: datetime, waits: bool) -> None:
    shown = call_now(call)
    assert (shown.stage, shown.since, shown.waiting) == (stage, since, waits)
    assert shown.agent == ("bojan" if stage is CallStage.TALKING else None)


def test_tiles_and_strips_count_the_same_calls() -> None:
    figures = DayFigures(
        Figures(10, 8, 7, 2), {"head-office": Figures(4, 4, 4, 0)}, {"sales": Figures(6, 4, 3, 2)}
    )
    shown = board(known(calls=(RINGING, TALKING), figures=figures), NOW)
    now = shown.totals.now
    assert (now.waiting, now.ringing, now.talking, now.longest_since) == (1, 1, 1, ago(25))
    assert shown.settings["head-office"].now == shown.groups["sales"].now == now
    assert shown.groups["night"].now.waiting == 0
    assert (shown.totals.today.service_level, shown.totals.today.abandoned_share) == (0.7, 0.2)
    assert shown.settings["head-office"].today.service_level == 1.0
    assert shown.groups["night"].today.service_level is None, "there was no call yet"


def test_agents_by_what_they_do() -> None:
    presences = {
        "one": {
            "amina": Presence(PhoneUse.RINGING, ago(7), ONE, ago(8)),
            "bojan": Presence(PhoneUse.TALKING, ago(5), TWO, ago(9), ago(5)),
            "carla": FREE,
        }
    }
    statuses = {"carla": AgentStatus(True, "lunch", ago(60), "carla")}
    figures = DayFigures(agents={"bojan": Figures(answered=3)})
    shown = board(known(presences=presences, statuses=statuses, figures=figures), NOW)
    doing = {id_: (each.activity, each.since, each.call) for id_, each in shown.agents.items()}
    assert doing == {
        "amina": (AgentActivity.RINGING, ago(8), str(ONE)),
        "bojan": (AgentActivity.TALKING, ago(5), str(TWO)),
        "carla": (AgentActivity.PAUSED, ago(60), None),
    }
    assert shown.agents["carla"].paused == "lunch"
    assert shown.agents["bojan"].calls_today == 3
    assert shown.agents["amina"].groups == ["sales", "lunch", "night"]
    counts = shown.totals.agents
    assert sum(counts.values()) == len(TABLE.agents)
    assert set(counts) == set(AgentActivity), "none is left out"
    assert (shown.groups["sales"].there, shown.groups["sales"].free) == (2, 0)


def test_who_is_on_duty_until_when_and_who_then() -> None:
    strip = board(known(), NOW).settings["head-office"]
    sales = [WhoRings(kind=TargetKind.AGENT_GROUP, name="sales")]
    assert strip.duty == OnDuty(open=True, targets=sales, because="Monday 09:00-17:00")
    assert strip.until == at(12)
    assert strip.then is not None
    assert [each.name for each in strip.then.targets] == ["lunch"]
    assert board(known(), NOW).groups["sales"].on_duty_for == ["head-office"]


def test_closed_by_an_override_and_by_whom() -> None:
    closing = Override(
        "o1", OverrideKind.CLOSED, from_at=ago(60), until_at=at(11), author="boss",
        reason="fire drill", live=True,
    )  # fmt: skip
    coming = replace(closing, id="o2", from_at=at(14), until_at=at(15), settings=("head-office",))
    over = replace(closing, id="o3", until_at=ago(1))
    table = with_live_overrides(TABLE, [coming, closing, over])
    duties = {"head-office": duty_now(table, table.settings["head-office"], NOW)}
    shown = board(known(table=table, duties=duties), NOW)
    strip = shown.settings["head-office"]
    assert (strip.duty.open, strip.duty.because, strip.override) == (False, "fire drill", "o1")
    assert strip.until == at(11)
    assert {id_: each.in_force for id_, each in shown.overrides.items()} == {
        "o2": False,
        "o1": True,
    }
    assert (shown.overrides["o1"].author, shown.overrides["o1"].settings) == ("boss", [])


@pytest.mark.parametrize("hours", range(0, 24 * 8, 5))
def test_duty_holds_until_it_changes(hours: int) -> None:
    start = NOW + timedelta(hours=hours)
    office = TABLE.settings["head-office"]
    found = duty_now(TABLE, office, start)
    assert found.good_until > start
    if found.until is not None:
        before = duty_now(TABLE, office, found.until - timedelta(seconds=1))
        assert before.duty.targets == found.duty.targets
        then = duty_now(TABLE, office, found.until)
        assert then.duty.targets != found.duty.targets
        assert found.then is not None
        assert then.duty.targets == found.then.targets


AWAY = AsteriskStatus(url="http://two", entity_id="a2")


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        pytest.param({}, [], id="all is well"),
        pytest.param({"database": False}, ["database_away"], id="no database"),
        pytest.param({"routers": ()}, ["no_router"], id="no router"),
        pytest.param({"routers": (router(silent=11.0),)}, ["router_silent"], id="a silent router"),
        pytest.param(
            {"routers": (router(asterisk=(AWAY,)),)}, ["asterisk_away"], id="an Asterisk away"
        ),
        pytest.param(
            {"routers": (router(records_away=True, records_waiting=9),)},
            ["records_waiting"], id="records wait",
        ),
        pytest.param(
            {"routers": (router(problems=("line 3",), refused_since=NOW),)},
            ["configuration_refused"], id="a refused configuration",
        ),
        pytest.param(
            {"routers": (router(alarms=("asterisk_away", "disk_full", "loop_late")),)},
            ["router_alarm", "router_alarm"], id="what only the router itself knows",
        ),
        pytest.param(
            {"statuses": dict.fromkeys(TABLE.agents, AgentStatus(False, None, NOW, "x"))},
            ["nobody_there"], id="everybody on duty is logged out",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong(changes: dict[str, object], kinds: list[str]) -> None:
    wrong = wrong_now(known(**changes), NOW)
    assert [each.kind for each in wrong] == kinds
    assert board(known(**changes), NOW).incidents == wrong


def test_nobody_there_is_no_incident_where_somebody_works_or_calls_go_elsewhere() -> None:
    out = dict.fromkeys(("bojan", "carla"), AgentStatus(False, None, NOW, "x"))
    assert wrong_now(known(statuses=out), NOW) == []
    everybody = dict.fromkeys(TABLE.agents, AgentStatus(False, None, NOW, "x"))
    elsewhere = Override(
        "o", OverrideKind.SEND_TO, targets=(Target(TargetKind.OUTSIDE_NUMBER, "+38164"),)
    )
    office = replace(TABLE.settings["head-office"], overrides=(elsewhere,))
    table = replace(TABLE, settings={"head-office": office})
    duties = {"head-office": duty_now(table, office, NOW)}
    assert wrong_now(known(table=table, duties=duties, statuses=everybody), NOW) == []
    kind = wrong_now(known(statuses=everybody), NOW)[0]
    assert (kind.kind, kind.subject) == (IncidentKind.NOBODY_THERE, "head-office")


def test_of_several_routers_those_that_are_heard_count() -> None:
    talks = Presence(PhoneUse.TALKING, ago(9), TWO, ago(9), ago(5))
    presences = {"dead": {"amina": talks}, "one": {"amina": FREE}, "two": {"amina": Presence()}}
    routers = (router("dead", 60.0), router("one"), router("two"))
    shown = board(known(routers=routers, presences=presences), NOW)
    assert shown.agents["amina"].activity is AgentActivity.FREE
    assert (shown.routers["dead"].heard, shown.routers["dead"].seen_at) == (False, ago(60))
    presences["two"]["amina"] = talks
    assert board(known(routers=routers, presences=presences), NOW).agents["amina"].call == str(TWO)
    only = known(routers=routers[:1], presences=presences)
    assert board(only, NOW).agents["amina"].activity is AgentActivity.TALKING


# Who sees what.


def somebody(role: Role, agent: str | None = None) -> Identity:
    return Identity("x", ROLE_RIGHTS[role], role=role, agent=agent)


def test_whoever_may_not_see_numbers_is_not_sent_them() -> None:
    whole = board(known(calls=(RINGING,)), NOW)
    masked = str(seen(whole, view_of(somebody(Role.VIEWER))))
    assert CALL.caller_number not in masked
    assert "Jelena" not in masked
    assert seen(whole, view_of(somebody(Role.SUPERVISOR)))["calls"][str(ONE)]["caller_name"]


def test_an_agent_sees_his_groups_and_his_calls() -> None:
    presences = {
        "one": {
            "amina": Presence(PhoneUse.RINGING, ago(7), ONE, ago(8)),
            "bojan": Presence(PhoneUse.TALKING, ago(5), TWO, ago(9), ago(5)),
        }
    }
    whole = board(known(calls=(RINGING, TALKING), presences=presences), NOW)
    shown = seen(whole, view_of(somebody(Role.AGENT, "bojan")))
    assert shown["me"] == "bojan"
    assert set(shown["calls"]) == {str(TWO)}
    assert set(shown["groups"]) == {"sales"}
    assert shown["agents"]["bojan"]["call"] == str(TWO)
    assert "call" not in shown["agents"]["amina"]
    assert shown["settings"] == shown["overrides"] == {}
    assert shown["totals"]["now"]["waiting"] == 1, "how many wait, everybody may know"
    nobody = seen(whole, view_of(somebody(Role.AGENT)))
    assert (nobody["agents"], nobody["calls"], nobody["groups"]) == ({}, {}, {})
    assert "me" not in nobody


def test_the_environment_sets_the_targets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLROUTER_TARGET_ANSWER_SECONDS", "30")
    monkeypatch.setenv("CALLROUTER_TARGET_SERVICE_LEVEL", "0.9")
    targets = targets_of(Settings())
    assert (targets.answer_within_seconds, targets.service_level) == (30, 0.9)
    assert (targets.most_abandoned, targets.longest_wait_seconds) == (0.05, 60)


def test_nothing_on_the_board_is_null() -> None:
    def nulls(value: object) -> bool:
        if isinstance(value, dict):
            return any(map(nulls, value.values()))
        return any(map(nulls, value)) if isinstance(value, list) else value is None

    assert not nulls(seen(board(known(calls=(CALL, TALKING)), NOW), View()))
