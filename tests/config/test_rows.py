"""Document → rows → document loses nothing, and document → YAML → document neither."""

import json
from typing import Any

import pytest
from hypothesis import given
from pydantic import BaseModel

from callrouter.config import document as shapes
from callrouter.config.document import Document
from callrouter.config.rows import (
    GENERAL,
    GROUPS,
    LISTS,
    NEXT_GROUPS,
    POSITION,
    SECTIONS,
    document_of,
    places_of,
    rows_of,
    tree_of,
)
from callrouter.config.shape import SourceFile, plain_values
from callrouter.config.written import differences, written, yaml_text
from callrouter.config.yaml_source import read_tree
from callrouter.db.configuration_tables import CONFIGURATION
from tests.config.documents import DOCUMENTS, Values

ENTRIES: dict[str, type[BaseModel]] = {
    GENERAL: Document,
    "agents": shapes.AgentEntry,
    "agent_groups": shapes.AgentGroupEntry,
    "holiday_calendars": shapes.HolidayCalendarEntry,
    "holidays": shapes.HolidayEntry,
    "incoming_call_settings": shapes.IncomingCallSettingsEntry,
    "call_handling_schedule": shapes.ScheduleRowEntry,
}


def test_every_field_has_its_column_and_every_column_its_field() -> None:
    for table in CONFIGURATION:
        entry = ENTRIES[table.name]
        fields = {field.alias or name for name, field in entry.model_fields.items()}
        structure = {"id"} if table.name not in SECTIONS else {SECTIONS[table.name]}
        if listed := LISTS.get(table.name):
            structure.add(listed.owner)
        rows_elsewhere = set(SECTIONS) if table.name == GENERAL else set()
        rows_elsewhere |= {each.field for each in LISTS.values() if each.section == table.name}
        columns = {column.name for column in table.columns} - structure - {POSITION}
        next_groups = {NEXT_GROUPS} if GROUPS in fields else set()
        assert columns == (fields - rows_elsewhere) | next_groups, table.name


def read_back(rows: Any) -> Values:
    """The rows through PostgreSQL's eyes: their order is kept, and listed ones have ids."""
    for table in LISTS:
        for number, row in enumerate(rows[table], 1):
            row["id"] = number
    values, ids = document_of(json.dumps(rows))
    assert len(ids) == sum(len(rows[table]) for table in LISTS)
    return as_read(values)


def as_read(values: Values) -> Values:
    plain, problems = plain_values(SourceFile("database", tree_of(values)), Document)
    assert problems == []
    result: Values = plain
    return result


@given(DOCUMENTS)
def test_document_to_rows_and_back(values: Values) -> None:
    document = Document.model_validate(values)
    assert Document.model_validate(read_back(rows_of(values, document))) == document


@given(DOCUMENTS)
def test_document_to_yaml_and_back(values: Values) -> None:
    root, problems = read_tree(yaml_text(written(values)).encode(), "c.yaml")
    assert problems == ()
    again, misnamed = plain_values(SourceFile("c.yaml", root), Document)
    assert misnamed == []
    assert Document.model_validate(again) == Document.model_validate(values)


@given(DOCUMENTS, DOCUMENTS)
def test_two_documents_differ_in_something_or_mean_the_same(one: Values, two: Values) -> None:
    before, after = written(one), written(two)
    found = list(differences(before, after))
    assert (found == []) == (before.meant == after.meant)
    assert list(differences(before, before)) == []
    assert all("\n" not in str(each) for each in found)


def test_several_days_in_day_of_week_become_days() -> None:
    row = {
        "day_of_week": ["Mon-Fri"],
        "from_time": "9:00",
        "to_time": "17:00",
        "agent_group": ["g"],
    }
    values = {"incoming_call_settings": {"s": {"call_handling_schedule": [row]}}}
    (stored,) = rows_of(values, Document.model_validate(values))["call_handling_schedule"]
    assert stored["days"] == ["Mon-Fri"]
    assert "day_of_week" not in stored


@pytest.mark.parametrize(
    ("loc", "said"),
    [
        ((), ""),
        (("timezone",), "general: timezone"),
        (("agents", "amina"), "agents amina"),
        (("agents", "amina", "phones", 1), "agents amina: phones[1]"),
        (("holiday_calendars", "rs", "holidays", 0, "date"), "holidays 7 (rs): date"),
        (("incoming_call_settings", "s", "call_handling_schedule", 0, "to_time"),
         "call_handling_schedule 9 (s): to_time"),
        (("incoming_call_settings", "s", "call_handling_schedule", 4),
         "incoming_call_settings s: call_handling_schedule[4]"),
    ],
)  # fmt: skip
def test_a_place_is_told_by_table_and_key(loc: tuple[str | int, ...], said: str) -> None:
    ids = {("holidays", "rs", 0): "7", ("call_handling_schedule", "s", 0): "9"}
    assert places_of(ids)(loc) == said


def test_rows_that_go_and_come_are_told_as_such() -> None:
    def rows(*ends: str) -> Any:
        schedule = [
            {"days": ["daily"], "from_time": "08:00", "to_time": end, "agent_group": ["g"]}
            for end in ends
        ]
        return written({"incoming_call_settings": {"s": {"call_handling_schedule": schedule}}})

    path = "incoming_call_settings.s.call_handling_schedule"
    assert list(map(str, differences(rows("10:00", "11:00"), rows("09:00", "10:00", "11:00")))) == [
        f"+ {path}[0]: {{days: [daily], from_time: '08:00', to_time: '09:00', agent_group: [g]}}"
    ]
    assert list(map(str, differences(rows("10:00", "11:00"), rows("11:00")))) == [
        f"- {path}[0]: {{days: [daily], from_time: '08:00', to_time: '10:00', agent_group: [g]}}"
    ]
    assert list(map(str, differences(rows("10:00", "11:00"), rows("10:00", "12:00")))) == [
        f"  {path}[1].to_time: 11:00 → 12:00"
    ]
