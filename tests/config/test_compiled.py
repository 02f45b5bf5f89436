"""A compiled configuration between processes: the same on the other side, and never in the way."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from callrouter.config.compiled import CompileResult, digest_of, from_lines, to_lines
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
    text = "a: ž\n" * 10_000
    sent = CompileResult(table, (PROBLEM,) * 120, ("a.wav",), "{}", text, now, "abc")
    printed = b"\n".join(to_lines(sent))
    assert await from_lines([printed]) == sent
    pieces = [printed[start : start + 1_000] for start in range(0, len(printed), 1_000)]
    assert await from_lines(pieces) == sent


async def test_where_there_is_no_text_none_arrives() -> None:
    sent = CompileResult(large(), (), (), "{}", None)
    assert (await from_lines([b"\n".join(to_lines(sent))])).text is None


async def test_tables_have_one_digest_where_they_are_equal() -> None:
    table = large()
    arrived = (await from_lines([b"\n".join(to_lines(CompileResult(table, (), ())))])).table
    assert arrived is not None
    assert digest_of(arrived, "") == digest_of(table, "")
    assert digest_of(table, "") != digest_of(table, "another net")
    many = table.calendars["many"]
    backwards = replace(many, days=dict(sorted(many.days.items(), reverse=True)))
    same = replace(table, calendars={**table.calendars, "many": backwards})
    assert digest_of(same, "") == digest_of(table, "")
    for other in (
        replace(table, version="other"),
        replace(table, agents={**table.agents, "x": replace(table.agents["agent 1"], skills={})}),
        replace(table, calendars={"many": many}),
        replace(
            table,
            calendars={**table.calendars, "many": replace(many, days={**many.days, 730_000: ()})},
        ),
    ):
        assert digest_of(other, "") != digest_of(table, "")


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
        await from_lines([printed])
        busy.cancel()
    assert turns >= len(printed) / 40_000
    assert max(map(len, printed.split(b"\n"))) < 40_000


@pytest.mark.parametrize("printed", [b"", b"Traceback", b"{}", b'{"table":null}\n'])
async def test_anything_else_is_refused(printed: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        await from_lines([printed])
