"""Kinds that are up and loaded at the same time: what drifts with the machine drifts for all.

`python -m benchmarks.side_by_side.together [--kinds queue callrouter] [--rate 20] [--turns 6]`:
each kind has an Asterisk, a PostgreSQL and phones of its own, and gets so many calls a second
while the others do, or, with `--alternating`, one kind after the other some seconds long, again and
again: each has the machine to itself then, which allows higher rates. Prints each turn, then
medians, what a call costs in processor time beside the first kind (the median and the spread of
the turns' ratios), and how many turns were clean. Several rates are gone through one after another.
"""

import argparse
import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.scratch import scratch_folder
from benchmarks.side_by_side import report
from benchmarks.side_by_side.kinds import KINDS, Kind, Place, Running, kind_named, running
from benchmarks.side_by_side.programs import Programs, programs
from benchmarks.side_by_side.step import one_step
from callrouter.concurrency import all_of
from callrouter.local.postgres import PostgresServer


async def begun(
    kind: Kind, found: Programs, folder: Path, stack: AsyncExitStack
) -> tuple[Kind, Place, Running]:
    """Everything of one kind, until the stack ends."""
    postgres = PostgresServer(folder / f"postgres-{kind.name}")
    await postgres.start()
    stack.push_async_callback(postgres.stop)
    place = Place(*found, folder, postgres)
    up = await stack.enter_async_context(running(kind, place, f"together-{kind.name}"))
    return kind, place, up


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    names = [kind.name for kind in KINDS]
    parser.add_argument("--kinds", nargs="+", choices=names, default=["queue", "callrouter"])
    parser.add_argument("--rate", type=int, nargs="+", default=[20], help="calls a second, of each")
    parser.add_argument("--seconds", type=float, default=15.0, help="of each turn")
    parser.add_argument("--turns", type=int, default=6)
    parser.add_argument("--alternating", action="store_true", help="never two kinds at once")
    args = parser.parse_args()
    kinds = [kind_named(name) for name in args.kinds]
    found = programs()
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(scratch_folder())
        up = [await begun(kind, found, folder, stack) for kind in kinds]
        await all_of([one_step(*each, args.rate[0], 2.0) for each in up])  # warm up
        for rate in args.rate:
            turns: list[list[report.Step]] = []
            for _ in range(args.turns):
                await all_of([each.register() for *_, each in up])  # it lasts five minutes
                loads = [one_step(*each, rate, args.seconds) for each in up]
                turn = [await load for load in loads] if args.alternating else await all_of(loads)
                turns.append(turn)
                for kind, step in zip(kinds, turn, strict=True):
                    print(report.line(kind.title, step), flush=True)
            print()
            for text in report.beside_first(turns, [kind.title for kind in kinds]):
                print(text)
            print(flush=True)


if __name__ == "__main__":
    asyncio.run(main())
