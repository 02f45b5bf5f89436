"""The child of `compile`: loads, checks and renders one configuration, prints one JSON value.

`python -m callrouter.config.compile_process PATH --prompts DIR`
"""

import argparse
import gc
import os
import sys
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

_NICENESS = 10  # calls in progress go first


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
        raise unusable(path, message, "check the directory and the disk") from None
    return replace(loaded, table=table)


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
        result = CompileResult(loaded.table, loaded.warnings, tuple(map(str, loaded.files)))
    except ConfigError as error:
        result = CompileResult(None, error.problems, tuple(map(str, error.files)))
    sys.stdout.buffer.write(msgspec.json.encode(result))


if __name__ == "__main__":
    main()
