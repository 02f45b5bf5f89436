"""A bounded part of `make chaos`: blow upon blow under real calls, and nothing is lost."""

import random
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from callrouter.local.asterisk_program import AsteriskProgram
from tests.asterisk.conftest import asterisk_program, sipp_command, state_dir
from tests.chaos.faults import FAULTS
from tests.chaos.report import complaints
from tests.chaos.stack import stack
from tests.chaos.stages import run_stage

__all__ = ["asterisk_program", "sipp_command", "state_dir"]

BLOWS: Sequence[tuple[str, float]] = (
    ("router killed", 0),
    ("PostgreSQL stopped", 1.0),
    ("router killed, another standing by", 0),
    ("rolling restart", 0),
    ("way to Asterisk cut", 2.0),
    ("Asterisk answers 500", 1.0),
)


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="callrouter-chaos-") as made:
        Path(made).chmod(0o711)  # root's PostgreSQL runs as nobody
        yield Path(made)


@pytest.mark.asterisk
@pytest.mark.postgres
@pytest.mark.timeout(400)
async def test_nothing_is_lost(
    asterisk_program: AsteriskProgram, sipp_command: tuple[str, ...], folder: Path
) -> None:
    chance = random.Random(5)  # noqa: S311
    async with stack(asterisk_program, sipp_command, folder) as up:
        result = await run_stage(
            up,
            "900",
            "several",
            [(FAULTS[name], seconds) for name, seconds in BLOWS],
            rate=3.0,
            pause=(0.5, 2.0),
            chance=chance,
        )
    assert result.well, complaints(result)
    assert result.blows == len(BLOWS)
    assert result.under_way > 0
    assert result.found.calls > 20
    assert result.adopted, "no router took up what the one before had left"
