"""The embedded PostgreSQL: it starts anywhere, keeps its data, and never stays behind."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from callrouter.local.errors import LocalError
from callrouter.local.postgres import PostgresServer
from callrouter.local.postgres_place import remove_place
from tests.conftest import run_now

pytestmark = pytest.mark.postgres


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="callrouter-test-") as made:
        Path(made).chmod(0o711)
        yield Path(made)


TABLES = "select count(*) from pg_tables where schemaname = 'public'"


async def fetch(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_is_version_18_with_utf8(postgres_url: str) -> None:
    assert str(await fetch(postgres_url, "show server_version")).startswith("18.")
    assert await fetch(postgres_url, "show server_encoding") == "UTF8"
    assert await fetch(postgres_url, "select upper('žć')") == "ŽĆ"


async def test_sqlalchemy_takes_the_url(postgres_url: str) -> None:
    engine = create_async_engine(postgres_url.replace("postgresql:", "postgresql+asyncpg:", 1))
    async with engine.connect() as connection:
        assert (await connection.execute(text("select 1"))).scalar() == 1
    await engine.dispose()


async def test_each_test_has_a_database_of_its_own(postgres_url: str) -> None:
    assert await fetch(postgres_url, TABLES) == 0
    await fetch(postgres_url, "create table mine (id int)")


test_and_it_is_empty_again = test_each_test_has_a_database_of_its_own


async def test_keeps_data_from_one_start_to_the_next(folder: Path) -> None:
    for expected in (1, 2):
        server = PostgresServer(folder, durable=False)
        await server.start()
        await fetch(server.url(), "create table if not exists starts (id serial)")
        await fetch(server.url(), "insert into starts default values")
        assert await fetch(server.url(), "select count(*) from starts") == expected
        await server.stop()
        await server.stop()


async def test_a_wrong_password_does_not_get_in(postgres_server: PostgresServer) -> None:
    url = postgres_server.url()
    password = url.split(":")[2].split("@")[0]
    with pytest.raises(asyncpg.InvalidPasswordError):
        await fetch(url.replace(password, "guessed"), "select 1")


@pytest.mark.parametrize("name", ["with space, and 'quote\"", "deep" * 30], ids=["odd", "long"])
async def test_starts_in_a_folder_whose_name_is(folder: Path, name: str) -> None:
    state_dir = folder / name
    state_dir.mkdir()
    server = PostgresServer(state_dir, durable=False)
    await server.start()
    assert await fetch(server.url(), "select 1") == 1
    await server.stop()


async def test_a_dead_server_s_pid_file_does_not_stop_the_next(folder: Path) -> None:
    server = PostgresServer(folder, durable=False)
    await server.start()
    server.child.send_signal(signal.SIGKILL)
    await server.child.wait()
    # Worse than a dead pid: the number now belongs to another living program.
    pid_file = folder / "postgres" / "data" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    again = PostgresServer(folder, durable=False)
    await again.start()
    assert await fetch(again.url(), "select 1") == 1
    await again.stop()


async def test_an_initdb_that_was_broken_off_is_done_again(folder: Path) -> None:
    (folder / "postgres" / "data.unfinished").mkdir(parents=True)
    (folder / "postgres" / "data.unfinished" / "PG_VERSION").write_text("18\n")
    server = PostgresServer(folder, durable=False)
    await server.start()
    assert await fetch(server.url(), "select 1") == 1
    await server.stop()


async def test_another_version_s_data_are_refused_with_the_remedy(folder: Path) -> None:
    data = folder / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("16\n")
    with pytest.raises(LocalError, match=r"is of PostgreSQL 16, this one is 18.*Dump it"):
        await PostgresServer(folder, durable=False).start()


async def test_its_last_words_are_in_the_error(folder: Path) -> None:
    server = PostgresServer(folder, durable=False)
    await server.start()
    await server.stop()
    with (folder / "postgres" / "data" / "postgresql.conf").open("a") as file:
        file.write("shared_buffers = many\n")
    with pytest.raises(LocalError, match="invalid value for parameter"):
        await PostgresServer(folder, durable=False).start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server runs as somebody else")
def test_root_with_a_closed_folder_keeps_the_database_elsewhere(folder: Path) -> None:
    folder.chmod(0o700)
    server = PostgresServer(folder, durable=False)
    run_now(server.start())
    assert run_now(fetch(server.url(), "select 1")) == 1
    run_now(server.stop())
    place = Path((folder / "postgres" / "place").read_text().strip())
    assert place.is_dir()
    assert folder.stat().st_mode & 0o777 == 0o700
    remove_place(folder)
    assert not place.exists()


STARTS_AND_DIES = """
import asyncio, os, signal, sys
from pathlib import Path
from callrouter.local.postgres import PostgresServer
async def main():
    server = PostgresServer(Path(sys.argv[1]), durable=False)
    await server.start()
    print(server.child.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""


def test_it_ends_with_the_process_that_started_it(folder: Path) -> None:
    starter = subprocess.run(
        [sys.executable, "-c", STARTS_AND_DIES, str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert starter.returncode == -signal.SIGKILL, starter.stderr
    postmaster = Path("/proc") / starter.stdout.strip()
    deadline = time.monotonic() + 10
    while postmaster.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not postmaster.exists()
