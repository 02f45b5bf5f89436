"""The faults: each is injected under load, mended, and says when."""

import asyncio
import os
import random
import resource
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from callrouter.commands.run import TAKEN_OVER
from tests.chaos.stack import Stack


@dataclass(frozen=True, slots=True)
class Blow:
    """One fault, once: when it came and when its cause was gone, in seconds since the epoch.

    `wrong` says what went wrong at once. With `calls_end` no call of before can go on. `clock` is
    by how many seconds the router's was wrong.
    """

    at: float
    mended: float
    wrong: str = ""
    calls_end: bool = False
    clock: float = 0.0


@dataclass(frozen=True, slots=True)
class Fault:
    """`seconds` is how long one blow lasts at most, apart from starting something again."""

    name: str
    strike: Callable[[Stack, random.Random, float], Awaitable[Blow]]
    seconds: float = 0.0


async def kill(stack: Stack, chance: random.Random, _seconds: float) -> Blow:
    """The router, at any moment; sometimes once more while it starts."""
    at = time.time()
    await stack.router.stop(signal.SIGKILL)
    await asyncio.sleep(chance.uniform(0, 0.5))
    if chance.random() < 0.25:
        await stack.start_router_and_kill(chance.uniform(0.1, 2.0))
    return Blow(at, await stack.start_router())


async def kill_with_standby(stack: Stack, _chance: random.Random, _seconds: float) -> Blow:
    died = await stack.kill_with_standby()
    return Blow(died, died)


async def hand_over(stack: Stack, _chance: random.Random, _seconds: float) -> Blow:
    """A rolling restart: the next router is started, the old one goes by itself."""
    old, at = stack.router, time.time()
    await stack.start_router()
    try:
        async with asyncio.timeout(20):
            code = await old.wait()
    except TimeoutError:
        return Blow(at, at, "the old router did not end")
    return Blow(at, at, "" if code == TAKEN_OVER else f"the old router ended with {code}")


async def freeze_router(stack: Stack, _chance: random.Random, seconds: float) -> Blow:
    at = time.time()
    stack.router.send_signal(signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        stack.router.send_signal(signal.SIGCONT)
    return Blow(at, time.time())


async def kill_asterisk(stack: Stack, chance: random.Random, _seconds: float) -> Blow:
    at = time.time()
    await stack.kill_asterisk()
    await asyncio.sleep(chance.uniform(0, 1))
    await stack.start_asterisk()
    return Blow(at, time.time(), calls_end=True)


async def cut(stack: Stack, _chance: random.Random, seconds: float) -> Blow:
    """Event socket and HTTP: connections break, and none can be made."""
    at = time.time()
    stack.wire.cut()
    await asyncio.sleep(seconds)
    stack.wire.mend()
    return Blow(at, time.time())


async def half_open(stack: Stack, _chance: random.Random, seconds: float) -> Blow:
    """No packet comes through, and no side is told."""
    at = time.time()
    stack.wire.freeze()
    await asyncio.sleep(seconds)
    stack.wire.thaw()
    return Blow(at, time.time())


async def slow(stack: Stack, _chance: random.Random, seconds: float) -> Blow:
    """Each answer and each event comes late."""
    at = time.time()
    stack.wire.delay = 0.3
    await asyncio.sleep(seconds)
    stack.wire.delay = 0.0
    return Blow(at, time.time())


async def refuse(stack: Stack, _chance: random.Random, seconds: float) -> Blow:
    """Every request is answered by 500."""
    at = time.time()
    stack.wire.refuses = True
    await asyncio.sleep(seconds)
    stack.wire.refuses = False
    return Blow(at, time.time())


async def no_descriptors(stack: Stack, _chance: random.Random, seconds: float) -> Blow:
    """The router cannot open anything any more, no file and no connection."""
    pid, at = stack.router.pid, time.time()
    open_now = len(os.listdir(f"/proc/{pid}/fd"))
    with limited(pid, resource.RLIMIT_NOFILE, open_now):
        await asyncio.sleep(seconds)
    return Blow(at, time.time())


async def set_clock(stack: Stack, chance: random.Random, seconds: float) -> Blow:
    """That of the router's machine, by up to a quarter of an hour, and back again."""
    if wrong := await stack.have_a_clock_to_set():
        return Blow(time.time(), time.time(), wrong)
    off, at = chance.choice((-1, 1)) * chance.uniform(60, 900), time.time()
    stack.clock.set(off)
    await asyncio.sleep(seconds)
    stack.clock.set(0.0)
    mended = time.time()
    told = "alarm clock_stepped" in stack.router.log.read_text()
    return Blow(at, mended, "" if told else "no alarm told of it", clock=off)


async def full_disk(stack: Stack, chance: random.Random, seconds: float) -> Blow:
    """PostgreSQL is away, and no file of the router may grow: its spool neither."""
    with limited(stack.router.pid, resource.RLIMIT_FSIZE, 0):
        return await stop_database(stack, chance, seconds)


async def full_database(stack: Stack, _chance: random.Random, seconds: float) -> Blow:
    """PostgreSQL refuses each new row as it does on a full disk."""
    at = time.time()
    async with stack.database_is_full():
        await asyncio.sleep(seconds)
    return Blow(at, time.time())


@contextmanager
def limited(pid: int, what: int, most: int) -> Iterator[None]:
    """Let a running process have no more than `most` of something for a while."""
    before = resource.prlimit(pid, what)
    resource.prlimit(pid, what, (most, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, what, before)


async def stop_database(stack: Stack, _chance: random.Random, seconds: float) -> Blow:
    """PostgreSQL ends without a word, as after a crash, and is started again."""
    at = time.time()
    await stack.postgres.child.stop(signal.SIGQUIT)
    await asyncio.sleep(seconds)
    await stack.postgres.start()
    return Blow(at, time.time())


async def freeze_database(stack: Stack, _chance: random.Random, seconds: float) -> Blow:
    at, frozen = time.time(), stack.database_processes()
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
    return Blow(at, time.time())


FAULTS = {
    fault.name: fault
    for fault in (
        Fault("router killed", kill),
        Fault("router killed, another standing by", kill_with_standby),
        Fault("rolling restart", hand_over),
        Fault("router stopped (SIGSTOP)", freeze_router, 6.0),
        Fault("way to Asterisk cut", cut, 3.0),
        Fault("way half-open", half_open, 12.0),
        Fault("way slow", slow, 6.0),
        Fault("Asterisk answers 500", refuse, 3.0),
        Fault("Asterisk killed", kill_asterisk),
        Fault("PostgreSQL stopped", stop_database, 5.0),
        Fault("PostgreSQL paused (SIGSTOP)", freeze_database, 6.0),
        Fault("PostgreSQL full", full_database, 6.0),
        Fault("disk full, PostgreSQL stopped", full_disk, 5.0),
        Fault("no descriptors", no_descriptors, 6.0),
        Fault("clock set", set_clock, 10.0),
    )
}
