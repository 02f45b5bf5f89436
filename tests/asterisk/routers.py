"""Router processes and a way to Asterisk that can be cut, for tests of what a router survives."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec

from callrouter.call_record import CallRecord
from callrouter.db.call_log import calls_since
from callrouter.db.engine import make_engine, snapshot
from callrouter.local.asterisk import AsteriskServer
from callrouter.local.child import Child, start_child
from tests.asterisk.quiet import until_quiet

READY_SECONDS = 60.0
PATIENCE_SECONDS = 10.0

_REQUEST = re.compile(rb"(?:GET|POST|PUT|DELETE) /\S* HTTP/1\.1\r\n")
_REFUSAL = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\n{}"


class Place:
    """One Asterisk, one database, one configuration file; any number of routers after another."""

    def __init__(self, asterisk: AsteriskServer, database_url: str, config: Path) -> None:
        self.asterisk = asterisk
        self.database_url = database_url
        self.config = config
        self.routers: list[Child] = []
        self.environment: dict[str, str] = {}

    async def start_router(
        self, *, url: str | None = None, drain_seconds: float = 0, standby: bool = False
    ) -> Child:
        """Start `callrouter run`, and return when it says that it is ready, or stands by."""
        router, receiving = self.launch_router(
            url=url, drain_seconds=drain_seconds, standby=standby
        )
        if standby:
            os.close(receiving)
            await self.until_logged(router, "standing by")
            return router
        with os.fdopen(receiving, "rb") as pipe:
            async with asyncio.timeout(READY_SECONDS):
                said = await asyncio.to_thread(pipe.readline)
        assert said == b"ready\n", router.last_lines()
        return router

    def launch_router(
        self, *, url: str | None = None, drain_seconds: float = 0, standby: bool = False
    ) -> tuple[Child, int]:
        """Start `callrouter run`; with it, the file by which it says that it is ready."""
        receiving, sending = os.pipe()
        server = {
            "url": url or self.asterisk.ari_url,
            "password": self.asterisk.ari_password,
        }
        router = start_child(
            "router",
            [sys.executable, "-m", "callrouter", "run", "--ready-fd", str(sending)],
            log=self.asterisk.home / f"router{len(self.routers)}.log",
            environment=os.environ
            | {
                "CALLROUTER_CONFIG": str(self.config),
                "CALLROUTER_DATABASE_URL": self.database_url,
                "CALLROUTER_ASTERISK_SERVERS": msgspec.json.encode([server]).decode(),
                "CALLROUTER_PROMPTS_DIR": str(self.asterisk.home / "prompts"),
                "CALLROUTER_SPOOL_DIR": str(self.asterisk.home / "spooled"),
                "CALLROUTER_ASTERISK_CONF_DIR": str(self.asterisk.conf_dir),
                "CALLROUTER_ASTERISK_LOG_DIR": str(self.asterisk.log_dir),
                "CALLROUTER_DRAIN_SECONDS": str(drain_seconds),
                "CALLROUTER_STANDBY": str(standby),
                "CALLROUTER_LOG_LEVEL": "debug",
            }
            | self.environment,
            pass_fds=[sending],
        )
        self.routers.append(router)
        os.close(sending)
        return router, receiving

    async def stop_routers(self) -> None:
        for router in self.routers:
            await router.stop()

    async def record(self, number: str, *, seconds: float = PATIENCE_SECONDS) -> CallRecord:
        """That of the newest call of this number, when it is finished."""
        return await self._record(number, seconds, ended=True)

    async def connected(self, number: str) -> CallRecord:
        """That of the newest call of this number, once its caller and an agent talk."""
        return await self._record(number, PATIENCE_SECONDS, ended=False)

    async def _record(self, number: str, seconds: float, *, ended: bool) -> CallRecord:
        engine = make_engine(self.database_url)
        try:
            async with asyncio.timeout(seconds):
                while True:
                    async with snapshot(engine) as connection:
                        calls = await calls_since(connection)
                    for call in calls:
                        done = not call.live if ended else call.record.agent is not None
                        if call.record.number == number:
                            if done:
                                return call.record
                            break
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(
                f"no such record of {number}\n{self.routers[-1].last_lines(30)}"
            ) from None
        finally:
            await engine.dispose()

    async def until_quiet(self) -> None:
        """Until Asterisk has no channel left, and no bridge that nobody keeps."""
        await until_quiet(self.asterisk)

    async def until_logged(self, router: Child, text: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while text not in router.log.read_text():  # noqa: ASYNC110  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"never said {text!r}:\n{router.last_lines(30)}") from None


class Wire:
    """A TCP way to Asterisk's HTTP server that can be cut, frozen and slowed by `delay` seconds.

    While it `refuses`, every request is answered by 500, and Asterisk hears nothing of it.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._writers: set[asyncio.StreamWriter] = set()
        self._is_cut = False
        self._flows = asyncio.Event()
        self._flows.set()
        self.delay = 0.0
        self.refuses = False
        self.url = ""

    def cut(self) -> None:
        self._is_cut = True
        for writer in self._writers:
            writer.transport.abort()

    def mend(self) -> None:
        self._is_cut = False

    def freeze(self) -> None:
        """Nothing comes through any more, and no side is told."""
        self._flows.clear()

    def thaw(self) -> None:
        self._flows.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:  # Asterisk is away
            writer.transport.abort()
            return
        self._writers |= {writer, back}
        async with asyncio.TaskGroup() as group:
            group.create_task(self._copy(reader, back, writer))
            group.create_task(self._copy(there, writer))
        self._writers -= {writer, back}

    async def _copy(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        asker: asyncio.StreamWriter | None = None,
    ) -> None:
        with suppress(OSError):
            while data := await source.read(65_536):
                await asyncio.sleep(self.delay)
                await self._flows.wait()
                if self.refuses and asker is not None and _REQUEST.match(data):
                    asker.write(_REFUSAL * len(_REQUEST.findall(data)))  # several in one go
                elif not (self.refuses and data.startswith(b"{")):  # a request's body
                    target.write(data)
                    await target.drain()
        target.close()


@asynccontextmanager
async def wire_to(asterisk: AsteriskServer) -> AsyncIterator[Wire]:
    """A way to `asterisk` of the test's own."""
    wire = Wire(asterisk.site.http_port)
    server = await asyncio.start_server(wire._serve, "127.0.0.1", 0)
    wire.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield wire
    finally:
        wire.cut()
        server.close()
