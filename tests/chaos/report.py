"""What the stages showed, as a table and as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from statistics import median

from tests.chaos.stages import Result

_SHOWN = 12

_HEAD = (
    "fault", "blows", "under way", "calls", "harmed", "lost", "double", "unexplained",
    "ended with Asterisk", "new caller p50/max s", "taken up p50/max s",
)  # fmt: skip


def table(results: Sequence[Result]) -> str:
    """In Markdown. `under way` are the calls there were at all blows together."""
    rows = [_HEAD, tuple("---" for _ in _HEAD), *map(_row, results)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def complaints(result: Result) -> str:
    """What is not as it should be, in sentences; empty where all is well."""
    found = result.found
    lines = list(result.wrong)
    for kind in ("harmed", "lost", "double", "unexplained"):
        said = getattr(found, kind)
        lines += [f"{kind}: {each}" for each in said[:_SHOWN]]
        if len(said) > _SHOWN:
            lines.append(f"{kind}: and {len(said) - _SHOWN} more")
    if result.crashes:
        lines.append(f"Asterisk ended by itself, and was started again: {result.crashes}")
    return "\n".join(lines)


def as_json(results: Sequence[Result], facts: dict[str, object]) -> str:
    return json.dumps(facts | {"stages": [asdict(each) for each in results]}, indent=1)


def _row(result: Result) -> tuple[str, ...]:
    found = result.found
    counts = (result.blows, result.under_way, found.calls)
    wrong = (found.harmed, found.lost, found.double, found.unexplained)
    return (
        result.name,
        *map(str, counts),
        *(str(len(each)) for each in wrong),
        str(found.interrupted),
        _times(result.new),
        _times(result.adopted),
    )


def _times(seconds: Sequence[float]) -> str:
    return f"{median(seconds):.1f}/{max(seconds):.1f}" if seconds else "–"
