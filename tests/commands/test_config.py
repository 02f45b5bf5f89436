"""`callrouter config`: YAML into the database and back, versions, and drafts held against calls."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from callrouter.cli import main
from callrouter.config.live import with_live_overrides
from callrouter.config.load import load_file
from callrouter.db.engine import make_engine, transaction
from callrouter.db.rows import rows_of, write_rows
from callrouter.db.schema import upgrade
from callrouter.facts import Arrived, Fact, Routed
from callrouter.routing.decide import Closed, IncomingCall, decide, targets_of
from callrouter.routing.explain import decision_name, what_won
from callrouter.routing.model import Override, OverrideKind
from tests.config.companies import COMPANY
from tests.conftest import run_now
from tests.db.sample_calls import call_id

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

Config = Callable[..., str]


@pytest.fixture
def database(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database that is the configuration; sounds are looked for in the test's folder."""

    async def migrate() -> None:
        engine = make_engine(postgres_url)
        await upgrade(engine)
        await engine.dispose()

    run_now(migrate())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CALLROUTER_DATABASE_URL", postgres_url)
    monkeypatch.setenv("CALLROUTER_CONFIG", "database")
    return postgres_url


@pytest.fixture
def config(database: str, capsys: pytest.CaptureFixture[str]) -> Config:
    """What `callrouter config …` prints; on stderr where it is to fail."""

    def run(*arguments: str, code: int = 0) -> str:
        assert main(["config", *arguments]) == code
        printed = capsys.readouterr()
        assert (printed.err == "") == (code == 0), printed
        return printed.out if code == 0 else printed.err

    return run


def sql(database: str, *statements: str) -> None:
    async def execute() -> None:
        engine = make_engine(database)
        async with transaction(engine) as connection:
            for statement in statements:
                await connection.execute(text(statement))
        await engine.dispose()

    run_now(execute())


def file(text_: str, name: str = "callrouter.yaml") -> str:
    Path(name).write_text(text_)
    return name


def test_a_file_comes_back_as_it_was_with_its_comments(config: Config) -> None:
    written = "# Our company.\n" + COMPANY
    assert "Version 1 (configuration " in config("import", file(written))
    assert config("export") == written
    assert config("export", "--version", "1") == written


def test_what_sql_changed_is_exported_as_clean_yaml(config: Config, database: str) -> None:
    config("import", file(COMPANY))
    sql(database, "UPDATE incoming_call_settings SET ring_seconds = 30")
    exported = config("export")
    assert "ring_seconds: 30" in exported
    config("import", file(exported))
    assert config("diff", "live", "callrouter.yaml") == ""


def test_a_file_with_errors_changes_nothing(config: Config) -> None:
    config("import", file(COMPANY))
    said = config("import", file(COMPANY.replace("17:00", "26:00"), "bad.yaml"), code=1)
    assert said.startswith("bad.yaml:")
    assert config("export") == COMPANY


def test_the_same_file_again_is_no_version(config: Config) -> None:
    config("import", file(COMPANY))
    assert config("import", "callrouter.yaml").startswith("Nothing has changed")
    assert len(json.loads(config("history", "--json"))) == 1


def test_where_there_is_one_it_stays_if_only_an_empty_database_is_meant(config: Config) -> None:
    assert "Version 1 " in config("import", file(COMPANY), "--if-empty")
    other = file(COMPANY.replace("Welcome.", "Hello."), "other.yaml")
    assert config("import", other, "--if-empty") == (
        "The database has a configuration: it stays as it is.\n"
    )
    assert config("export") == COMPANY


def test_history_knows_author_note_and_time(config: Config) -> None:
    config("import", file(COMPANY), "--author", "amina", "--note", "first hours")
    (version,) = json.loads(config("history", "--json"))
    assert (version["number"], version["author"], version["note"], version["kind"]) == (
        *(1, "amina", "first hours", "import"),
    )
    assert datetime.now(UTC) - datetime.fromisoformat(version["at"]) < timedelta(minutes=5)
    head, line = config("history").splitlines()
    assert head.split() == ["NUMBER", "TIME", "AUTHOR", "HOW", "VERSION", "NOTE"]
    assert "first hours" in line


def test_a_difference_is_a_line_with_its_path(config: Config) -> None:
    config("import", file(COMPANY))
    changed = COMPANY.replace("17:00", "18:30").replace(
        "bojan: {extension: 1002}", "carla: {extension: 1002}"
    )
    changed = changed.replace("[amina, bojan]", "[amina, carla]")
    assert config("diff", "1", file(changed, "draft.yaml")).splitlines() == [
        "- agents.bojan: {extension: '1002'}",
        "+ agents.carla: {extension: '1002'}",
        "  agent_groups.sales.members: [amina, bojan] → [amina, carla]",
        "  incoming_call_settings.office.call_handling_schedule[0].to_time: 17:00 → 18:30",
    ]
    config("import", "draft.yaml")
    assert config("diff") == config("diff", "1", "2")


def test_a_rollback_is_a_new_version_and_keeps_the_comments(config: Config) -> None:
    config("import", file("# First.\n" + COMPANY))
    config("import", file(COMPANY.replace("Welcome.", "Hello.")))
    said = config("rollback", "1", "--author", "bojan")
    assert "Version 3" in said
    assert "greeting_message: Hello. → Welcome." in said
    assert config("export") == "# First.\n" + COMPANY
    newest = json.loads(config("history", "--json"))[0]
    assert (newest["author"], newest["note"], newest["kind"]) == (
        *("bojan", "back to version 1", "rollback"),
    )
    assert "there is no version 9" in config("rollback", "9", code=1)


def test_a_rollback_out_of_a_mess(config: Config, database: str) -> None:
    config("import", file(COMPANY))
    sql(database, "UPDATE agent_groups SET members = '{nobody}'")
    assert config("rollback", "1").startswith("The tables say again what the newest version says")
    assert config("diff", "database", "1") == config("diff", "1", "1")
    assert "Nothing has changed" in config("rollback", "1")


def test_a_rollback_of_a_file_says_how_it_is_done(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    config("import", file(COMPANY))
    monkeypatch.setenv("CALLROUTER_CONFIG", "callrouter.yaml")
    assert "callrouter config export --version 1" in config("rollback", "1", code=1)


def test_an_empty_database_says_what_to_do(config: Config) -> None:
    assert "run `callrouter config import FILE`" in config("export", code=1)


def test_check_and_simulate_read_the_database(
    config: Config, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    config("import", file(COMPANY))
    assert main(["check"]) == 0
    assert main(["simulate", "--to", "700", "--at", "2026-11-23T10:00"]) == 0
    assert "rings Amina Haddad and bojan" in capsys.readouterr().out
    sql(database, "UPDATE agent_groups SET members = '{amina, nobody}'")
    assert main(["check"]) == 1
    assert "database: agent_groups sales: members[1]: there is no agent 'nobody'" in (
        capsys.readouterr().out
    )
    sql(database, "UPDATE agent_groups SET members = '{amina}'",
        "UPDATE call_handling_schedule SET valid_from = 'never'")  # fmt: skip
    assert main(["check"]) == 1
    assert "database: call_handling_schedule 1 (office): valid_from: " in capsys.readouterr().out


MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # 10:00 in Belgrade


def record(database: str, calls: dict[int, datetime], number: str = "700") -> None:
    """A call for each id, as the router records one that the company's file routed."""
    table = load_file(Path("callrouter.yaml")).table

    async def write() -> None:
        engine = make_engine(database)
        batch = []
        for id_, at in calls.items():
            decision = decide(table, IncomingCall(number), at)
            won: dict[str, Any] = dict(what_won(decision))
            facts: list[Fact] = [
                Arrived(at=at, entity_id="e", channel_id=str(id_), number=number,
                        caller_number="+381641234567", caller_name=""),
                Routed(at=at, decision=decision_name(decision), version=table.version,
                       targets=tuple(map(str, targets_of(decision))), **won),
            ]  # fmt: skip
            batch.append(rows_of(call_id(id_), facts, 0, None))
        async with transaction(engine) as connection:
            await write_rows(connection, batch)
        await engine.dispose()

    run_now(write())


def test_a_draft_that_says_the_same_sends_no_call_elsewhere(config: Config, database: str) -> None:
    config("import", file(COMPANY))
    record(database, {n: MONDAY + timedelta(hours=n) for n in range(1, 50)})
    assert config("replay", "live", "--since", "2026-11-01", "--until", "2026-12-01") == (
        "0 of 49 calls would have gone elsewhere.\n"
    )


def test_a_draft_says_which_calls_would_have_gone_elsewhere(config: Config, database: str) -> None:
    config("import", file(COMPANY))
    record(database, {1: MONDAY, 2: MONDAY + timedelta(hours=7), 3: MONDAY + timedelta(days=1)})
    record(database, {4: MONDAY}, number="999")
    draft = file(COMPANY.replace("17:00", "10:00"), "draft.yaml")
    when = ("--since", "2026-11-01", "--until", "2026-12-01")
    head, _, names, line = config("replay", draft, *when).splitlines()
    assert head == "1 of 4 calls would have gone elsewhere."
    assert names.split() == ["CALL", "TIME", "FROM", "TO", "THEN", "NOW"]
    assert line.startswith("00000001 ")
    assert "office: ring group sales" in line
    assert line.endswith("office: closed")
    found = json.loads(config("replay", draft, *when, "--json"))
    assert (found["calls"], [each["id"] for each in found["elsewhere"]]) == (4, [str(call_id(1))])
    assert found["elsewhere"][0]["then"] == {
        "decision": "ring", "settings": "office", "targets": ["group sales"],
    }  # fmt: skip


def test_what_a_phone_had_closed_then_is_closed_for_the_draft_too(
    config: Config, database: str
) -> None:
    config("import", file(COMPANY))
    table = load_file(Path("callrouter.yaml")).table
    closed = Override("1", OverrideKind.CLOSED, MONDAY, MONDAY + timedelta(hours=2))
    with_it = with_live_overrides(table, [closed])
    assert isinstance(decide(with_it, IncomingCall("700"), MONDAY), Closed)
    record(database, {1: MONDAY + timedelta(minutes=30), 2: MONDAY + timedelta(minutes=90)})
    sql(database,
        "UPDATE calls SET decision = 'closed', agent_group = NULL WHERE channel_id = '1'",
        "UPDATE call_facts SET body = body - 'targets' WHERE kind = 'routed'",
        "INSERT INTO overrides VALUES"  # noqa: S608
        f" ('{call_id(9)}', 'closed', '[]', '[]', '{MONDAY}', NULL, NULL, NULL,"
        f" 'amina', '', '{MONDAY}', '{MONDAY + timedelta(hours=1)}', 'bojan')",
    )  # fmt: skip
    said = config("replay", "live", "--since", "2026-11-01", "--until", "2026-12-01")
    assert said == "0 of 2 calls would have gone elsewhere.\n"


def test_ten_thousand_calls_are_replayed_in_seconds(config: Config, database: str) -> None:
    config("import", file(COMPANY))
    record(database, {n: MONDAY + timedelta(seconds=n) for n in range(10_000)})
    draft = file(COMPANY.replace("17:00", "11:00"), "draft.yaml")
    begun = time.perf_counter()
    said = config("replay", draft, "--since", "2026-11-01", "--until", "2026-12-01")
    assert said.startswith("6400 of 10000 calls")
    assert time.perf_counter() - begun < 10
