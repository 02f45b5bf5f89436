"""An export from the database to its last byte, with a memory that does not grow.

Law: the event loop only hands over. CSV and JSON are written in a thread, a few hundred rows at a
time; an Excel file in a child process, into a temporary file.
"""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.db.call_log import every_call
from callrouter.db.engine import patient_engine, snapshot
from callrouter.db.queries import StoredCall
from callrouter.db.wanted import Wanted
from callrouter.exporting.columns import Cell, cells, need_attempts
from callrouter.exporting.written import CsvPieces, JsonPieces, Pieces

_PIECE_BYTES = 256 * 1024


class Format(StrEnum):
    """What kind of file."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.JSON: "application/json",
}


class ExportFailed(Exception):
    """The Excel file could not be made; the text says why."""


@dataclass(frozen=True, slots=True)
class Export:
    """What is to be exported; `shown` is what of a call the one who asks may see."""

    wanted: Wanted
    columns: tuple[str, ...]
    timezone: str
    now: datetime
    shown: Callable[[StoredCall], StoredCall] = lambda call: call

    def rows_of(self, calls: Sequence[StoredCall]) -> list[list[Cell]]:
        """These calls as rows of cells; costs about 50 µs a call."""
        zone = ZoneInfo(self.timezone)
        return [cells(self.shown(call), self.columns, zone) for call in calls]


async def pieces_of(engine: AsyncEngine, export: Export, form: Format) -> AsyncIterator[bytes]:
    """The file's bytes in their order. Raises DatabaseUnavailable or ExportFailed."""
    match form:
        case Format.CSV:
            written = _written(engine, export, CsvPieces(export.columns))
        case Format.JSON:
            written = _written(engine, export, JsonPieces(export.columns))
        case Format.XLSX:
            written = _workbook(engine, export)
    async for piece in written:
        yield piece


async def _batches(engine: AsyncEngine, export: Export) -> AsyncIterator[list[StoredCall]]:
    """All calls, read at one moment over a connection of the export's own."""
    patient = patient_engine(engine)
    attempts = need_attempts(export.columns)
    try:
        async with snapshot(patient, seconds=None) as connection:
            async for batch in every_call(connection, export.wanted, export.now, attempts=attempts):
                yield batch
    finally:
        await patient.dispose()


async def _written(engine: AsyncEngine, export: Export, pieces: Pieces) -> AsyncIterator[bytes]:
    yield pieces.head()
    async for batch in _batches(engine, export):
        yield await asyncio.to_thread(_piece, pieces, export, batch)
    yield pieces.tail()


async def _workbook(engine: AsyncEngine, export: Export) -> AsyncIterator[bytes]:
    with tempfile.TemporaryDirectory(prefix="callrouter-export-") as folder:
        path = Path(folder) / "calls.xlsx"
        await _make_workbook(engine, export, path)
        with path.open("rb") as file:
            while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
                yield piece


async def _make_workbook(engine: AsyncEngine, export: Export, path: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "callrouter.exporting.xlsx_process", str(path)),
        stdin=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(path.parent)},
    )
    try:
        await _feed(child, engine, export)
        said = (await child.communicate())[1]
    except BaseException:
        child.kill()
        await child.wait()
        raise
    if child.returncode:
        last = said.decode(errors="replace").strip().rpartition("\n")[2]
        raise ExportFailed(f"the Excel file could not be made: {last}")


async def _feed(child: asyncio.subprocess.Process, engine: AsyncEngine, export: Export) -> None:
    if child.stdin is None:
        raise ExportFailed("the Excel file's process has no input")
    try:
        child.stdin.write(_line(export.columns))
        async for batch in _batches(engine, export):
            child.stdin.write(await asyncio.to_thread(_rows_line, export, batch))
            await child.stdin.drain()
    except (BrokenPipeError, ConnectionResetError):
        pass  # it has ended; what it said tells why
    finally:
        child.stdin.close()


def _piece(pieces: Pieces, export: Export, batch: list[StoredCall]) -> bytes:
    return pieces.rows(export.rows_of(batch))


def _rows_line(export: Export, batch: list[StoredCall]) -> bytes:
    return _line(export.rows_of(batch))


def _line(values: object) -> bytes:
    return json.dumps(values).encode() + b"\n"
