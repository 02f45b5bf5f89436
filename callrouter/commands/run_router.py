"""The router itself, as `callrouter run` runs it: its settings, its log, and what it ended of."""

import sys
from asyncio.subprocess import Process

from callrouter.app import serve
from callrouter.ari.errors import AriError
from callrouter.commands.run import TAKEN_OVER
from callrouter.config.problems import ConfigError
from callrouter.db.engine import DatabaseUnavailable
from callrouter.listening.listener import OtherRouter
from callrouter.logs import set_up_logging
from callrouter.settings import BadEnvironment, from_environment


async def run_router(ready_fd: int | None, compiler: Process) -> int:
    """Answer calls until told to stop; see `serve`. Returns the exit code."""
    try:
        settings = from_environment()
    except BadEnvironment as unusable:
        for line in str(unusable).splitlines():
            print(f"callrouter: {line}", file=sys.stderr)
        return 2
    set_up_logging(settings.log_level, settings.log_format, settings.secrets())
    code = 0
    try:
        await serve(settings, ready_fd, compiler)
    except* (ConfigError, DatabaseUnavailable, AriError, OtherRouter) as group:
        for error in _leaves(group):
            print(f"callrouter: {error}", file=sys.stderr)
            code = TAKEN_OVER if isinstance(error, OtherRouter) else 1
    return code


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    leaves: list[BaseException] = []
    for error in group.exceptions:
        leaves.extend(_leaves(error) if isinstance(error, BaseExceptionGroup) else [error])
    return leaves
