"""The child of `compile`: loads, checks and renders one configuration, prints one JSON value.

`python -m callrouter.config.compile_process` with a `CompileRequest` on its standard input.
"""

import gc
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec

from callrouter.config.compile import CompileRequest, CompileResult, unusable
from callrouter.config.configured import ConfigSource, StoredConfiguration, name_of
from callrouter.config.load import read_config
from callrouter.config.loaded import LoadedConfig
from callrouter.config.problems import ConfigError, by_line
from callrouter.prompts.render import RenderError, render_table
from callrouter.prompts.store import PromptStore
from callrouter.prompts.tts import Espeak
from callrouter.routing.model import Prompt, RoutingTable

_NICENESS = 10  # calls in progress go first


def compile_file(config: ConfigSource, prompts_dir: Path, *, prune: bool = False) -> LoadedConfig:
    """The work itself, in this process: load, check, render.

    `prune` removes prompts that no longer belong to anything: only where no call is in progress
    that could still play one. Raises ConfigError with all that is wrong.
    """
    loaded, source = read_config(config)
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
        raise unusable(name_of(config), message, "check the directory and the disk") from None
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
    """Compile what is asked for and print the result."""
    request = msgspec.json.decode(sys.stdin.buffer.read(), type=CompileRequest)
    os.nice(_NICENESS)
    gc.disable()  # a process that ends at once has nothing to collect
    path = Path(request.path)
    config = path if request.rows is None else StoredConfiguration(request.rows, path)
    try:
        loaded = compile_file(config, Path(request.prompts), prune=request.prune)
        result = CompileResult(
            loaded.table,
            loaded.warnings,
            tuple(map(str, loaded.files)),
            loaded.document,
            loaded.text,
        )
    except ConfigError as error:
        result = CompileResult(None, error.problems, tuple(map(str, error.files)))
    sys.stdout.buffer.write(msgspec.json.encode(result))


if __name__ == "__main__":
    main()
