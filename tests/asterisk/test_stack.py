"""`make run` and `make demo` as a user meets them: processes, signals, ports."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from callrouter.local.asterisk_program import AsteriskProgram
from callrouter.local.ports import free_ports, free_range
from tests.asterisk.conftest import SAMPLE

pytestmark = [pytest.mark.asterisk, pytest.mark.postgres]

_UP = "Ctrl-C stops everything."


class LocalStack:
    """`python -m callrouter.local` with a state folder and ports of its own."""

    def __init__(self, folder: Path, downloads: Path) -> None:
        self.state_dir = folder / "state"
        self.state_dir.mkdir(mode=0o755, exist_ok=True)
        (self.state_dir / "debian").symlink_to(downloads)
        self.sip_port, self.ari_port, self.console_port = free_ports(3)
        rtp_start, rtp_end = free_range(100)
        self.environment = {
            **os.environ,
            "CALLROUTER_LOCAL_STATE_DIR": str(self.state_dir),
            "CALLROUTER_LOCAL_CONFIG": str(SAMPLE),
            "CALLROUTER_LOCAL_SIP_PORT": str(self.sip_port),
            "CALLROUTER_LOCAL_ARI_PORT": str(self.ari_port),
            "CALLROUTER_LOCAL_CONSOLE_PORT": str(self.console_port),
            "CALLROUTER_LOCAL_RTP_START": str(rtp_start),
            "CALLROUTER_LOCAL_RTP_END": str(rtp_end),
        }
        self.started: list[subprocess.Popen[str]] = []
        self.printed = folder / "printed"

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        with self.printed.open("w") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "callrouter.local", *arguments],
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
            )
        self.started.append(process)
        return process

    def start_and_wait(self, *arguments: str) -> subprocess.Popen[str]:
        process = self.start(*arguments)
        self.wait_for(_UP, process)
        return process

    def wait_for(self, text: str, process: subprocess.Popen[str]) -> None:
        deadline = time.monotonic() + 60
        while text not in self.text():
            assert process.poll() is None, self.text()
            assert time.monotonic() < deadline, self.text()
            time.sleep(0.05)

    def console_answers(self) -> bool:
        """The API's own description, which everybody may read."""
        url = f"http://127.0.0.1:{self.console_port}/api/v1/openapi.json"
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return b'"callrouter"' in answer.read()
        except OSError:
            return False

    def text(self) -> str:
        return self.printed.read_text()

    def children(self) -> list[str]:
        """The command lines of what the stack has started and is still there."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                environment = (process / "environ").read_bytes().decode(errors="replace")
            except OSError:
                continue
            mine = str(self.state_dir) in command + environment
            if mine and int(process.name) not in [each.pid for each in self.started]:
                found.append(command)
        return found

    def child_of(self, process: subprocess.Popen[str], part: str) -> int:
        """The pid of what it has started with `part` in its command line."""
        (found,) = (
            int(each.name)
            for each in Path("/proc").glob("[0-9]*")
            if _parent(each) == process.pid
            and part in (each / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        )
        return found

    def assert_nothing_left(self) -> None:
        deadline = time.monotonic() + 10
        while self.children() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert self.children() == []
        for kind, port in (
            (socket.SOCK_DGRAM, self.sip_port),
            (socket.SOCK_STREAM, self.sip_port),
            (socket.SOCK_STREAM, self.ari_port),
            (socket.SOCK_STREAM, self.console_port),
        ):
            with socket.socket(socket.AF_INET, kind) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
        assert not list(self.state_dir.rglob("*.s.PGSQL.*"))


@pytest.fixture
def stack(
    tmp_path: Path, state_dir: Path, asterisk_program: AsteriskProgram
) -> Iterator[LocalStack]:
    made = LocalStack(tmp_path, state_dir / "debian")
    yield made
    for process in made.started:
        if process.poll() is None:
            process.kill()
            process.wait()
    (made.state_dir / "debian").unlink()  # the downloads are not ours to remove
    made.start("clean").wait(30)


def test_the_demonstration_of_one_call(stack: LocalStack) -> None:
    del stack.environment["CALLROUTER_LOCAL_CONFIG"]
    demo = stack.start("demo", "--once")
    assert demo.wait(90) == 0, stack.text()
    printed = stack.text()
    assert "the database was empty: callrouter.yaml is in it now" in printed
    assert f"console: http://127.0.0.1:{stack.console_port}\n" in printed
    assert "The call and its record are as they should be." in printed
    assert re.search(r"phone 100[12] \(.+\) answers", printed)
    for secret in ("password", "postgresql://"):
        assert secret not in printed
    stack.assert_nothing_left()


def test_killed_it_leaves_nothing_behind_and_starts_again(stack: LocalStack) -> None:
    run = stack.start_and_wait("run")
    run.kill()
    run.wait(10)
    stack.assert_nothing_left()
    again = stack.start_and_wait("run")
    all_ends_with(stack, again, "callrouter run", "callrouter run")


def all_ends_with(stack: LocalStack, run: subprocess.Popen[str], part: str, name: str) -> None:
    """When a part dies all ends, and it is said which it was."""
    os.kill(stack.child_of(run, part), signal.SIGKILL)
    assert run.wait(30) == 1, stack.text()
    assert f"{name} has ended (signal 9). Its log, " in stack.text()
    stack.assert_nothing_left()


def test_two_stacks_do_not_share_a_state_folder(stack: LocalStack) -> None:
    first = stack.start_and_wait("run")
    second = stack.start("run")
    assert second.wait(20) == 1
    assert f"Another stack (process {first.pid}) uses" in stack.text()
    assert first.poll() is None
    all_ends_with(stack, first, "sbin/asterisk", "Asterisk")


def test_a_port_in_use_is_named_with_its_setting(stack: LocalStack) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", stack.sip_port))
        assert stack.start("run").wait(30) == 1
    assert f"UDP port {stack.sip_port} (SIP) is in use" in stack.text()
    assert "CALLROUTER_LOCAL_SIP_PORT" in stack.text()
    assert "Traceback" not in stack.text()
    stack.assert_nothing_left()


def test_a_configuration_that_cannot_be_used_is_said_with_its_line(
    stack: LocalStack, tmp_path: Path
) -> None:
    config = tmp_path / "callrouter.yaml"
    config.write_text("agents:\n  amina: {nam: Amina}\n")
    stack.environment["CALLROUTER_LOCAL_CONFIG"] = str(config)
    assert stack.start("run").wait(20) == 1
    assert "callrouter.yaml:2" in stack.text()
    assert "Traceback" not in stack.text()
    stack.assert_nothing_left()


def test_an_empty_database_is_waited_for_and_then_followed(stack: LocalStack) -> None:
    stack.environment["CALLROUTER_LOCAL_CONFIG"] = "database"
    empty = stack.start_and_wait("run")
    assert "router: waits for a first configuration" in stack.text()
    (code,) = re.findall(r"^  http://\S+/set-up\?code=(\S+)$", stack.text(), re.MULTILINE)
    link = f"http://127.0.0.1:{stack.console_port}/set-up?code={code}"
    with urllib.request.urlopen(link, timeout=30) as page:
        assert b'name="password"' in page.read()
    environment = stack.state_dir / "environment"
    assert "export CALLROUTER_CONFIG=database\n" in environment.read_text()
    subprocess.run(
        ["/bin/sh", "-ec", f". {environment}; python -m callrouter config import {SAMPLE}"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    stack.wait_for("callrouter.app: ready: configuration ", empty)
    empty.send_signal(signal.SIGINT)
    assert empty.wait(20) == 0, stack.text()
    del stack.environment["CALLROUTER_LOCAL_CONFIG"]
    full = stack.start_and_wait("run")
    assert "calls are routed by the database" in stack.text()
    assert "the database was empty" not in stack.text()
    assert "dial +381111234567, 700" in stack.text()
    full.send_signal(signal.SIGTERM)
    assert full.wait(20) == 0, stack.text()
    stack.assert_nothing_left()


def test_the_console_dies_and_calls_go_on(stack: LocalStack) -> None:
    run = stack.start_and_wait("run")
    assert f"calls are routed by the file {SAMPLE}" in stack.text()
    assert stack.console_answers()
    os.kill(stack.child_of(run, "callrouter console"), signal.SIGKILL)
    stack.wait_for("callrouter console has ended (signal 9). Its log, ", run)
    deadline = time.monotonic() + 60
    while not stack.console_answers():
        assert run.poll() is None, stack.text()
        assert time.monotonic() < deadline, stack.text()
        time.sleep(0.2)
    run.send_signal(signal.SIGINT)
    assert run.wait(20) == 0, stack.text()
    stack.assert_nothing_left()


def test_the_consoles_port_in_use_is_named_with_its_setting(stack: LocalStack) -> None:
    with socket.create_server(("127.0.0.1", stack.console_port)):
        assert stack.start("run").wait(60) == 1
    assert f"TCP port {stack.console_port} (console) is in use" in stack.text()
    assert "CALLROUTER_LOCAL_CONSOLE_PORT" in stack.text()
    assert "Traceback" not in stack.text()
    stack.assert_nothing_left()


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def test_the_doctor_finds_the_stack_well_and_each_part_that_is_not(
    stack: LocalStack, tmp_path: Path
) -> None:
    (health_port,) = free_ports(1)
    stack.environment["CALLROUTER_HEALTH_PORT"] = str(health_port)
    run = stack.start_and_wait("run")
    deadline = time.monotonic() + 60
    stack.environment |= _exported(stack.state_dir / "environment")
    code, found = _doctor(stack)
    while found["configuration"] == "skipped":  # a busy machine: three seconds are not enough
        assert time.monotonic() < deadline, found
        code, found = _doctor(stack)
    wrong = {check: level for check, level in found.items() if level not in ("ok", "skipped")}
    ari = f"http://127.0.0.1:{stack.ari_port}"
    assert wrong == {f"{ari}: phones": "error"}, found  # nobody has registered one
    assert code == 2
    assert {"configuration", "database: rights", f"{ari}: modules", "safety net", "health"} <= set(
        found
    )
    assert len(found) > 20
    conf = stack.state_dir / "asterisk" / "etc" / "generated"
    (conf / "extensions_away.conf").unlink()
    (conf / "ari_user.conf").chmod(0o644)
    os.kill(stack.child_of(run, "callrouter console"), signal.SIGSTOP)
    os.kill(stack.child_of(run, "-D "), signal.SIGSTOP)
    try:
        code, found = _doctor(stack)
    finally:
        os.kill(stack.child_of(run, "-D "), signal.SIGCONT)
        os.kill(stack.child_of(run, "callrouter console"), signal.SIGCONT)
    assert code == 2
    assert found["database"] == found["asterisk's files"] == found["secrets"] == "error"
    assert found["console"] == "warning"
    assert found[f"{ari}: application"] == "ok"
    all_ends_with(stack, run, "-D ", "PostgreSQL")
    code, found = _doctor(stack)
    assert code == 2
    assert found["database"] == found[ari] == found["health"] == "error"


def _exported(path: Path) -> dict[str, str]:
    lines = (line.removeprefix("export ") for line in path.read_text().splitlines())
    pairs = (shlex.split(line)[0].partition("=") for line in lines if "PATH=" not in line[:5])
    return {name: value for name, _, value in pairs}


def _doctor(stack: LocalStack) -> tuple[int, dict[str, str]]:
    """Its exit code, and the level of each thing it looks at."""
    console = f"http://127.0.0.1:{stack.console_port}"
    asked = subprocess.run(
        [sys.executable, "-m", "callrouter", "doctor", "--json", "--console", console],
        env=stack.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert asked.stdout, asked.stderr
    for value in (stack.environment["CALLROUTER_DATABASE_URL"], 'password":'):
        assert value not in asked.stdout
    return asked.returncode, {
        each["check"]: each["level"] for each in json.loads(asked.stdout)["findings"]
    }
