"""How long the call log takes with very many calls: pages, totals, and writing.

`python -m benchmarks.call_log [--rows 5000000] [--folder FOLDER]`: a PostgreSQL of its own with
that many calls; with a folder it is kept there, and used again the next time. Prints milliseconds
for each kind of question, first page and deep pages apart, as the console's process sees them, and
beside them how long a processor worked for it, here and in PostgreSQL: what a busy machine does
not change much.
"""

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.many_calls import NEWEST, RARE, make_calls, tidy
from callrouter.commands.call_json import call_json, dumped
from callrouter.db.call_log import Place, page_of
from callrouter.db.call_totals import totals_of
from callrouter.db.engine import make_engine, snapshot, transaction
from callrouter.db.rows import rows_of, write_rows
from callrouter.db.schema import upgrade
from callrouter.db.wanted import Span, Wanted
from callrouter.facts import Disposition
from callrouter.local.postgres import PostgresServer
from tests.db.sample_calls import answered

TIMES = 20
_BEFORE_ITS_INDEXES = "0007"
"""The last migration without the call log's indexes: very many calls are written sooner."""

_ABOUT_SO_MANY = "SELECT reltuples::bigint FROM pg_class WHERE oid = 'calls'::regclass"
"""To count millions that no memory holds yet takes longer than a statement may."""

ROWS_A_PAGE = 100


def _days(days: float) -> datetime:
    return NEWEST - timedelta(days=days)


QUESTIONS: dict[str, Wanted] = {
    "no filter": Wanted(),
    "today": Wanted(since=_days(1)),
    "30 days": Wanted(since=_days(30)),
    "one month two years ago": Wanted(since=_days(730), until=_days(700)),
    "answered": Wanted(dispositions=(Disposition.ANSWERED,)),
    "failed": Wanted(dispositions=(Disposition.FAILED,)),
    "busy or unavailable": Wanted(dispositions=(Disposition.BUSY, Disposition.UNAVAILABLE)),
    "a number": Wanted(numbers=("703",)),
    "a caller": Wanted(callers=("+381641234567",)),
    "a group": Wanted(agent_groups=("group-12",)),
    "an agent": Wanted(agents=("agent-7",)),
    "an extension": Wanted(agents=("1007",)),
    "settings": Wanted(settings=("settings-4",)),
    "a version": Wanted(versions=("v202430",)),
    "waited over a minute": Wanted(waiting=Span(60.0)),
    "waited over ten minutes": Wanted(waiting=Span(600.0)),
    "talked 300 to 310 s": Wanted(talking=Span(300.0, 310.0)),
    "group, abandoned, waited": Wanted(
        agent_groups=("group-3",), dispositions=(Disposition.ABANDONED,), waiting=Span(45.0)
    ),
    "number, group, agent": Wanted(
        numbers=("702",), agent_groups=("group-5",), agents=("agent-11",)
    ),
    "agent who abandoned (none)": Wanted(
        agents=("agent-7",), dispositions=(Disposition.ABANDONED,)
    ),
    "name": Wanted(text="petrov"),
    "Arabic name": Wanted(text="أمينة"),
    "digits of a number": Wanted(text="6412345"),
    "what most have": Wanted(text="381"),
    "rare: text": Wanted(text=RARE.lower()),
    "rare: settings": Wanted(settings=(RARE,)),
    "rare: caller": Wanted(callers=(RARE,)),
    "rare: talked very long": Wanted(talking=Span(15_000.0)),
    "rare: group in 30 days": Wanted(agent_groups=(RARE,), since=_days(30)),
    "none: text": Wanted(text="nobody is called this"),
    "none: agent": Wanted(agents=("nobody",)),
    "none: outgoing": Wanted(directions=("outgoing",)),
}


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds by the clock, and of work of processors, each time."""

    clock: list[float]
    work: list[float]

    def said(self) -> str:
        return f"{cuts(self.clock)} cpu {cuts(self.work)}"


def cuts(milliseconds: list[float]) -> str:
    """The median and the 95th percentile."""
    p95 = statistics.quantiles(milliseconds, n=20)[18]
    return f"p50 {statistics.median(milliseconds):6.1f} p95 {p95:6.1f}"


def worked(postmaster: int) -> float:
    """Seconds that processors have worked for us and for PostgreSQL's processes."""
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    nanoseconds = 0
    for pid in children:
        with suppress(FileNotFoundError):  # it has just ended
            nanoseconds += int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
    return time.process_time() + nanoseconds / 1e9


async def timed(
    work: Callable[[], Awaitable[object]], postmaster: int, times: int = TIMES
) -> Times:
    """How long it takes, several times."""
    clock, cpu = [], []
    for _ in range(times):
        start, before = time.perf_counter(), worked(postmaster)
        await work()
        clock.append((time.perf_counter() - start) * 1000)
        cpu.append((worked(postmaster) - before) * 1000)
    return Times(clock, cpu)


async def measure_pages(engine: AsyncEngine, rows: int, postmaster: int) -> None:
    """Every question: its first page, pages from random moments of the past, its totals."""
    every = Times([], [])
    size = 0
    for name, wanted in QUESTIONS.items():

        async def first(wanted: Wanted = wanted, after: Place | None = None) -> object:
            nonlocal size
            async with snapshot(engine) as connection:
                page = await page_of(connection, wanted, NEWEST, limit=ROWS_A_PAGE, after=after)
            size = len(dumped([call_json(call) for call in page.ended], indent=None))
            return page

        async def deep(wanted: Wanted = wanted) -> object:
            days = random.uniform(1, 1000)  # noqa: S311
            return await first(wanted, Place.before(_days(days)))

        async def totals(wanted: Wanted = wanted) -> object:
            async with snapshot(engine) as connection:
                return await totals_of(connection, wanted, NEWEST, "Europe/Belgrade")

        await first()
        pages, back = await timed(first, postmaster), await timed(deep, postmaster)
        sums = await timed(totals, postmaster, 3)
        for times in (pages, back):
            every.clock.extend(times.clock)
            every.work.extend(times.work)
        counted = await totals()
        complete = counted.searched_to is None  # type: ignore[attr-defined]
        calls = counted.ended.calls  # type: ignore[attr-defined]
        print(
            f"{name:28} first {pages.said()}   deep {back.said()}   totals"
            f" {statistics.median(sums.clock):7.1f} cpu {statistics.median(sums.work):7.1f}"
            f" ({'' if complete else 'more than '}{calls:,})",
            flush=True,
        )
    print(
        f"all pages of {ROWS_A_PAGE} at {rows:,} calls: {every.said()} ms; {size:,} bytes of JSON"
    )


async def measure_writing(engine: AsyncEngine, calls: int = 300) -> None:
    """A call's rows as the record writer writes them: after each of its facts that changes them."""
    now = datetime.now(UTC)
    start = time.perf_counter()
    for _ in range(calls):
        call_id, facts = uuid4(), []
        stored, written = None, 0
        for fact in answered():
            facts.append(msgspec.structs.replace(fact, at=now + (fact.at - answered()[0].at)))
            rows = rows_of(call_id, list(facts), written, stored)
            if rows.calls or rows.attempts:
                async with transaction(engine) as connection:
                    await write_rows(connection, [rows])
                stored, written = rows.course, rows.fact_count
    each = (time.perf_counter() - start) / calls * 1000
    async with transaction(engine) as connection:
        revision = await connection.scalar(text("SELECT version_num FROM alembic_version"))
        await connection.execute(text("DELETE FROM calls WHERE arrived_at >= :now"), {"now": now})
    print(f"writing at revision {revision}: {each:.2f} ms a call, with each change by itself")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--folder", type=Path, help="keep the database here")
    args = parser.parse_args()
    async with AsyncExitStack() as stack:
        folder = args.folder
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="callrouter-")))
        folder.mkdir(exist_ok=True)
        folder.chmod(0o711)  # root's PostgreSQL runs as nobody
        postgres = PostgresServer(folder, durable=False)
        await postgres.start()
        stack.push_async_callback(postgres.stop)
        engine = make_engine(postgres.url())
        stack.push_async_callback(engine.dispose)
        await upgrade(engine, _BEFORE_ITS_INDEXES)
        async with transaction(engine) as connection:
            there = await connection.scalar(text("SELECT EXISTS (SELECT FROM calls)"))
        if not there:
            start = time.perf_counter()
            await make_calls(engine, args.rows)
            print(f"{args.rows:,} calls made in {time.perf_counter() - start:.0f} s", flush=True)
        start = time.perf_counter()
        await upgrade(engine)
        print(f"the call log's indexes made in {time.perf_counter() - start:.0f} s", flush=True)
        await tidy(engine)
        async with transaction(engine) as connection:
            rows = await connection.scalar(text(_ABOUT_SO_MANY))
        await measure_writing(engine)
        await measure_pages(engine, rows, postgres.child.pid)


if __name__ == "__main__":
    asyncio.run(main())
