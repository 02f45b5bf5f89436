"""What a plain call costs, counted on a real Asterisk: requests, events, and what is left after it.

Times drift with the machine, so none is asserted here; `make bench` measures them.
"""

import asyncio
from pathlib import Path

import pytest

from benchmarks.lasting import state_of
from benchmarks.side_by_side import company
from benchmarks.side_by_side.kinds import Place, kind_named, running
from callrouter.local.asterisk_program import AsteriskProgram
from callrouter.local.postgres import PostgresServer

pytestmark = [pytest.mark.asterisk, pytest.mark.postgres]

CALLS = 60
RATE = 20
REQUESTS = {"callrouter": 6.5, "callrouter-greeting": 7.5}
"""Ringing, the phone's contacts, its leg, the answer, the bridge, the end of the other party; what
is left is the look into bridges, which several calls share. A greeting is played and answered for.
"""
EVENTS = {"callrouter": 13, "callrouter-greeting": 14}
"""Both channels come, change and leave (9), the caller hangs up; the phone rings, is used, is free.
A greeting that has ended is one more.
"""


@pytest.mark.parametrize("name", ["callrouter", "callrouter-greeting"])
async def test_a_plain_call_takes_no_more_requests_and_events_than_it_must(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    asterisk_program: AsteriskProgram,
    sipp_command: tuple[str, ...],
    postgres_server: PostgresServer,
) -> None:
    monkeypatch.setattr(company, "NUMBERS", 20)
    kind = kind_named(name)
    place = Place(asterisk_program, sipp_command, tmp_path, postgres_server)
    async with running(kind, place, f"counted-{name}") as up:
        await up.load(place, kind.way, RATE, 1.0)  # connections, caches, bridges
        await asyncio.sleep(1.0)
        before, counted = await state_of(up), await up.counts()
        done = await up.load(place, kind.way, RATE, CALLS / RATE)
        await asyncio.sleep(1.0)
        after = await state_of(up)
        requests, events = (
            (late - early) / CALLS for late, early in zip(await up.counts(), counted, strict=True)
        )
    assert done.failed == 0
    assert requests <= REQUESTS[name]
    assert events == pytest.approx(EVENTS[name], abs=0.2)
    assert (after.calls, after.channels) == (0, 0)
    assert after.tasks == before.tasks
