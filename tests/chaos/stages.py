"""A stage: calls begin, blows fall one after another, calls end, the three accounts are read."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.chaos import company
from tests.chaos.accounts import asterisk_saw, cdr_rows, recovered, we_say
from tests.chaos.audit import Found, audit, by_the_right_clock
from tests.chaos.faults import Blow, Fault
from tests.chaos.load import CallerSaw, rings_in, under_way
from tests.chaos.stack import Stack

SETTLE_SECONDS = 60.0


@dataclass(slots=True)
class Result:
    """What a stage showed. `new` and `adopted`: seconds from the mending of each blow to the
    router's first act for a new caller, and to the first call that it took up. `crashes`: times
    Asterisk ended by itself."""

    name: str
    found: Found
    blows: int = 0
    under_way: int = 0
    new: list[float] = field(default_factory=list)
    adopted: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    crashes: int = 0

    @property
    def well(self) -> bool:
        return self.found.nothing and not self.wrong


async def run_stage(
    stack: Stack,
    stage: str,
    name: str,
    faults: Sequence[tuple[Fault, float]],
    *,
    rate: float,
    pause: tuple[float, float],
    chance: random.Random,
    warm_up: float = 5.0,
) -> Result:
    """`faults`, so many seconds each, with so long (from, to) between them.

    `stage` is three digits that no other stage and no account has.
    """
    phones_before, crashes_before = len(stack.phones.said()), len(stack.crashes)
    callers = stack.callers(stage)
    blows: list[Blow] = []
    wrong: list[str] = []
    try:
        await callers.start(rate, chance)
        await asyncio.sleep(warm_up)
        for fault, seconds in faults:
            await asyncio.sleep(chance.uniform(*pause))
            blows.append(await fault.strike(stack, chance, seconds))
        await stack.restore()
        await asyncio.sleep(max(3.0, pause[1]))
    finally:
        await callers.stop()
    if left := await _left(stack):
        wrong.append(f"left in Asterisk:\n{left}")
    await _until_told(stack, stage)
    phones = stack.phones.said()[phones_before:]
    seen = callers.saw(phones)
    crashes = stack.crashes[crashes_before:]
    dead = crashes + [(blow.at, blow.mended) for blow in blows if blow.calls_end]
    found = await _compared(stack, stage, seen, phones, dead, blows)
    result = Result(name, found, len(blows))
    result.crashes = len(crashes)
    result.wrong = wrong + [blow.wrong for blow in blows if blow.wrong]
    result.under_way = sum(under_way(seen.values(), blow.at) for blow in blows)
    ends = [blow.at for blow in blows[1:]] + [time.time()]
    for blow, until in zip(blows, ends, strict=True):
        new, adopted = await recovered(stack.place.database_url, blow.mended, until)
        result.new += [new] if new is not None else []
        result.adopted += [adopted] if adopted is not None else []
    return result


async def _compared(
    stack: Stack,
    stage: str,
    seen: dict[str, CallerSaw],
    phones: str,
    dead: Sequence[tuple[float, float]],
    blows: Sequence[Blow],
) -> Found:
    rows = cdr_rows(stack.place.asterisk.log_dir)
    channels = asterisk_saw(rows, company.every_account(), stage)
    clocks = [(blow.at, blow.mended, blow.clock) for blow in blows if blow.clock]
    records = [
        by_the_right_clock(record, seen.get(record.caller), clocks)
        for record in await we_say(stack.place.database_url, stage)
    ]
    return audit(seen, channels, records, rings_in(phones), dead)


async def _left(stack: Stack) -> str:
    """Channels and bridges that stay although all callers have hung up."""
    try:
        await stack.place.until_quiet()
    except AssertionError as error:
        return str(error)
    return ""


async def _until_told(stack: Stack, stage: str) -> None:
    """Until every channel has its ended record, or it has been waited long enough."""
    until = time.time() + SETTLE_SECONDS
    while time.time() < until:
        channels = asterisk_saw(
            cdr_rows(stack.place.asterisk.log_dir), company.every_account(), stage
        )
        records = await we_say(stack.place.database_url, stage)
        ended = {record.channel for record in records if record.ended is not None}
        if len(ended) == len(records) and channels.keys() <= ended:
            return
        await asyncio.sleep(0.5)
