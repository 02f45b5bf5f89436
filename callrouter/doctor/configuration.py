"""The configuration: whether it can be used, and what is probably not meant."""

import asyncio
import os
from pathlib import Path

from callrouter.config.compile import compile_config
from callrouter.config.configured import StoredConfiguration
from callrouter.config.load import load_file
from callrouter.config.problems import ConfigError, Problem
from callrouter.db.configuration import stored_rows
from callrouter.db.engine import DatabaseUnavailable, DataRefused, make_engine, snapshot
from callrouter.doctor.finding import Finding, error, skipped, warning, well
from callrouter.routing.model import RoutingTable
from callrouter.settings import Settings

CHECK = "configuration"


async def look_at_configuration(
    settings: Settings, seconds: float
) -> tuple[Finding, RoutingTable | None]:
    """In at most so many seconds; the table where it is usable, its messages spoken."""
    try:
        async with asyncio.timeout(seconds):
            source = await _source(settings)
            folder = settings.prompts_dir
            if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
                loaded = await compile_config(source, folder, seconds)
            else:  # nothing of it has been spoken yet, which would take too long
                loaded = await asyncio.to_thread(load_file, source)
    except TimeoutError:
        says = f"It could not be checked within {seconds:g} s: run `callrouter check`."
        return skipped(CHECK, says), None
    except (DatabaseUnavailable, DataRefused):
        return skipped(CHECK, "It is in the database, which cannot be asked."), None
    except ConfigError as unusable:
        if any("took longer than" in problem.message for problem in unusable.problems):
            says = f"It could not be checked within {seconds:g} s: run `callrouter check`."
            return skipped(CHECK, says), None
        remedy = "Correct it; `callrouter check` has the rest."
        return error(CHECK, f"It cannot be used: {_first(unusable.problems)}", remedy), None
    table = loaded.table
    counts = f"version {table.version}: {len(table.numbers)} numbers, {len(table.agents)} agents"
    if loaded.warnings:
        says = f"{counts}; {_first(loaded.warnings)}"
        return warning(CHECK, says, "`callrouter check` explains each."), table
    return well(CHECK, counts), table


async def _source(settings: Settings) -> Path | StoredConfiguration:
    if isinstance(settings.config, Path):
        return settings.config
    engine = make_engine(settings.database_url.get_secret_value(), pool_size=1)
    try:
        async with snapshot(engine) as connection:
            rows = await stored_rows(connection)
    finally:
        await engine.dispose()
    return StoredConfiguration(rows.rows, settings.sounds_dir)


def _first(problems: tuple[Problem, ...]) -> str:
    more = len(problems) - 1
    return str(problems[0]) + (f" (and {more} more)" if more else "")
