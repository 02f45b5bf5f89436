"""How long callrouter takes from the caller's INVITE to the agent's INVITE, over many calls.

`python -m benchmarks.setup_time [--calls 200]`: a real Asterisk, PostgreSQL and router of its own,
a number without a greeting, one SIPp caller after another, one SIPp phone that answers at once.
Prints milliseconds, as seen on the wire by SIPp, and the router's memory.
"""

import argparse
import asyncio
import re
import statistics
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from benchmarks.scratch import scratch_folder
from callrouter.local.asterisk_program import find_asterisk, in_place
from callrouter.local.packages import unpacked
from callrouter.local.postgres import PostgresServer
from callrouter.local.settings import LocalSettings
from tests.asterisk.companies import SCENARIOS_FILE
from tests.asterisk.conftest import loopback_site
from tests.asterisk.exchange import Exchange, exchange
from tests.asterisk.sipp import Sipp, SippProcess
from tests.asterisk.sipp_xml import HangsUp
from tests.fakes.phones import Answers

CALLS_A_SECOND = 4


async def measure(here: Exchange, sipp: Sipp, calls: int) -> tuple[list[float], int, int]:
    """Milliseconds of each call, and the router's memory in kB before and after them."""
    before = memory(here.router.pid)
    phone = await sipp.phone(Answers(0.0), calls=calls)
    await sipp.register([("1001", here.password("1001"), phone.port)])
    caller = await sipp.caller("702", HangsUp(0.05), calls=calls, rate=CALLS_A_SECOND)
    for process in (caller, phone):
        if error := await process.wait():
            raise SystemExit(error)
    sent, received = list(invites(caller, "sent")), list(invites(phone, "received"))
    if len(sent) != calls or len(received) != calls:
        raise SystemExit(f"{len(sent)} INVITEs sent, {len(received)} received, not {calls}")
    pairs = zip(sent, received, strict=True)
    milliseconds = [(there - here).total_seconds() * 1000 for here, there in pairs]
    return milliseconds, before, memory(here.router.pid)


def invites(process: SippProcess, direction: str) -> Iterator[datetime]:
    """The times of the INVITEs in SIPp's message log; one that was repeated counts once."""
    seen = set()
    for time, way, message in re.findall(
        r"^-{40,} (\S+)\nUDP message (sent|received) \[\d+\] bytes:\n\n(.*?)(?=^-{40,} |\Z)",
        process.log,
        flags=re.MULTILINE | re.DOTALL,
    ):
        call = re.search(r"^Call-ID: (.*)$", message, flags=re.MULTILINE)
        if way == direction and message.startswith("INVITE") and call and call[1] not in seen:
            seen.add(call[1])
            yield datetime.fromisoformat(time)


def memory(pid: int) -> int:
    """Resident memory of a process, in kB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1])  # type: ignore[index]


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=200)
    calls = parser.parse_args().calls
    state_dir = LocalSettings().state_dir.resolve()
    program = find_asterisk(state_dir, say=print)
    sip_tester = unpacked("sipp", ["sip-tester"], state_dir=state_dir, say=print)
    with scratch_folder() as folder:
        postgres = PostgresServer(folder / "postgres")
        await postgres.start()
        try:
            site = loopback_site()
            async with exchange(program, folder, site, postgres.url(), SCENARIOS_FILE) as here:
                command = in_place(sip_tester, "usr/bin/sipp")
                sipp = Sipp(command, folder, site.sip_port)
                milliseconds, before, after = await measure(here, sipp, calls)
        finally:
            await postgres.stop()
    cuts = statistics.quantiles(milliseconds, n=100)
    print(f"caller's INVITE to agent's INVITE, {calls} calls, {CALLS_A_SECOND} a second:")
    print(f"  p50 {cuts[49]:.1f} ms   p95 {cuts[94]:.1f} ms   p99 {cuts[98]:.1f} ms")
    print(f"router's memory: {before} kB before, {after} kB after")


if __name__ == "__main__":
    asyncio.run(main())
