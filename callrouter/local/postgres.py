"""The embedded PostgreSQL 18: a child process behind a Unix socket, for one machine and for tests.

Law: no TCP; only the user who started it gets in; nothing outside its own folders is changed.
"""

import asyncio
import os
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import asyncpg

from callrouter.local.child import Child, launched, start_child, until
from callrouter.local.errors import LocalError
from callrouter.local.postgres_place import PostgresPlace, find_place, socket_folder

VERSION = "18"
USER = "callrouter"
DATABASE = "callrouter"
_START_SECONDS = 30.0
_LEFTOVER_SECONDS = 10.0


class PostgresServer:
    """One database server whose data lie under `state_dir`.

    `durable=False` does without fsync: for tests only.
    """

    def __init__(self, state_dir: Path, *, durable: bool = True) -> None:
        self._state_dir = state_dir
        self._durable = durable
        self._place: PostgresPlace | None = None
        self._child: Child | None = None
        self._socket_dir: Path | None = None
        self._socket_dir_is_temporary = False
        self._password = ""

    async def start(self) -> None:
        """Make the cluster if it is new, start the server, and return when it takes connections.

        Raises LocalError with the server's own last words when it does not start.
        """
        place = self._place = await asyncio.to_thread(self._prepare)
        self._child = self._launch(place)
        try:
            async with asyncio.timeout(_START_SECONDS):
                await self._until_ready(self._child)
        except TimeoutError:
            await self.stop()
            raise LocalError(
                f"PostgreSQL was not ready within {_START_SECONDS:.0f} s. Its log: {self.log}\n"
                f"{self._child.last_lines()}"
            ) from None
        except BaseException:
            await self.stop()
            raise
        await self.create_database(DATABASE, exist_ok=True)

    async def stop(self) -> None:
        """Fast shutdown: connections are cut, everything committed is on disk. Twice is safe."""
        if self._child is not None:
            await self._child.stop(signal.SIGINT, seconds=20.0)
        if self._socket_dir is not None:
            _remove_sockets(self._socket_dir)
            if self._socket_dir_is_temporary:
                shutil.rmtree(self._socket_dir, ignore_errors=True)

    @property
    def child(self) -> Child:
        """The server's process; only after `start`."""
        if self._child is None:
            raise LocalError("PostgreSQL has not been started.")
        return self._child

    @property
    def log(self) -> Path:
        return self._state_dir / "log" / "postgres.log"

    def url(self, database: str = DATABASE) -> str:
        """`postgresql://…` of one database, with its password: not for a command line or a log."""
        if self._socket_dir is None:
            raise LocalError("PostgreSQL has not been started.")
        host = quote(str(self._socket_dir), safe="")
        return f"postgresql://{USER}:{self._password}@/{quote(database)}?host={host}"

    async def create_database(
        self, name: str, *, template: str | None = None, exist_ok: bool = False
    ) -> None:
        """CREATE DATABASE, empty or as a copy of `template`, which nobody may be using then."""
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            copy = f' TEMPLATE "{template}" STRATEGY FILE_COPY' if template else ""
            await connection.execute(f'CREATE DATABASE "{name}"{copy}')
        except asyncpg.DuplicateDatabaseError:
            if not exist_ok:
                raise
        finally:
            await connection.close()

    async def drop_database(self, name: str) -> None:
        """DROP DATABASE, cutting whoever is connected."""
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        finally:
            await connection.close()

    def _prepare(self) -> PostgresPlace:
        place = find_place(self._state_dir)
        self._password = _password(self._state_dir / "postgres" / "password")
        if not place.data.exists():
            _make_cluster(place, self._password, durable=self._durable)
        version = (place.data / "PG_VERSION").read_text().strip()
        if version != VERSION:
            raise LocalError(
                f"The database in {place.data} is of PostgreSQL {version}, this one is {VERSION}. "
                "Dump it with the old version, or remove it to begin with an empty one."
            )
        _end_leftover_server(place.data)
        self._socket_dir, self._socket_dir_is_temporary = socket_folder(place)
        _remove_sockets(self._socket_dir)
        return place

    def _launch(self, place: PostgresPlace) -> Child:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": '"' + str(self._socket_dir).replace('"', '""') + '"',
            "unix_socket_permissions": "0700",
            "log_timezone": "UTC",
            "timezone": "UTC",
        }
        if not self._durable:
            settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
        options = [f"--{name}={value}" for name, value in settings.items()]
        return start_child(
            "PostgreSQL",
            [place.binaries / "bin" / "postgres", "-D", place.data, *options],
            log=self.log,
            environment=_environment(),
            folder=place.home,
            user=place.user,
            death_signal=signal.SIGINT,
        )

    async def _until_ready(self, child: Child) -> None:
        await until(lambda: child.exit_code is not None or self._says_ready(child.pid))
        if child.exit_code is not None:
            raise LocalError(
                f"PostgreSQL ended while it started (exit code {child.exit_code}). "
                f"Its log: {self.log}\n{child.last_lines()}"
            )

    def _says_ready(self, pid: int) -> bool:
        if self._place is None:
            return False
        lines = _lines(self._place.data / "postmaster.pid")
        return lines[:1] == [str(pid)] and lines[7:8] == ["ready"]


def _remove_sockets(folder: Path) -> None:
    """A server that was killed leaves them."""
    for leftover in folder.glob(".s.PGSQL.*"):
        leftover.unlink()


def _make_cluster(place: PostgresPlace, password: str, *, durable: bool) -> None:
    """initdb beside the final place, then a rename: a cluster exists whole or not at all."""
    unfinished = place.home / "data.unfinished"
    if unfinished.exists():
        shutil.rmtree(unfinished)
    place.give(unfinished)
    read_end, write_end = os.pipe()
    if place.user:
        os.fchown(read_end, unfinished.stat().st_uid, -1)  # it is opened again, by name
    os.write(write_end, password.encode() + b"\n")
    os.close(write_end)
    options = ["--auth=scram-sha-256", f"--pwfile=/dev/fd/{read_end}", f"--username={USER}"]
    options += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
    options += ["--builtin-locale=C.UTF-8", "--no-instructions"]
    options += [] if durable else ["--no-sync"]
    initdb: list[str | Path] = [place.binaries / "bin" / "initdb", "-D", unfinished, *options]
    try:
        finished = subprocess.run(
            launched(initdb, user=place.user, death_signal=signal.SIGKILL),
            env=_environment(),
            cwd=place.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(read_end,),
            text=True,
            errors="replace",
            check=False,
        )
    finally:
        os.close(read_end)
    if finished.returncode != 0:
        raise LocalError(f"PostgreSQL's initdb failed:\n{finished.stdout.strip()}")
    unfinished.rename(place.data)


def _end_leftover_server(data: Path) -> None:
    """Deal with a postmaster.pid: end our own server of a time before, or remove the dead file.

    PostgreSQL itself refuses to start when the pid in the file has since gone to any other
    program of the same user.
    """
    pid_file = data / "postmaster.pid"
    first = _lines(pid_file)[:1]
    if not first:
        pid_file.unlink(missing_ok=True)
        return
    process = Path("/proc") / first[0]
    try:
        ours = (process / "cwd").resolve(strict=True) == data.resolve()
    except OSError:
        ours = False
    if ours:
        os.kill(int(first[0]), signal.SIGINT)
        deadline = time.monotonic() + _LEFTOVER_SECONDS
        while process.exists():
            if time.monotonic() > deadline:
                raise LocalError(
                    f"A PostgreSQL of an earlier start (process {first[0]}) still uses {data} "
                    "and does not end when asked to. End it and start again."
                )
            time.sleep(0.05)
    pid_file.unlink(missing_ok=True)


def _password(path: Path) -> str:
    """The password of this state folder, made once and readable only for its owner."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        password = secrets.token_urlsafe(24)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(password + "\n")
        return password


def _environment() -> dict[str, str]:
    """Little: a stray PGDATA or an uninstalled LANG must not reach the server."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def _lines(path: Path) -> list[str]:
    try:
        return [line.strip() for line in path.read_text(errors="replace").splitlines()]
    except OSError:
        return []
