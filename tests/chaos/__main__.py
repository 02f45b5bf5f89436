"""`make chaos`: every fault under a load of real calls, and an audit after each."""

import argparse
import asyncio
import random
import sys
import tempfile
from pathlib import Path

from callrouter.local.settings import LocalSettings
from tests.chaos import report
from tests.chaos.faults import FAULTS
from tests.chaos.stack import asterisk_program, sipp_command, stack
from tests.chaos.stages import Result, run_stage

_KILL = "router killed"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    names = ", ".join(FAULTS)
    parser.add_argument("--faults", nargs="+", help=f"beginnings of: {names}")
    parser.add_argument("--rate", type=float, default=4.0, help="calls a second (4)")
    parser.add_argument("--kills", type=int, default=1000, help="times the router is killed (1000)")
    parser.add_argument("--blows", type=int, default=5, help="times each other fault comes (5)")
    parser.add_argument("--seconds", type=float, help="how long each of those lasts, at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write what was found there, too")
    parser.add_argument("--keep", type=Path, help="work in this folder and leave the logs there")
    return parser.parse_args()


async def main(arguments: argparse.Namespace, folder: Path) -> list[Result]:
    """Every stage, said as it ends."""
    chance = random.Random(arguments.seed)  # noqa: S311
    state = LocalSettings().state_dir.resolve()
    results: list[Result] = []
    async with stack(asterisk_program(state), sipp_command(state), folder) as up:
        for number, fault in enumerate(_wanted(arguments.faults), 900):
            times = arguments.kills if fault == _KILL else arguments.blows
            chosen = FAULTS[fault]
            result = await run_stage(
                up,
                str(number),
                fault,
                [(chosen, arguments.seconds or chosen.seconds)] * times,
                rate=arguments.rate,
                pause=(0.1, 4.0) if fault == _KILL else (2.0, 6.0),
                chance=chance,
            )
            results.append(result)
            print(report.table([result]).splitlines()[-1], flush=True)
            if not result.well or result.crashes:
                print(report.complaints(result), flush=True)
    return results


def _wanted(beginnings: list[str] | None) -> list[str]:
    if not beginnings:
        return list(FAULTS)
    wanted = [name for name in FAULTS if name.startswith(tuple(beginnings))]
    if not wanted:
        sys.exit(f"No such fault: {' '.join(beginnings)}. There are: {', '.join(FAULTS)}")
    return wanted


def run() -> int:
    arguments = _arguments()
    if arguments.keep:
        arguments.keep.mkdir(parents=True, exist_ok=True)
        arguments.keep.chmod(0o711)
        results = asyncio.run(main(arguments, arguments.keep))
    else:
        with tempfile.TemporaryDirectory(prefix="callrouter-chaos-") as folder:
            Path(folder).chmod(0o711)  # root's PostgreSQL runs as nobody
            results = asyncio.run(main(arguments, Path(folder)))
    print("\n" + report.table(results))
    if arguments.json:
        facts: dict[str, object] = {"seed": arguments.seed, "rate": arguments.rate}
        arguments.json.write_text(report.as_json(results, facts))
    return 0 if all(each.well for each in results) else 1


if __name__ == "__main__":
    sys.exit(run())
