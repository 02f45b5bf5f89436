"""`make bench`: every kind at rising rates until it is not clean any more, several times over."""

import argparse
import asyncio
import json
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.scratch import scratch_folder
from benchmarks.side_by_side import report
from benchmarks.side_by_side.kinds import KINDS, Kind, Place, running
from benchmarks.side_by_side.machine import machine_facts
from benchmarks.side_by_side.programs import programs
from benchmarks.side_by_side.step import one_step
from callrouter.local.postgres import PostgresServer

RATES = (20, 40, 60, 80, 100, 130, 160, 200, 250, 300)
KEPT = Path(__file__).parents[1] / "results"


async def one_run(
    kind: Kind, place: Place, name: str, rates: list[int], seconds: float
) -> list[report.Step]:
    """Rising rates on a fresh Asterisk; the first that is not clean is the last."""
    steps = []
    async with running(kind, place, name) as up:
        await one_step(kind, place, up, rates[0], 2.0)  # warm up: connections, caches, prompts
        for rate in rates:
            steps.append(await one_step(kind, place, up, rate, seconds))
            print(report.line(kind.title, steps[-1]), flush=True)
            if not steps[-1].clean:
                break
    return steps


async def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--kinds", nargs="*", choices=[kind.name for kind in KINDS], default=[])
    parser.add_argument("--rates", nargs="*", type=int, default=list(RATES), metavar="CALLS")
    parser.add_argument("--seconds", type=float, default=8.0, help="of each rate")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", type=Path, help="where to write it all")
    parser.add_argument("--keep", action="store_true", help="as the day's results, in benchmarks/")
    args = parser.parse_args()
    kinds = [each for each in KINDS if each.name in args.kinds or (each.usual and not args.kinds)]
    facts, began = machine_facts(), time.monotonic()
    program, sipp = programs()
    results: dict[str, list[list[report.Step]]] = {kind.name: [] for kind in kinds}
    with scratch_folder() as folder:
        postgres = PostgresServer(folder / "postgres")
        await postgres.start()
        try:
            for turn in range(args.repeat):
                for kind in kinds:
                    place = Place(program, sipp, folder, postgres)
                    steps = await one_run(
                        kind, place, f"{kind.name}-{turn}", sorted(args.rates), args.seconds
                    )
                    results[kind.name].append(steps)
        finally:
            await postgres.stop()
    titles = {kind.name: kind.title for kind in kinds}
    print()
    for text in (*report.table(results, titles), "", *report.plot(results, titles)):
        print(text)
    whole = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": facts,
        "asterisk": program.version,
        "seconds": round(time.monotonic() - began),
        "kinds": {
            name: [[step.as_json() for step in steps] for steps in runs]
            for name, runs in results.items()
        },
    }
    kept = KEPT / f"side-by-side-{datetime.now(UTC):%Y-%m-%d}.json" if args.keep else None
    for path in filter(None, (args.json, kept)):
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(whole, indent=1) + "\n")
        print(f"\nwritten: {path}")


if __name__ == "__main__":
    asyncio.run(main())
