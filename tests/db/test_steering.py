"""What supervisors ask reaches one router, once, and its answer who asked: over a real database."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.call_requests import Answer, CallRequest, Result, What
from callrouter.concurrency import all_of, spawn
from callrouter.db.asking import NOT_TAKEN, asked
from callrouter.db.call_requests import RequestChanged, answer, ask, found, take
from callrouter.db.changes import changes
from callrouter.db.engine import snapshot, transaction
from callrouter.local.postgres import PostgresServer
from callrouter.routing.model import Target, TargetKind
from callrouter.steering import Steering

pytestmark = pytest.mark.postgres

CALL = UUID(int=1)
NIGHT = Target(TargetKind.AGENT_GROUP, "night")
DONE = Answer(Result.DONE, "The call was moved: Carla Rossi is being rung.")


@pytest.fixture
def url(engine: AsyncEngine, postgres_server: PostgresServer) -> str:
    return postgres_server.url(str(engine.url.database))


class Calls:
    """The calls of a router: it does what it is asked, or keeps it to itself."""

    def __init__(self, *ids: UUID, says: Answer | None = DONE) -> None:
        self.ids = ids
        self.says = says
        self.asked: list[CallRequest] = []
        self.tell: Callable[[Answer], None] | None = None

    def knows(self, call_id: UUID) -> bool:
        return call_id in self.ids

    def steer(self, request: CallRequest, tell: Callable[[Answer], None]) -> None:
        self.asked.append(request)
        self.tell = tell
        if self.says is not None:
            tell(self.says)


@asynccontextmanager
async def routing(engine: AsyncEngine, url: str, *routers: Calls) -> AsyncIterator[None]:
    """Routers with these calls, each of which listens by itself."""

    async def hear(steering: Steering) -> None:
        async with aclosing(changes(url)) as heard:
            async for table in heard:
                steering.told(table)

    async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        tasks = []
        for calls in routers:
            steering = Steering(engine, calls)
            stack.push_async_callback(steering.close, 1.0)
            tasks += [
                spawn(group, hear(steering), name="hear"),
                spawn(group, steering.follow(), name="follow"),
            ]
        yield
        for task in tasks:
            task.cancel()


def end(call: UUID = CALL) -> CallRequest:
    return CallRequest(uuid4(), call, What.END, "sofia")


def move(call: UUID = CALL, to: Target = NIGHT) -> CallRequest:
    return CallRequest(uuid4(), call, What.MOVE, "sofia", to)


async def deeds(engine: AsyncEngine) -> int:
    async with snapshot(engine) as connection:
        found = await connection.scalar(text("SELECT count(*) FROM audit_log"))
        return int(found or 0)


async def wait_for(
    engine: AsyncEngine, url: str, request: CallRequest, within: float = 5.0
) -> Answer | None:
    return await asked(engine, url, request, within=within)


async def test_the_router_does_it_and_says_so(engine: AsyncEngine, url: str) -> None:
    calls, request = Calls(CALL), move()
    async with routing(engine, url, calls):
        assert await wait_for(engine, url, request) == DONE
        assert calls.asked == [request]
        over = Answer(Result.CALL_OVER, "The call was over already.")
        calls.says = over
        assert await wait_for(engine, url, end()) == over


async def test_of_two_routers_one_does_it(engine: AsyncEngine, url: str) -> None:
    one, other = Calls(CALL, UUID(int=2)), Calls(CALL, UUID(int=3))
    async with routing(engine, url, one, other):
        requests = [end(UUID(int=number)) for number in (1, 2, 3)] + [end() for _ in range(5)]
        answers = await all_of([wait_for(engine, url, each) for each in requests])
    assert answers == [DONE] * len(requests)
    done = [*one.asked, *other.asked]
    assert sorted(each.id for each in done) == sorted(each.id for each in requests), "each once"
    assert {each.call_id for each in other.asked} <= {CALL, UUID(int=3)}


async def test_the_same_request_twice_is_done_once_and_answered_twice(
    engine: AsyncEngine, url: str
) -> None:
    calls, request = Calls(CALL), move()
    async with routing(engine, url, calls):
        both = [asked(engine, url, request) for _ in range(2)]
        assert await all_of(both) == [DONE, DONE]
        assert await asked(engine, url, request) == DONE
    assert calls.asked == [request]
    assert await deeds(engine) == 1


async def test_another_request_under_the_same_id_is_none(engine: AsyncEngine, url: str) -> None:
    request = move()
    others = [
        CallRequest(request.id, CALL, What.END, "sofia"),
        CallRequest(request.id, UUID(int=2), What.MOVE, "sofia", NIGHT),
        CallRequest(request.id, CALL, What.MOVE, "sofia", Target(TargetKind.AGENT, "night")),
    ]
    async with transaction(engine) as connection:
        assert await ask(connection, request)
    for other in others:
        with pytest.raises(RequestChanged):
            await wait_for(engine, url, other)
        async with snapshot(engine) as connection:
            with pytest.raises(RequestChanged):
                await found(connection, other)


async def test_nobody_takes_it_so_nobody_ever_will(engine: AsyncEngine, url: str) -> None:
    calls, request = Calls(UUID(int=2)), end()
    async with routing(engine, url, calls):
        said = await wait_for(engine, url, request, within=0.3)
    assert said == Answer(Result.NOT_TAKEN, NOT_TAKEN)
    late = Calls(CALL)
    async with routing(engine, url, late):
        assert await wait_for(engine, url, end()) == DONE
    assert request not in late.asked


async def test_what_no_router_took_can_be_asked_again(engine: AsyncEngine, url: str) -> None:
    request = end()
    said = await asked(engine, url, request, within=0.1)
    assert said is not None
    assert said.result is Result.NOT_TAKEN
    async with routing(engine, url, Calls(CALL)):
        assert await asked(engine, url, request) == DONE
    assert await deeds(engine) == 2, "it was asked twice"


async def test_a_router_that_was_away_too_long_does_nothing(engine: AsyncEngine, url: str) -> None:
    request = end()
    async with transaction(engine) as connection:
        await ask(connection, request)
        await connection.execute(
            text("UPDATE call_requests SET asked_at = asked_at - interval '11 seconds'")
        )
    async with transaction(engine) as connection:
        assert await take(connection, [CALL]) == []
    calls = Calls(CALL)
    async with routing(engine, url, calls):
        other = end()
        assert await wait_for(engine, url, other) == DONE
    assert calls.asked == [other]


async def test_a_router_that_dies_with_it_leaves_it_undone(engine: AsyncEngine, url: str) -> None:
    """Taken and perhaps done: it is never done again, and nobody is told that it was."""
    request = end()
    async with transaction(engine) as connection:
        await ask(connection, request)
        assert await take(connection, [CALL]) == [request]
    calls = Calls(CALL)
    async with routing(engine, url, calls):
        assert await wait_for(engine, url, request, within=0.3) is None
    assert calls.asked == []


async def test_what_takes_longer_is_known_later(engine: AsyncEngine, url: str) -> None:
    calls, request = Calls(CALL, says=None), move()
    async with routing(engine, url, calls):
        assert await wait_for(engine, url, request, within=0.3) is None
        assert calls.tell is not None
        calls.tell(DONE)
        calls.tell(Answer(Result.REFUSED, "Only the first word counts."))
        assert await wait_for(engine, url, request) is not None
    async with snapshot(engine) as connection:
        stands = await found(connection, request)
    assert stands is not None
    assert stands.taken


async def test_a_stopping_router_still_says_what_came_of_it(engine: AsyncEngine, url: str) -> None:
    calls, request = Calls(CALL, says=None), move()
    async with routing(engine, url, calls):
        await wait_for(engine, url, request, within=0.2)
        assert calls.tell is not None
    steering = Steering(engine, calls)
    calls.says = DONE
    steering._teller(request)(DONE)
    await steering.close(1.0)
    async with snapshot(engine) as connection:
        stands = await found(connection, request)
    assert stands is not None
    assert stands.answer == DONE


async def test_an_answer_is_never_taken_back(engine: AsyncEngine) -> None:
    request = end()
    async with transaction(engine) as connection:
        await ask(connection, request)
        await answer(connection, {request.id: DONE})
        await answer(connection, {request.id: Answer(Result.REFUSED, "no")})
        stands = await found(connection, request)
        assert stands is not None
        assert stands.answer == DONE


async def test_old_requests_are_forgotten(engine: AsyncEngine) -> None:
    old, new = end(), end()
    async with transaction(engine) as connection:
        await ask(connection, old)
        await connection.execute(
            text("UPDATE call_requests SET asked_at = asked_at - interval '8 days'")
        )
        await ask(connection, new)
        assert await found(connection, old) is None
        assert await found(connection, new) is not None
