"""How a stack starts and does not: what is said without a traceback, and what commands need."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import callrouter.local.__main__ as local
from callrouter.local.environment import write_environment

ROOT = Path(__file__).parent.parent.parent


def start(module: str, *arguments: str, **environment: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**os.environ, **{name: str(value) for name, value in environment.items()}},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        # Tests that are run in the background ignore Ctrl-C, and would hand that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("folder", "said"),
    [
        ("file", "file cannot be used: File exists. Another folder: CALLROUTER_LOCAL_STATE_DIR."),
        ("file/state", "file/state cannot be used: Not a directory. Another folder"),
        ("long" * 50, "is too long for Asterisk. Another folder: CALLROUTER_LOCAL_STATE_DIR."),
    ],
)
def test_a_state_folder_that_cannot_be_used(tmp_path: Path, folder: str, said: str) -> None:
    (tmp_path / "file").touch()
    stack = start("callrouter.local", "run", CALLROUTER_LOCAL_STATE_DIR=tmp_path / folder)
    printed = stack.communicate(timeout=30)[0]
    assert stack.returncode == 1
    assert said in printed
    assert "Traceback" not in printed
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


@pytest.mark.slow
def test_stopped_while_its_modules_are_read(tmp_path: Path) -> None:
    stack = start(
        "callrouter.local",
        "run",
        CALLROUTER_LOCAL_STATE_DIR=tmp_path,
        CALLROUTER_LOCAL_CONFIG=tmp_path / "none.yaml",
    )
    deadline = time.monotonic() + 30
    while "pydantic_core" not in Path(f"/proc/{stack.pid}/maps").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.005)
    os.killpg(stack.pid, signal.SIGINT)
    assert stack.communicate(timeout=30)[0] == ""
    assert stack.returncode == -signal.SIGINT


@pytest.mark.slow
def test_an_installation_that_is_stopped_leaves_nothing_outside_its_folders(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    install = start(
        "callrouter.local.install",
        str(tmp_path / "venv"),
        "local",
        CALLROUTER_LOCAL_STATE_DIR=tmp_path / "state",
        TMPDIR=outside,
    )
    deadline = time.monotonic() + 30
    while not (tmp_path / "venv").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.5)
    os.killpg(install.pid, signal.SIGINT)
    printed = install.communicate(timeout=30)[0]
    assert install.returncode == 130
    assert "Stopped. Starting again goes on from here." in printed
    assert "Traceback" not in printed
    assert list(outside.iterdir()) == []


def test_a_file_that_cannot_be_written_is_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def failing(session: local.Session) -> int:
        raise PermissionError(errno.EACCES, "Permission denied", "/x/log/router.log")

    monkeypatch.setattr(local, "run", failing)
    monkeypatch.setattr(sys, "argv", ["callrouter.local", "run"])
    assert local.main() == 1
    assert capsys.readouterr().err == "\n/x/log/router.log: Permission denied.\n"


def test_the_environment_for_another_terminal_has_the_commands(tmp_path: Path) -> None:
    file = tmp_path / "an environment"
    write_environment(file, {"CALLROUTER_CONFIG": "/a b/'c'.yaml"})
    assert file.stat().st_mode & 0o777 == 0o600
    shell = shutil.which("sh") or "/bin/sh"
    asked = subprocess.run(
        [shell, "-c", '. "$1" && command -v python && echo "$CALLROUTER_CONFIG"', "-", str(file)],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    python, config = asked.stdout.splitlines()
    assert Path(python).parent == Path(sys.executable).parent
    assert config == "/a b/'c'.yaml"
