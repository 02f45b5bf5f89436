"""Who takes no calls is told to Asterisk, for the time when no router is there."""

import asyncio
from datetime import UTC, datetime

from callrouter.ari.errors import Unavailable
from callrouter.asterisk_conf.net import absent_variable
from callrouter.calls.agents import AgentBoard
from callrouter.concurrency import spawn
from callrouter.listening import absences
from callrouter.listening.absences import keep_absences

NOW = datetime(2026, 11, 23, tzinfo=UTC)


class Globals:
    """An Asterisk that keeps variables, and fails when told to."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.asked = 0
        self.fails = False

    async def set_global(self, variable: str, value: str) -> None:
        self.asked += 1
        if self.fails:
            raise Unavailable("POST /asterisk/variable: no answer in 5 s")
        self.values[variable] = value


async def test_whoever_is_logged_out_or_paused_is_told_once(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(absences, "LOOK_SECONDS", 0.01)
    agents, asterisk = AgentBoard(), Globals()
    amina, bojan = absent_variable("amina"), absent_variable("bojan")
    agents.set_status("amina", logged_in=False, paused=None, since=NOW)
    agents.set_status("bojan", logged_in=True, paused=None, since=NOW)
    async with asyncio.TaskGroup() as group:
        task = spawn(group, keep_absences(asterisk, agents), name="tell who is absent")
        await asyncio.sleep(0.1)
        assert asterisk.values == {amina: "off", bojan: ""}
        assert asterisk.asked == 2
        asterisk.fails = True
        agents.set_status("bojan", logged_in=True, paused="lunch", since=NOW)
        agents.set_status("amina", logged_in=True, paused=None, since=NOW)
        await asyncio.sleep(0.1)
        assert asterisk.values == {amina: "off", bojan: ""}
        asterisk.fails = False
        await asyncio.sleep(0.1)
        assert asterisk.values == {amina: "", bojan: "off"}
        task.cancel()
