"""`/health`: what it says in which state, and that it never stands in a call's way."""

import asyncio
import json
import logging
from dataclasses import replace
from datetime import UTC, datetime

import aiohttp
import pytest

from callrouter.concurrency import spawn
from callrouter.configuration import ConfigurationState
from callrouter.health import AsteriskHealth, Health, answer_health, health_json
from callrouter.local.ports import free_ports

SINCE = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
HEARD, DEAF = AsteriskHealth("http://one", True), AsteriskHealth("http://two", False)
WELL = Health(ConfigurationState("abc", "callrouter.yaml", SINCE), (HEARD,), 2, False, 0)
REFUSED = ConfigurationState("abc", "database", SINCE, ("no agent",), SINCE)


@pytest.mark.parametrize(
    ("health", "status", "ready"),
    [
        (WELL, "ok", True),
        (replace(WELL, asterisk=(HEARD, DEAF)), "degraded", True),
        (replace(WELL, configuration=REFUSED), "degraded", True),
        (replace(WELL, database_away=True), "degraded", True),
        (replace(WELL, asterisk=(DEAF,)), "not ready", False),
        (replace(WELL, asterisk=()), "not ready", False),
    ],
    ids=["all is well", "one Asterisk away", "refused", "no database", "deaf", "starting"],
)
def test_the_status_in_a_word(health: Health, status: str, ready: bool) -> None:
    said = health_json(health)
    assert (said["status"], said["ready"], said["live"]) == (status, ready, True)


def test_a_state_that_is_refused_longer_keeps_the_time_it_was_first_refused() -> None:
    state = ConfigurationState()
    state.live("a")
    since = state.since
    state.refused(("one",))
    first = state.refused_since
    state.refused(("two",))
    assert (state.problems, state.refused_since) == (("two",), first)
    state.live("a")
    assert (state.problems, state.refused_since, state.since) == ((), None, since)


async def test_it_is_answered_over_http() -> None:
    (port,) = free_ports(1)
    looks = iter([WELL, replace(WELL, asterisk=(DEAF,))])
    async with asyncio.TaskGroup() as group:
        serving = spawn(group, answer_health("127.0.0.1", port, lambda: next(looks)), name="health")
        await asyncio.sleep(0.1)
        async with aiohttp.ClientSession() as session:
            address = f"http://127.0.0.1:{port}/health"
            async with session.get(address) as answer:
                assert answer.status == 200
                said = json.loads(await answer.text())
            async with session.get(address) as answer:
                assert answer.status == 503
        serving.cancel()
    assert said["configuration"] == {
        "version": "abc", "source": "callrouter.yaml", "since": "2026-11-22T09:00:00+00:00",
        "problems": [], "refused_since": None,
    }  # fmt: skip
    assert (said["calls"], said["database"]) == (
        2,
        {"connected": True, "records_waiting": 0, "records_on_disk": False},
    )


async def test_a_port_in_use_is_said_and_nothing_else_suffers(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0) as taken:
        port = taken.sockets[0].getsockname()[1]
        async with asyncio.TaskGroup() as group:
            with caplog.at_level(logging.ERROR):
                serving = spawn(group, answer_health("127.0.0.1", port, lambda: WELL), name="h")
                await asyncio.sleep(0.1)
            assert not serving.done()
            serving.cancel()
    assert "set CALLROUTER_HEALTH_PORT" in caplog.text
