"""Rows of cells as CSV and JSON, piece by piece.

Law: a spreadsheet never takes what a caller sent for a formula, and never for another row.
"""

import csv
import io
import json
from collections.abc import Sequence

from callrouter.exporting.columns import Cell

BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel takes UTF-8 for the old code page of the computer."""

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class CsvPieces:
    """RFC 4180 with CRLF, UTF-8 with a byte order mark, safe for spreadsheets."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns

    def head(self) -> bytes:
        return (BYTE_ORDER_MARK + self._lines([list(self._columns)])).encode()

    def rows(self, rows: Sequence[Sequence[Cell]]) -> bytes:
        return self._lines([[_safe(cell) for cell in row] for row in rows]).encode()

    def tail(self) -> bytes:
        return b""

    def _lines(self, rows: Sequence[Sequence[Cell]]) -> str:
        written = io.StringIO()
        csv.writer(written, lineterminator="\r\n").writerows(rows)
        return written.getvalue()


class JsonPieces:
    """One array of objects, one object a line."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns
        self._first = True

    def head(self) -> bytes:
        return b"["

    def rows(self, rows: Sequence[Sequence[Cell]]) -> bytes:
        lines = [json.dumps(dict(zip(self._columns, row, strict=True))) for row in rows]
        before = "\n" if self._first else ",\n"
        self._first = self._first and not lines
        return (before + ",\n".join(lines)).encode() if lines else b""

    def tail(self) -> bytes:
        return b"\n]\n"


Pieces = CsvPieces | JsonPieces


def _safe(cell: Cell) -> Cell:
    """A spreadsheet computes what begins so; a leading apostrophe says that it is text."""
    if isinstance(cell, str) and cell.startswith(_BEGINS_A_FORMULA):
        return f"'{cell}"
    return cell
