"""What is made to fail: one Asterisk, one PostgreSQL, routers, and the way between, with a load."""

import asyncio
import os
import shutil
import signal
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg

from callrouter.concurrency import beside
from callrouter.config.load import load_file
from callrouter.db.engine import make_engine
from callrouter.db.schema import upgrade
from callrouter.local.asterisk import AsteriskServer
from callrouter.local.asterisk_program import AsteriskProgram, find_asterisk, in_place
from callrouter.local.child import Child, until
from callrouter.local.packages import unpacked
from callrouter.local.ports import free_ports
from callrouter.local.postgres import PostgresServer
from tests.asterisk.conftest import loopback_site
from tests.asterisk.routers import Place, Wire, wire_to
from tests.asterisk.sipp import Sipp
from tests.chaos import company
from tests.chaos.load import TEMPERS, Callers, Phones
from tests.chaos.set_clock import SetClock

_RESTORE_SECONDS = 60.0
_REGISTER_SECONDS = 120.0
"""Asterisk lets no registration live longer than 300 s."""

_FULL = """
CREATE FUNCTION chaos_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
END $$;
DO $$ DECLARE each regclass; BEGIN
    FOR each IN
        SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    LOOP
        EXECUTE format(
            'CREATE TRIGGER chaos_full BEFORE INSERT ON %s EXECUTE FUNCTION chaos_full()', each);
    END LOOP;
END $$;
"""


class Stack:
    """Everything of one run; `router` is the process that acts, or should.

    `crashes` says from when to when Asterisk was away because it had ended by itself.
    """

    def __init__(
        self,
        place: Place,
        wire: Wire,
        postgres: PostgresServer,
        phones: Phones,
        sipp: Sipp,
        command: Sequence[str],
    ) -> None:
        self.place = place
        self.wire = wire
        self.postgres = postgres
        self.phones = phones
        self._sipp = sipp
        self._command = command
        self.crashes: list[tuple[float, float]] = []
        self._asterisk_should_run = True
        self.clock = SetClock(place.asterisk.home)
        self._clock_of: Child | None = None

    @property
    def router(self) -> Child:
        return self.place.routers[-1]

    async def start_router(self) -> float:
        """Another router; returns when it was launched, once it is ready."""
        launched = time.time()
        await self.place.start_router(url=self.wire.url)
        return launched

    async def have_a_clock_to_set(self) -> str:
        """Let a router take over whose clock can be set; returns what stands against it."""
        if self._clock_of is self.router:
            return ""
        try:
            await asyncio.to_thread(self.clock.prepare)
        except RuntimeError as why:
            return str(why)
        old, self.place.environment = self.router, self.clock.environment
        try:
            await self.start_router()
        finally:
            self.place.environment = {}
        await old.wait()
        self._clock_of = self.router
        return ""

    async def kill_with_standby(self) -> float:
        """Kill the router while another stands by, which answers then; returns when it died."""
        active = self.router
        standby, ready = self.place.launch_router(url=self.wire.url, standby=True)
        os.close(ready)
        async with asyncio.timeout(_RESTORE_SECONDS):
            await until(lambda: "standing by" in standby.log.read_text())
            await active.stop(signal.SIGKILL)
            died = time.time()
            await until(lambda: "ready: configuration" in standby.log.read_text())
        return died

    async def start_router_and_kill(self, seconds: float) -> None:
        """Another router, killed so long after its start, ready or not."""
        router, receiving = self.place.launch_router(url=self.wire.url)
        await asyncio.sleep(seconds)
        await router.stop(signal.SIGKILL)
        os.close(receiving)

    async def kill_asterisk(self) -> None:
        self._asterisk_should_run = False
        await self.place.asterisk.child.stop(signal.SIGKILL)

    async def start_asterisk(self) -> None:
        """Asterisk, which has ended, and its phones, which register again."""
        asterisk = self.place.asterisk
        await asterisk.start(load_file(self.place.config).table)
        await self.register()
        self._asterisk_should_run = True

    async def keep_asterisk(self) -> None:
        """For ever: start it again when it has crashed, as whoever runs it in earnest has it, and
        let the phones register before their time is over."""
        registered = time.time()
        while True:
            await asyncio.sleep(0.2)
            now = time.time()
            if self._has_crashed():
                await self.start_asterisk()
                self.crashes.append((now, time.time()))
                registered = time.time()
            elif self._asterisk_should_run and now - registered > _REGISTER_SECONDS:
                await self.register()
                registered = now

    def _has_crashed(self) -> bool:
        return self._asterisk_should_run and self.place.asterisk.child.exit_code is not None

    async def register(self) -> None:
        secrets = self.place.asterisk.secrets
        await self._sipp.register(
            [
                (account, secrets.phone(account), port)
                for kind, port in self.phones.ports.items()
                for account in company.accounts(kind)
            ],
            expires=7200,
        )

    def callers(self, stage: str) -> Callers:
        site = self.place.asterisk.site
        folder = self.place.asterisk.home
        return Callers(self._command, folder, site.sip_port, free_ports(len(TEMPERS)), stage)

    def database_processes(self) -> list[int]:
        """PostgreSQL's own process and its children."""
        parent = self.postgres.child.pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        return [parent, *map(int, children)]

    @asynccontextmanager
    async def database_is_full(self) -> AsyncIterator[None]:
        """Whoever wants to add a row is told what PostgreSQL says on a full disk."""
        connection = await asyncpg.connect(self.place.database_url)
        try:
            await connection.execute(_FULL)
            yield
            await connection.execute("DROP FUNCTION chaos_full() CASCADE")
        finally:
            await connection.close()

    async def restore(self) -> None:
        """Everything is up and reachable again, whatever a fault left behind."""
        self.wire.mend()
        self.wire.thaw()
        self.wire.delay, self.wire.refuses = 0.0, False
        async with asyncio.timeout(_RESTORE_SECONDS):
            if self.router.exit_code is not None:
                await self.start_router()


def sipp_command(state_dir: Path) -> tuple[str, ...]:
    if installed := shutil.which("sipp"):
        return (installed,)
    return in_place(
        unpacked("sipp", ["sip-tester"], state_dir=state_dir, say=print), "usr/bin/sipp"
    )


def asterisk_program(state_dir: Path) -> AsteriskProgram:
    return find_asterisk(state_dir, say=print)


@asynccontextmanager
async def stack(
    program: AsteriskProgram, sipp: Sequence[str], folder: Path
) -> AsyncIterator[Stack]:
    """Everything, started in `folder`, and ended and gone at the end."""
    async with AsyncExitStack() as ends:
        postgres = PostgresServer(folder)  # what it has committed is not to be lost with it
        ends.push_async_callback(postgres.stop)
        await postgres.start()
        engine = make_engine(postgres.url())
        await upgrade(engine)
        await engine.dispose()
        config = folder / "company.yaml"
        config.write_text(company.configuration())
        asterisk = AsteriskServer(program, folder / "a", site=loopback_site())
        ends.push_async_callback(asterisk.stop)
        await asterisk.start(load_file(config).table)
        place = Place(asterisk, postgres.url(), config)
        ends.push_async_callback(place.stop_routers)
        wire = await ends.enter_async_context(wire_to(asterisk))
        phones = Phones(sipp, asterisk.home, free_ports(len(company.PHONES)))
        ends.push_async_callback(phones.stop)
        await phones.start()
        registrar = Sipp(sipp, asterisk.home, asterisk.site.sip_port)
        started = Stack(place, wire, postgres, phones, registrar, sipp)
        await started.register()
        await started.start_router()
        await ends.enter_async_context(beside(started.keep_asterisk(), name="keep Asterisk"))
        yield started
