"""Benchmarks that need nothing but us still run; what they measure is not judged here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_how_long_a_decision_takes() -> None:
    command = [sys.executable, "-m", "benchmarks.decide_time", "--json", "--decisions", "1000"]
    found = subprocess.run(
        command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stderr) == (0, "")
    measured = json.loads(found.stdout)
    assert list(measured["decide_microseconds"]) == ["10", "1000", "100000"]
    assert measured["holidays"] > 100
    assert all(
        times["p99"] >= times["p50"] > 0 for times in measured["decide_microseconds"].values()
    )
