"""A child process that makes an Excel file: `python -m callrouter.exporting.xlsx_process FILE`.

It reads lines of JSON from its standard input, the first the names of the columns, each other a
list of rows, and writes FILE; its memory does not grow with the rows. Law: what a caller sent is
written as text, never as a formula or a link.
"""

import json
import sys
from collections.abc import Iterable, Iterator

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

ROWS_A_SHEET = 1_048_576
"""As many as Excel shows; what is more goes to further sheets."""

LONGEST_TEXT = 32_767
_WIDTHS = {"why": 80, "attempts": 60, "from": 18, "from_name": 24, "id": 38}
_WIDTH, _WIDTH_OF_TIMES = 14, 30


def write_workbook(
    path: str, columns: list[str], rows: Iterable[list[object]], rows_a_sheet: int = ROWS_A_SHEET
) -> None:
    """One workbook with a head line on every sheet; there is one sheet even without rows."""
    workbook = xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_formulas": False})
    bold = workbook.add_format({"bold": True})
    number = 0
    sheet: Worksheet | None = None
    place = rows_a_sheet
    for row in _first_even_if_none(rows):
        if place >= rows_a_sheet or sheet is None:
            number += 1
            sheet = workbook.add_worksheet(f"Calls {number}" if number > 1 else "Calls")
            _begin(sheet, columns, bold)
            place = 1
        for column, cell in enumerate(row):
            _write(sheet, place, column, cell)
        place += bool(row)
    workbook.close()


def _first_even_if_none(rows: Iterable[list[object]]) -> Iterator[list[object]]:
    yield []
    yield from rows


def _begin(sheet: Worksheet, columns: list[str], bold: object) -> None:
    for place, name in enumerate(columns):
        usual = _WIDTH_OF_TIMES if name.endswith("_at") else _WIDTH
        sheet.set_column(place, place, _WIDTHS.get(name, usual))
        sheet.write_string(0, place, name, bold)
    sheet.freeze_panes(1, 0)


def _write(sheet: Worksheet, row: int, column: int, cell: object) -> None:
    if isinstance(cell, int | float):
        sheet.write_number(row, column, cell)
    elif isinstance(cell, str) and cell:
        sheet.write_string(row, column, cell[:LONGEST_TEXT])


def main() -> None:
    lines = iter(sys.stdin.buffer)
    columns = json.loads(next(lines))
    write_workbook(sys.argv[1], columns, (row for line in lines for row in json.loads(line)))


if __name__ == "__main__":
    main()
