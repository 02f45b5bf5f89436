"""Loading and rendering away from the calls: a configuration is compiled in a child process.

The router answers calls on one event loop and must not compute for more than a millisecond or
two; parsing a file and making prompts takes far longer. The child is `compile_process`; neither
it nor what it needs (YAML, audio) is ever imported into the router.
"""

import asyncio
import contextlib
import sys
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import cast

import msgspec

from callrouter.concurrency import all_of
from callrouter.config.compiled import from_lines
from callrouter.config.configured import StoredConfiguration, name_of
from callrouter.config.loaded import LoadedConfig
from callrouter.config.problems import ConfigError, Problem
from callrouter.routing.model import Override

_PIECE_BYTES = 65_536


class CompileRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the child is told on its standard input.

    `rows` are those of the database, None where `path` is a file; then `path` is the folder of
    the sounds. `prune` also removes prompts that no longer belong to anything. `overrides` are
    the live ones, the winning one first; `now` (aware, None is the time of the work) is when the
    hours begin for which `{reopens_at}` is made.
    """

    path: str
    prompts: str
    rows: str | None = None
    prune: bool = False
    overrides: tuple[Override, ...] = ()
    now: datetime | None = None


@asynccontextmanager
async def compiler_ahead() -> AsyncIterator[Process]:
    """A child that waits for its request: it reads its modules while we read ours."""
    process = await _start()
    try:
        yield process
    finally:
        await _end(process)


async def compile_config(
    config: Path | StoredConfiguration,
    prompts_dir: Path,
    timeout: float = 60.0,  # noqa: ASYNC109 - its end is an error of the configuration
    *,
    started: Process | None = None,
    prune: bool = False,
    overrides: tuple[Override, ...] = (),
    now: datetime | None = None,
) -> LoadedConfig:
    """Load the configuration with all its prompts rendered into `prompts_dir`.

    `overrides` are those set while the router runs, the winning one first. The table says what
    `{reopens_at}` is in the hours after `now`, and has to be made anew at `stale_at`.
    `prune` also removes prompts that no longer belong to anything: only where no call is in
    progress. `started` is a child of `compiler_ahead` that was asked for nothing yet. Raises
    ConfigError with all that is wrong, also when it takes longer than `timeout` seconds. A
    cancelled call leaves no process behind.
    """
    request = CompileRequest(
        path=str(config.folder if isinstance(config, StoredConfiguration) else config),
        prompts=str(prompts_dir),
        rows=config.rows if isinstance(config, StoredConfiguration) else None,
        prune=prune,
        overrides=overrides,
        now=now,
    )
    process = started or await _start()
    name = name_of(config)
    try:
        async with asyncio.timeout(timeout):
            printed, complaints = await _answer(process, msgspec.json.encode(request))
    except TimeoutError:
        message = f"compiling the configuration took longer than {timeout:g} seconds"
        raise unusable(name, message, "shorten it, or look why the machine is slow") from None
    finally:
        await _end(process)
    try:
        result = await from_lines(printed)
    except msgspec.DecodeError:
        reason = b"".join(complaints).decode(errors="replace").strip().rpartition("\n")[2]
        message = f"compiling the configuration broke off (exit {process.returncode}: {reason})"
        raise unusable(name, message, "run `callrouter check` on it and report this") from None
    files = tuple(Path(file) for file in result.files)
    if result.table is None:
        raise ConfigError(result.problems, files)
    return LoadedConfig(
        result.table,
        result.problems,
        files,
        result.document,
        result.text,
        result.stale_at,
        result.digest,
        result.net,
    )


async def _start() -> Process:
    # The interpreter and the module are ours.
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "callrouter.config.compile_process"),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
    )


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()


async def _answer(process: Process, request: bytes) -> tuple[list[bytes], list[bytes]]:
    """What the process prints, and its complaints, when it has ended.

    Unlike `communicate` in pieces: to copy them into one takes long where it is large.
    """
    pipes = (process.stdin, process.stdout, process.stderr)
    stdin, stdout, stderr = cast(tuple[StreamWriter, StreamReader, StreamReader], pipes)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # its complaints say why
        stdin.write(request)
        await stdin.drain()
    stdin.close()
    printed, complaints = await all_of([_pieces(stdout), _pieces(stderr)])
    await process.wait()
    return printed, complaints


async def _pieces(stream: StreamReader) -> list[bytes]:
    pieces = []
    while piece := await stream.read(_PIECE_BYTES):
        pieces.append(piece)
    return pieces


def unusable(name: str, message: str, remedy: str) -> ConfigError:
    """The error of a whole configuration."""
    return ConfigError((Problem("error", name, 0, "", message, remedy),))
