"""`callrouter check FILE`: what is wrong with a configuration, told by the router's own code.

Needs no Asterisk, and a database only for the configuration that is in it. Exit code 0 when all is
well, with warnings or without; 1 with errors, and with `--strict` also with warnings. An error is
what keeps a configuration from being used, and a number that nobody can ever answer, with which
the router goes on for the sake of the others.
"""

import argparse
import json
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from callrouter.commands.given_config import config_source
from callrouter.config.configured import ConfigSource
from callrouter.config.load import ConfigError, LoadedConfig, Problem, load_file
from callrouter.db.engine import DatabaseUnavailable
from callrouter.settings import BadEnvironment, from_environment, usual_config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `callrouter check`."""
    parser.add_argument(
        "file",
        type=Path,
        nargs="?",
        metavar="FILE",
        help="the configuration (default: CALLROUTER_CONFIG, else callrouter.yaml)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--strict", action="store_true", help="exit code 1 also for warnings, for use in CI"
    )
    parser.add_argument(
        "--no-render", action="store_true", help="do not try whether the messages can be spoken"
    )


def run(args: argparse.Namespace) -> int:
    """Check the file and print what was found."""
    args.file = args.file or usual_config()
    try:
        config = config_source(args.file)
        loaded = load_file(config) if args.no_render else rendered(config)
    except ConfigError as error:
        return _report(args, None, error.problems)
    except (BadEnvironment, DatabaseUnavailable) as error:
        print(f"callrouter: {error}", file=sys.stderr)
        return 1
    return _report(args, loaded, loaded.warnings)


def rendered(config: ConfigSource) -> LoadedConfig:
    """The configuration with prompts: in the router's own store where there is one we may write."""
    from callrouter.config.compile_process import compile_file

    with ExitStack() as stack:
        prompts_dir = _usual_prompts_dir()
        if prompts_dir is None:
            prompts_dir = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        return compile_file(config, prompts_dir)


def _usual_prompts_dir() -> Path | None:
    try:
        directory = from_environment().prompts_dir
    except BadEnvironment:  # the environment is the router's business, not this file's
        return None
    return directory if directory.is_dir() and os.access(directory, os.W_OK | os.X_OK) else None


def _report(
    args: argparse.Namespace, loaded: LoadedConfig | None, problems: tuple[Problem, ...]
) -> int:
    errors = [problem for problem in problems if problem.level == "error"]
    warnings = [problem for problem in problems if problem.level == "warning"]
    exit_code = 1 if errors or (warnings and args.strict) else 0
    if args.json:
        found = {
            "file": str(args.file),
            "version": loaded.table.version if loaded else None,
            "errors": [_plain(problem) for problem in errors],
            "warnings": [_plain(problem) for problem in warnings],
        }
        _print(json.dumps(found, ensure_ascii=False, indent=2))
        return exit_code
    for problem in problems:
        _print(str(problem))
    counts = f"{_count(errors, 'error')}, {_count(warnings, 'warning')}"
    if loaded:
        table = loaded.table
        counts = (
            f"{_count(table.numbers, 'number')}, {_count(table.agents, 'agent')}, "
            f"{_count(table.agent_groups, 'group')}; {counts}"
        )
    _print(f"{args.file}: {counts}")
    return exit_code


def _plain(problem: Problem) -> dict[str, Any]:
    return {
        "level": problem.level,
        "line": problem.line,
        "field": problem.field,
        "message": problem.message,
        "remedy": problem.remedy,
        "text": str(problem),
    }


def _count(things: Any, name: str) -> str:
    return f"{len(things)} {name}" + ("" if len(things) == 1 else "s")


def _print(text: str) -> None:
    """Print to a terminal of any encoding: what it cannot show is escaped."""
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding))
