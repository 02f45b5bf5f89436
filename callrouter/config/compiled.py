"""A compiled configuration on its way from the child to the router: lines of JSON.

The law: no line takes long to read. The router decodes them one by one and looks after its calls
in between; a whole table of a large company would hold them up for a tenth of a second, and
Python's search for garbage in it, which there never is, as long again.
"""

import asyncio
import gc
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from callrouter.config.problems import Problem
from callrouter.routing.admission import BlockedCaller
from callrouter.routing.model import (
    Agent,
    AgentGroup,
    Holiday,
    HolidayCalendar,
    IncomingCallSettings,
    RoutingTable,
)

_LINE_BYTES = 16_000
_DAYS_AT_ONCE = 100
_PROBLEMS_AT_ONCE = 50
_TEXTS = ("document", "text", "net")
_PARTS = ("agents", "agent_groups", "settings", "numbers", "extensions", "blocked")


class CompileResult(msgspec.Struct):
    """What the child prints; `table` is None when there are errors among the problems."""

    table: RoutingTable | None
    problems: tuple[Problem, ...]
    files: tuple[str, ...]
    document: str = ""
    text: str | None = None
    stale_at: datetime | None = None
    digest: str = ""
    net: str = ""


class _Part(msgspec.Struct, omit_defaults=True):
    """Some entries of the table's large mappings, some warnings, or some of a long text."""

    problems: tuple[Problem, ...] = ()
    document: str = ""
    text: str = ""
    net: str = ""
    agents: dict[str, Agent] = {}
    agent_groups: dict[str, AgentGroup] = {}
    settings: dict[str, IncomingCallSettings] = {}
    numbers: dict[str, str] = {}
    extensions: dict[str, str] = {}
    blocked: dict[str, tuple[BlockedCaller, ...]] = {}
    calendars: dict[str, HolidayCalendar] = {}


_head_decoder = msgspec.json.Decoder(CompileResult)
_part_decoder = msgspec.json.Decoder(_Part)


def to_lines(result: CompileResult) -> Iterator[bytes]:
    """The result with its table in pieces."""
    table = result.table
    if table is None:
        yield msgspec.json.encode(result)
        return
    nothing: Any = {name: {} for name in (*_PARTS, "calendars")}
    head = replace(table, **nothing)
    texts: Any = {name: "" for name in _TEXTS if getattr(result, name) is not None}
    yield msgspec.json.encode(msgspec.structs.replace(result, table=head, problems=(), **texts))
    for start in range(0, len(result.problems), _PROBLEMS_AT_ONCE):
        problems = result.problems[start : start + _PROBLEMS_AT_ONCE]
        yield msgspec.json.encode(_Part(problems))
    for name in texts:
        whole = getattr(result, name)
        for start in range(0, len(whole), _LINE_BYTES):
            yield msgspec.json.encode({name: whole[start : start + _LINE_BYTES]})
    for name in _PARTS:
        for entries in _pieces(getattr(table, name)):
            yield b'{"%s":{%s}}' % (name.encode(), entries)
    for calendar in table.calendars.values():
        days = list(calendar.days.items())
        for start in range(0, max(1, len(days)), _DAYS_AT_ONCE):
            piece = replace(calendar, days=dict(days[start : start + _DAYS_AT_ONCE]))
            yield msgspec.json.encode(_Part(calendars={calendar.name: piece}))


def _pieces(entries: Mapping[str, Any]) -> Iterator[bytes]:
    """The entries as JSON without braces, so many at a time that a line stays short."""
    piece: list[bytes] = []
    size = 0
    for name, value in entries.items():
        entry = msgspec.json.encode(name) + b":" + msgspec.json.encode(value)
        piece.append(entry)
        size += len(entry)
        if size > _LINE_BYTES:
            yield b",".join(piece)
            piece, size = [], 0
    if piece:
        yield b",".join(piece)


async def from_lines(printed: Iterable[bytes]) -> CompileResult:
    """The result again, from the child's output in any pieces.

    Other tasks have their turn after every line. What it holds is left out of Python's search
    for garbage from then on. Raises msgspec.DecodeError when the child printed something else.
    """
    gc.collect(1)
    gc.disable()
    try:
        return await _from_lines(_lines(printed))
    finally:
        gc.enable()
        gc.freeze()  # a table has no cycles: it goes when nobody holds it any more


async def _from_lines(lines: Iterator[bytes]) -> CompileResult:
    result = _head_decoder.decode(next(lines))
    if result.table is None:
        return result
    problems: list[Problem] = []
    texts: dict[str, list[str]] = {name: [] for name in _TEXTS}
    whole: Any = {name: {} for name in (*_PARTS, "calendars")}
    days: dict[str, dict[int, tuple[Holiday, ...]]] = {}
    for line in lines:
        part = _part_decoder.decode(line)
        problems += part.problems
        for name, pieces in texts.items():
            pieces.append(getattr(part, name))
        for name in _PARTS:
            whole[name].update(getattr(part, name))
        for name, calendar in part.calendars.items():
            days.setdefault(name, {}).update(calendar.days)
            whole["calendars"][name] = replace(calendar, days=days[name])
        await asyncio.sleep(0)
    table = replace(result.table, **whole)
    text = None if result.text is None else "".join(texts["text"])
    return msgspec.structs.replace(
        result,
        table=table,
        problems=tuple(problems),
        document="".join(texts["document"]),
        text=text,
        net="".join(texts["net"]),
    )


def _lines(printed: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in printed:
        *lines, rest = (rest + piece).split(b"\n")
        yield from lines
    yield rest


def digest_of(table: RoutingTable, net: str) -> str:
    """Tables and nets are equal where this is: a comparison that costs the router nothing."""
    calendars = [
        (replace(calendar, days={}), sorted(calendar.days.items()))
        for _, calendar in sorted(table.calendars.items())
    ]
    # Neither sets nor mappings have an order, but those of numbers cannot be encoded in one.
    plain = msgspec.json.encode(replace(table, calendars={}), order="deterministic")
    return hashlib.sha256(plain + msgspec.json.encode(calendars) + net.encode()).hexdigest()
