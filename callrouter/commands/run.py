"""`callrouter run`: answer calls, until it is told to stop."""

import argparse
import asyncio
import signal
import sys

from callrouter.ari.errors import AriError
from callrouter.config.compile import compiler_ahead
from callrouter.config.problems import ConfigError
from callrouter.db.engine import DatabaseUnavailable
from callrouter.listening.listener import OtherRouter
from callrouter.logs import set_up_logging
from callrouter.settings import BadEnvironment, Settings, from_environment

TAKEN_OVER = 3
"""Exit code: another router has taken over. Whoever restarts us on it makes the two fight."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--ready-fd",
        type=int,
        metavar="N",
        help="write `ready` to this file descriptor when calls can come",
    )


def run(args: argparse.Namespace) -> int:
    try:
        settings = from_environment()
    except BadEnvironment as unusable:
        for line in str(unusable).splitlines():
            print(f"callrouter: {line}", file=sys.stderr)
        return 2
    set_up_logging(settings.log_level, settings.log_format, settings.secrets())
    code = 0
    try:
        asyncio.run(_serve(settings, args.ready_fd))
    except* (ConfigError, DatabaseUnavailable, AriError, OtherRouter) as group:
        for error in _leaves(group):
            print(f"callrouter: {error}", file=sys.stderr)
            code = TAKEN_OVER if isinstance(error, OtherRouter) else 1
    except* KeyboardInterrupt:  # while it was starting; later it ends in order
        code = 128 + signal.SIGINT
    return code


async def _serve(settings: Settings, ready_fd: int | None) -> None:
    async with compiler_ahead() as compiler:
        from callrouter.app import serve  # half a second, in which the child reads its own modules

        await serve(settings, ready_fd, compiler)


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    leaves: list[BaseException] = []
    for error in group.exceptions:
        leaves.extend(_leaves(error) if isinstance(error, BaseExceptionGroup) else [error])
    return leaves
