"""`callrouter run`: answer calls, until it is told to stop.

What starts a router anew is waited for by callers: the child that compiles the configuration is
started before all else, and reads its modules while we read ours.
"""

import argparse
import asyncio
import signal

from callrouter.config.compile import compiler_ahead

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
        return asyncio.run(_run(args.ready_fd))
    except KeyboardInterrupt:  # while it was starting; later it ends in order
        return 128 + signal.SIGINT


async def _run(ready_fd: int | None) -> int:
    async with compiler_ahead() as compiler:
        from callrouter.commands.run_router import run_router  # it takes a second

        return await run_router(ready_fd, compiler)
