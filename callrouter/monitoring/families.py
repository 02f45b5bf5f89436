"""Numbers that only grow, and how long things took; written as Prometheus reads them.

Law: a label has one of a few values that we chose ourselves, never one that a caller sent. Should
that ever fail, what is beyond MOST_SERIES counts as `other`.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

MOST_SERIES = 200
"""So many different label values a family has at most."""

_OTHER = "other"

FAST = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Bounds in seconds for what should take milliseconds."""

PATIENT = (1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0)
"""Bounds in seconds for what people wait for."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One line: `labels` are (name, value) pairs."""

    suffix: str
    labels: tuple[tuple[str, str], ...]
    value: float


@dataclass(frozen=True, slots=True)
class Family:
    """Everything of one name; `kind` is `counter`, `gauge` or `histogram`."""

    name: str
    kind: str
    help: str
    samples: tuple[Sample, ...]


class Counter:
    """Counts, by the values of `labels`. `known` values are told from the start, as 0."""

    def __init__(
        self, name: str, text: str, label: str = "", known: Iterable[str] = (), *more: str
    ) -> None:
        self.name, self._help = name, text
        self._labels = (label, *more) if label else ()
        self._values: dict[tuple[str, ...], int] = {(each,): 0 for each in known}
        if not label:
            self._values[()] = 0

    def add(self, *values: str) -> None:
        try:
            self._values[values] += 1
        except KeyError:
            key = _bounded(values, self._values)
            self._values[key] = self._values.get(key, 0) + 1

    def family(self) -> Family:
        samples = (
            Sample("", tuple(zip(self._labels, values, strict=True)), count)
            for values, count in self._values.items()
        )
        return Family(self.name, "counter", self._help, tuple(samples))


class Series:
    """How often something took how long, by bounds in seconds."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, seconds: float) -> None:
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.sum += seconds


class Histogram:
    """How often something took how many seconds, by the values of `labels`."""

    def __init__(self, name: str, text: str, bounds: Sequence[float], *labels: str) -> None:
        self.name, self._help, self._labels = name, text, labels
        self._bounds = tuple(bounds)
        self._series: dict[tuple[str, ...], Series] = {}
        if not labels:
            self._series[()] = Series(self._bounds)

    def observe(self, seconds: float, *values: str) -> None:
        try:
            series = self._series[values]
        except KeyError:
            series = self.series(*values)
        series.observe(seconds)

    def series(self, *values: str) -> Series:
        """Where this is counted, for those who count too often to ask each time."""
        key = _bounded(values, self._series)
        return self._series.setdefault(key, Series(self._bounds))

    def family(self) -> Family:
        return Family(self.name, "histogram", self._help, tuple(self._samples()))

    def _samples(self) -> Iterator[Sample]:
        bounds = [*map(_number, self._bounds), "+Inf"]
        for values, series in self._series.items():
            labels = tuple(zip(self._labels, values, strict=True))
            for bound, count in zip(bounds, accumulate(series.counts), strict=True):
                yield Sample("_bucket", (*labels, ("le", bound)), count)
            yield Sample("_sum", labels, series.sum)
            yield Sample("_count", labels, sum(series.counts))


def gauge(name: str, text: str, value: float) -> Family:
    """A number of this moment."""
    return Family(name, "gauge", text, (Sample("", (), value),))


def gauges(name: str, text: str, label: str, values: Iterable[tuple[str, float]]) -> Family:
    """Numbers of this moment, one for each value of `label`."""
    samples = (Sample("", ((label, each),), value) for each, value in values)
    return Family(name, "gauge", text, tuple(samples))


def total(name: str, text: str, label: str, values: Iterable[tuple[str, float]]) -> Family:
    """Counters that somebody else keeps; without a `label` there is one."""
    samples = (Sample("", ((label, each),) if label else (), value) for each, value in values)
    return Family(name, "counter", text, tuple(samples))


def info(name: str, text: str, **labels: str) -> Family:
    """Words of this moment, as labels of a number that is always 1."""
    return Family(name, "gauge", text, (Sample("", tuple(labels.items()), 1),))


def exposition(families: Iterable[Family]) -> str:
    """Prometheus' text format, version 0.0.4."""
    lines: list[str] = []
    for family in families:
        lines.append(f"# HELP {family.name} {_escaped(family.help)}")
        lines.append(f"# TYPE {family.name} {family.kind}")
        for sample in family.samples:
            labels = ",".join(f'{name}="{_quoted(value)}"' for name, value in sample.labels)
            braces = f"{{{labels}}}" if labels else ""
            lines.append(f"{family.name}{sample.suffix}{braces} {_number(sample.value)}")
    return "\n".join(lines) + "\n"


def _bounded(
    values: tuple[str, ...], known: dict[tuple[str, ...], int] | dict[tuple[str, ...], Series]
) -> tuple[str, ...]:
    return values if len(known) < MOST_SERIES else (_OTHER,) * len(values)


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n")


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', r"\"")
