"""The whole stack on one machine: PostgreSQL, Asterisk, router, console; started, watched, ended.

Law: everything is a child that ends with us, in the reverse order of its start; one stack uses a
state folder at a time.
"""

import asyncio
import fcntl
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from callrouter.asterisk_conf.site import AsteriskSite
from callrouter.concurrency import spawn
from callrouter.local.asterisk import AsteriskServer, warning_about_own_name
from callrouter.local.asterisk_program import find_asterisk
from callrouter.local.child import Child, start_child, until
from callrouter.local.configuration import (
    NOTHING,
    Followed,
    command_to_fill,
    followed,
    likely_table,
    table_in_database,
)
from callrouter.local.console import ConsoleServer
from callrouter.local.environment import (
    DRAIN_SECONDS,
    database_environment,
    whole_environment,
    write_environment,
)
from callrouter.local.errors import LocalError
from callrouter.local.postgres import PostgresServer
from callrouter.local.settings import LocalSettings
from callrouter.local.tools import abort
from callrouter.routing.model import RoutingTable

Say = Callable[[str], None]

_COMMAND_SECONDS = 60.0
_READY_SECONDS = 120.0
_QUALIFY_SECONDS = 60
_LONGEST_STATE_DIR = 200
"""In bytes: Asterisk cuts off the paths of its configuration files at 255."""


@dataclass(slots=True)
class Stack:
    """A running stack. `environment` is that of callrouter's commands; it has passwords.

    `table` is what calls were routed by at the start; nothing yet in an empty database.
    """

    settings: LocalSettings
    followed: Followed
    table: RoutingTable
    postgres: PostgresServer
    asterisk: AsteriskServer
    router: Child
    console: ConsoleServer
    environment: Mapping[str, str]
    say: Say

    def command_environment(self) -> dict[str, str]:
        """The whole environment for `callrouter …` against this stack."""
        return {**os.environ, **self.environment}

    async def watch(self) -> None:
        """Returns never; raises LocalError (in a group) when a program has ended that calls need.

        The console is started again.
        """
        children = (self.router, self.asterisk.child, self.postgres.child)
        async with asyncio.TaskGroup() as group:
            spawn(group, self.console.keep(self.say), name="keep the console up")
            await until(lambda: any(child.exit_code is not None for child in children), every=0.2)
            ended = next(child for child in children if child.exit_code is not None)
            raise LocalError(ended.last_words("has ended"))


@asynccontextmanager
async def running_stack(settings: LocalSettings, say: Say) -> AsyncIterator[Stack]:
    """Everything started and ready for calls; everything ended when the block is left.

    Raises LocalError, in words for the person who started it.
    """
    state_dir = settings.state_dir.resolve()
    with _only_stack(state_dir):
        chosen = followed(settings)
        if warning := await asyncio.to_thread(warning_about_own_name):
            say(warning)
        async with AsyncExitStack() as started:
            postgres, asterisk, table = await _start_servers(
                settings, state_dir, chosen, say, started
            )
            environment = whole_environment(settings, state_dir, chosen, postgres, asterisk)
            write_environment(state_dir / "environment", environment)
            console = ConsoleServer(
                settings.console_port,
                log=state_dir / "log" / "console.log",
                environment=environment,
            )
            async with asyncio.TaskGroup() as group:
                started.push_async_callback(console.stop)
                spawn(group, console.start(), name="start the console")
                starting = spawn(
                    group,
                    _start_router(state_dir, environment, started, wait=table is not None),
                    name="start the router",
                )
            router = starting.result()
            say(chosen.words)
            if table is None:
                say("router: waits for a first configuration; make it in the console")
            else:
                say("router: ready for calls")
            say(f"console: {console.url}")
            started.callback(say, "stopping")
            yield Stack(
                settings,
                chosen,
                table or NOTHING,
                postgres,
                asterisk,
                router,
                console,
                environment,
                say,
            )


def asterisk_site(settings: LocalSettings) -> AsteriskSite:
    """How Asterisk listens. Phones on this machine are not asked by OPTIONS if they are there."""
    return AsteriskSite(
        sip_bind=settings.bind,
        sip_port=settings.sip_port,
        external_address=settings.external_address,
        http_bind="127.0.0.1",
        http_port=settings.ari_port,
        rtp_start=settings.rtp_start,
        rtp_end=settings.rtp_end,
        qualify_seconds=0 if settings.on_loopback else _QUALIFY_SECONDS,
        local=True,
    )


async def _start_servers(
    settings: LocalSettings,
    state_dir: Path,
    chosen: Followed,
    say: Say,
    started: AsyncExitStack,
) -> tuple[PostgresServer, AsteriskServer, RoutingTable | None]:
    """PostgreSQL with its tables, and Asterisk, at the same time; what a file says, or they."""
    postgres = PostgresServer(state_dir)

    async def database() -> RoutingTable | None:
        started.push_async_callback(postgres.stop)
        await postgres.start()
        environment = database_environment(settings, state_dir, postgres)
        await _finish("migrate", ["migrate"], state_dir, environment)
        say("PostgreSQL: running, tables up to date")
        if chosen.table is not None:
            return chosen.table
        table = await table_in_database(postgres.url(), settings.sounds_dir)
        if table is None and chosen.first is not None:
            (state_dir / "prompts").mkdir(exist_ok=True)  # what is rendered now the router uses
            await _finish("import", command_to_fill(chosen.first), state_dir, environment)
            say(f"the database was empty: {chosen.first.name} is in it now")
            table = await table_in_database(postgres.url(), settings.sounds_dir)
        return table

    async def telephony() -> AsteriskServer:
        program = await asyncio.to_thread(
            find_asterisk, state_dir, say=say, mirror=settings.debian_mirror
        )
        asterisk = AsteriskServer(
            program,
            state_dir / "asterisk",
            site=asterisk_site(settings),
            log=state_dir / "log" / "asterisk.log",
        )
        likely = await asyncio.to_thread(likely_table, chosen, state_dir, settings.sounds_dir)
        started.push_async_callback(asterisk.stop)
        await asterisk.start(likely)
        say(f"Asterisk {program.version}: SIP on {settings.bind}:{settings.sip_port}, UDP and TCP")
        return asterisk

    try:
        async with asyncio.TaskGroup() as group:
            table = spawn(group, database(), name="start PostgreSQL")
            asterisk = spawn(group, telephony(), name="start Asterisk")
    except BaseException as error:
        abort()  # Asterisk may still be being fetched
        if isinstance(error, ExceptionGroup) and isinstance(error.exceptions[0], LocalError):
            raise error.exceptions[0] from None
        raise
    return postgres, asterisk.result(), table.result()


async def _finish(
    name: str, command: Sequence[str], state_dir: Path, environment: Mapping[str, str]
) -> None:
    """Run one of callrouter's commands to its end. Raises LocalError with what it said."""
    child = start_child(
        f"callrouter {name}",
        [sys.executable, "-m", "callrouter", *command],
        log=state_dir / "log" / f"{name}.log",
        environment={**os.environ, **environment},
    )
    try:
        async with asyncio.timeout(_COMMAND_SECONDS):
            code = await child.wait()
    finally:
        await child.stop()
    if code != 0:
        raise LocalError(child.last_words("could not do its work"))


async def _start_router(
    state_dir: Path, environment: Mapping[str, str], started: AsyncExitStack, *, wait: bool
) -> Child:
    """The router; where we `wait`, it is ready for calls."""
    read_end, write_end = os.pipe()
    os.set_blocking(read_end, False)
    try:
        router = start_child(
            "callrouter run",
            [sys.executable, "-m", "callrouter", "run", "--ready-fd", str(write_end)],
            log=state_dir / "log" / "router.log",
            environment={**os.environ, **environment},
            pass_fds=(write_end,),
        )
        os.close(write_end)
        started.push_async_callback(router.stop, seconds=DRAIN_SECONDS + 15.0)
        async with asyncio.timeout(_READY_SECONDS):
            await until(lambda: router.exit_code is not None or not wait or _has_text(read_end))
    except TimeoutError:
        raise LocalError(router.last_words("was not ready in time")) from None
    finally:
        os.close(read_end)
    if router.exit_code is not None:
        raise LocalError(router.last_words("ended while it started"))
    return router


def _has_text(descriptor: int) -> bool:
    try:
        return bool(os.read(descriptor, 64))
    except BlockingIOError:
        return False


@contextmanager
def _only_stack(state_dir: Path) -> Iterator[None]:
    remedy = "Another folder: CALLROUTER_LOCAL_STATE_DIR."
    if len(os.fsencode(state_dir)) > _LONGEST_STATE_DIR:
        raise LocalError(f"The path {state_dir} is too long for Asterisk. {remedy}")
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        lock_file = (state_dir / "lock").open("a+")
    except OSError as error:
        raise LocalError(f"{state_dir} cannot be used: {error.strerror}. {remedy}") from None
    with lock_file as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise LocalError(
                f"Another stack (process {lock.read().strip()}) uses {state_dir}. Stop it, or "
                "give this one a folder and ports of its own: CALLROUTER_LOCAL_STATE_DIR, "
                "CALLROUTER_LOCAL_SIP_PORT, CALLROUTER_LOCAL_ARI_PORT, CALLROUTER_LOCAL_RTP_START, "
                "CALLROUTER_LOCAL_RTP_END."
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


__all__ = ["Stack", "asterisk_site", "running_stack"]
