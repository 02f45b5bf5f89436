"""Calls ended and moved through the API, with a router in the same process."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from callrouter.call_requests import Answer, CallRequest, Result, What
from callrouter.concurrency import all_of, spawn
from callrouter.console.api import steering as api_steering
from callrouter.db import asking
from callrouter.db.api_tokens import Scope
from callrouter.db.changes import changes
from callrouter.db.engine import snapshot
from callrouter.routing.model import Target, TargetKind
from callrouter.steering import Steering
from tests.console.conftest import Client
from tests.db.sample_calls import answered, arrived, call_id
from tests.db.stored import store

pytestmark = pytest.mark.postgres

LIVE, OVER = call_id(1), call_id(2)
NIGHT = {"target": {"kind": "agent_group", "name": "night"}}


class Calls:
    """A router with one call."""

    def __init__(self, says: Answer) -> None:
        self.says = says
        self.asked: list[CallRequest] = []

    def knows(self, call: object) -> bool:
        return call == LIVE

    def steer(self, request: CallRequest, tell: Callable[[Answer], None]) -> None:
        self.asked.append(request)
        tell(self.says)


@asynccontextmanager
async def router(api: Client, says: Answer) -> AsyncIterator[Calls]:
    calls = Calls(says)
    steering = Steering(api.engine, calls)

    async def hear() -> None:
        async with aclosing(changes(api.app.state.database_url)) as heard:
            async for table in heard:
                steering.told(table)

    async with asyncio.TaskGroup() as group:
        tasks = [spawn(group, hear(), name="hear"), spawn(group, steering.follow(), name="follow")]
        yield calls
        for task in tasks:
            task.cancel()


@pytest.fixture(autouse=True)
async def _calls(api: Client) -> None:
    await store(api.engine, LIVE, [arrived()])
    await store(api.engine, OVER, answered())


async def post(api: Client, what: str, call: object = LIVE, **more: Any) -> httpx.Response:
    return await api.ask("POST", f"/calls/{call}/{what}", **more)


async def deeds(api: Client) -> list[tuple[str, str, str, dict[str, Any]]]:
    async with snapshot(api.engine) as connection:
        found = await connection.execute(
            text("SELECT who, action, subject, details FROM audit_log ORDER BY id")
        )
        return [(row.who, row.action, row.subject, row.details) for row in found]


async def test_a_call_is_moved(api: Client) -> None:
    done = Answer(Result.DONE, "The call was moved: Bojan Ilić is being rung.")
    async with router(api, done) as calls:
        answer = await post(api, "move", json=NIGHT)
    assert answer.status_code == 200
    assert answer.json() == {"result": "done", "call": str(LIVE), "says": done.detail}
    (asked,) = calls.asked
    assert (asked.what, asked.by) == (What.MOVE, "API: everything")
    assert asked.target == Target(TargetKind.AGENT_GROUP, "night")
    moved = ("API: everything", "call.move", str(LIVE), {"target": "group night"})
    assert await deeds(api) == [moved]


async def test_a_call_is_ended(api: Client) -> None:
    async with router(api, Answer(Result.DONE, "The call was ended.")) as calls:
        answer = await post(api, "end", LIVE.hex[:20])
    assert answer.json()["says"] == "The call was ended."
    assert [each.what for each in calls.asked] == [What.END]
    assert await deeds(api) == [("API: everything", "call.end", str(LIVE), {})]


@pytest.mark.parametrize("result", [Result.CALL_OVER, Result.NOBODY, Result.REFUSED])
async def test_what_the_router_does_not_do_is_a_conflict(api: Client, result: Result) -> None:
    async with router(api, Answer(result, "Carla is on a call.")):
        answer = await post(api, "move", json=NIGHT)
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "Carla is on a call."
    assert answer.json()["result"] == result


async def test_the_same_key_does_it_once(api: Client) -> None:
    key = {"Idempotency-Key": "once"}
    async with router(api, Answer(Result.DONE, "The call was ended.")) as calls:
        answers = await all_of([post(api, "end", headers=key) for _ in range(3)])
        assert [answer.status_code for answer in answers] == [200, 200, 200]
        assert len(calls.asked) == 1
        await store(api.engine, LIVE, answered())
        again = await post(api, "end", headers=key)
        assert again.json()["says"] == "The call was ended.", "though the call is over now"
        other = await post(api, "move", json=NIGHT, headers=key)
        assert other.status_code == 422
        assert "Idempotency-Key" in other.json()["detail"]
        assert (await post(api, "end")).status_code == 409, "without the key it is another request"
    assert len(calls.asked) == 1
    assert len(await deeds(api)) == 1


async def test_no_router_takes_it(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "WAIT_SECONDS", 0.2)
    answer = await post(api, "end")
    assert answer.status_code == 503
    assert answer.json()["result"] == "not_taken"
    assert "nothing was done" in answer.json()["detail"]
    assert answer.headers["retry-after"] == "2"


async def test_a_router_says_nothing(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "WAIT_SECONDS", 0.5)
    async with router(api, Answer(Result.DONE, "")) as calls:
        monkeypatch.setattr(calls, "steer", lambda request, tell: None)
        answer = await post(api, "end")
    assert answer.status_code == 504
    assert "not said yet" in answer.json()["detail"]


async def test_a_call_that_is_over_is_not_asked_for(api: Client) -> None:
    answer = await post(api, "end", OVER)
    assert answer.status_code == 409
    assert answer.json()["result"] == "call_over"
    keyed = await post(api, "end", OVER, headers={"Idempotency-Key": "new"})
    assert keyed.status_code == 409
    assert await deeds(api) == []


async def test_calls_and_targets_that_are_not_there(api: Client) -> None:
    assert (await post(api, "end", "00ff")).status_code == 404
    assert (await post(api, "end", "no id")).status_code == 404
    for kind, name, words in (
        ("agent_group", "nights", "no agent group 'nights'"),
        ("agent", "sofia", "no agent 'sofia'"),
        ("incoming_call_settings", "x", "no settings 'x'"),
        ("outside_number", "+38164123456", "no outside_line"),
    ):
        target = {"target": {"kind": kind, "name": name}}
        answer = await post(api, "move", json=target)
        assert answer.status_code == 422
        assert words in answer.json()["detail"]
    assert (await post(api, "move", json={})).status_code == 422
    assert await deeds(api) == []


async def test_it_needs_the_right(api: Client) -> None:
    secret = await api.token(Scope.READ, Scope.AGENTS, name="board")
    for what in ("end", "move"):
        answer = await post(api, what, json=NIGHT, secret=secret)
        assert answer.status_code == 403
        assert "'calls'" in answer.json()["detail"]
    assert await deeds(api) == []


async def test_very_many_who_ask_wait_for_each_other(api: Client) -> None:
    async with router(api, Answer(Result.DONE, "The call was ended.")) as calls:
        many = 3 * api_steering.MOST_ASKING
        answers = await all_of([post(api, "end") for _ in range(many)])
    assert {answer.status_code for answer in answers} == {200}
    assert len(calls.asked) == many
