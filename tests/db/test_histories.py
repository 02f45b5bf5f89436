"""What a new router learns from the records: fairness, the last talk, whose turn it was."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.db import histories
from callrouter.db.engine import snapshot
from callrouter.db.histories import LastTalk, Past, past_of
from callrouter.facts import (
    AgentAnswered,
    AgentRung,
    AgentSkipped,
    Arrived,
    AttemptEnded,
    Connected,
    Ended,
    Fact,
    HungUp,
    Moved,
    Outcome,
    Party,
    Routed,
    Stage,
)
from callrouter.routing.order import History
from tests.db.sample_calls import NINE, call_id
from tests.db.stored import store

pytestmark = pytest.mark.postgres

MIDNIGHT = NINE - timedelta(hours=9)
_numbers = count(1)


def at(hours: float) -> datetime:
    return NINE + timedelta(hours=hours)


@dataclass(frozen=True)
class Said:
    """A call at `hours` after nine: who of `group` was skipped, rang in vain, and talked."""

    hours: float
    group: str = "sales"
    skipped: tuple[str, ...] = ()
    rang: tuple[str, ...] = ()
    agent: str | None = None
    seconds: float = 60.0
    ends: bool = True

    def facts(self) -> Iterator[Fact]:
        start = at(self.hours)
        group = {"extension": "1", "agent_group": self.group}
        yield Arrived(
            at=start, entity_id="x", channel_id="y", number="700", caller_number="", caller_name=""
        )
        yield Routed(at=start, decision="ring", version="1", agent_group="reception")
        for agent in self.skipped:
            yield AgentSkipped(at=start, agent=agent, reason="on_call", **group)
        for agent in self.rang:
            yield AgentRung(at=start, agent=agent, phones=("PJSIP/1",), **group)
            yield AttemptEnded(at=start, agent=agent, outcome=Outcome.NO_ANSWER)
        if self.agent:
            yield AgentRung(at=start, agent=self.agent, phones=("PJSIP/1",), **group)
            yield AgentAnswered(at=start, agent=self.agent)
            yield Connected(at=start, agent=self.agent)
        if self.ends:
            end = start + timedelta(seconds=self.seconds)
            yield HungUp(at=end, by=Party.CALLER, stage=Stage.TALK)
            yield Ended(at=end)


async def past(engine: AsyncEngine, *calls: Said, before: datetime | None = None) -> Past:
    for each in calls:
        await store(engine, call_id(next(_numbers)), list(each.facts()))
    async with snapshot(engine) as connection:
        return await past_of(
            connection, ["amina", "bojan"], ["sales", "support"], MIDNIGHT, before or at(12)
        )


async def test_nothing_has_happened(engine: AsyncEngine) -> None:
    assert await past(engine) == Past({"amina": History(), "bojan": History()}, {}, {})


async def test_calls_and_talk_of_today_and_the_last_talk_of_any_day(engine: AsyncEngine) -> None:
    found = await past(
        engine,
        Said(-20, agent="amina", seconds=500),
        Said(-20, agent="bojan", seconds=40),
        Said(1, agent="amina", seconds=30),
        Said(2, agent="amina", group="support", seconds=90),
        Said(3, rang=("amina", "bojan")),
        Said(4, agent="carla"),
    )
    amina, bojan = at(2) + timedelta(seconds=90), at(-20) + timedelta(seconds=40)
    assert found.histories == {"amina": History(2, 120.0, amina), "bojan": History(0, 0.0, bojan)}
    assert found.last_talks == {
        "amina": LastTalk(amina, "support"),
        "bojan": LastTalk(bojan, "sales"),
    }


async def test_a_talk_over_midnight_began_yesterday_and_ends_today(engine: AsyncEngine) -> None:
    found = await past(engine, Said(-9.01, agent="amina", seconds=100))
    assert found.histories["amina"] == History(0, 100.0, at(-9.01) + timedelta(seconds=100))


async def test_a_talk_that_the_last_router_never_ended_counts_as_a_call(
    engine: AsyncEngine,
) -> None:
    found = await past(engine, Said(1, agent="amina", ends=False))
    assert found.histories["amina"] == History(1, 0.0, None)
    assert found.last_talks == {}


async def test_a_talk_from_which_the_call_was_moved_counts_for_who_had_it(
    engine: AsyncEngine,
) -> None:
    """Amina talked for a minute, then Bojan for two; then it came back to her, and still is."""
    facts = list(Said(1, agent="amina", ends=False).facts())
    for minutes, agent in ((1, "bojan"), (3, "amina")):
        moved = at(1) + timedelta(minutes=minutes)
        facts += [
            Moved(at=moved, by="sofia", target=f"agent {agent}", stage=Stage.TALK),
            AgentRung(
                at=moved, agent=agent, phones=("PJSIP/1",), extension="1", agent_group="support"
            ),
            Connected(at=moved, agent=agent),
        ]
    await store(engine, call_id(next(_numbers)), facts)
    first, second = at(1) + timedelta(minutes=1), at(1) + timedelta(minutes=3)
    found = await past(engine)
    assert found.histories == {
        "amina": History(2, 60.0, first),
        "bojan": History(1, 120.0, second),
    }
    assert found.last_talks == {
        "amina": LastTalk(first, "sales"),
        "bojan": LastTalk(second, "support"),
    }


async def test_calls_of_the_new_router_are_its_own(engine: AsyncEngine) -> None:
    calls = [Said(1, agent="amina"), Said(2, agent="amina"), Said(2, agent="bojan")]
    found = await past(engine, *calls, before=at(2))
    assert [found.histories[agent].calls for agent in ("amina", "bojan")] == [1, 0]
    assert found.last_first == {"sales": "amina"}
    assert list(found.last_talks) == ["amina"]


async def test_whose_turn_it_was_is_the_first_that_rang_at_the_newest_call_of_each_group(
    engine: AsyncEngine,
) -> None:
    found = await past(
        engine,
        Said(1, rang=("amina",)),
        Said(3, skipped=("amina",), rang=("bojan",), agent="carla"),
        Said(2, rang=("carla",)),
        Said(2, group="support", skipped=("bojan", "amina")),
        Said(4, group="another", rang=("amina",)),
    )
    assert found.last_first == {"sales": "bojan", "support": "bojan"}


async def test_a_group_without_a_call_for_very_long_begins_anew(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(histories, "NEWEST_CALLS", 2)
    found = await past(engine, Said(1), Said(2, group="support", rang=("amina",)), Said(3))
    assert found.last_first == {"support": "amina"}
