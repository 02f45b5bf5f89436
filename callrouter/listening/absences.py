"""Who is logged out or paused, told to Asterisk for the time when no router is there.

Law: it may be late by a second or two; it costs no call anything.
"""

import asyncio
import logging
from typing import Protocol

from callrouter.ari.errors import AriError
from callrouter.asterisk_conf.net import ABSENT, absent_variable
from callrouter.calls.agents import AgentBoard

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0


class SetsGlobals(Protocol):
    """What is asked of Asterisk here."""

    async def set_global(self, variable: str, value: str) -> None: ...


async def keep_absences(asterisk: SetsGlobals, agents: AgentBoard) -> None:
    """For ever, on one connection: what Asterisk heard before, nobody knows any more."""
    told: dict[str, bool] = {}
    while True:
        for agent, absent in agents.absences().items():
            if told.get(agent) == absent:
                continue
            try:
                await asterisk.set_global(absent_variable(agent), ABSENT if absent else "")
            except AriError as error:
                log.debug("who is absent was not told, trying again: %s", error)
                break
            told[agent] = absent
        await asyncio.sleep(LOOK_SECONDS)
