"""The kinds that are compared, each with an Asterisk of its own that serves nothing else."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import aiohttp
import msgspec

from benchmarks.side_by_side import company
from benchmarks.side_by_side.load import HOLD_SECONDS, Load, Phones, run_load
from callrouter.asterisk_conf.site import AsteriskSite
from callrouter.config.load import load_file
from callrouter.db.engine import make_engine
from callrouter.db.schema import upgrade
from callrouter.local.asterisk import AsteriskServer
from callrouter.local.asterisk_program import AsteriskProgram
from callrouter.local.child import Child, start_child
from callrouter.local.ports import free_ports, free_range
from callrouter.local.postgres import PostgresServer
from tests.asterisk.sipp import Sipp

_READY_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Kind:
    """`way` is which numbers are dialled; `server` what decides.

    `greeting_ms` is what a greeting adds before the first phone can ring. What is not `usual` runs
    only where it is asked for.
    """

    name: str
    title: str
    server: str
    way: str = company.SEQUENTIAL
    greeting_ms: float = 0.0
    usual: bool = True


KINDS = (
    Kind("dial", "dialplan Dial()", "dial"),
    Kind("queue", "app_queue", "queue"),
    Kind("agi", "FastAGI + Dial()", "agi"),
    Kind("bare", "bare ARI script", "bare"),
    Kind("callrouter", "callrouter", "callrouter"),
    Kind("callrouter-greeting", "callrouter, greeting", "callrouter", company.GREETED, 600.0),
    Kind("dial-3", "Dial(), 3 phones", "dial", company.SIMULTANEOUS),
    Kind("queue-3", "app_queue, 3 phones", "queue", company.SIMULTANEOUS),
    Kind("callrouter-3", "callrouter, 3 phones", "callrouter", company.SIMULTANEOUS),
    Kind("least", "the least ARI can do", "least", usual=False),
    Kind("handed", "ARI, then Dial()", "handed", usual=False),
)


def kind_named(name: str) -> Kind:
    return next(kind for kind in KINDS if kind.name == name)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run takes place: programs, a folder, and a PostgreSQL for all kinds."""

    program: AsteriskProgram
    sipp: Sequence[str]
    folder: Path
    postgres: PostgresServer


@dataclass(frozen=True, slots=True)
class Running:
    """One kind that is up, its phones registered.

    `decider` is the process that decides where that is neither callrouter nor Asterisk; `register`
    lets the phones be known for another five minutes.
    """

    asterisk: AsteriskServer
    phones: Phones
    router: Child | None
    decider: int | None
    health_port: int | None
    register: Callable[[], Awaitable[None]]

    async def counts(self) -> tuple[int, int]:
        """Requests sent and events heard so far; zeros where it is not callrouter."""
        if self.health_port is None:
            return 0, 0
        address = f"http://127.0.0.1:{self.health_port}/health"
        async with aiohttp.ClientSession() as session, session.get(address) as answer:
            (server,) = (await answer.json())["asterisk"]
            return server["requests"], server["events"]

    async def load(
        self, place: Place, way: str, rate: int, seconds: float, hold: float = HOLD_SECONDS
    ) -> Load:
        """Calls to the numbers of one way; see `run_load`."""
        (port,) = free_ports(1)
        site, home = self.asterisk.site, self.asterisk.home
        numbers = company.numbers_of(way)
        return await run_load(
            *(place.sipp, home, site.sip_port, port, numbers, rate, seconds, self.phones, hold)
        )


@asynccontextmanager
async def running(kind: Kind, place: Place, name: str) -> AsyncIterator[Running]:
    """Start everything of one kind; stop it all at the end."""
    folder = place.folder / name
    folder.mkdir()
    config = folder / "company.yaml"
    sound = folder / "greeting.wav"
    await asyncio.to_thread(write_sound, sound)
    config.write_text(company.configuration(str(sound)))
    table = await asyncio.to_thread(lambda: load_file(config).table)
    asterisk = AsteriskServer(place.program, folder, site=bench_site())
    agi_port, health_port, *phone_ports = free_ports(4)
    asterisk.conf_dir.mkdir(parents=True, exist_ok=True)
    _extend(asterisk.conf_dir, kind, agi_port)
    await asterisk.start(table)
    phones = Phones(place.sipp, folder, (phone_ports[0], phone_ports[1]))
    router = None
    try:
        if kind.server == "queue":
            await asyncio.to_thread(asterisk.console, "module load app_queue.so")
        if kind.server == "agi":
            for module in ("res_speech.so", "res_agi.so"):
                await asyncio.to_thread(asterisk.console, f"module load {module}")
        await phones.start()
        register = partial(_register, place, folder, asterisk, phones)
        await register()
        async with _deciding(kind, asterisk, agi_port) as decider:
            if kind.server == "callrouter":
                router = await _start_router(place, folder, config, asterisk, health_port)
            asked = health_port if router else None
            yield Running(asterisk, phones, router, decider, asked, register)
    finally:
        if router:
            await router.stop()
        await phones.stop()
        await asterisk.stop()


@asynccontextmanager
async def _deciding(
    kind: Kind, asterisk: AsteriskServer, agi_port: int
) -> AsyncIterator[int | None]:
    """The other kinds' programs, as processes of their own."""
    if kind.server not in ("agi", "bare", "least", "handed"):
        yield None
        return
    program = [sys.executable, "-m", "benchmarks.side_by_side.serve", kind.server]
    child = start_child(
        kind.server,
        [*program, str(agi_port), asterisk.ari_url, asterisk.ari_user, asterisk.ari_password],
        log=asterisk.home / f"{kind.server}.log",
        environment=os.environ,
    )
    try:
        await asyncio.sleep(2.0)  # until it listens
        yield child.pid
    finally:
        await child.stop()


async def _start_router(
    place: Place, folder: Path, config: Path, asterisk: AsteriskServer, health_port: int
) -> Child:
    await place.postgres.create_database(folder.name.replace("-", "_"))
    url = place.postgres.url(folder.name.replace("-", "_"))
    engine = make_engine(url)
    await upgrade(engine)
    await engine.dispose()
    receiving, sending = os.pipe()
    server = {"url": asterisk.ari_url, "password": asterisk.ari_password}
    router = start_child(
        "router",
        [sys.executable, "-m", "callrouter", "run", "--ready-fd", str(sending)],
        log=folder / "router.log",
        environment=os.environ
        | {
            "CALLROUTER_CONFIG": str(config),
            "CALLROUTER_DATABASE_URL": url,
            "CALLROUTER_ASTERISK_SERVERS": msgspec.json.encode([server]).decode(),
            "CALLROUTER_PROMPTS_DIR": str(folder / "prompts"),
            "CALLROUTER_SPOOL_DIR": str(folder / "spooled"),
            "CALLROUTER_HEALTH_PORT": str(health_port),
            "CALLROUTER_DRAIN_SECONDS": "5",
        },
        pass_fds=[sending],
    )
    os.close(sending)
    with os.fdopen(receiving, "rb") as pipe:
        async with asyncio.timeout(_READY_SECONDS):
            said = await asyncio.to_thread(pipe.readline)
    if said != b"ready\n":
        raise SystemExit(f"the router did not start:\n{router.last_lines()}")
    return router


async def _register(place: Place, folder: Path, asterisk: AsteriskServer, phones: Phones) -> None:
    sipp = Sipp(tuple(place.sipp), folder, asterisk.site.sip_port)
    accounts = [
        (name, asterisk.secrets.phone(name), port)
        for names, port in (
            (company.answering_accounts(), phones.ports[0]),
            (company.silent_accounts(), phones.ports[1]),
        )
        for name in names
    ]
    await sipp.register(accounts)


def bench_site() -> AsteriskSite:
    """An Asterisk on loopback, on ports of its own."""
    sip_port, http_port = free_ports(2)
    # Two for each party of a call; three may ring for it.
    rtp_start, rtp_end = free_range(min(5000, 8 * company.NUMBERS * company.MEMBERS))
    return AsteriskSite(
        sip_bind="127.0.0.1",
        sip_port=sip_port,
        http_port=http_port,
        rtp_start=rtp_start,
        rtp_end=rtp_end,
        qualify_seconds=0,
        local=True,
    )


def _extend(conf_dir: Path, kind: Kind, agi_port: int) -> None:
    """The dialplan of the kinds that decide in Asterisk, in the file that is kept for one's own."""
    match kind.server:
        case "dial":
            text = company.dialplan_of_dial()
        case "queue":
            text = company.dialplan_of_queues()
            (conf_dir / "queues.conf").write_text(company.queues())
        case "agi":
            text = company.dialplan_of_agi(agi_port)
        case "bare" | "least" | "handed":
            text = company.dialplan_of_stasis(kind.server)
        case _:
            return
    (conf_dir / "extensions_custom.conf").write_text(text)


def write_sound(path: Path) -> None:
    """A greeting of a third of a second, so that calls do not last longer for it."""
    from callrouter.local.sound import tone

    tone(440.0, 0.3).save(path)
