"""One kind under one rate for some seconds: what it took."""

from benchmarks.side_by_side import report
from benchmarks.side_by_side.kinds import Kind, Place, Running
from benchmarks.side_by_side.machine import cost_of


async def one_step(kind: Kind, place: Place, up: Running, rate: int, seconds: float) -> report.Step:
    """One rate, with what it cost."""
    postgres = place.postgres.child.pid
    pids = (up.asterisk.child.pid, up.router.pid if up.router else up.decider, postgres)
    before, counted = [cost_of(pid) for pid in pids], await up.counts()
    load = await up.load(place, kind.way, rate, seconds)
    after = [cost_of(pid) for pid in pids]
    costs = [
        (late - early).cpu * 1000 / load.calls for late, early in zip(after, before, strict=True)
    ]
    requests, events = (
        (late - early) / load.calls for late, early in zip(await up.counts(), counted, strict=True)
    )
    if up.router is None:
        costs[2] = 0.0
    asterisk_ms, router_ms, postgres_ms = costs
    return report.Step(
        load,
        report.MOST_MS + kind.greeting_ms,
        asterisk_ms,
        router_ms,
        postgres_ms,
        requests,
        events,
        after[1].memory,
    )
