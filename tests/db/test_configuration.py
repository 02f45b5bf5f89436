"""The configuration's tables under plain SQL: what is refused, what is kept, who changed what."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.config.document import Document
from callrouter.config.rows import document_of, rows_of, tree_of
from callrouter.config.shape import SourceFile, plain_values
from callrouter.db import configuration
from callrouter.db.config_versions import (
    NewVersion,
    add_version,
    config_content,
    config_history,
    note_version,
    text_of,
)
from callrouter.db.configuration import StoredRows, replace_rows, stored_rows
from callrouter.db.engine import DatabaseUnavailable, DataRefused, transaction
from tests.config.documents import DOCUMENTS, NAME_WORDS, Values

pytestmark = pytest.mark.postgres

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
COMPANY: Values = {
    "agents": {"zoe": {"extension": "1001"}, "amina": {"extension": "1002"}},
    "agent_groups": {"sales": {"members": ["zoe", "amina"]}, "night": {"members": ["zoe"]}},
    "incoming_call_settings": {
        "office": {
            "numbers": ["700"],
            "call_handling_schedule": [
                {"days": ["Mon-Fri"], "from_time": "9:00", "to_time": "24:00",
                 "agent_group": ["sales", "night"]},
                {"day_of_week": ["Sat"], "from_time": "10:00", "to_time": "12:00",
                 "agent_group": ["night"]},
            ],
        }
    },
}  # fmt: skip


def rows(values: Values) -> str:
    return json.dumps(rows_of(values, Document.model_validate(values)))


async def put(engine: AsyncEngine, values: Values = COMPANY) -> StoredRows:
    async with transaction(engine) as connection:
        return await replace_rows(connection, rows(values), "test", None)


async def sql(engine: AsyncEngine, *statements: str) -> None:
    async with transaction(engine) as connection:
        for statement in statements:
            await connection.execute(text(statement))


async def read(engine: AsyncEngine) -> tuple[Values, StoredRows]:
    async with transaction(engine) as connection:
        stored = await stored_rows(connection)
    return document_of(stored.rows)[0], stored


async def test_what_is_put_there_comes_back_in_its_order(engine: AsyncEngine) -> None:
    stored = await put(engine)
    values, ids = document_of(stored.rows)
    assert list(values["agents"]) == ["zoe", "amina"]
    assert values["agent_groups"]["sales"] == {"members": ["zoe", "amina"]}
    weekdays, saturday = values["incoming_call_settings"]["office"]["call_handling_schedule"]
    assert weekdays == {
        "days": ["Mon-Fri"], "from_time": "09:00", "to_time": "24:00",
        "agent_group": ["sales", "night"],
    }  # fmt: skip
    assert saturday["day_of_week"] == "Saturday"
    assert len(ids) == 2


def complete(values: Values) -> Values:
    """With everything that foreign keys refer to, and an extension for each agent."""
    empty: Values = {name: {} for name in NAME_WORDS}
    agents = {
        name: agent | {"extension": str(number)}
        for number, (name, agent) in enumerate(values.get("agents", {}).items())
    }
    return values | {
        "agents": agents,
        "agent_groups": empty | values.get("agent_groups", {}),
        "incoming_call_settings": empty | values.get("incoming_call_settings", {}),
    }


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(values=DOCUMENTS.map(complete))
async def test_anything_valid_comes_back_from_postgresql(
    engine: AsyncEngine, values: Values
) -> None:
    stored = await put(engine, values)
    found, _ = document_of(stored.rows)
    plain, problems = plain_values(SourceFile("database", tree_of(found)), Document)
    assert problems == []
    assert Document.model_validate(plain) == Document.model_validate(values)


async def test_a_new_row_comes_last_and_one_between_two_finds_its_place(
    engine: AsyncEngine,
) -> None:
    await put(engine)
    insert = (
        "INSERT INTO call_handling_schedule"
        " (settings, position, day_of_week, from_time, to_time, agent_group) "
    )
    between = "SELECT 'office', avg(position), 'Sunday', '9:00', '10:00', 'night'"
    last = "VALUES ('office', DEFAULT, 'Friday', '22:00', '6:00', 'night')"
    await sql(engine, insert + last, f"{insert}{between} FROM call_handling_schedule"
              " WHERE day_of_week IS DISTINCT FROM 'Friday'")  # fmt: skip
    values, _ = await read(engine)
    rows_ = values["incoming_call_settings"]["office"]["call_handling_schedule"]
    assert [row.get("day_of_week") for row in rows_] == [None, "Sunday", "Saturday", "Friday"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE call_handling_schedule SET day_of_week = 'Mondaay', days = NULL",
        "UPDATE call_handling_schedule SET day_of_week = NULL, days = NULL",
        "UPDATE call_handling_schedule SET from_time = '25:00'",
        "UPDATE call_handling_schedule SET from_time = '24:00'",
        "UPDATE call_handling_schedule SET agent_group = 'nobody'",
        "UPDATE agents SET extension = '1001'",
        "UPDATE agents SET extension = 'abc'",
        "UPDATE agents SET skills = '5'",
        "UPDATE agent_groups SET \"order\" = 'alphabet'",
        "UPDATE agent_groups SET wrap_up_seconds = -1",
        "UPDATE incoming_call_settings SET call_routing = 'Parallel'",
        "UPDATE incoming_call_settings SET ring_seconds = 0",
        "DELETE FROM agent_groups WHERE name = 'night'",
        "INSERT INTO general (id) VALUES (false)",
        "INSERT INTO holidays (calendar, date) VALUES ('nowhere', '12-25')",
    ],
)
async def test_what_a_constraint_can_say_is_refused_at_once(
    engine: AsyncEngine, statement: str
) -> None:
    _, before = await put(engine), (await read(engine))[1]
    with pytest.raises(DataRefused):
        await sql(engine, statement)
    assert (await read(engine))[1] == before


async def test_a_transaction_may_come_in_any_order_and_a_renamed_group_takes_its_rows_along(
    engine: AsyncEngine,
) -> None:
    await put(engine)
    await sql(engine, "UPDATE agents SET extension = '1002' WHERE id = 'zoe'",
              "UPDATE agents SET extension = '1001' WHERE id = 'amina'")  # fmt: skip
    await sql(engine, "UPDATE agent_groups SET name = 'late' WHERE name = 'night'")
    values, _ = await read(engine)
    assert values["agents"]["zoe"]["extension"] == "1002"
    office = values["incoming_call_settings"]["office"]
    assert office["call_handling_schedule"][1]["agent_group"] == "late"


async def test_an_edit_knows_the_database_user_and_what_he_said(
    engine: AsyncEngine,
) -> None:
    await put(engine)
    await sql(engine, "DROP ROLE IF EXISTS jelena", "CREATE ROLE jelena LOGIN",
              "GRANT SELECT, UPDATE ON agents TO jelena")  # fmt: skip
    try:
        await sql(engine, "SET LOCAL SESSION AUTHORIZATION jelena",
                  "SET LOCAL callrouter.note = 'she is Zoë'",
                  "UPDATE agents SET name = 'Zoë' WHERE id = 'zoe'")  # fmt: skip
    finally:
        await sql(engine, "DROP OWNED BY jelena", "DROP ROLE jelena")
    async with transaction(engine) as connection:
        found = await connection.execute(text("SELECT author, note FROM config_edits ORDER BY id"))
        assert [tuple(row) for row in found] == [("test", None), ("jelena", "she is Zoë")]


async def test_a_transaction_is_one_edit_and_one_that_is_rolled_back_is_none(
    engine: AsyncEngine,
) -> None:
    first = await put(engine)
    await sql(engine, "UPDATE agents SET name = 'A'", "UPDATE agent_groups SET members = '{zoe}'")
    with pytest.raises(DataRefused):
        await sql(engine, "UPDATE agents SET name = 'B'", "UPDATE agents SET extension = ''")
    async with transaction(engine) as connection:
        assert await connection.scalar(text("SELECT count(*) FROM config_edits")) == 2
    assert (await read(engine))[1].edit > first.edit


async def test_an_import_waits_for_an_edit_in_progress_but_not_for_ever(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configuration, "LOCK_SECONDS", 0.2)
    await put(engine)
    async with transaction(engine) as connection:
        await connection.execute(text("UPDATE agents SET name = 'A'"))
        with pytest.raises(DatabaseUnavailable, match="lock timeout"):
            await put(engine)
    await put(engine)


def new(document: str, edit: int | None = None, **more: Any) -> NewVersion:
    return NewVersion(f"hash of {document}", json.dumps(document), NOW, edit, **more)


async def note(engine: AsyncEngine, version: NewVersion) -> int | None:
    async with transaction(engine) as connection:
        return await note_version(connection, version)


async def test_a_version_is_written_once_however_many_notice_it(engine: AsyncEngine) -> None:
    edit = (await put(engine)).edit
    numbers = await asyncio.gather(*(note(engine, new("a", edit)) for _ in range(4)))  # noqa: TID251
    assert sorted(numbers, key=lambda n: n or 0) == [None, None, None, 1]


async def test_the_same_by_the_tables_in_another_order_of_names_is_no_version(
    engine: AsyncEngine,
) -> None:
    by_file = NewVersion("same", '{"timezone": "UTC", "agents": {}}', NOW)
    edit = (await put(engine)).edit
    by_tables = NewVersion("same", '{"agents": {}, "timezone": "UTC"}', NOW, edit)
    assert await note(engine, by_file) == 1
    assert await note(engine, by_tables) is None
    assert await note(engine, by_file) is None


async def test_what_was_edited_again_meanwhile_is_no_version(engine: AsyncEngine) -> None:
    early = (await put(engine)).edit
    late = (await put(engine)).edit
    assert await note(engine, new("late", late)) == 1
    assert await note(engine, new("early", early)) is None
    async with transaction(engine) as connection:
        assert [each.number for each in await config_history(connection)] == [1]


async def test_edits_together_are_a_version_of_all_their_authors(engine: AsyncEngine) -> None:
    for author, said in (("amina", "more"), ("bojan", "less"), ("amina", "more")):
        await sql(engine, f"SET LOCAL callrouter.author = '{author}'",
                  f"SET LOCAL callrouter.note = '{said}'",
                  "UPDATE agents SET name = NULL")  # fmt: skip
    _, stored = await read(engine)
    await note(engine, new("a", stored.edit))
    async with transaction(engine) as connection:
        (version,) = await config_history(connection)
    assert (version.author, version.note, version.kind) == ("amina, bojan", "more; less", "edit")


async def test_an_edit_that_changed_nothing_is_not_the_next_ones(engine: AsyncEngine) -> None:
    await note(engine, new("a", (await put(engine)).edit))
    await sql(engine, "SET LOCAL callrouter.author = 'idle'", "UPDATE agents SET name = name")
    await note(engine, new("a", (await read(engine))[1].edit))
    await sql(engine, "SET LOCAL callrouter.author = 'busy'", "UPDATE agents SET name = 'B'")
    await note(engine, new("b", (await read(engine))[1].edit))
    async with transaction(engine) as connection:
        assert [each.author for each in await config_history(connection)] == ["busy", "test"]


async def test_a_files_version_is_the_files(engine: AsyncEngine) -> None:
    assert await note(engine, new("a", source="# a")) == 1
    assert await note(engine, new("a", source="# the same, another comment")) is None
    assert await note(engine, new("b", source="# b")) == 2
    async with transaction(engine) as connection:
        assert {(each.author, each.kind) for each in await config_history(connection)} == {
            ("file", "file")
        }
        content = await config_content(connection, 1)
        assert content is not None
        assert (content.document, content.source) == ('"a"', "# a")
        assert await text_of(connection, '"a"') is None, "a file is not in the tables"
        assert await config_content(connection, 9) is None


async def test_a_command_keeps_the_text_where_only_comments_have_changed(
    engine: AsyncEngine,
) -> None:
    async with transaction(engine) as connection:
        for source, number in (("# a", 1), ("# a", None), ("# b", 2)):
            added = await add_version(connection, new("a", 1, source=source), "me", None, "import")
            assert added == number
        assert await text_of(connection, '"a"') == "# b"
