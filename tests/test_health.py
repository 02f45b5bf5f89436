"""Health and metrics over HTTP: what they say in which state, to whom, and what they never say."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from callrouter.concurrency import spawn
from callrouter.configuration import ConfigurationState
from callrouter.health import answer_health
from callrouter.local.ports import free_ports
from callrouter.monitoring.alarms import Alarm
from callrouter.monitoring.watch import Watch
from tests.monitoring.watched import listener, watch

PASSWORD = "hush-hush-password"


class Asked:
    """Somebody who watches the router."""

    def __init__(self, session: aiohttp.ClientSession, port: int) -> None:
        self._session, self._port = session, port

    async def get(self, path: str) -> tuple[int, str]:
        async with self._session.get(f"http://127.0.0.1:{self._port}{path}") as answer:
            return answer.status, await answer.text()


@asynccontextmanager
async def answered(looked: Watch) -> AsyncIterator[Asked]:
    (port,) = free_ports(1)
    async with asyncio.TaskGroup() as group, aiohttp.ClientSession() as session:
        serving = spawn(group, answer_health("127.0.0.1", port, looked), name="health")
        async with asyncio.timeout(5):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                except OSError:
                    await asyncio.sleep(0.01)
        yield Asked(session, port)
        serving.cancel()


async def test_a_state_that_is_refused_longer_keeps_the_time_it_was_first_refused() -> None:
    state = ConfigurationState()
    state.live("a")
    since = state.since
    state.refused(("one",))
    first = state.refused_since
    state.refused(("two",))
    assert (state.problems, state.refused_since) == (("two",), first)
    state.live("a")
    assert (state.problems, state.refused_since, state.since) == ((), None, since)


async def test_all_is_well(tmp_path: Path) -> None:
    looked = watch(tmp_path, listener("http://one"))
    async with answered(looked) as asked:
        status, text = await asked.get("/health")
        assert (await asked.get("/health/live"))[0] == 200
        assert (await asked.get("/health/ready"))[0] == 200
    said = json.loads(text)
    assert (status, said["status"], said["live"], said["ready"]) == (200, "ok", True, True)
    assert said["asterisk"] == [
        {"url": "http://one", "connected": True, "requests": 34, "events": 12}
    ]
    assert (said["calls"], said["configuration"]["version"]) == (2, "abc")
    assert said["database"] == {"connected": True, "records_waiting": 0, "records_on_disk": False}
    assert {each["state"] for each in said["checks"]} == {"ok"}
    checks = {(each["check"], each["subject"]) for each in said["checks"]}
    assert {("router", ""), ("asterisk", "http://one"), ("event_loop", "")} <= checks


async def test_calls_come_but_something_is_wrong(tmp_path: Path) -> None:
    looked = watch(tmp_path, listener("http://one"), listener("http://two", heard=False))
    looked.records.away = True  # type: ignore[misc]
    looked.configuration.refused(("no agent",))
    async with answered(looked) as asked:
        status, text = await asked.get("/health")
        assert (await asked.get("/health/ready"))[0] == 200
    said = json.loads(text)
    assert (status, said["status"]) == (200, "degraded")
    wrong = {each["alarm"]: each for each in said["checks"] if each["state"] != "ok"}
    assert set(wrong) == {"asterisk_away", "database_away", "configuration_refused"}
    assert wrong["asterisk_away"]["subject"] == "http://two"
    assert all(each["since"] and each["says"] and each["remedy"] for each in wrong.values())


async def test_a_router_that_stands_by_is_well_but_not_ready(tmp_path: Path) -> None:
    looked = watch(tmp_path, listener("http://one", heard=False))
    looked.standing_by = True
    async with answered(looked) as asked:
        status, text = await asked.get("/health")
        assert (await asked.get("/health/ready"))[0] == 503
        assert "callrouter_standby 1" in (await asked.get("/metrics"))[1]
    said = json.loads(text)
    assert (status, said["status"], said["ready"]) == (503, "standby", False)
    assert {each["state"] for each in said["checks"]} == {"ok"}


@pytest.mark.parametrize("what", ["starting", "deaf", "stopping"])
async def test_no_calls_can_come_but_it_lives(tmp_path: Path, what: str) -> None:
    looked = watch(tmp_path, *([] if what == "starting" else [listener("http://one")]))
    if what == "deaf":
        looked = watch(tmp_path, listener("http://one", heard=False))
    if looked.router is not None and what == "stopping":
        looked.router.stopping = True  # type: ignore[misc]
    async with answered(looked) as asked:
        assert (await asked.get("/health/live"))[0] == 200
        assert (await asked.get("/health/ready"))[0] == 503
        status, text = await asked.get("/health")
    assert (status, json.loads(text)["status"]) == (503, "not ready")


async def test_prometheus_reads_the_metrics(tmp_path: Path) -> None:
    looked = watch(tmp_path, listener("http://one"), listener("http://two", heard=False))
    looked.asterisk.request("POST", "/channels/4711/answer", 0.003, "")
    looked.asterisk.request("POST", "/channels/4712/play/p1", 0.003, "Gone")
    async with answered(looked) as asked:
        status, text = await asked.get("/metrics")
    read = {family.name: family for family in text_string_to_metric_families(text)}
    assert status == 200
    assert {s.labels["asterisk"]: s.value for s in read["callrouter_asterisk_up"].samples} == {
        "http://one": 1,
        "http://two": 0,
    }
    assert read["callrouter_calls_in_progress"].samples[0].value == 2
    assert read["callrouter_asterisk_reconnects"].samples[0].value == 2
    alarms = {s.labels["alarm"]: s.value for s in read["callrouter_alarms"].samples}
    assert set(alarms) == set(Alarm)
    assert {name for name, value in alarms.items() if value} == {Alarm.ASTERISK_AWAY}
    resources = {s.labels["resource"] for s in read["callrouter_ari_request_seconds"].samples}
    assert resources == {"channels/answer", "channels/play"}
    assert "4711" not in text
    assert "callrouter_process" not in text
    assert read["process_resident_memory_bytes"].samples[0].value > 1_000_000


async def test_no_secret_is_ever_told(tmp_path: Path) -> None:
    looked = watch(tmp_path, listener("http://one", heard=False), password=PASSWORD)
    looked.records.away = True  # type: ignore[misc]
    async with answered(looked) as asked:
        for path in ("/health", "/health/live", "/health/ready", "/metrics", "/elsewhere"):
            assert PASSWORD not in (await asked.get(path))[1]


async def test_a_port_in_use_is_said_and_nothing_else_suffers(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0) as taken:
        port = taken.sockets[0].getsockname()[1]
        async with asyncio.TaskGroup() as group:
            with caplog.at_level(logging.ERROR):
                serving = spawn(group, answer_health("127.0.0.1", port, watch(tmp_path)), name="h")
                await asyncio.sleep(0.1)
            assert not serving.done()
            serving.cancel()
    assert "set CALLROUTER_HEALTH_PORT" in caplog.text
