"""How many calls a second go through, asked of several kinds in the same minutes.

`python -m benchmarks.side_by_side.climb [--kinds queue callrouter] [--rounds 6]`: in each round
every kind begins anew, and they take turns at each rate, from low to high, one at a time. Whoever
is not clean at one is stopped at once: what an overloaded Asterisk has still to do shall disturb
nobody. Prints each turn, then for every kind the highest clean rate of each round, their median,
and the median of the rounds' ratios to the first kind's.

`make bench` asks one kind after the other, many minutes apart, in which the machine's own speed
changes.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.side_by_side import report
from benchmarks.side_by_side.kinds import KINDS, Kind, Place, Running, running
from benchmarks.side_by_side.programs import Programs, programs
from benchmarks.side_by_side.step import one_step
from callrouter.local.postgres import PostgresServer

RATES = (80, 100, *range(120, 221, 10), 240, 260)


class Climber:
    """One kind in one round; `steps` are its turns so far, `climbs` until one was not clean."""

    def __init__(self, kind: Kind, found: Programs, folder: Path) -> None:
        self.kind = kind
        self.steps: list[report.Step] = []
        self.climbs = True
        self._folder = folder
        self._place = Place(*found, folder, PostgresServer(folder / "postgres"))
        self._stack = AsyncExitStack()
        self._up: Running

    async def begin(self, rate: int) -> None:
        """Start it, and let connections, caches and prompts be there."""
        await asyncio.to_thread(self._folder.mkdir, mode=0o711)  # root's PostgreSQL runs as nobody
        await self._place.postgres.start()
        self._stack.push_async_callback(self._place.postgres.stop)
        self._up = await self._stack.enter_async_context(
            running(self.kind, self._place, f"climbing-{self.kind.name}")
        )
        await one_step(self.kind, self._place, self._up, rate, 2.0)

    async def turn(self, rate: int, seconds: float) -> None:
        await self._up.register()  # which lasts five minutes
        step = await one_step(self.kind, self._place, self._up, rate, seconds)
        print(report.line(self.kind.title, step), flush=True)
        self.steps.append(step)
        if not step.clean:
            await self.end()

    async def end(self) -> None:
        self.climbs = False
        await self._stack.aclose()


async def one_round(climbers: list[Climber], rates: Iterable[int], seconds: float) -> None:
    """Until nobody climbs any more."""
    rates = list(rates)
    try:
        for each in climbers:
            await each.begin(rates[0] // 2)
        for rate in rates:
            for each in climbers:
                if each.climbs:
                    await each.turn(rate, seconds)
    finally:
        for each in climbers:
            await each.end()


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    names = [kind.name for kind in KINDS]
    parser.add_argument("--kinds", nargs="+", choices=names, default=["queue", "callrouter"])
    parser.add_argument("--rates", type=int, nargs="+", default=list(RATES), help="calls a second")
    parser.add_argument("--seconds", type=float, default=8.0, help="of each turn")
    parser.add_argument("--rounds", type=int, default=6)
    args = parser.parse_args()
    kinds = [next(kind for kind in KINDS if kind.name == name) for name in args.kinds]
    found, rounds = programs(), []
    with tempfile.TemporaryDirectory(prefix="callrouter-bench-") as name:
        await asyncio.to_thread(Path(name).chmod, 0o711)
        for turn in range(args.rounds):
            climbers = [Climber(kind, found, Path(name) / f"{turn}-{kind.name}") for kind in kinds]
            first = turn % len(kinds)  # nobody is always the one who comes after another
            await one_round(climbers[first:] + climbers[:first], sorted(args.rates), args.seconds)
            rounds.append([report.clean_rate(each.steps) for each in climbers])
            print(f"round {turn + 1}: " + ", ".join(map("{}/s".format, rounds[-1])), flush=True)
    print()
    for text in report.climbed(rounds, [kind.title for kind in kinds]):
        print(text)


if __name__ == "__main__":
    asyncio.run(main())
