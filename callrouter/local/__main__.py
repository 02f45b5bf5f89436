"""`python -m callrouter.local run | demo [--once] | clean`: the stack on one machine."""

import argparse
import asyncio
import shlex
import shutil
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    # Until there is something to stop in order, Ctrl-C ends us at once, without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from pydantic import ValidationError

from callrouter.concurrency import spawn
from callrouter.local.errors import LocalError
from callrouter.local.narrator import Narrator
from callrouter.local.postgres_place import remove_place
from callrouter.local.settings import LocalSettings
from callrouter.local.stack import Stack, running_stack

STOPPED = 130
"""Exit code of a demonstration that was stopped before it had shown what it was asked to."""

Main = Callable[["Session"], Coroutine[Any, Any, int]]


class Session:
    """One run: its settings, its narrator, and the stack once it is up."""

    def __init__(self, settings: LocalSettings) -> None:
        self.settings = settings
        self.narrator = Narrator()
        self.stack: Stack | None = None


async def run(session: Session) -> int:
    """`make run`: the stack, and the router's log on the terminal, until it is stopped."""
    async with running_stack(session.settings, session.narrator.say) as stack:
        session.stack = stack
        session.narrator.plain(how_to_call(stack, await stack.console.set_up_link()))
        async with asyncio.TaskGroup() as group:
            spawn(group, _follow(stack.router.log), name="show the router's log")
            await stack.watch()
    return 0


async def demo(session: Session) -> int:
    """`make demo`: the stack, three phones, one call, and then the phones stay."""
    return await _demo(session, once=False)


async def demo_once(session: Session) -> int:
    """`make demo ONCE=1`: 0 if the call and its record were as they should be."""
    return await _demo(session, once=True)


async def _demo(session: Session, *, once: bool) -> int:
    # Not at the top: `make run` works without the software phones.
    from callrouter.local.demo import (
        RING_SECONDS,
        place_call,
        register_phones,
        show_record,
    )
    from callrouter.local.phones import software_phones

    narrator = session.narrator
    async with running_stack(session.settings, narrator.say) as stack:
        session.stack = stack
        async with asyncio.TaskGroup() as group:
            watching = spawn(group, stack.watch(), name="watch the stack")
            async with software_phones(address=stack.settings.sip_address) as phones:
                ready = await register_phones(stack, phones, narrator)
                shown = await place_call(ready, narrator)
                await show_record(stack, ready, shown, narrator)
                for fault in shown.faults:
                    narrator.plain(f"NOT AS IT SHOULD BE: {fault}.")
                if not shown.faults:
                    narrator.plain("The call and its record are as they should be.")
                if not once:
                    narrator.plain(how_to_call(stack, await stack.console.set_up_link()))
                    narrator.plain(
                        f"The phones stay: whoever calls is answered after {RING_SECONDS:g} s."
                    )
                    await watching
            watching.cancel()
    return 1 if shown.faults else 0


def how_to_call(stack: Stack, set_up_link: str | None) -> str:
    """Where the console is, how to connect a phone of one's own, and what to dial."""
    settings = stack.settings
    server = f"{settings.sip_address}:{settings.sip_port}"
    secrets = stack.asterisk.secrets
    lines = [
        "",
        *_where_the_console_is(stack, set_up_link),
        "Your own phone (any SIP phone; UDP or TCP):",
        f"  server {server}, user 2001, password {secrets.phone('2001')}   an outside caller",
    ]
    numbers = list(stack.table.numbers)
    if accounts := agent_accounts(stack):
        lines += [
            f"  agents' phones are {', '.join(accounts)}; their passwords are in {secrets.path}"
        ]
    else:
        lines += [f"  the passwords of agents' phones will be in {secrets.path}"]
    if numbers:
        lines += [
            f"  dial {', '.join(numbers)}",
            f"A SIP program on this machine can call sip:{numbers[0]}@{server} without a password.",
        ]
    if settings.on_loopback:
        lines += ["Phones on other machines: start with CALLROUTER_LOCAL_BIND=0.0.0.0"]
    lines += [
        f"The call log: . {shlex.quote(str(settings.state_dir.resolve() / 'environment'))}"
        " && callrouter calls",
        "Ctrl-C stops everything.",
        "",
    ]
    return "\n".join(lines)


def _where_the_console_is(stack: Stack, set_up_link: str | None) -> list[str]:
    if set_up_link is None:
        return [f"The console: {stack.console.url}"]
    return ["The console has no user yet. This link, once, makes the first:", f"  {set_up_link}"]


def agent_accounts(stack: Stack) -> list[str]:
    """The SIP accounts of the configuration's agents."""
    from callrouter.asterisk_conf.site import agent_phones

    return sorted(agent_phones(stack.table))


async def _follow(log: Path) -> None:
    """Copy what is added to `log` to standard output, for ever."""
    with log.open(errors="replace") as file:
        while True:
            if text := file.read():
                sys.stdout.write(text)
                sys.stdout.flush()
            await asyncio.sleep(0.2)


async def _until_stopped(main: Main, session: Session) -> int:
    """Run `main`; SIGINT, SIGTERM and SIGHUP end it cleanly, a second one makes haste."""
    loop = asyncio.get_running_loop()
    stopped = False

    async with asyncio.TaskGroup() as group:
        work = spawn(group, main(session), name="callrouter.local")

        def stop() -> None:
            nonlocal stopped
            if not stopped:
                stopped = True
                work.cancel()
            elif session.stack is not None:
                session.stack.router.send_signal(signal.SIGTERM)

        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(each, stop)
    if work.cancelled():
        return STOPPED if main is demo_once else 0
    return work.result()


def clean(settings: LocalSettings) -> None:
    """Remove everything the stack has written, the database too."""
    remove_place(settings.state_dir)
    shutil.rmtree(settings.state_dir, ignore_errors=True)


def main() -> int:
    """Exit code: 0 as it should be (or stopped), 1 otherwise, 2 for wrong settings."""
    parser = argparse.ArgumentParser(prog="callrouter.local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="PostgreSQL, Asterisk, router and console, until Ctrl-C")
    shown = commands.add_parser("demo", help="the same, with phones and a real call")
    shown.add_argument("--once", action="store_true", help="end after the call")
    commands.add_parser("clean", help="remove the state folder")
    arguments = parser.parse_args()
    try:
        settings = LocalSettings()
    except ValidationError as invalid:
        for problem in invalid.errors(include_url=False):
            name = "_".join(["CALLROUTER_LOCAL", *map(str, problem["loc"])]).upper()
            print(f"{name}: {problem['msg'].removeprefix('Value error, ')}", file=sys.stderr)
        return 2
    if arguments.command == "clean":
        clean(settings)
        return 0
    chosen = run if arguments.command == "run" else demo_once if arguments.once else demo
    try:
        return asyncio.run(_until_stopped(chosen, Session(settings)))
    except BaseExceptionGroup as group:
        problems, others = group.split(_speaks_for_itself)
        if problems is None or others is not None:
            raise
        for error in _leaves(problems):
            text = str(error)
            if isinstance(error, OSError):
                text = f"{error.filename}: {error.strerror}."
            print(f"\n{text}", file=sys.stderr)
        return 1


def _speaks_for_itself(error: BaseException) -> bool:
    """Whether it is said in a line: ours, or a file that cannot be read or written."""
    return isinstance(error, LocalError) or (isinstance(error, OSError) and bool(error.filename))


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    return [
        leaf
        for error in group.exceptions
        for leaf in (_leaves(error) if isinstance(error, BaseExceptionGroup) else [error])
    ]


if __name__ == "__main__":
    sys.exit(main())
