"""`callrouter run` as a process: what it says and how it ends. Asterisk is a loopback server."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import aiohttp
import msgspec
import pytest

from callrouter.concurrency import spawn
from callrouter.local import launch
from callrouter.local.ports import free_ports
from callrouter.logs import HIDDEN
from tests.ari.server import PASSWORD, AriServer, channel, event

pytestmark = pytest.mark.slow

CONFIG = """
agents: {a: {name: A, extension: "1001"}}
agent_groups: {g: {members: [a]}}
incoming_call_settings: {s: {numbers: ["700"], call_routing: Sequential}}
"""


class Process:
    """A router process; `said` is all of its output once it has ended."""

    def __init__(self, process: asyncio.subprocess.Process, ready: int, folder: Path) -> None:
        self._process = process
        self._ready = ready
        self.folder = folder
        self.said = ""

    async def ready(self) -> None:
        with os.fdopen(self._ready, "rb") as pipe:
            try:
                async with asyncio.timeout(40):
                    assert await asyncio.to_thread(pipe.readline) == b"ready\n"
            except TimeoutError:
                self._process.kill()  # otherwise the thread reads, and the test waits, for ever
                raise

    def signal(self, what: signal.Signals) -> None:
        self._process.send_signal(what)

    async def says(self, words: str) -> None:
        """Until a line of its output holds these words."""
        assert self._process.stdout is not None
        async with asyncio.timeout(40):
            while words not in self.said:
                line = await self._process.stdout.readline()
                assert line, self.said
                self.said += line.decode()

    async def ended(self) -> int:
        """Its exit code."""
        async with asyncio.timeout(40):
            output, _ = await self._process.communicate()
        self.said += output.decode()
        assert PASSWORD not in self.said
        assert self._process.returncode is not None
        return self._process.returncode


async def start(server: AriServer, folder: Path, **environment: str) -> Process:
    config = folder / "callrouter.yaml"
    config.write_text(CONFIG)
    servers = [{"url": server.url, "password": PASSWORD}]
    receiving, sending = os.pipe()
    # A test that fails leaves no router behind: it ends with us.
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-S", launch.__file__, str(os.getpid()), str(+signal.SIGKILL), "-",
        sys.executable, "-m", "callrouter", "run", "--ready-fd", str(sending),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, pass_fds=[sending],
        env=os.environ | {
            "CALLROUTER_CONFIG": str(config),
            "CALLROUTER_DATABASE_URL": "postgresql://callrouter@127.0.0.1:1/none",
            "CALLROUTER_ASTERISK_SERVERS": msgspec.json.encode(servers).decode(),
            "CALLROUTER_PROMPTS_DIR": str(folder / "prompts"),
            "CALLROUTER_SPOOL_DIR": str(folder / "spool"),
            "CALLROUTER_LOG_LEVEL": "debug",
        } | environment,
    )  # fmt: skip
    os.close(sending)
    return Process(process, receiving, folder)


async def test_it_says_that_it_is_ready_follows_its_file_and_ends_on_a_signal(
    server: AriServer, tmp_path: Path
) -> None:
    router = await start(server, tmp_path)
    await router.ready()
    assert server.subscribed == {"PJSIP/1001"}
    config = tmp_path / "callrouter.yaml"
    config.write_text(CONFIG.replace("1001", "1002"))
    async with asyncio.timeout(5):
        while server.subscribed != {"PJSIP/1002"}:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    config.write_text("agents: 5\n")
    router.signal(signal.SIGHUP)
    await router.says("the new configuration is refused")
    router.signal(signal.SIGTERM)
    assert await router.ended() == 0
    assert "PostgreSQL at 127.0.0.1:1" in router.said
    assert "Traceback" not in router.said


async def test_another_router_ends_it_with_an_exit_code_of_its_own(
    server: AriServer, tmp_path: Path
) -> None:
    router = await start(server, tmp_path)
    await router.ready()
    await server.send(event("ApplicationReplaced"))
    assert await router.ended() == 3
    assert router.said.splitlines()[-1] == (
        f"callrouter: {server.url}: another router has taken over the application 'callrouter'; "
        "this one stops"
    )
    assert "Traceback" not in router.said


async def test_no_secret_is_in_its_log_its_health_or_the_process_list(
    server: AriServer, tmp_path: Path
) -> None:
    (port,) = free_ports(1)
    secret = "hush-db-pa55word"
    router = await start(
        server,
        tmp_path,
        CALLROUTER_DATABASE_URL=f"postgresql://callrouter:{secret}@127.0.0.1:1/none",
        CALLROUTER_ARI_PASSWORD=PASSWORD,
        CALLROUTER_LOG_FORMAT="json",
        CALLROUTER_HEALTH_PORT=str(port),
    )
    seen: list[str] = []
    async with asyncio.TaskGroup() as group, aiohttp.ClientSession() as session:
        looking = spawn(group, _command_lines(seen), name="look at the process list")
        await router.ready()
        channel_id = "1763800000.1"
        caller = channel(channel_id) | {"caller": {"name": "Bob\n{}\x1b[2J", "number": secret}}
        await server.send(event("StasisStart", channel=caller, args=["incoming"]))
        await router.says("'700' from '")
        answers = [
            await (await session.get(f"http://127.0.0.1:{port}{path}")).text()
            for path in ("/health", "/metrics")
        ]
        looking.cancel()
    router.signal(signal.SIGTERM)
    assert await router.ended() == 0
    assert any("compile_process" in line for line in seen)
    for place in (router.said, *answers, *seen):
        assert secret not in place
        assert PASSWORD not in place
    assert "callrouter_calls_arrived_total 1" in answers[1]
    lines = [json.loads(line) for line in router.said.splitlines()]
    assert all({"time", "level", "logger", "message"} <= line.keys() for line in lines)
    (over,) = (line for line in lines if f"'700' from '{HIDDEN}'" in line["message"])
    about = [line for line in lines if line.get("call") == over["call"]]
    assert len(about) > 3
    assert all("call" in line for line in lines if over["call"] in line["message"])
    assert any("alarm database_away" in line["message"] for line in lines)


async def _command_lines(seen: list[str]) -> None:
    """Those of all processes, again and again."""
    while True:
        for command in await asyncio.to_thread(lambda: list(_all_commands())):
            if command not in seen:
                seen.append(command)
        await asyncio.sleep(0.02)


def _all_commands() -> Iterator[str]:
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            yield (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()


async def test_it_lives_though_it_waits_for_a_database_without_which_it_knows_nothing(
    server: AriServer, tmp_path: Path
) -> None:
    (port,) = free_ports(1)
    router = await start(
        server, tmp_path, CALLROUTER_CONFIG="database", CALLROUTER_HEALTH_PORT=str(port)
    )
    await router.says("The configuration is in it: waiting.")
    async with aiohttp.ClientSession() as session:
        place = f"http://127.0.0.1:{port}/health"
        async with session.get(f"{place}/live") as live, session.get(place) as health:
            assert (live.status, health.status) == (200, 503)
            told = await health.json()
    alarms = {each["alarm"] for each in told["checks"] if each["alarm"]}
    assert "starting" in alarms
    router.signal(signal.SIGINT)
    await router.ended()


async def test_it_says_in_one_line_why_it_cannot_start(server: AriServer, tmp_path: Path) -> None:
    old, locked = AriServer(), AriServer()
    old.info["system"]["version"] = "18.9.0"
    locked.answers["GET /events"] = (401, "Authentication required")
    expected = [
        (old, {}, 1, "Asterisk 18.9.0 is too old; install 20.20.1"),
        (locked, {}, 1, "ARI's user or password is not accepted"),
        (server, {"CALLROUTER_DRAIN_SECONDS": "soon"}, 2, "CALLROUTER_DRAIN_SECONDS: "),
        (server, {"CALLROUTER_ASTERISK_CONF_DIR": "/nowhere"}, 0, "Asterisk's files in /nowhere"),
    ]  # fmt: skip
    for each in (old, locked):
        await each.start()
    routers = []
    for n, (asterisk, environment, _, _) in enumerate(expected):
        (folder := tmp_path / str(n)).mkdir()
        routers.append(await start(asterisk, folder, **environment))
    await routers[-1].ready()  # a directory that is missing costs new phones, not the calls
    routers[-1].signal(signal.SIGINT)
    for router, (_, _, code, words) in zip(routers, expected, strict=True):
        assert await router.ended() == code, router.said
        assert words in router.said
        assert "Traceback" not in router.said
        if code:
            assert router.said.splitlines()[-1].startswith("callrouter: ")
    for each in (old, locked):
        await each.stop()


async def test_signals_while_it_starts(server: AriServer, tmp_path: Path) -> None:
    """Asterisk is not there yet: a reload is remembered, an end is an end."""
    await server.stop()
    router = await start(server, tmp_path)
    await router.says("not connected")
    router.signal(signal.SIGHUP)
    await router.says("nothing has changed")
    router.signal(signal.SIGINT)
    assert await router.ended() == 0
    assert "Traceback" not in router.said
    await server.start()
