"""The call log's filters, pages, totals and stream, against an oracle in plain Python."""

import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.db import call_log, call_search
from callrouter.db.call_log import Place, every_call, page_of
from callrouter.db.call_search import resolved, search_for
from callrouter.db.call_totals import Sums, totals_of
from callrouter.db.engine import make_engine, snapshot, transaction
from callrouter.db.queries import StoredCall
from callrouter.db.wanted import Span, Wanted
from callrouter.facts import Disposition, Fact
from callrouter.local.postgres import PostgresServer
from tests.conftest import run_now
from tests.db.oracle_of_calls import sums_by_day, wanted_of
from tests.db.sample_calls import KINDS, call_id, first_agent_does_not_answer, greeted
from tests.db.stored import store

pytestmark = pytest.mark.postgres

CALLS = 120
FIRST = datetime(2026, 3, 26, 10, 0, tzinfo=UTC)  # before clocks change in Belgrade
NOW = FIRST + timedelta(days=40)
NAMES = ("Jelena Petrović", "Ћирић Ђорђе", "أمينة حداد", "50%_off\\", "", "x" * 5000, "'; DROP")
CALLERS = ("+381641234567", "0038164123", "1002", "", "+3816412345678901234567890" * 40)


def varied(number: int, random_: random.Random) -> list[Fact]:
    """A call unlike its neighbours; every 20th is in progress, some arrive in the same instant."""
    kinds = (greeted, first_agent_does_not_answer) if number % 20 == 0 else KINDS
    facts = random_.choice(kinds)()
    shift = timedelta(hours=random_.choice([0, 1, 7, 7, 30, 300, 700]))
    speed = random_.choice([0.1, 1.0, 3.0])
    start = facts[0].at
    told = []
    for fact in facts:
        at = FIRST + shift + (fact.at - start) * speed
        changed: dict[str, object] = {"at": at}
        if fact is facts[0]:
            changed["caller_name"] = random_.choice(NAMES)
            changed["caller_number"] = random_.choice(CALLERS)
            changed["number"] = random_.choice(["700", "701", "+381112223344"])
        told.append(msgspec.structs.replace(fact, **changed))
    return told


@pytest.fixture(scope="module")
def log_url(postgres_server: PostgresServer, migrated_template: str) -> str:
    """A database with some calls, written once for this module."""
    name = "call_log"
    run_now(postgres_server.create_database(name, template=migrated_template))

    async def fill() -> None:
        engine = make_engine(postgres_server.url(name))
        random_ = random.Random(7)  # noqa: S311 - the same calls each time
        for number in range(1, CALLS + 1):
            await store(engine, call_id(number), varied(number, random_))
        await engine.dispose()

    run_now(fill())
    return postgres_server.url(name)


@pytest.fixture
async def log(log_url: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(log_url)
    yield engine
    await engine.dispose()


async def pages(
    engine: AsyncEngine, wanted: Wanted, limit: int, seconds: float | None = None
) -> list[StoredCall]:
    found: list[StoredCall] = []
    after: Place | None = None
    async with snapshot(engine) as connection:
        while True:
            page = await page_of(connection, wanted, NOW, limit=limit, after=after, seconds=seconds)
            assert len(page.ended) <= limit
            found += [*page.live, *page.ended]
            if page.next is None:
                return found
            after = page.next


async def streamed(engine: AsyncEngine, wanted: Wanted) -> list[StoredCall]:
    async with snapshot(engine) as connection:
        batches = every_call(connection, wanted, NOW, attempts=True)
        return [call async for batch in batches for call in batch]


def spans(most: float) -> st.SearchStrategy[Span]:
    bounds = st.none() | st.floats(0, most)
    return st.builds(Span, bounds, bounds)


def some(*values: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.just(()) | st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


MOMENTS = st.none() | st.integers(-2, 800).map(lambda hours: FIRST + timedelta(hours=hours))
WANTED = st.builds(
    Wanted,
    since=MOMENTS,
    until=MOMENTS,
    numbers=some("700", "701", "9"),
    callers=some(*CALLERS),
    dispositions=st.lists(st.sampled_from(Disposition), max_size=3, unique=True).map(tuple),
    live=st.booleans(),
    directions=some("incoming", "outgoing"),
    agents=some("bojan", "1002", "amina"),
    agent_groups=some("sales", "on-call"),
    settings=some("head-office", "nobody's"),
    versions=some("5f3a9c1e", "v"),
    waiting=st.just(Span()) | spans(100),
    talking=st.just(Span()) | spans(300),
    text=st.sampled_from(
        ["", "", "pet", "PETROV", "ћири", "مين", "%", "_", "50%_", "\\", "381", "0064", "70", "zz"]
    ),
    only_dialled=st.booleans(),
    only_agent=st.sampled_from([None, None, None, "bojan"]),
)


@given(
    wanted=WANTED,
    limit=st.integers(1, 60),
    timezone=st.sampled_from(["UTC", "Asia/Kathmandu"]),
    seconds=st.sampled_from([None, 0.0]),
    few_and_many=st.sampled_from([(1000, 20_000), (0, 20_000), (2, 10), (0, 1)]),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_filters_pages_totals_and_stream_agree_with_the_oracle(
    log_url: str,
    wanted: Wanted,
    limit: int,
    timezone: str,
    seconds: float | None,
    few_and_many: tuple[int, int],
) -> None:
    few, many = few_and_many

    async def compare() -> None:
        engine = make_engine(log_url)
        try:
            every = await streamed(engine, Wanted())
            right = wanted_of(every, wanted, NOW)
            assert [call.id for call in await pages(engine, wanted, limit, seconds)] == ids(right)
            assert await streamed(engine, wanted) == right
            async with snapshot(engine) as connection:
                totals = await totals_of(connection, wanted, NOW, timezone)
            days = sums_by_day(right, timezone)
            assert list(totals.days) == list(days), "the newest day first"
            for day, sums in totals.days.items():
                assert_alike(sums, days[day])
            assert totals.ended.calls == sum(not call.live for call in right)
            talking = [call for call in right if call.live and call.record.agent_answered_at]
            assert totals.talking == len(talking)
            assert totals.waiting == sum(call.live for call in right) - len(talking)
            assert totals.searched_to is None
        finally:
            await engine.dispose()

    with pytest.MonkeyPatch.context() as patched:
        for name, value in (("_FEW", few), ("_DEAR", min(2 * few, many)), ("MANY", many)):
            patched.setattr(call_search, name, value)
        run_now(compare())


async def test_what_the_newest_calls_answer_needs_no_counting(
    log: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def not_needed(*_: object) -> None:
        raise AssertionError("it was counted")

    every = [call for call in await streamed(log, Wanted()) if not call.live]
    answered = Wanted(dispositions=(Disposition.ANSWERED,))
    monkeypatch.setattr(call_log, "search_for", not_needed)
    async with snapshot(log) as connection:
        for wanted in (Wanted(), answered, Wanted(numbers=("700",)), Wanted(waiting=Span(0.1))):
            page = await page_of(connection, wanted, NOW, limit=2)
            right = wanted_of(every, wanted, NOW)
            assert ids(page.ended) == ids(right)[:2]
            deep = await page_of(connection, wanted, NOW, limit=2, after=page.next)
            assert ids(deep.ended) == ids(right)[2:4]


NARROWED = [
    Wanted(agents=("bojan",), agent_groups=("sales",), numbers=("700", "701")),
    Wanted(agents=("1002",), dispositions=(Disposition.ANSWERED,), waiting=Span(0.5)),
    Wanted(agents=("bojan", "1001"), agent_groups=("sales", "on-call"), text="38"),
]


@pytest.mark.parametrize("wanted", NARROWED)
async def test_what_an_agents_index_answers_is_not_read(log: AsyncEngine, wanted: Wanted) -> None:
    every = await streamed(log, Wanted())
    right = [call for call in wanted_of(every, wanted, NOW) if not call.live]
    assert right
    async with snapshot(log) as connection:
        search = await search_for(connection, await resolved(connection, wanted), None, None)
    assert search is not None
    assert search.narrowed is not None
    found = [call for call in await pages(log, wanted, 7) if not call.live]
    assert ids(found) == ids(right)


def ids(calls: Sequence[StoredCall]) -> list[UUID]:
    return [call.id for call in calls]


def assert_alike(sums: Sums, right: Sums) -> None:
    for name in ("waiting", "talking"):
        assert getattr(sums, name) == pytest.approx(getattr(right, name))
    same = {"waiting": 0.0, "talking": 0.0}
    assert replace(sums, **same) == replace(right, **same)  # type: ignore[arg-type]


async def test_the_sample_has_all_kinds(log: AsyncEngine) -> None:
    every = await streamed(log, Wanted())
    assert len(every) == CALLS
    kinds = {call.record.disposition for call in every if not call.live}
    assert kinds >= {Disposition.ANSWERED, Disposition.ABANDONED, Disposition.REJECTED}
    assert sum(call.live for call in every) >= 3
    arrivals = [call.record.arrived_at for call in every]
    assert len(set(arrivals)) < CALLS / 5, "many in the same instant"


async def test_a_call_comes_whole(log: AsyncEngine) -> None:
    (call,) = [each for each in await pages(log, Wanted(), 500) if each.id == call_id(1)]
    assert call in await streamed(log, Wanted())
    async with snapshot(log) as connection:
        bare = await page_of(connection, Wanted(), NOW, limit=500, attempts=False)
    assert all(not each.record.attempts for each in bare.ended)


async def test_a_search_that_takes_too_long_says_how_far_it_came(log: AsyncEngine) -> None:
    every = await pages(log, Wanted(), 500)
    oldest = min(call.record.arrived_at for call in every)
    async with snapshot(log) as connection:
        page = await page_of(connection, Wanted(text="zz"), NOW, limit=10, seconds=0)
        assert page.ended == ()
        assert page.searched_to is not None
        assert oldest < page.searched_to < NOW
        assert page.next == Place.before(page.searched_to)
        totals = await totals_of(connection, Wanted(), NOW, "UTC", seconds=0)
    newest = max(call.record.arrived_at for call in every if not call.live)
    assert totals.ended.calls == 0
    assert totals.waiting + totals.talking == len([call for call in every if call.live])
    assert totals.searched_to == newest + timedelta(microseconds=1), "nothing was counted"


async def test_what_is_slow_is_stopped_by_the_server(log: AsyncEngine) -> None:
    """What was added up before is told; the transaction goes on."""
    async with transaction(log) as connection:
        await connection.execute(
            text(
                "CREATE OR REPLACE FUNCTION callrouter_trigrams(written text) RETURNS text[]"
                " LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_sleep(5);"
                " RETURN '{}'; END $$"
            )
        )
        wanted = Wanted(text="nobody has this")
        totals = await totals_of(connection, wanted, NOW, "UTC", seconds=0.2)
        assert totals.searched_to is not None
        assert await connection.scalar(text("SHOW statement_timeout")) == "0"
        await connection.rollback()
