"""Run the few tests that failed beside others once more, alone, one after another.

`python -m tests.once_more CODE`, where CODE is what the run before it ended with.

Phones talk in real time: what a phone hears, and when, is not the product's fault where three test
workers and their browsers share two processors. What is run again is named, so that a rare fault of
the product, which passes here too, is seen where it comes twice. Many failures are never excused.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

MOST = 8
"""More than so many failures are no chance; a scenario alone has four tests."""

_SOME_FAILED = 1
_FAILED = Path(".pytest_cache/v/cache/lastfailed")


def main(ended_with: int) -> int:
    """The exit code of both runs together: 0 where all that failed passes alone."""
    failed = sorted(json.loads(_FAILED.read_text())) if _FAILED.exists() else []
    if ended_with != _SOME_FAILED or not 0 < len(failed) <= MOST:
        return ended_with
    print("\nThese failed beside others; now each runs alone, and must pass:", flush=True)
    print(*failed, sep="\n", flush=True)
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:xdist", *failed]
    return subprocess.run(command, env=os.environ, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
