"""The spool as the record writer uses it: in a thread, troubles told once, one reader at a time.

Law: the disk may refuse anything; it costs no call and no record that memory still has.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from uuid import UUID

from callrouter.db.fact_files import Kept
from callrouter.db.spool import Spool, SpoolFull
from callrouter.facts import Fact

log = logging.getLogger(__name__)


class Keeping:
    """`holds` says whether something may be on disk that PostgreSQL has not got.

    `refuses` says that the disk took nothing when it was last asked; without a spool it never does.
    """

    def __init__(self, spool: Spool | None) -> None:
        self._spool = spool
        self._reading = asyncio.Lock()
        self.holds = spool is not None  # a router before us may have left something
        self.refuses = spool is None

    @property
    def place(self) -> str:
        return str(self._spool.folder) if self._spool else "nowhere"

    async def keep(self, facts: Sequence[Kept]) -> bool:
        """Whether all of them are on disk now."""
        if self._spool is None:
            return False
        try:
            await asyncio.to_thread(self._spool.keep, facts)
        except (OSError, SpoolFull) as error:
            if not self.refuses:
                log.critical("records cannot be put on disk, they wait in memory only: %s", error)
            self.refuses = True
            return False
        if self.refuses:
            log.warning("records are put on disk again")
        self.refuses, self.holds = False, True
        return True

    async def unfinished(self) -> dict[UUID, list[Fact]]:
        """The calls on disk that have no end there; they stay on disk."""
        if self._spool is None:
            return {}
        async with self._reading:
            return await asyncio.to_thread(self._spool.unfinished)

    def close(self) -> None:
        """Let the next router have what is on disk."""
        if self._spool is not None:
            self._spool.close()

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[AsyncIterator[dict[UUID, list[Fact]]]]:
        """The calls on disk, some at a time; removed there if the block is left in peace."""
        async with self._reading, aclosing(self._batches()) as batches:
            yield batches
            self.holds = False  # what is there now is another living router's

    async def _batches(self) -> AsyncGenerator[dict[UUID, list[Fact]], None]:
        if self._spool is None or not self.holds:
            return
        calls = self._spool.calls()
        try:
            while (batch := await asyncio.to_thread(next, calls, None)) is not None:
                yield batch
        finally:
            await asyncio.to_thread(calls.close)
