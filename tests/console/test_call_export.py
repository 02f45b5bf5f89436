"""Files of the call log, and who may have them: through the API, over a real database."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import httpx
import msgspec
import pytest
from sqlalchemy import select

from callrouter.db.api_tokens import Scope
from callrouter.db.engine import transaction
from callrouter.db.models_people import AuditEntry
from callrouter.exporting.columns import COLUMNS, USUAL
from callrouter.exporting.xlsx_process import write_workbook
from callrouter.facts import Fact
from tests.console.conftest import Client
from tests.db.sample_calls import abandoned, answered, arrived, call_id, greeted, rejected
from tests.db.stored import store

HOSTILE = (
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2",
    "@SUM(A1)",
    "\tx",
    "\rx",
    'say "hi", then\r\nanother row',
    "\u202eabc",
    "<script>",
    "a\x00b",
    "أمينة; Ђорђе",
    "http://evil.example/",
)


@pytest.fixture
async def log(api: Client) -> Client:
    kinds = (answered, greeted, abandoned, rejected)
    for number, kind in enumerate(kinds, 1):
        await store(api.engine, call_id(number), later(kind(), 3600 * number))
    return api


def later(facts: list[Fact], seconds: float) -> list[Fact]:
    return [msgspec.structs.replace(f, at=f.at + timedelta(seconds=seconds)) for f in facts]


def table(answer: httpx.Response) -> list[list[str]]:
    assert answer.status_code == 200, answer.text
    text = answer.content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


@pytest.mark.postgres
async def test_csv_has_exactly_the_calls_that_are_filtered(log: Client) -> None:
    answer = await log.ask("GET", "/calls/export?status=answered&status=abandoned")
    head, *rows = table(answer)
    assert tuple(head) == USUAL
    assert [row[0] for row in rows] == ["abandoned", "answered"]
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.content.endswith(b"\r\n")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="calls-')


@pytest.mark.postgres
async def test_chosen_columns_and_times_of_a_zone(log: Client) -> None:
    names = "date,time,arrived_at,waiting,to,group,answered_by,why,attempts"
    query = f"/calls/export?status=answered&timezone=Asia/Kathmandu&columns={names}"
    head, row = table(await log.ask("GET", query))
    assert head == names.split(",")
    assert row[:7] == [
        *("2026-03-02", "14:45:00", "2026-03-02T14:45:00.000+05:45"),
        *("28.0", "700", "sales", "bojan"),
    ]
    assert row[7].startswith("Bojan Ilić of sales answered after 28 s")
    assert row[8].endswith("amina no answer 20s → bojan answered")


@pytest.mark.postgres
async def test_json_is_one_list_also_where_there_is_nothing(log: Client) -> None:
    answer = await log.ask("GET", "/calls/export?format=json&columns=id,status,waiting")
    calls = json.loads(answer.content)
    assert [call["status"] for call in calls] == ["waiting", "rejected", "abandoned", "answered"]
    assert [call["waiting"] for call in calls[2:]] == [9.0, 28.0]
    assert calls[3]["id"] == str(call_id(1))
    nothing = await log.ask("GET", "/calls/export?format=json&number=9")
    assert json.loads(nothing.content) == []


@pytest.mark.postgres
async def test_no_spreadsheet_computes_what_a_caller_sent(api: Client) -> None:
    for number, name in enumerate(HOSTILE, 1):
        await store(api.engine, call_id(number), [arrived(name=name, caller=name)])
    _, *rows = table(await api.ask("GET", "/calls/export?columns=from,from_name,id"))
    names = {row[2]: row[1] for row in rows}
    assert len(names) == len(HOSTILE), "no name makes another row"
    for number, name in enumerate(HOSTILE, 1):
        safe = f"'{name}" if name[0] in "=+-@\t\r" else name
        assert names[str(call_id(number))] == safe.replace("\x00", "␀")
    assert all(row[0] == row[1] for row in rows)
    answer = await api.ask("GET", "/calls/export?format=xlsx&columns=from_name,id")
    sheets = workbook(answer.content)
    shown = {row[1]: row[0] for row in sheets[0][1:]}
    for number, name in enumerate(HOSTILE, 1):
        assert shown[str(call_id(number))] == name.replace("\x00", "␀")
    assert b"<f>" not in answer.content
    assert all(b"<f>" not in part for part in parts(answer.content).values())
    assert not any("hyperlink" in part.decode() for part in parts(answer.content).values())


def parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def workbook(content: bytes) -> list[list[list[str]]]:
    """The sheets of an Excel file, as Excel shows their cells."""
    files = parts(content)
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    sheets = []
    for name in sorted(each for each in files if each.startswith("xl/worksheets/sheet")):
        tree = ElementTree.fromstring(files[name])  # noqa: S314 - made by us
        rows = []
        for row in tree.iter(f"{main}row"):
            cells = []
            for cell in row.iter(f"{main}c"):
                kind = cell.get("t")
                assert kind in (None, "n", "inlineStr"), "text or number, nothing else"
                text = "".join(cell.itertext())
                # How Excel writes what XML cannot say.
                cells.append(re.sub("_x([0-9A-F]{4})_", lambda m: chr(int(m[1], 16)), text))
            rows.append(cells)
        sheets.append(rows)
    return sheets


def test_more_rows_than_a_sheet_takes_make_further_sheets(tmp_path: Path) -> None:
    path = tmp_path / "calls.xlsx"
    rows: list[list[object]] = [[number, f"call {number}", None] for number in range(5)]
    write_workbook(str(path), ["n", "text", "none"], rows, rows_a_sheet=3)
    sheets = workbook(path.read_bytes())
    assert [len(sheet) for sheet in sheets] == [3, 3, 2]
    assert all(sheet[0] == ["n", "text", "none"] for sheet in sheets)
    assert [row[1] for sheet in sheets for row in sheet[1:]] == [f"call {n}" for n in range(5)]
    write_workbook(str(path), ["n"], [])
    assert workbook(path.read_bytes()) == [[["n"]]]
    write_workbook(str(path), ["n"], [["x" * 50_000]])
    assert len(workbook(path.read_bytes())[0][1][0]) == 32_767


@pytest.mark.postgres
async def test_every_export_is_in_the_audit_log(log: Client) -> None:
    await log.ask("GET", "/calls/export?format=json&status=answered&columns=id")
    refused = await log.ask("GET", "/calls/export?columns=id,password")
    assert refused.status_code == 422
    assert "'password'" in refused.json()["detail"]
    async with transaction(log.engine) as connection:
        (deed,) = (await connection.execute(select(AuditEntry.__table__))).all()
    assert (deed.who, deed.action, deed.subject) == ("API: everything", "calls.export", "json")
    assert deed.details["columns"] == ["id"]
    assert "status=answered" in deed.details["query"]


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("role", "status"),
    [("supervisor", 200), ("reviewer", 200), ("viewer", 403), ("agent", 403)],
)
async def test_who_may_export(log: Client, role: str, status: int) -> None:
    await log.sign_in(role, agent="bojan")
    answer = await log.get("/api/v1/calls/export")
    assert answer.status_code == status


@pytest.mark.postgres
async def test_a_token_without_the_scope_may_not(log: Client) -> None:
    secret = await log.token(Scope.AGENTS, name="agents only")
    assert (await log.ask("GET", "/calls/export", secret=secret)).status_code == 403
    assert (await log.ask("GET", "/calls", secret=secret)).status_code == 403


@pytest.mark.postgres
async def test_a_large_file_comes_in_pieces_and_whole(api: Client) -> None:
    for number in range(1, 1203):
        await store(api.engine, call_id(number), later(rejected(), number))
    rows = table(await api.ask("GET", "/calls/export?columns=id,attempts"))
    assert sequence(rows[1:]) == [str(call_id(number)) for number in range(1202, 0, -1)]
    sheet = workbook((await api.ask("GET", "/calls/export?format=xlsx&columns=id")).content)[0]
    assert sequence(sheet[1:]) == sequence(rows[1:])


def sequence(rows: Sequence[Sequence[str]]) -> list[str]:
    return [row[0] for row in rows]


def test_there_is_a_column_for_each_of_the_log() -> None:
    assert set(USUAL) <= set(COLUMNS)
