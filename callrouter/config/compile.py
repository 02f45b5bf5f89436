"""Loading and rendering away from the calls: a configuration is compiled in a child process.

The router answers calls on one event loop and must not compute for more than a millisecond or
two; parsing a file and making prompts takes far longer. The child prints its result as one JSON
value: `python -m callrouter.config.compile PATH --prompts DIR`.
"""

import argparse
import asyncio
import gc
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from dataclasses import replace
from pathlib import Path

import msgspec

from callrouter.config.load import LoadedConfig, read_config
from callrouter.config.problems import ConfigError, Problem, by_line
from callrouter.prompts.render import RenderError, render_table
from callrouter.prompts.store import PromptStore
from callrouter.prompts.tts import Espeak
from callrouter.routing.model import RoutingTable

_NICENESS = 10  # calls in progress go first


class _Result(msgspec.Struct):
    """What the child prints; `table` is None when there are errors among the problems."""

    table: RoutingTable | None
    problems: tuple[Problem, ...]
    files: tuple[str, ...]


async def compile_config(
    path: Path,
    prompts_dir: Path,
    timeout: float = 60.0,  # noqa: ASYNC109 - its end is an error of the configuration
) -> LoadedConfig:
    """Load the configuration at `path` with all its prompts rendered into `prompts_dir`.

    Raises ConfigError with all that is wrong, also when it takes longer than `timeout` seconds.
    A cancelled call leaves no process behind.
    """
    # The interpreter, the module and the paths are ours.
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "callrouter.config.compile", str(path), "--prompts", str(prompts_dir),
        stdin=DEVNULL, stdout=PIPE, stderr=PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(timeout):
            printed, complaints = await process.communicate()
    except TimeoutError:
        message = f"compiling the configuration took longer than {timeout:g} seconds"
        raise _failed(path, message, "shorten it, or look why the machine is slow") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        result = msgspec.json.decode(printed, type=_Result)
    except msgspec.DecodeError:
        reason = complaints.decode(errors="replace").strip().rpartition("\n")[2]
        message = f"compiling the configuration broke off (exit {process.returncode}: {reason})"
        raise _failed(path, message, "run `callrouter check` on it and report this") from None
    files = tuple(Path(file) for file in result.files)
    if result.table is None:
        raise ConfigError(result.problems, files)
    return LoadedConfig(result.table, result.problems, files)


def compile_file(path: Path, prompts_dir: Path) -> LoadedConfig:
    """The work itself, in this process: load, check, render.

    Raises ConfigError with all that is wrong.
    """
    loaded, source = read_config(path)
    try:
        with Espeak() as engine:
            table = render_table(loaded.table, PromptStore(prompts_dir), engine)
    except RenderError as error:
        problems = (
            source.problem(
                ("incoming_call_settings", each.settings, each.field),
                each.reason.message,
                each.reason.remedy,
            )
            for each in error.unrendered
        )
        raise ConfigError(by_line(problems), loaded.files) from None
    except OSError as error:
        message = f"prompts cannot be written to {prompts_dir} ({error.strerror})"
        raise _failed(path, message, "check the directory and the disk") from None
    return replace(loaded, table=table)


def _failed(path: Path, message: str, remedy: str) -> ConfigError:
    return ConfigError((Problem("error", str(path), 0, "", message, remedy),))


def main() -> None:
    """Compile one file and print the result."""
    parser = argparse.ArgumentParser(description="Compile a configuration; prints JSON.")
    parser.add_argument("path", type=Path)
    parser.add_argument("--prompts", type=Path, required=True, metavar="DIR")
    arguments = parser.parse_args()
    os.nice(_NICENESS)
    gc.disable()  # a process that ends at once has nothing to collect
    try:
        loaded = compile_file(arguments.path, arguments.prompts)
        result = _Result(loaded.table, loaded.warnings, tuple(map(str, loaded.files)))
    except ConfigError as error:
        result = _Result(None, error.problems, tuple(map(str, error.files)))
    sys.stdout.buffer.write(msgspec.json.encode(result))


if __name__ == "__main__":
    main()
