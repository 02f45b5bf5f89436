"""The console as a child: started, asked whether it answers, and started again when it has died.

Law: calls need no console, so its end is told and ends nothing else.
"""

import asyncio
import os
import socket
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from callrouter.console.people.set_up import set_up_code, set_up_link
from callrouter.db.engine import make_engine, transaction
from callrouter.local.child import Child, start_child, until
from callrouter.local.errors import LocalError
from callrouter.local.ports import require_free

Say = Callable[[str], None]

_HOST = "127.0.0.1"
_START_SECONDS = 60.0
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0
_STEADY_SECONDS = 60.0
"""One that ran so long is started again as if it were the first time."""


class ConsoleServer:
    """`callrouter console` on a port of loopback; `environment` is that of all its processes."""

    def __init__(self, port: int, *, log: Path, environment: Mapping[str, str]) -> None:
        self.url = f"http://{_HOST}:{port}"
        self.log = log
        self._port = port
        self._environment = environment
        self._child: Child | None = None

    async def start(self) -> None:
        """Return when it answers. Raises LocalError: a port in use, or its own last words."""
        require_free(
            _HOST,
            self._port,
            socket.SOCK_STREAM,
            purpose="console",
            setting="CALLROUTER_LOCAL_CONSOLE_PORT",
        )
        child = self._begin()
        try:
            async with asyncio.timeout(_START_SECONDS):
                await until(lambda: child.exit_code is not None or self._answers(), every=0.05)
        except TimeoutError:
            raise LocalError(child.last_words("did not answer in time")) from None
        if child.exit_code is not None:
            raise LocalError(child.last_words("ended while it started"))

    async def keep(self, say: Say) -> None:
        """For ever: when it has ended say so, and start it again after a pause that grows."""
        loop = asyncio.get_running_loop()
        pause = _FIRST_PAUSE
        while self._child is not None:
            child, began = self._child, loop.time()
            await until(lambda child=child: child.exit_code is not None, every=0.2)  # type: ignore[misc]
            pause = _FIRST_PAUSE if loop.time() - began > _STEADY_SECONDS else pause
            say(f"{child.last_words('has ended')}\nCalls go on. Started again in {pause:.0f} s.")
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
            self._begin()

    async def set_up_link(self) -> str | None:
        """A link by which the first user is made; None where there is one already."""
        engine = make_engine(self._environment["CALLROUTER_DATABASE_URL"])
        try:
            async with transaction(engine) as connection:
                code = await set_up_code(connection, datetime.now(UTC))
        finally:
            await engine.dispose()
        return None if code is None else set_up_link(self.url, code)

    async def stop(self) -> None:
        if self._child is not None:
            await self._child.stop(seconds=10.0)

    def _begin(self) -> Child:
        command = [sys.executable, "-m", "callrouter", "console"]
        self._child = start_child(
            "callrouter console",
            [*command, "--host", _HOST, "--port", str(self._port)],
            log=self.log,
            environment={**os.environ, **self._environment},
        )
        return self._child

    def _answers(self) -> bool:
        """It listens when it can answer; on loopback that is known at once."""
        with socket.socket() as probe:
            return probe.connect_ex((_HOST, self._port)) == 0
