"""A program that we started: its log, its end, and the promise that it ends when we do.

Law: a child is known by the handle we got when we started it, never by its name.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_LAUNCH = Path(__file__).with_name("launch.py")
_POLL_SECONDS = 0.02


async def until(condition: Callable[[], bool], *, every: float = _POLL_SECONDS) -> None:
    """Return when `condition` holds; what happens outside our process can only be looked at."""
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(every)


class Child:
    """A running program. Usable from any event loop, so fixtures and the stack share it."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], log: Path) -> None:
        self.name = name
        self.log = log
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative: the signal that ended it."""
        return self._process.poll()

    async def wait(self) -> int:
        """Its exit code, as soon as it has ended."""
        await until(lambda: self._process.poll() is not None)
        return self._process.wait()

    async def stop(self, ask: signal.Signals = signal.SIGTERM, *, seconds: float = 10.0) -> int:
        """Ask it to end, and end it by force after `seconds`; safe to call again."""
        try:
            if self._process.poll() is None:
                self._process.send_signal(ask)
                async with asyncio.timeout(seconds):
                    await self.wait()
        except TimeoutError:
            pass
        finally:
            if self._process.poll() is None:
                self._process.kill()
        return await self.wait()

    def send_signal(self, what: signal.Signals) -> None:
        """Send it a signal; nothing happens when it has ended."""
        self._process.send_signal(what)

    def last_lines(self, count: int = 15) -> str:
        """The end of its log, for an error message."""
        try:
            text = self.log.read_text(errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-count:])

    def last_words(self, what: str) -> str:
        """`what` has become of it, for an error message, with its exit code and its log's end."""
        code = self.exit_code
        how = "" if code is None else f" (exit code {code})" if code >= 0 else f" (signal {-code})"
        return f"{self.name} {what}{how}. Its log, {self.log}, ends:\n{self.last_lines()}"


def launched(
    program: Sequence[str | Path], *, user: str | None, death_signal: signal.Signals
) -> list[str]:
    """The command line that runs `program` as `user` (None: as we are), tied to our life."""
    launch = [sys.executable, "-I", "-S", str(_LAUNCH)]
    return [*launch, str(os.getpid()), str(int(death_signal)), user or "-", *map(str, program)]


def start_child(
    name: str,
    program: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    user: str | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
    pass_fds: Sequence[int] = (),
) -> Child:
    """Start `program` in a session of its own, so that Ctrl-C reaches us and not the program.

    It gets `death_signal` when the thread that called this ends, however that comes about: call
    it from a thread that lives as long as the program is wanted. Only root can name a `user`.
    Its output goes to `log`; the log of the time before is kept as `….old`.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists():
        log.replace(log.with_name(log.name + ".old"))
    with log.open("wb") as output:
        process = subprocess.Popen(
            launched(program, user=user, death_signal=death_signal),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment) if environment is not None else None,
            cwd=folder,
            pass_fds=tuple(pass_fds),
            start_new_session=True,
        )
    return Child(name, process, log)
