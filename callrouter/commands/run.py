"""`callrouter run`: answer calls, until it is told to stop.

What starts a router anew is waited for by callers: the child that compiles the configuration is
started before all else, and reads its modules while we read ours.
"""

import argparse
import asyncio
import gc
import signal
import time

import uvloop

from callrouter.config.compile import compiler_ahead

TAKEN_OVER = 3
"""Exit code: another router has taken over. Whoever restarts us on it makes the two fight."""

GARBAGE = (50_000, 5, 5)
"""When Python looks for garbage in cycles: when there are so many more objects than at the last
look. Calls leave none, so it looks when a thousand more are in progress, or after many troubles.
With its own numbers (700, 10, 10) looks stopped the event loop for 4 to 100 ms, again and again.
"""


class EventLoop(uvloop.Loop):
    """Tells what time it is; uvloop itself tells in which millisecond the present turn began."""

    def time(self) -> float:
        return time.monotonic()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--ready-fd",
        type=int,
        metavar="N",
        help="write `ready` to this file descriptor when calls can come",
    )


def run(args: argparse.Namespace) -> int:
    gc.set_threshold(*GARBAGE)
    try:
        with asyncio.Runner(loop_factory=EventLoop) as runner:
            return runner.run(_run(args.ready_fd))
    except KeyboardInterrupt:  # while it was starting; later it ends in order
        return 128 + signal.SIGINT


async def _run(ready_fd: int | None) -> int:
    async with compiler_ahead() as compiler:
        from callrouter.commands.run_router import run_router  # it takes a second

        return await run_router(ready_fd, compiler)
