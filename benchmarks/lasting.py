"""What calls leave behind, and what each takes while it lasts: `python -m benchmarks.lasting`.

callrouter complete, on the Asterisk and with the phones of `make bench`: first 1,000 calls that are
up at once, then 20,000 one after another. Memory, tasks, file descriptors, channels and bridges
are looked at before, meanwhile and afterwards.
"""

import argparse
import asyncio
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

import aiohttp

from benchmarks.scratch import scratch_folder
from benchmarks.side_by_side import company
from benchmarks.side_by_side.company import SEQUENTIAL
from benchmarks.side_by_side.kinds import Place, Running, kind_named, running
from benchmarks.side_by_side.load import Load
from benchmarks.side_by_side.machine import machine_facts
from benchmarks.side_by_side.programs import programs
from callrouter.concurrency import beside
from callrouter.local.postgres import PostgresServer

RATE = 40
SETTLE_SECONDS = 5.0
REGISTERED_SECONDS = 20.0
"""What is looked at more seldom lasts so long that phones must register again meanwhile."""


@dataclass(frozen=True, slots=True)
class State:
    """Of the router: memory (kB), tasks, open files; of Asterisk: channels and bridges."""

    calls: int
    memory: int
    tasks: int
    files: int
    channels: int
    bridges: int


async def state_of(up: Running) -> State:
    authorization = aiohttp.encode_basic_auth(up.asterisk.ari_user, up.asterisk.ari_password)
    async with aiohttp.ClientSession() as session:

        async def many(what: str) -> int:
            headers = {"Authorization": authorization}
            address = f"{up.asterisk.ari_url}/ari/{what}"
            async with session.get(address, headers=headers) as answer:
                return len(await answer.json())

        async with session.get(f"http://127.0.0.1:{up.health_port}/metrics") as answer:
            said = await answer.text()

        def value(name: str) -> int:
            (written,) = re.findall(rf"^{name} (\S+)$", said, re.MULTILINE)
            return int(float(written))

        return State(
            value("callrouter_calls_in_progress"),
            value("process_resident_memory_bytes") // 1024,
            value("callrouter_tasks"),
            value("process_open_fds"),
            await many("channels"),
            await many("bridges"),
        )


async def watched(
    place: Place, up: Running, seconds: float, hold: float, every: float
) -> tuple[Load, list[State]]:
    """A load, with the state before it, every so many seconds meanwhile, and when it is over."""
    states = [await state_of(up)]
    _say("before", states[0])

    async def watch() -> None:
        while True:
            await asyncio.sleep(every)
            states.append(await state_of(up))
            _say("", states[-1])
            if every >= REGISTERED_SECONDS:
                await up.register()

    async with beside(watch(), name="watch"):
        done = await up.load(place, SEQUENTIAL, RATE, seconds, hold)
    await asyncio.sleep(SETTLE_SECONDS)
    states.append(await state_of(up))
    _say("after", states[-1])
    print(
        f"{done.calls} calls, {done.failed} failed, {done.repeated} messages repeated", flush=True
    )
    return done, states


def _say(when: str, state: State) -> None:
    words = "  ".join(f"{name} {value:6}" for name, value in asdict(state).items())
    print(f"{when:8}{words}", flush=True)


async def at_once(place: Place, calls: int) -> dict[str, object]:
    """So many calls are up at the same time; what one of them takes."""
    seconds = calls / RATE
    async with running(kind_named("callrouter"), place, "at-once") as up:
        await up.load(place, SEQUENTIAL, RATE, 5.0)  # warm up: connections, caches
        await asyncio.sleep(SETTLE_SECONDS)
        _, states = await watched(place, up, seconds, seconds + 5, 5.0)
    most = max(states, key=lambda each: each.calls)
    each = (most.memory - states[0].memory) / max(1, most.calls - states[0].calls)
    print(f"{most.calls} calls at once: {each:.1f} kB of memory each", flush=True)
    return {"calls": most.calls, "kb_a_call": round(each, 2), "states": _all(states)}


async def soak(place: Place, calls: int) -> dict[str, object]:
    """So many calls, each a second long."""
    seconds = calls / RATE
    async with running(kind_named("callrouter"), place, "soak") as up:
        await up.load(place, SEQUENTIAL, RATE, min(50.0, seconds / 10))  # warm up
        await asyncio.sleep(SETTLE_SECONDS)
        done, states = await watched(place, up, seconds, 1.0, max(5.0, seconds / 10))
    first, last = states[0], states[-1]
    grown = {what: value - asdict(first)[what] for what, value in asdict(last).items()}
    print(", ".join(f"{what} {more:+}" for what, more in grown.items()), flush=True)
    return {"calls": done.calls, "failed": done.failed, "states": _all(states)}


def _all(states: list[State]) -> list[dict[str, int]]:
    return [asdict(each) for each in states]


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lasting", description=__doc__)
    parser.add_argument("--at-once", type=int, default=1000, metavar="CALLS")
    parser.add_argument("--soak", type=int, default=20_000, metavar="CALLS")
    parser.add_argument("--json", type=Path, help="where to write it all")
    args = parser.parse_args()
    company.NUMBERS = max(company.NUMBERS, -(-args.at_once // company.MEMBERS) + 20)
    program, sipp = programs()
    results: dict[str, object] = {"machine": machine_facts()}
    with scratch_folder() as folder:
        postgres = PostgresServer(folder / "postgres")
        await postgres.start()
        place = Place(program, sipp, folder, postgres)
        try:
            if args.at_once:
                results["at_once"] = await at_once(place, args.at_once)
            if args.soak:
                results["soak"] = await soak(place, args.soak)
        finally:
            await postgres.stop()
    if args.json:
        args.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
