"""The whole stack on one machine: PostgreSQL, tables, Asterisk, router; started, watched, ended.

Law: everything is a child that ends with us, in the reverse order of its start; one stack uses a
state folder at a time.
"""

import asyncio
import fcntl
import json
import os
import shlex
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from callrouter.asterisk_conf.site import AsteriskSite
from callrouter.concurrency import spawn
from callrouter.config.configured import DATABASE
from callrouter.local.asterisk import AsteriskServer, warning_about_own_name
from callrouter.local.asterisk_program import find_asterisk
from callrouter.local.child import Child, start_child, until
from callrouter.local.configuration import table_in_database, table_of_file
from callrouter.local.errors import LocalError
from callrouter.local.postgres import PostgresServer
from callrouter.local.settings import LocalSettings
from callrouter.local.tools import abort
from callrouter.routing.model import RoutingTable

Say = Callable[[str], None]

_MIGRATE_SECONDS = 60.0
_READY_SECONDS = 120.0
_DRAIN_SECONDS = 5.0
_QUALIFY_SECONDS = 60
_LONGEST_STATE_DIR = 200
"""In bytes: Asterisk cuts off the paths of its configuration files at 255."""


@dataclass(slots=True)
class Stack:
    """A running stack. `environment` is that of callrouter's commands; it has passwords."""

    settings: LocalSettings
    table: RoutingTable
    postgres: PostgresServer
    asterisk: AsteriskServer
    router: Child
    environment: Mapping[str, str]

    def command_environment(self) -> dict[str, str]:
        """The whole environment for `callrouter …` against this stack."""
        return {**os.environ, **self.environment}

    async def watch(self) -> None:
        """Returns never; raises LocalError as soon as one of the programs has ended."""
        children = (self.router, self.asterisk.child, self.postgres.child)
        await until(lambda: any(child.exit_code is not None for child in children), every=0.2)
        ended = next(child for child in children if child.exit_code is not None)
        raise LocalError(_last_words(ended, "has ended"))


@asynccontextmanager
async def running_stack(settings: LocalSettings, say: Say) -> AsyncIterator[Stack]:
    """Everything started and ready for calls; everything ended when the block is left.

    Raises LocalError, in words for the person who started it.
    """
    state_dir = settings.state_dir.resolve()
    with _only_stack(state_dir):
        file = None if settings.config == DATABASE else table_of_file(Path(settings.config))
        if warning := await asyncio.to_thread(warning_about_own_name):
            say(warning)
        async with AsyncExitStack() as started:
            postgres, asterisk, table = await _start_servers(
                settings, state_dir, file, say, started
            )
            environment = _environment(settings, state_dir, postgres, asterisk)
            _write_environment(state_dir / "environment", environment)
            router = await _start_router(state_dir, environment, started)
            say("router: ready for calls")
            started.callback(say, "stopping")
            yield Stack(settings, table, postgres, asterisk, router, environment)


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
    file: RoutingTable | None,
    say: Say,
    started: AsyncExitStack,
) -> tuple[PostgresServer, AsteriskServer, RoutingTable]:
    """PostgreSQL with its tables, and Asterisk, at the same time; what a file says, or they."""
    postgres = PostgresServer(state_dir)

    async def database() -> RoutingTable:
        started.push_async_callback(postgres.stop)
        await postgres.start()
        await _migrate(state_dir, {"CALLROUTER_DATABASE_URL": postgres.url()})
        say("PostgreSQL: running, tables up to date")
        return file or await table_in_database(postgres.url(), settings.sounds_dir)

    async def telephony(table: asyncio.Task[RoutingTable]) -> AsteriskServer:
        program = await asyncio.to_thread(
            find_asterisk, state_dir, say=say, mirror=settings.debian_mirror
        )
        asterisk = AsteriskServer(
            program,
            state_dir / "asterisk",
            site=asterisk_site(settings),
            log=state_dir / "log" / "asterisk.log",
        )
        started.push_async_callback(asterisk.stop)
        await asterisk.start(file or await table)
        say(f"Asterisk {program.version}: SIP on {settings.bind}:{settings.sip_port}, UDP and TCP")
        return asterisk

    try:
        async with asyncio.TaskGroup() as group:
            table = spawn(group, database(), name="start PostgreSQL")
            asterisk = spawn(group, telephony(table), name="start Asterisk")
    except BaseException as error:
        abort()  # Asterisk may still be being fetched
        if isinstance(error, ExceptionGroup) and isinstance(error.exceptions[0], LocalError):
            raise error.exceptions[0] from None
        raise
    return postgres, asterisk.result(), table.result()


async def _migrate(state_dir: Path, environment: Mapping[str, str]) -> None:
    migrate = start_child(
        "callrouter migrate",
        [sys.executable, "-m", "callrouter", "migrate"],
        log=state_dir / "log" / "migrate.log",
        environment={**os.environ, **environment},
    )
    try:
        async with asyncio.timeout(_MIGRATE_SECONDS):
            code = await migrate.wait()
    finally:
        await migrate.stop()
    if code != 0:
        raise LocalError(_last_words(migrate, "could not bring the database up to date"))


async def _start_router(
    state_dir: Path, environment: Mapping[str, str], started: AsyncExitStack
) -> Child:
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
        started.push_async_callback(router.stop, seconds=_DRAIN_SECONDS + 15.0)
        async with asyncio.timeout(_READY_SECONDS):
            await until(lambda: router.exit_code is not None or _has_text(read_end))
    except TimeoutError:
        raise LocalError(_last_words(router, "was not ready in time")) from None
    finally:
        os.close(read_end)
    if router.exit_code is not None:
        raise LocalError(_last_words(router, "ended while it started"))
    return router


def _environment(
    settings: LocalSettings, state_dir: Path, postgres: PostgresServer, asterisk: AsteriskServer
) -> dict[str, str]:
    server = {
        "url": asterisk.ari_url,
        "username": asterisk.ari_user,
        "password": asterisk.ari_password,
    }
    config = settings.config
    return {
        "CALLROUTER_CONFIG": config if config == DATABASE else str(Path(config).resolve()),
        "CALLROUTER_SOUNDS_DIR": str(settings.sounds_dir),
        "CALLROUTER_DATABASE_URL": postgres.url(),
        "CALLROUTER_ASTERISK_SERVERS": json.dumps([server]),
        "CALLROUTER_PROMPTS_DIR": str(state_dir / "prompts"),
        "CALLROUTER_SPOOL_DIR": str(state_dir / "spool"),
        "CALLROUTER_ASTERISK_CONF_DIR": str(asterisk.conf_dir),
        "CALLROUTER_DRAIN_SECONDS": os.environ.get("CALLROUTER_DRAIN_SECONDS", str(_DRAIN_SECONDS)),
    }


def _write_environment(path: Path, environment: Mapping[str, str]) -> None:
    """For `callrouter calls` in another terminal: `. .state/environment` first."""
    lines = [f'export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"\n']
    lines += [f"export {name}={shlex.quote(value)}\n" for name, value in environment.items()]
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.writelines(lines)


def _last_words(child: Child, what: str) -> str:
    code = child.exit_code
    how = "" if code is None else f" (exit code {code})" if code >= 0 else f" (signal {-code})"
    return f"{child.name} {what}{how}. Its log, {child.log}, ends:\n{child.last_lines()}"


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
