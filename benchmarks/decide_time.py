"""How long a decision takes, how long the table takes to load, and that numbers cost nothing.

`python -m benchmarks.decide_time [--json] [--decisions 20000]`: needs nothing else. A company of
1,000 numbers (each with settings of its own), 500 groups, 5,000 agents, 21 schedule rows each,
holidays and an override; decisions for random numbers at random moments of a year. Then the same
with 10, 1,000 and 100,000 numbers, and the lining up of a group's ten agents among 5,000 and
500,000. Loading is what the router does: reading the table that its
child has compiled; checking what is written and building the table is what the child does.
"""

import argparse
import asyncio
import gc
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from callrouter.calls.agents import AgentBoard
from callrouter.config.compiled import CompileResult, from_lines, to_lines
from callrouter.config.configured import DraftDocument
from callrouter.config.document import Document
from callrouter.config.holidays import expand_calendars, usual_years
from callrouter.config.shape import plain_values
from callrouter.config.source import read_source
from callrouter.config.table import build_table
from callrouter.routing.decide import IncomingCall, decide
from callrouter.routing.model import AgentGroup, RoutingTable

GROUPS, AGENTS, MEMBERS = 500, 5_000, 10
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SHIFTS = (("00:00", "08:00"), ("08:00", "16:00"), ("16:00", "24:00"))
ZONES = ("Europe/Belgrade", "America/New_York", "Asia/Tokyo", "Australia/Sydney")
NUMBERS = (10, 1_000, 100_000)
MANY_AGENTS = 100 * AGENTS
YEAR = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Times:
    """Microseconds by the clock; `cpu_p99` are those of computing, which is what counts where
    other programs keep the machine busy."""

    p50: float
    p99: float
    worst: float
    cpu_p99: float


def company(numbers: int) -> dict[str, Any]:
    """The values of a configuration: settings of one number each, as in a YAML file."""
    agents = {f"agent{n}": {"extension": str(10_000 + n)} for n in range(AGENTS)}
    groups = {
        f"group{n}": {"members": [f"agent{(n * MEMBERS + i) % AGENTS}" for i in range(MEMBERS)]}
        for n in range(GROUPS)
    }
    return {
        "timezone": ZONES[0],
        "agents": agents,
        "agent_groups": groups,
        "holiday_calendars": {"serbia": {"country": "RS", "holidays": OWN_HOLIDAYS}},
        "incoming_call_settings": {f"settings{n}": _settings(n) for n in range(numbers)},
    }


OWN_HOLIDAYS = [
    {"date": "12-31", "name": "Stocktaking", "from_time": "12:00", "to_time": "24:00"},
    {"date": "last Friday of November", "name": "Party"},
]


def _settings(n: int) -> dict[str, Any]:
    rows = [
        {"day_of_week": day, "from_time": start, "to_time": end,
         "agent_group": f"group{(n + i) % GROUPS}"}
        for i, (day, (start, end)) in enumerate((day, shift) for day in DAYS for shift in SHIFTS)
    ]  # fmt: skip
    return {
        "numbers": [number(n)],
        "timezone": ZONES[n % len(ZONES)],
        "holidays": ["serbia"],
        "overrides": [{"closed": True, "from": "2026-08-01 00:00", "until": "2026-08-02 00:00"}],
        "call_handling_schedule": rows,
    }


def number(n: int) -> str:
    """The number of the settings `n`."""
    return f"+38111{1_000_000 + n}"


def measure(table: RoutingTable, numbers: int, decisions: int) -> Times:
    """Each decision by itself, for random numbers and moments, always the same ones."""
    chance = random.Random(7)  # noqa: S311
    asked = [
        (IncomingCall(number(chance.randrange(numbers))),
         YEAR + timedelta(seconds=chance.randrange(365 * 86_400)))
        for _ in range(decisions)
    ]  # fmt: skip
    for call, now in asked[:1000]:
        decide(table, call, now)  # zones are read once in a process
    return _times(partial(decide, table, call, now) for call, now in asked)


def measure_line(table: RoutingTable, times: int) -> Times:
    """The agents of one group after another brought into the order in which they ring."""
    board = AgentBoard()
    groups = list(table.agent_groups.values())

    def line_up(group: AgentGroup) -> None:
        board.line_up(group, {}, {}, table.agents, "here", YEAR, ZONES[0])

    return _times(partial(line_up, groups[n % len(groups)]) for n in range(times))


def _times(works: Iterable[Callable[[], object]]) -> Times:
    walls, cpus = [], []
    gc.collect()
    for work in works:
        wall, cpu = time.perf_counter_ns(), time.thread_time_ns()
        work()
        cpus.append(time.thread_time_ns() - cpu)
        walls.append(time.perf_counter_ns() - wall)
    cuts = statistics.quantiles(walls, n=100)
    cpu_p99 = statistics.quantiles(cpus, n=100)[98]
    return Times(cuts[49] / 1000, cuts[98] / 1000, max(walls) / 1000, cpu_p99 / 1000)


@dataclass(frozen=True, slots=True)
class Built:
    """A table, and the seconds that it took: to check the values, and to build it from them."""

    table: RoutingTable
    check_seconds: float
    build_seconds: float


def built(values: dict[str, Any], folder: Path) -> Built:
    """The table from values as a file or the database has them, each written one with its place."""
    reading = read_source(DraftDocument("benchmark", json.dumps(values), folder))
    start = time.perf_counter()
    plain, _ = plain_values(reading.source, Document)
    document = Document.model_validate(plain)
    checked = time.perf_counter()
    years = usual_years(datetime.now(UTC).date())
    expanded = expand_calendars(document, folder, years, ZONES[0])
    table = build_table(document, folder, expanded.calendars)
    return Built(table, checked - start, time.perf_counter() - checked)


def loading(table: RoutingTable) -> tuple[float, int]:
    """The seconds that the router takes to read the compiled table, piece by piece as it does
    while calls go on; its size in bytes."""
    printed = b"\n".join(to_lines(CompileResult(table, (), ())))
    times = []

    async def read() -> None:
        await from_lines([printed])

    for _ in range(5):
        start = time.perf_counter()
        asyncio.run(read())
        times.append(time.perf_counter() - start)
    return statistics.median(times), len(printed)


def with_numbers(table: RoutingTable, numbers: int) -> RoutingTable:
    """The same company with so many numbers, each with settings of its own."""
    patterns = list(table.settings.values())
    settings = {
        f"settings{n}": replace(
            patterns[n % len(patterns)], name=f"settings{n}", numbers=(number(n),)
        )
        for n in range(numbers)
    }
    listed = {each.numbers[0]: each.name for each in settings.values()}
    return replace(table, settings=settings, numbers=listed)


def with_agents(table: RoutingTable, agents: int) -> RoutingTable:
    """The same groups in a company of so many agents."""
    patterns = list(table.agents.values())
    more = (
        replace(patterns[n % len(patterns)], id=f"agent{n}") for n in range(len(patterns), agents)
    )
    return replace(table, agents={**table.agents, **{each.id: each for each in more}})


def main() -> None:
    """Measure, and print a table or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=20_000, metavar="N")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        company_built = built(company(1_000), Path(folder))
    table = company_built.table
    load_seconds, size = loading(table)
    times = {n: measure(with_numbers(table, n), n, args.decisions) for n in NUMBERS}
    crowd = with_agents(table, MANY_AGENTS)
    lines = {len(each.agents): measure_line(each, args.decisions) for each in (table, crowd)}
    found = {
        "numbers": 1_000, "groups": GROUPS, "agents": AGENTS, "rows": 21,
        "holidays": sum(map(len, table.calendars["serbia"].days.values())),
        "decisions": args.decisions,
        "check_seconds": company_built.check_seconds,
        "build_seconds": company_built.build_seconds,
        "load_seconds": load_seconds, "bytes": size,
        "decide_microseconds": {n: asdict(each) for n, each in times.items()},
        "ratio": times[NUMBERS[-1]].p50 / times[NUMBERS[0]].p50,
        "line_up_microseconds": {n: asdict(each) for n, each in lines.items()},
        "agents_ratio": lines[MANY_AGENTS].p50 / lines[AGENTS].p50,
    }  # fmt: skip
    if args.json:
        print(json.dumps(found, indent=2))
        return
    print(f"1,000 numbers, {GROUPS} groups, {AGENTS:,} agents, 21 rows each, holidays")
    print(f"  checking what is written (in the child)        {company_built.check_seconds:.2f} s")
    print(f"  building the table from it (in the child)      {company_built.build_seconds:.2f} s")
    print(
        f"  loading the compiled table (in the router)     {load_seconds:.2f} s"
        f" for {size / 1e6:.1f} MB"
    )
    print(f"decide, {args.decisions:,} times, in microseconds")
    for n, each in times.items():
        by_clock = f"p50 {each.p50:5.1f}   p99 {each.p99:5.1f}"
        print(f"  {n:>7,} numbers   {by_clock}   p99 of CPU time {each.cpu_p99:5.1f}")
    print(f"  100,000 numbers cost {found['ratio']:.2f} times what 10 cost")
    print(f"lining up {MEMBERS} agents, in microseconds")
    for n, each in lines.items():
        print(f"  {n:>7,} agents    p50 {each.p50:5.1f}   p99 {each.p99:5.1f}")
    print(f"  {MANY_AGENTS:,} agents cost {found['agents_ratio']:.2f} times what {AGENTS:,} cost")


if __name__ == "__main__":
    main()
