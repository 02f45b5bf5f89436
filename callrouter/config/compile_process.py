"""The child of `compile`: loads, checks and renders one configuration, prints one JSON value.

`python -m callrouter.config.compile_process PATH --prompts DIR`
"""

import argparse
import gc
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec

from callrouter.config.compile import CompileResult, unusable
from callrouter.config.load import read_config
from callrouter.config.loaded import LoadedConfig
from callrouter.config.problems import ConfigError, by_line
from callrouter.prompts.render import RenderError, render_table
from callrouter.prompts.store import PromptStore
from callrouter.prompts.tts import Espeak
from callrouter.routing.model import Prompt, RoutingTable

_NICENESS = 10  # calls in progress go first


def compile_file(path: Path, prompts_dir: Path, *, prune: bool = False) -> LoadedConfig:
    """The work itself, in this process: load, check, render.

    `prune` removes prompts that no longer belong to anything: only where no call is in progress
    that could still play one. Raises ConfigError with all that is wrong.
    """
    loaded, source = read_config(path)
    try:
        store = PromptStore(prompts_dir)
        with Espeak() as engine:
            table = render_table(loaded.table, store, engine)
        if prune:
            store.prune(prompt.media for prompt in _prompts(table) if prompt.media)
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
        raise unusable(path, message, "check the directory and the disk") from None
    return replace(loaded, table=table)


def _prompts(table: RoutingTable) -> Iterator[Prompt]:
    for each in table.settings.values():
        messages = (
            each.greeting_message,
            each.agent_busy_message,
            each.agent_unavailable_message,
        )
        yield from (message for message in messages if message is not None)


def main() -> None:
    """Compile one file and print the result."""
    parser = argparse.ArgumentParser(description="Compile a configuration; prints JSON.")
    parser.add_argument("path", type=Path)
    parser.add_argument("--prompts", type=Path, required=True, metavar="DIR")
    parser.add_argument("--prune", action="store_true")
    arguments = parser.parse_args()
    os.nice(_NICENESS)
    gc.disable()  # a process that ends at once has nothing to collect
    try:
        loaded = compile_file(arguments.path, arguments.prompts, prune=arguments.prune)
        result = CompileResult(loaded.table, loaded.warnings, tuple(map(str, loaded.files)))
    except ConfigError as error:
        result = CompileResult(None, error.problems, tuple(map(str, error.files)))
    sys.stdout.buffer.write(msgspec.json.encode(result))


if __name__ == "__main__":
    main()
