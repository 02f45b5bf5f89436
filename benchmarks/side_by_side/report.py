"""Runs as a table and a plot in the terminal, and as JSON. Pure."""

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.side_by_side.load import Load, percentile

MOST_MS = 250.0
"""A set-up that takes longer than this for one call in a hundred is not clean any more."""

_WIDTH = 46


@dataclass(frozen=True, slots=True)
class Step:
    """One rate of one kind; CPU in milliseconds a call, memory in kB."""

    load: Load
    most_ms: float
    asterisk_ms: float
    router_ms: float
    postgres_ms: float
    requests: float
    events: float
    router_kb: int

    @property
    def clean(self) -> bool:
        return self.load.clean(self.most_ms)

    @property
    def all_ms(self) -> float:
        return self.asterisk_ms + self.router_ms + self.postgres_ms

    def as_json(self) -> dict[str, Any]:
        load = self.load
        return {
            "rate": load.rate,
            "calls": load.calls,
            "failed": load.failed,
            "repeated": load.repeated,
            "clean": self.clean,
            "setup_ms": _percentiles(load.setup),
            "answer_ms": _percentiles(load.through),
            "cpu_ms": {
                "asterisk": round(self.asterisk_ms, 3),
                "router": round(self.router_ms, 3),
                "postgres": round(self.postgres_ms, 3),
            },
            "requests": round(self.requests, 2),
            "events": round(self.events, 2),
            "router_kb": self.router_kb,
        }


def clean_rate(steps: Sequence[Step]) -> int:
    """The highest rate up to which every step was clean; 0 where the first was not."""
    best = 0
    for step in steps:
        if not step.clean:
            break
        best = step.load.rate
    return best


def line(title: str, step: Step) -> str:
    """One step as it ends."""
    load = step.load
    setup = "/".join(_figure(percentile(load.setup, each), 0) for each in (50, 99))
    through = "/".join(_figure(percentile(load.through, each), 0) for each in (50, 99))
    trouble = "" if step.clean else f"   NOT CLEAN: {load.failed} failed, {load.repeated} repeated"
    return (
        f"{title:24} {load.rate:4}/s  set-up {setup:>9} ms  answer {through:>9} ms"
        f"  CPU {step.asterisk_ms:5.2f} + {step.router_ms:4.2f} + {step.postgres_ms:4.2f} ms"
        f"{trouble}"
    )


def table(results: dict[str, list[list[Step]]], titles: dict[str, str]) -> Iterable[str]:
    """Medians over the repeats; the spread of the clean rates in brackets."""
    yield (
        f"{'':24}{'clean up to':>16}{'at half of it: set-up p50/p95/p99':>36}"
        f"{'answer p50/p99':>17}{'CPU a call: Asterisk router PostgreSQL':>42}{'req':>6}{'ev':>5}"
    )
    for name, runs in results.items():
        rates = [clean_rate(steps) for steps in runs]
        at = statistics.median_low(rates)
        half = _half_way(runs, at)
        setup = "/".join(
            _median(half, lambda s, p=p: percentile(s.load.setup, p)) for p in (50, 95, 99)
        )
        through = "/".join(
            _median(half, lambda s, p=p: percentile(s.load.through, p)) for p in (50, 99)
        )
        spread = f"{at} [{min(rates)}-{max(rates)}]/s"
        yield (
            f"{titles[name]:24}{spread:>16}{setup + ' ms':>36}{through + ' ms':>17}"
            f"{_costs(half):>42}"
            f"{_median(half, lambda s: s.requests):>6}{_median(half, lambda s: s.events):>5}"
        )


def beside_first(turns: Sequence[Sequence[Step]], titles: Sequence[str]) -> Iterable[str]:
    """Of turns with one step for each kind: medians, and what calls cost beside the first kind."""
    yield (
        f"{'':24}{'CPU a call: Asterisk router PostgreSQL':>42}{'beside the first':>20}"
        f"{'clean turns':>14}"
    )
    for place, title in enumerate(titles):
        steps = [turn[place] for turn in turns]
        ratios = [turn[place].all_ms / turn[0].all_ms for turn in turns]
        spread = f"{statistics.median(ratios):.2f} [{min(ratios):.2f}-{max(ratios):.2f}]"
        clean = f"{sum(step.clean for step in steps)} of {len(steps)}"
        yield f"{title:24}{_costs(steps):>42}{spread:>20}{clean:>14}"


def clean_turns(
    steps: Sequence[Sequence[Step]], titles: Sequence[str], rates: Sequence[int]
) -> Iterable[str]:
    """Of each kind's turns at each rate: how many were clean."""
    yield f"{'clean turns at':24}" + "".join(f"{f'{rate}/s':>12}" for rate in rates)
    for title, its in zip(titles, steps, strict=True):
        turns = [[step for step in its if step.load.rate == rate] for rate in rates]
        clean = [f"{sum(step.clean for step in each)} of {len(each)}" for each in turns]
        yield f"{title:24}" + "".join(f"{each:>12}" for each in clean)


def plot(results: dict[str, list[list[Step]]], titles: dict[str, str]) -> Iterable[str]:
    """The highest clean rate of each kind as a bar, a mark where Dial()'s is."""
    rates = {
        name: statistics.median_low([clean_rate(steps) for steps in runs])
        for name, runs in results.items()
    }
    most = max([*rates.values(), 1])
    for name, rate in rates.items():
        bar = "█" * round(rate / most * _WIDTH)
        yield f"{titles[name]:24} {bar:{_WIDTH}} {rate}/s"


def _half_way(runs: list[list[Step]], clean: int) -> list[Step]:
    """Of each repeat the step whose rate is nearest to half the clean rate."""
    return [min(steps, key=lambda step: abs(step.load.rate - clean / 2)) for steps in runs]


def _costs(steps: list[Step]) -> str:
    """Of a call: Asterisk, router, PostgreSQL."""
    parts = (lambda s: s.asterisk_ms, lambda s: s.router_ms, lambda s: s.postgres_ms)
    return "  ".join(_median(steps, each, 2) for each in parts) + " ms"


def _median(steps: list[Step], of: Any, digits: int = 1) -> str:
    return _figure(statistics.median(of(step) for step in steps), digits)


def _figure(value: float, digits: int) -> str:
    """A dash where there was nothing to measure: who was greeted had been answered before."""
    return "-" if math.isinf(value) else f"{value:.{digits}f}"


def _percentiles(values: list[float]) -> dict[str, float | None]:
    return {
        f"p{each}": round(percentile(values, each), 2) if values else None for each in (50, 95, 99)
    }
