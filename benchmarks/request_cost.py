"""What one ARI request costs: aiohttp's client beside ours, against one real Asterisk.

    python -m benchmarks.request_cost

Processor time of both sides, so it may run beside other work; at what number of requests at once.
"""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable

import aiohttp

from benchmarks.scratch import scratch_folder
from benchmarks.side_by_side import company
from benchmarks.side_by_side.kinds import bench_site, write_sound
from benchmarks.side_by_side.machine import cost_of
from callrouter.ari.requests import REQUEST_SECONDS, Requests
from callrouter.concurrency import all_of
from callrouter.config.load import load_file
from callrouter.local.asterisk import AsteriskServer
from callrouter.local.asterisk_program import find_asterisk
from callrouter.local.settings import LocalSettings

PATH = "/deviceStates/PJSIP%2F10000"


async def measure(
    title: str, ask: Callable[[], Awaitable[object]], pid: int, *, times: int, at_once: int
) -> None:
    """Ask so often, so many at once; print what each took."""
    await ask()
    left = iter(range(times))

    async def one_after_another() -> None:
        for _ in left:
            await ask()

    theirs, ours, began = cost_of(pid).cpu, time.process_time(), time.monotonic()
    await all_of([one_after_another() for _ in range(at_once)])
    ours, seconds = time.process_time() - ours, time.monotonic() - began
    theirs = cost_of(pid).cpu - theirs
    us = [1e6 * each / times for each in (ours, theirs, seconds)]
    print(f"{title:10} {at_once} at once: client {us[0]:4.0f} µs, Asterisk {us[1]:4.0f} µs of "
          f"processor, {us[2]:4.0f} µs of time", flush=True)  # fmt: skip


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=4000)
    args = parser.parse_args()
    program = find_asterisk(LocalSettings().state_dir.resolve(), say=print)
    with scratch_folder() as folder:
        config = folder / "company.yaml"
        await asyncio.to_thread(write_sound, folder / "greeting.wav")
        config.write_text(company.configuration(str(folder / "greeting.wav")))
        table = await asyncio.to_thread(lambda: load_file(config).table)
        asterisk = AsteriskServer(program, folder, site=bench_site())
        await asterisk.start(table)
        requests = Requests(
            asterisk.ari_url, asterisk.ari_user, asterisk.ari_password, timeout=REQUEST_SECONDS
        )
        try:
            async with aiohttp.ClientSession(headers=requests.headers) as session:

                async def theirs() -> None:
                    async with (
                        asyncio.timeout(REQUEST_SECONDS),
                        session.get(f"{requests.address}{PATH}") as answer,
                    ):
                        await answer.read()

                async def ours() -> None:
                    await requests.send("GET", PATH)

                pid = asterisk.child.pid
                for at_once in (1, 4, 1, 4):
                    for title, ask in (("aiohttp", theirs), ("callrouter", ours)):
                        await measure(title, ask, pid, times=args.times, at_once=at_once)
        finally:
            await requests.close()
            await asterisk.stop()


if __name__ == "__main__":
    asyncio.run(main())
