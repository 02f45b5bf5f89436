"""The child of `compile`: loads, checks and renders one configuration, prints one JSON value.

`python -m callrouter.config.compile_process` with a `CompileRequest` on its standard input.
"""

import gc
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from callrouter.asterisk_conf.net import net_dialplan
from callrouter.config.closings import with_closings
from callrouter.config.compile import CompileRequest, unusable
from callrouter.config.compiled import CompileResult, digest_of, to_lines
from callrouter.config.configured import ConfigSource, StoredConfiguration, folder_of, name_of
from callrouter.config.live import with_live_overrides
from callrouter.config.load import read_config
from callrouter.config.loaded import LoadedConfig
from callrouter.config.messages import message_places
from callrouter.config.problems import ConfigError, Problem, by_line
from callrouter.config.shape import SourceFile
from callrouter.prompts.playable import PromptError
from callrouter.prompts.render import RenderError, render_prompt, render_table
from callrouter.prompts.store import PromptStore
from callrouter.prompts.tts import Engine, Espeak
from callrouter.prompts.walk import prompts_in
from callrouter.routing.model import Override

NET_RENEWED = timedelta(days=1)
"""How often the safety net is made anew though nothing has changed: it holds some days."""

_NICENESS = 10  # calls in progress go first


def compile_file(
    config: ConfigSource,
    prompts_dir: Path,
    *,
    prune: bool = False,
    overrides: tuple[Override, ...] = (),
    now: datetime | None = None,
) -> LoadedConfig:
    """The work itself, in this process: load, check, render.

    `overrides` are live ones, the winning one first; one whose message cannot be spoken holds
    without it. `now` is when the hours begin for which `{reopens_at}` is made. `prune` removes
    prompts that no longer belong to anything: only where no call is in progress that could still
    play one. Raises ConfigError with all that is wrong.
    """
    loaded, source = read_config(config)
    try:
        store = PromptStore(prompts_dir)
        with Espeak() as engine:
            live, warnings = _speakable(overrides, name_of(config), store, engine)
            table = with_live_overrides(loaded.table, live)
            now = now or datetime.now(UTC)
            coming = with_closings(table, now)
            table = render_table(coming.table, store, engine)
        if prune:
            store.prune(prompt.media for prompt in prompts_in(table) if prompt.media)
    except RenderError as error:
        raise ConfigError(by_line(_unspoken(error, source, loaded, config)), loaded.files) from None
    except OSError as error:
        message = f"prompts cannot be written to {prompts_dir} ({error.strerror})"
        raise unusable(name_of(config), message, "check the directory and the disk") from None
    net = net_dialplan(table, now)
    return replace(
        loaded,
        table=table,
        warnings=(*loaded.warnings, *warnings),
        stale_at=min(coming.stale_at or now + NET_RENEWED, now + NET_RENEWED),
        digest=digest_of(table, net),
        net=net,
    )


def _speakable(
    overrides: tuple[Override, ...], name: str, store: PromptStore, engine: Engine
) -> tuple[list[Override], list[Problem]]:
    """The overrides, those messages left out that cannot be spoken, and what to say about that."""
    live, warnings = [], []
    for override in overrides:
        try:
            if override.message is not None:
                render_prompt(override.message, store, engine)
            live.append(override)
        except PromptError as error:
            live.append(replace(override, message=None))
            message = f"the message of an override cannot be spoken: {error.message}"
            remedy = f"{error.remedy}; until then callers hear the usual closed message"
            warnings.append(Problem("warning", name, 0, f"override {override.id}", message, remedy))
    return live, warnings


def _unspoken(
    error: RenderError, source: SourceFile, loaded: LoadedConfig, config: ConfigSource
) -> Iterator[Problem]:
    """Each message that cannot be spoken, at every place where it stands."""
    places = message_places(json.loads(loaded.document), folder_of(config))
    for prompt, reason in error.unrendered:
        for loc in places.get(prompt, [()]):
            yield source.problem(loc, reason.message, reason.remedy)


def main() -> None:
    """Compile what is asked for and print the result."""
    request = msgspec.json.decode(sys.stdin.buffer.read(), type=CompileRequest)
    os.nice(_NICENESS)
    gc.disable()  # a process that ends at once has nothing to collect
    path = Path(request.path)
    config = path if request.rows is None else StoredConfiguration(request.rows, path)
    try:
        loaded = compile_file(
            config,
            Path(request.prompts),
            prune=request.prune,
            overrides=request.overrides,
            now=request.now,
        )
        result = CompileResult(
            loaded.table,
            loaded.warnings,
            tuple(map(str, loaded.files)),
            loaded.document,
            loaded.text,
            loaded.stale_at,
            loaded.digest,
            loaded.net,
        )
    except ConfigError as error:
        result = CompileResult(None, error.problems, tuple(map(str, error.files)))
    sys.stdout.buffer.write(b"\n".join(to_lines(result)))


if __name__ == "__main__":
    main()
