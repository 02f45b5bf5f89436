"""A whole exchange for tests: real Asterisk, PostgreSQL and router process, SIPp phones."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.ari.client import AriClient
from callrouter.ari.commands import Leg
from callrouter.asterisk_conf.site import AsteriskSite
from callrouter.call_requests import Answer, CallRequest, What
from callrouter.config.load import load_file
from callrouter.db.agent_states import change_status
from callrouter.db.asking import asked
from callrouter.db.call_log import calls_since
from callrouter.db.engine import make_engine, snapshot
from callrouter.db.models import Call
from callrouter.db.queries import StoredCall
from callrouter.db.schema import upgrade
from callrouter.local.asterisk import AsteriskServer
from callrouter.local.asterisk_program import AsteriskProgram
from callrouter.local.child import Child, start_child
from callrouter.routing.model import Target
from callrouter.routing.status import StatusChange
from tests.asterisk.quiet import until_quiet

_TRUNK = """[provider]
type = aor
contact = sip:127.0.0.1:{port}

[provider]
type = endpoint
context = from-trunk
aors = provider
disallow = all
allow = alaw,ulaw
direct_media = no
set_var = FORWARD_CONTEXT=callrouter-no-forward
"""

READY_SECONDS = 30.0
RECORD_SECONDS = 30.0


class Exchange:
    """What `exchange` started, and questions to it."""

    def __init__(self, asterisk: AsteriskServer, database_url: str, config: Path) -> None:
        self.asterisk = asterisk
        self.database_url = database_url
        self.config = config
        self.prompts_dir = asterisk.home / "prompts"
        self.elsewhere = AriClient(
            asterisk.ari_url, asterisk.ari_user, asterisk.ari_password, "elsewhere"
        )
        self._elsewhere_legs: list[str] = []
        self._router: Child | None = None

    @property
    def router(self) -> Child:
        assert self._router is not None
        return self._router

    async def start_router(self) -> None:
        """Start `callrouter run` and wait until it says that it is ready."""
        receiving, sending = os.pipe()
        server = {"url": self.asterisk.ari_url, "password": self.asterisk.ari_password}
        self._router = start_child(
            "router",
            [sys.executable, "-m", "callrouter", "run", "--ready-fd", str(sending)],
            log=self.asterisk.home / "router.log",
            environment=os.environ
            | {
                "CALLROUTER_CONFIG": str(self.config),
                "CALLROUTER_DATABASE_URL": self.database_url,
                "CALLROUTER_ASTERISK_SERVERS": msgspec.json.encode([server]).decode(),
                "CALLROUTER_PROMPTS_DIR": str(self.prompts_dir),
                "CALLROUTER_SPOOL_DIR": str(self.asterisk.home / "spooled"),
                "CALLROUTER_ASTERISK_CONF_DIR": str(self.asterisk.conf_dir),
                "CALLROUTER_ASTERISK_LOG_DIR": str(self.asterisk.log_dir),
                "CALLROUTER_DRAIN_SECONDS": "0",
                "CALLROUTER_LOG_LEVEL": "debug",
            },
            pass_fds=[sending],
        )
        os.close(sending)
        with os.fdopen(receiving, "rb") as pipe:
            async with asyncio.timeout(READY_SECONDS):
                said = await asyncio.to_thread(pipe.readline)
        assert said == b"ready\n", self.router.last_lines()

    async def stop_router(self) -> int:
        return await self.router.stop()

    async def calls(self) -> list[StoredCall]:
        """Every record, the newest first."""
        engine = make_engine(self.database_url)
        try:
            async with snapshot(engine) as connection:
                return await calls_since(connection)
        finally:
            await engine.dispose()

    async def ended_calls(
        self, wanted: Callable[[StoredCall], bool], count: int
    ) -> list[StoredCall]:
        """The finished records of the calls that fit, newest first: exactly so many of them."""
        try:
            async with asyncio.timeout(RECORD_SECONDS):
                while True:
                    found = [call for call in await self.calls() if wanted(call)]
                    assert len(found) <= count, found
                    if len(found) == count and not any(call.live for call in found):
                        return found
                    await asyncio.sleep(0.1)
        except TimeoutError:
            log = self.router.last_lines(40)
            callers = sorted(call.record.caller_number for call in found)
            raise AssertionError(f"{len(found)} records, not {count}: {callers}\n{log}") from None

    async def ended_call(self, number: str) -> StoredCall:
        """The one call of this number, when its record is finished."""
        (call,) = await self.ended_calls(lambda call: call.record.number == number, 1)
        return call

    async def pause(self, agent: str) -> None:
        """As `callrouter agents pause` does; the router hears of it within a moment."""
        engine = make_engine(self.database_url)
        try:
            async with engine.begin() as connection:
                change, now = StatusChange.PAUSE, datetime.now(UTC)
                await change_status(connection, agent, change, now, "a test", "lunch")
        finally:
            await engine.dispose()

    async def ask(self, number: str, after: float, to: Target | None) -> Answer | None:
        """A supervisor wants the call to `number` moved or ended, so long after its arrival."""
        engine = make_engine(self.database_url, pool_size=1)
        try:
            call_id, arrived_at = await self._call(engine, number)
            since = (datetime.now(UTC) - arrived_at).total_seconds()
            await asyncio.sleep(max(0.0, after - since))
            what = What.END if to is None else What.MOVE
            request = CallRequest(uuid4(), call_id, what, "sofia", to)
            return await asked(engine, self.database_url, request)
        finally:
            await engine.dispose()

    async def _call(self, engine: AsyncEngine, number: str) -> tuple[UUID, datetime]:
        """The id and the arrival of the call to this number, as soon as there is one."""
        asked = select(Call.id, Call.arrived_at).where(Call.number == number)
        async with asyncio.timeout(RECORD_SECONDS):
            while True:
                async with snapshot(engine) as connection:
                    for call_id, arrived_at in await connection.execute(asked):
                        return call_id, arrived_at
                await asyncio.sleep(0.05)

    async def call_phone(self, account: str) -> None:
        """Put a phone on a call outside callrouter: with another Stasis application."""
        leg = Leg(f"elsewhere-{account}", f"PJSIP/{account}", "", "", "", 10, "")
        assert await self.elsewhere.originate(leg) == [None]
        self._elsewhere_legs.append(leg.channel_id)
        async with asyncio.timeout(5):
            while await self.elsewhere.device_state(f"PJSIP/{account}") != "INUSE":  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def hang_up_elsewhere(self) -> None:
        """End the calls of `call_phone`."""
        while self._elsewhere_legs:
            await self.elsewhere.hang_up(self._elsewhere_legs.pop())

    def password(self, account: str) -> str:
        return self.asterisk.secrets.phone(account)

    async def until_quiet(self) -> None:
        """Until Asterisk has no channel left, and no bridge that nobody keeps."""
        await until_quiet(self.asterisk)


@asynccontextmanager
async def exchange(
    program: AsteriskProgram,
    home: Path,
    site: AsteriskSite,
    database_url: str,
    config: Path,
    trunk_port: int | None = None,
) -> AsyncIterator[Exchange]:
    """Asterisk with the phones of `config`, a migrated database, and a router that is ready.

    With a `trunk_port`, outside numbers are dialled there.
    """
    asterisk = AsteriskServer(program, home, site=site)
    if trunk_port is not None:
        asterisk.conf_dir.mkdir(parents=True, exist_ok=True)
        trunk = asterisk.conf_dir / "pjsip_trunk.conf"
        await asyncio.to_thread(trunk.write_text, _TRUNK.format(port=trunk_port))
    here = Exchange(asterisk, database_url, config)
    engine = make_engine(database_url)
    await upgrade(engine)
    await engine.dispose()
    await asterisk.start(load_file(config).table)
    try:
        await here.start_router()
        try:
            async with here.elsewhere, asyncio.TaskGroup() as group:
                listening = group.create_task(_listen(here.elsewhere), name="elsewhere")
                yield here
                listening.cancel()
        finally:
            await here.stop_router()
    finally:
        await asterisk.stop()


async def _listen(client: AriClient) -> None:
    """A Stasis application exists while somebody listens for it."""
    await client.listen(lambda event: None)
