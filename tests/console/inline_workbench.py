"""The workbench without its processes: each takes a second to start, and most tests need one.

What is done, and how it is told, is the same code; that there are processes, `test_workbench.py`,
the contract and the browsers try.
"""

import asyncio
from pathlib import Path

import msgspec

from callrouter.console.bench.__main__ import _answered
from callrouter.console.bench.desk import Desk
from callrouter.console.bench.frames import LENGTHS, Answer, Job, Start
from callrouter.console.workbench import Workbench, _Lane


class InlineWorkbench(Workbench):
    """Its jobs are done in a thread; `own` is a folder for what it speaks."""

    def __init__(self, start: Start, own: Path) -> None:
        super().__init__(start)
        self._quick, self._slow = _InlineLane(start, own), _InlineLane(start, own)


class _InlineLane(_Lane):
    def __init__(self, start: Start, own: Path) -> None:
        super().__init__(start)
        self._own = own
        self._desk: Desk | None = None

    async def _exchange(self, job: Job, body: bytes) -> tuple[Answer, bytes]:
        answered = await asyncio.to_thread(self._did, msgspec.json.encode(job), body)
        head, length = LENGTHS.unpack_from(answered)
        content = answered[LENGTHS.size + head :]
        assert len(content) == length
        return msgspec.json.decode(answered[LENGTHS.size :][:head], type=Answer), content

    def _did(self, head: bytes, body: bytes) -> bytes:
        if self._desk is None:
            self._desk = Desk(self._start, self._own)
        return _answered(self._desk, head, body)

    async def close(self) -> None:
        await super().close()
        if self._desk is not None:
            await asyncio.to_thread(self._desk.close)
