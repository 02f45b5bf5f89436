"""What a board would show while calls go on: looked at as the router does, in virtual time."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest

from callrouter.concurrency import spawn
from callrouter.routing.presence import ALWAYS, doing
from callrouter.routing.status import AgentStatus
from tests.calls.company import Company, a_day
from tests.calls.scenarios import AMINA, BOJAN
from tests.fakes.phones import Answers, Declines, Phone, Silent, phone, unregistered

TALKS, RINGS = phone(AMINA, Answers(1.0, talks=2.0)), phone(AMINA, Silent())


def watched(phones: list[Phone]) -> dict[str, list[str]]:
    """What each agent was doing, one after another, looked at only when something had changed."""
    did: dict[str, list[str]] = {}

    async def look(here: Company) -> None:
        while True:
            touched = here.agents.take_touched()
            for agent in map(here.table.agents.__getitem__, ("amina", "bojan")):
                if touched.isdisjoint((agent.id, *agent.phones)):
                    continue
                presence = here.agents.presence(agent)
                now = doing(presence, AgentStatus(), ALWAYS, here.now())
                own = did.setdefault(agent.id, [])
                if own[-1:] != [now.activity]:
                    own.append(now.activity)
            await asyncio.sleep(0.2)

    def begin(here: Company) -> None:
        here.asterisk.call("700", at=0.5)

        async def watch() -> None:
            with suppress(TimeoutError):
                async with asyncio.timeout(25):
                    await look(here)

        assert here._group is not None
        spawn(here._group, watch(), name="watch")

    a_day(begin, phones)
    return did


@pytest.mark.parametrize(
    ("phones", "amina", "bojan"),
    [
        pytest.param(
            [TALKS, phone(BOJAN, Silent())],
            ["free", "ringing", "talking", "free"], ["free"], id="the first answers",
        ),
        pytest.param(
            [RINGS, phone(BOJAN, Answers(1.0, talks=2.0))],
            ["free", "ringing", "free"], ["free", "ringing", "talking", "free"],
            id="the second answers",
        ),
        pytest.param(
            [unregistered(AMINA), phone(BOJAN, Answers(1.0, talks=2.0))],
            ["unreachable"], ["free", "ringing", "talking", "free"], id="no phone",
        ),
    ],
)  # fmt: skip
def test_agents_while_a_call_goes_on(
    phones: list[Phone], amina: list[str], bojan: list[str]
) -> None:
    assert watched(phones) == {"amina": amina, "bojan": bojan}


def test_who_declined_a_call_rests() -> None:
    seen: dict[str, object] = {}

    def begin(here: Company) -> None:
        here.asterisk.call(_number(here, "left-alone"))

        async def look() -> None:
            await asyncio.sleep(20)
            presence = here.agents.presence(here.table.agents["amina"])
            seen["until"] = presence.declined_until
            seen["now"] = here.now()
            seen["does"] = doing(presence, AgentStatus(), ALWAYS, here.now()).activity

        assert here._group is not None
        spawn(here._group, look(), name="look")

    a_day(begin, [phone(AMINA, Declines()), phone(BOJAN, Answers(1.0, talks=2.0))])
    assert seen["does"] == "resting"
    assert seen["until"] is not None
    assert seen["now"] < seen["until"] < seen["now"] + timedelta(seconds=30)  # type: ignore[operator]


def _number(here: Company, group: str) -> str:
    return next(
        each.numbers[0]
        for each in here.table.settings.values()
        if any(group in row.agent_groups for row in each.call_handling_schedule)
    )
