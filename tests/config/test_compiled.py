"""A compiled configuration between processes: the same on the other side, and never in the way."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from callrouter.config.compiled import CompileResult, from_lines, to_lines
from callrouter.config.load import load_file
from callrouter.config.problems import Problem
from callrouter.routing.model import Holiday, HolidayCalendar, RoutingTable

SAMPLE = Path(__file__).parents[2] / "callrouter.yaml"
PROBLEM = Problem("warning", "callrouter.yaml", 1, "agents", "Đorđe\n")


def large() -> RoutingTable:
    """The sample with very many agents, settings and holidays."""
    table = load_file(SAMPLE).table
    agent, settings = table.agents["amina"], table.settings["support"]
    days = {day: (Holiday(f"day {day}"),) for day in range(730_000, 731_000)}
    return replace(
        table,
        agents={f"agent {n}": replace(agent, id=f"agent {n}") for n in range(1_000)},
        settings={f'"settings" {n}': settings for n in range(300)},
        calendars={**table.calendars, "many": HolidayCalendar("many", days, 1999, 2002)},
    )


@pytest.mark.parametrize(
    "table", [load_file(SAMPLE).table, large(), None], ids=["sample", "large", "none"]
)
async def test_what_arrives_is_what_was_sent(table: RoutingTable | None) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    sent = CompileResult(table, (PROBLEM,), ("a.wav",), "{}", "a: b\n", now)
    assert await from_lines(b"\n".join(to_lines(sent))) == sent


async def test_reading_a_large_one_leaves_others_their_turn() -> None:
    printed = b"\n".join(to_lines(CompileResult(large(), (), ())))
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        busy = group.create_task(other())
        await from_lines(printed)
        busy.cancel()
    assert turns >= len(printed) / 40_000
    assert max(map(len, printed.split(b"\n"))) < 40_000


@pytest.mark.parametrize("printed", [b"", b"Traceback", b"{}", b'{"table":null}\n'])
async def test_anything_else_is_refused(printed: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        await from_lines(printed)
