"""`callrouter doctor`: check a whole installation and say what to do.

Run it where the router runs, with its environment. It changes nothing and takes less than five
seconds. Exit code 0 when all is well, 1 with warnings, 2 with errors.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator, Sequence

from callrouter.commands.terminal import coloured, is_terminal, visible, width, write
from callrouter.doctor.finding import Finding, Level
from callrouter.settings import BadEnvironment, Settings, from_environment

_SIGNS = {
    Level.OK: ("ok", "green"),
    Level.SKIPPED: ("-", "grey"),
    Level.WARNING: ("warning", "yellow"),
    Level.ERROR: ("ERROR", "red"),
}
_EXIT = {Level.OK: 0, Level.SKIPPED: 0, Level.WARNING: 1, Level.ERROR: 2}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--console",
        metavar="URL",
        help="where the console should answer (default: CALLROUTER_CONSOLE_URL)",
    )


def run(args: argparse.Namespace) -> int:
    try:
        settings = from_environment()
        console = args.console or _console_url()
    except BadEnvironment as unusable:
        remedy = "Correct the environment; README.md lists all variables."
        found = [
            Finding("environment", Level.ERROR, line, remedy) for line in str(unusable).splitlines()
        ]
        return _tell(found, (), as_json=args.json)
    found = asyncio.run(_examined(settings, console))
    return _tell(found, settings.secrets(), as_json=args.json)


async def _examined(settings: Settings, console: str | None) -> list[Finding]:
    from callrouter.doctor.examine import examine

    return await examine(settings, console)


def _console_url() -> str | None:
    from callrouter.console.console_settings import console_environment

    return console_environment().console_url or None


def _tell(found: Sequence[Finding], secrets: Sequence[str], *, as_json: bool) -> int:
    from callrouter.logs import hiding

    worst = max((finding.level for finding in found), default=Level.OK)
    hide = hiding(secrets)
    if as_json:
        findings = [
            {
                "check": each.check,
                "level": each.level.name.lower(),
                "says": hide(each.says),
                "remedy": hide(each.remedy),
            }
            for each in found
        ]
        told = {"status": worst.name.lower(), "findings": findings}
        write([json.dumps(told, ensure_ascii=False, indent=2)])
    else:
        write(hide(line) for line in _lines(found))
    return _EXIT[worst]


def _lines(found: Sequence[Finding]) -> Iterator[str]:
    colours = is_terminal(sys.stdout)
    column = max((width(visible(each.check)) for each in found), default=0)
    for each in found:
        sign, colour = _SIGNS[each.level]
        check = visible(each.check)
        space = " " * (column - width(check))
        mark = coloured(f"{sign:<7}", colour) if colours else f"{sign:<7}"
        first, *more = each.says.split("\n")
        yield f"{mark}  {check}{space}  {visible(first)}".rstrip()
        indent = " " * (column + 11)
        yield from (f"{indent}{visible(line)}" for line in more)
        if each.remedy:
            yield f"{indent}-> {visible(each.remedy)}"
    errors = sum(each.level is Level.ERROR for each in found)
    warnings = sum(each.level is Level.WARNING for each in found)
    yield ""
    if errors or warnings:
        yield f"{errors} errors, {warnings} warnings, {len(found)} things looked at"
    else:
        yield f"All is well: {len(found)} things looked at"
