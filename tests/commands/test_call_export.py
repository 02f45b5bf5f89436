"""`callrouter calls --export`: the file of the console's log, on the standard output."""

import csv
import io
import json
import zipfile

import pytest
from sqlalchemy import select

from callrouter.cli import main
from callrouter.db.engine import make_engine, transaction
from callrouter.db.models_people import AuditEntry
from callrouter.exporting.columns import USUAL
from tests.conftest import migrate, run_now
from tests.db.sample_calls import answered, call_id, greeted, rejected
from tests.db.stored import store


@pytest.fixture
def database(postgres_url: str) -> str:
    async def fill() -> None:
        await migrate(postgres_url)
        engine = make_engine(postgres_url)
        for number, kind in enumerate((answered, rejected, greeted), 1):
            await store(engine, call_id(number), kind())
        await engine.dispose()

    run_now(fill())
    return postgres_url


def exported(capfdbinary: pytest.CaptureFixture[bytes], *arguments: str) -> bytes:
    assert main(["calls", *arguments]) == 0
    return capfdbinary.readouterr().out


async def _deeds(url: str) -> list[AuditEntry]:
    engine = make_engine(url)
    async with transaction(engine) as connection:
        found = (await connection.execute(select(AuditEntry))).all()
    await engine.dispose()
    return list(found)  # type: ignore[arg-type]


@pytest.mark.postgres
def test_exactly_the_calls_of_the_filters_as_csv_and_in_the_audit_log(
    database: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    zone = ("--timezone", "Asia/Riyadh", "--database", database)
    wanted = ("--export", "csv", "--status", "answered", "--since", "2026-03-01")
    written = exported(capfdbinary, *wanted, *zone)
    assert written.startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(io.StringIO(written.decode("utf-8-sig"), newline=""))
    assert head == list(USUAL)
    (call,) = [dict(zip(head, row, strict=True)) for row in rows]
    assert call["id"] == str(call_id(1))
    assert (call["date"], call["time"]) == ("2026-03-02", "11:00:00")
    assert call["from"] == "'+381641234567"
    (deed,) = run_now(_deeds(database))
    assert (deed.action, deed.subject) == ("calls.export", "csv")
    assert deed.who.startswith("command line: ")
    assert "answered" in deed.details["query"]


@pytest.mark.postgres
def test_columns_can_be_chosen_and_live_calls_are_there_too(
    database: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    columns = ("--columns", "id, status", "--database", database)
    rows = json.loads(exported(capfdbinary, "--export", "json", *columns))
    assert {tuple(row) for row in rows} == {("id", "status")}
    assert {row["id"] for row in rows} == {str(call_id(number)) for number in (1, 2, 3)}


@pytest.mark.postgres
def test_an_excel_file(database: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    written = exported(capfdbinary, "--export", "xlsx", "--database", database)
    with zipfile.ZipFile(io.BytesIO(written)) as workbook:
        assert "xl/worksheets/sheet1.xml" in workbook.namelist()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--columns", "id,nonsense"), "there is no column 'nonsense'"),
        (("--timezone", "Mars/Base"), "'Mars/Base' is no time zone"),
        (("--timezone", "../../etc/passwd"), "is no time zone"),
        (("--limit", "3"), "leave out --limit"),
    ],
)
def test_what_cannot_be_exported_is_said_before_the_database_is_asked(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = ("--database", "postgresql://127.0.0.1:1/nowhere")
    assert main(["calls", "--export", "csv", *arguments, *nowhere]) == 2
    assert said in capsys.readouterr().err
    assert main(["calls", "--export", "csv", *nowhere]) == 1
