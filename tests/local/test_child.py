"""Programs we start: they end when asked, when not listening, and when we are gone."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from callrouter.local.child import Child, start_child
from tests.conftest import run_now

pytestmark = pytest.mark.slow

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)"


def python(code: str, log: Path) -> Child:
    return start_child("a program", [sys.executable, "-c", code], log=log)


def wait_for(log: Path, text: str) -> None:
    deadline = time.monotonic() + 10
    while text not in (log.read_text() if log.exists() else ""):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_its_exit_code_and_last_words(tmp_path: Path) -> None:
    child = python("print('one'); print('two'); raise SystemExit(3)", tmp_path / "log")
    assert run_now(child.wait()) == 3
    assert child.last_lines(1) == "two"
    again = python("print('three')", tmp_path / "log")
    run_now(again.wait())
    assert again.last_lines() == "three"
    assert "two" in (tmp_path / "log.old").read_text()


def test_it_is_asked_then_forced(tmp_path: Path) -> None:
    child = python(f"{DEAF}; time.sleep(60)", tmp_path / "log")
    wait_for(tmp_path / "log", "up")
    assert run_now(child.stop(seconds=0.2)) == -signal.SIGKILL
    assert run_now(child.stop()) == -signal.SIGKILL
    assert run_now(python("import time; time.sleep(60)", tmp_path / "log").stop()) in (
        -signal.SIGTERM,
        1,
    )


def test_a_program_that_is_not_there_is_said_in_the_log(tmp_path: Path) -> None:
    child = start_child("nothing", ["/nonexistent/program"], log=tmp_path / "log")
    assert run_now(child.wait()) == 1
    assert "/nonexistent/program: No such file" in child.last_lines()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up root")
def test_root_starts_it_as_somebody_else(tmp_path: Path) -> None:
    child = start_child(
        "id", ["/usr/bin/id"], log=tmp_path / "log", user="nobody", folder=Path("/")
    )
    assert run_now(child.wait()) == 0
    assert "root" not in child.last_lines()
    assert "(nobody)" in child.last_lines()


STARTS_AND_DIES = """
import os, signal, sys
from pathlib import Path
from callrouter.local.child import start_child
program = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
child = start_child("a program", program, log=Path(sys.argv[1]))
while "up" not in Path(sys.argv[1]).read_text():
    pass
print(child.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_it_ends_with_us(tmp_path: Path) -> None:
    starter = subprocess.run(
        [sys.executable, "-c", STARTS_AND_DIES, str(tmp_path / "log")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert starter.returncode == -signal.SIGKILL, starter.stderr
    process = Path("/proc") / starter.stdout.strip()
    deadline = time.monotonic() + 10
    while process.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not process.exists()
