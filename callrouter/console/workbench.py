"""The console's workbench: processes that read configurations, so that the console never waits.

Law: the console's loop does nothing of it but carry bytes. Each process does one job after another,
is started when it is needed, and is killed when a job takes too long, when nobody wants its answer
any more, when there was nothing to do for a while, and with the console. What waits is bounded.
"""

import asyncio
import contextlib
import logging
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec

from callrouter.console.bench.frames import LENGTHS, Answer, Job, Start, framed
from callrouter.console.problems import ApiProblem
from callrouter.routing.model import Override
from callrouter.settings import Settings

log = logging.getLogger(__name__)

IDLE_SECONDS = 600.0
MOST_WAITING = 16
_BUSY = "Very many configurations are being looked at just now: try again in a moment."
_SECONDS = {"replay": 40.0, "listen": 40.0, "sound": 60.0, "save": 58.0}
_USUAL_SECONDS = 30.0
_SLOW = {"replay", "listen", "sound", "sounds", "holidays", "choices"}


@dataclass(frozen=True, slots=True)
class StoredNow:
    """What is stored, under a key that changes with it: rows in JSON, or the path of a file."""

    key: str
    rows: bytes = b""
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """What a job is to know besides its body."""

    stored: StoredNow | None = None
    overrides: Sequence[Override] = ()
    args: dict[str, Any] = field(default_factory=dict)
    now: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that is no problem; `content` is of the media type `media`."""

    content: bytes
    media: str


class Workbench:
    """Two processes: one for what an editor waits for while he types, one for what takes longer."""

    def __init__(self, start: Start) -> None:
        self._quick, self._slow = _Lane(start), _Lane(start)

    async def ask(self, kind: str, body: bytes = b"", asking: Asking | None = None) -> Answered:
        """Raises ApiProblem where there is no answer; it says what to do."""
        lane = self._slow if kind in _SLOW else self._quick
        answer, content = await lane.ask(kind, body, asking or Asking())
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise ApiProblem(HTTPStatus(answer.status), answer.detail, **answer.more)
        return Answered(content, answer.media)

    async def close(self) -> None:
        """End the processes and wait for their end."""
        await self._quick.close()
        await self._slow.close()


def start_of(settings: Settings) -> Start:
    """What the processes are told of where things are."""
    config = settings.config
    folder = config.parent if isinstance(config, Path) else settings.sounds_dir
    return Start(str(folder), str(settings.prompts_dir), settings.database_url.get_secret_value())


class _Lane:
    def __init__(self, start: Start) -> None:
        self._start = start
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._process: Process | None = None
        self._ended: list[Process] = []
        self._idle: asyncio.TimerHandle | None = None

    async def ask(self, kind: str, body: bytes, asking: Asking) -> tuple[Answer, bytes]:
        if self._waiting >= MOST_WAITING:
            raise ApiProblem(HTTPStatus.SERVICE_UNAVAILABLE, _BUSY, headers={"Retry-After": "5"})
        self._waiting += 1
        try:
            async with self._turn:
                return await self._in_time(kind, body, asking)
        finally:
            self._waiting -= 1

    async def _in_time(self, kind: str, body: bytes, asking: Asking) -> tuple[Answer, bytes]:
        if self._idle is not None:
            self._idle.cancel()
        seconds = _SECONDS.get(kind, _USUAL_SECONDS)
        done = False
        try:
            async with asyncio.timeout(seconds):
                answer = await self._done(kind, body, asking)
            done = True
        except TimeoutError:
            log.error("the workbench did not finish a job (%s) within %g s", kind, seconds)
            detail = "This takes too long to work out: make the configuration smaller."
            raise ApiProblem(HTTPStatus.SERVICE_UNAVAILABLE, detail) from None
        except (OSError, EOFError, msgspec.DecodeError) as error:
            log.error("the workbench broke off in a job (%s): %s", kind, type(error).__name__)
            detail = "This could not be worked out; the console's log says why."
            raise ApiProblem(HTTPStatus.INTERNAL_SERVER_ERROR, detail) from None
        finally:
            if not done:  # also where nobody waits any more: its answer is not the next one's
                self.end()
        self._idle = asyncio.get_running_loop().call_later(IDLE_SECONDS, self.end)
        return answer

    async def _done(self, kind: str, body: bytes, asking: Asking) -> tuple[Answer, bytes]:
        stored = asking.stored
        job = Job(
            kind,
            asking.now or datetime.now(UTC),
            stored.key if stored else "",
            tuple(asking.overrides),
            asking.args,
        )
        answer = await self._exchange(job, body)
        if stored is None or answer[0].status != HTTPStatus.MISDIRECTED_REQUEST:
            return answer
        told = await self._exchange(self._telling(job, stored), stored.rows)
        return told if told[0].status >= HTTPStatus.BAD_REQUEST else await self._exchange(job, body)

    def _telling(self, job: Job, stored: StoredNow) -> Job:
        args = {} if stored.path is None else {"path": stored.path}
        return msgspec.structs.replace(job, kind="stored", args=args, overrides=())

    async def _exchange(self, job: Job, body: bytes) -> tuple[Answer, bytes]:
        process = await self._running()
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018
        process.stdin.write(framed(job, body))
        await process.stdin.drain()
        head, length = LENGTHS.unpack(await process.stdout.readexactly(LENGTHS.size))
        answer = msgspec.json.decode(await process.stdout.readexactly(head), type=Answer)
        return answer, await process.stdout.readexactly(length)

    async def _running(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            # The interpreter and the module are ours.
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "callrouter.console.bench"), stdin=PIPE, stdout=PIPE
            )
            if self._process.stdin is not None:
                self._process.stdin.write(framed(self._start))
        return self._process

    def end(self) -> None:
        """Kill the process, if there is one; the next job starts another."""
        process, self._process = self._process, None
        if self._idle is not None:
            self._idle.cancel()
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            self._ended = [each for each in self._ended if each.returncode is None] + [process]

    async def close(self) -> None:
        self.end()
        for process in self._ended:
            await process.wait()
