"""How many calls a second go through, asked of several kinds in the same minutes.

`python -m benchmarks.side_by_side.rates [--kinds queue callrouter] [--rates 160 180] [--rounds 6]`:
in each round the kinds take turns at each rate, from low to high, one at a time. Whoever was not
clean begins anew at once: what an overloaded Asterisk still has to do shall disturb nobody, itself
included. Prints each turn, then for every kind how many of its turns were clean at each rate.

`make bench` asks one kind after the other, many minutes apart, in which the machine's own speed
changes, and the first turn that is not clean is the last.
"""

import argparse
import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from time import monotonic

from benchmarks.scratch import scratch_folder
from benchmarks.side_by_side import report
from benchmarks.side_by_side.kinds import KINDS, Kind, Place, Running, kind_named
from benchmarks.side_by_side.programs import Programs, programs
from benchmarks.side_by_side.step import one_step
from benchmarks.side_by_side.together import begun

REGISTERED_SECONDS = 180.0
"""Phones are known for five minutes; so long before a turn they need not register again."""

QUIET_SECONDS = 3.0
"""After they have: what an Asterisk still has to do for it shall be no part of a turn."""


class Contender:
    """One kind, begun anew whenever it was not clean."""

    def __init__(self, kind: Kind, found: Programs, folder: Path) -> None:
        self._kind = kind
        self._found = found
        self._folder = folder
        self._begun = 0
        self._stack = AsyncExitStack()
        self._up: tuple[Kind, Place, Running]
        self._registered_at = 0.0

    async def begin(self) -> None:
        """Start it, and let connections, caches and prompts be there."""
        self._begun += 1
        folder = self._folder / f"{self._kind.name}-{self._begun}"
        await asyncio.to_thread(folder.mkdir)
        await asyncio.to_thread(folder.chmod, 0o711)  # root's PostgreSQL runs as nobody
        self._up = await begun(self._kind, self._found, folder, self._stack)
        self._registered_at = monotonic()
        await one_step(*self._up, 40, 3.0)

    async def turn(self, rate: int, seconds: float) -> report.Step:
        if monotonic() - self._registered_at > REGISTERED_SECONDS:
            await self._up[2].register()
            self._registered_at = monotonic()
            await asyncio.sleep(QUIET_SECONDS)
        step = await one_step(*self._up, rate, seconds)
        print(report.line(self._kind.title, step), flush=True)
        if not step.clean:
            await self.end()
            await self.begin()
        return step

    async def end(self) -> None:
        await self._stack.aclose()


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    names = [kind.name for kind in KINDS]
    parser.add_argument("--kinds", nargs="+", choices=names, default=["queue", "callrouter"])
    parser.add_argument("--rates", type=int, nargs="+", default=[160, 180, 200, 220])
    parser.add_argument("--seconds", type=float, default=8.0, help="of each turn")
    parser.add_argument("--rounds", type=int, default=6)
    args = parser.parse_args()
    kinds = [kind_named(name) for name in args.kinds]
    rates, found = sorted(args.rates), programs()
    steps: list[list[report.Step]] = [[] for _ in kinds]
    with scratch_folder() as folder:
        contenders = [Contender(kind, found, folder) for kind in kinds]
        try:
            for each in contenders:
                await each.begin()
            order = list(zip(contenders, steps, strict=True))
            for _ in range(args.rounds):
                for rate in rates:
                    for contender, its in order:
                        its.append(await contender.turn(rate, args.seconds))
                order = order[1:] + order[:1]  # nobody is always the one who comes after another
        finally:
            for each in contenders:
                await each.end()
    print()
    for text in report.clean_turns(steps, [kind.title for kind in kinds], rates):
        print(text)


if __name__ == "__main__":
    asyncio.run(main())
