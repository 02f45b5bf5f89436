"""A configuration's document ⇄ the rows of the database's tables.

Law: what an admin wrote is kept as written, document → rows → document loses nothing. The tables'
columns have the names of the document's fields; a value left out is NULL.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from callrouter.config.document import Document
from callrouter.config.problems import Loc, field_path, visible
from callrouter.config.yaml_source import ListNode, MapNode, Node, ScalarNode

Rows = dict[str, list[dict[str, Any]]]
"""Each table's rows in their order, as PostgreSQL makes JSON of them and takes it."""

GENERAL = "general"
POSITION = "position"
GROUPS = "agent_group"
NEXT_GROUPS = "next_agent_groups"
"""A row names its first group in a column that refers to the groups, the others here."""

_TIMES = ("from_time", "to_time")


@dataclass(frozen=True, slots=True)
class ListTable:
    """A table whose rows are a list in an entry of a section: `owner` is the entry's name."""

    section: str
    field: str
    owner: str


SECTIONS = {
    "agents": "id",
    "agent_groups": "name",
    "holiday_calendars": "name",
    "incoming_call_settings": "name",
}
"""The document's mappings that are tables, each with the column of the name."""

LISTS = {
    "holidays": ListTable("holiday_calendars", "holidays", "calendar"),
    "call_handling_schedule": ListTable(
        "incoming_call_settings", "call_handling_schedule", "settings"
    ),
}

Ids = Mapping[tuple[str, str, int], str]
"""(table, owner, place in the list) → the row's id."""


def document_of(rows_json: str) -> tuple[dict[str, Any], Ids]:
    """The document in plain values, empty where all tables are, and the ids of listed rows."""
    # Numbers stay what they look like.
    rows: Rows = json.loads(rows_json, parse_int=str, parse_float=str)
    document: dict[str, Any] = {}
    for general in rows[GENERAL]:
        document.update(_entry(general, {"id"}))
    ids: dict[tuple[str, str, int], str] = {}
    for section, key in SECTIONS.items():
        if rows[section]:
            document[section] = {row[key]: _entry(row, {key}) for row in rows[section]}
    for table, listed in LISTS.items():
        for row in rows[table]:
            owner = row[listed.owner]
            entries = document[listed.section][owner].setdefault(listed.field, [])
            ids[table, owner, len(entries)] = row["id"]
            entries.append(_entry(row, {"id", listed.owner}))
    return document, ids


def _entry(row: Mapping[str, Any], structure: set[str]) -> dict[str, Any]:
    """The fields of one row that are given."""
    entry = {}
    for column, cell in row.items():
        if cell is None or column in structure or column in (POSITION, NEXT_GROUPS):
            continue
        if column == GROUPS and row.get(NEXT_GROUPS):
            cell = [cell, *row[NEXT_GROUPS]]
        elif column in _TIMES:
            cell = cell.removesuffix(":00") if cell.count(":") == 2 else cell
        elif column.endswith("message"):
            cell = _message_of(cell)
        entry[column] = _plain(cell)
    return entry


def _plain(value: Any) -> Any:
    match value:
        case bool():
            return "true" if value else "false"
        case dict():
            return {name: _plain(each) for name, each in value.items() if each is not None}
        case list():
            return [_plain(each) for each in value]
        case _:
            return value


def rows_of(values: Mapping[str, Any], document: Document) -> Rows:
    """The rows of a valid document; `values` are what was written, `document` what it means."""
    rows: Rows = {GENERAL: [], **{table: [] for table in (*SECTIONS, *LISTS)}}
    if general := _cells(values, document, set(SECTIONS)):
        rows[GENERAL].append(general)
    for section, key in SECTIONS.items():
        lists = {each.field: table for table, each in LISTS.items() if each.section == section}
        meant: Mapping[str, BaseModel] = getattr(document, section, {})
        for name, entry in values.get(section, {}).items():
            rows[section].append({key: name} | _cells(entry, meant[name], lists.keys()))
            for field, table in lists.items():
                means = getattr(meant[name], field)
                rows[table] += [
                    {LISTS[table].owner: name} | _cells(row, each, ())
                    for row, each in zip(entry.get(field, ()), means, strict=True)
                ]
    return rows


def rows_json(values: Any, document: Document | None = None) -> str:
    """The same as JSON text; `values` are of a valid configuration, as a version keeps them."""
    meant = document or Document.model_validate(values)
    return json.dumps(rows_of(values, meant), ensure_ascii=False)


def _cells(entry: Mapping[str, Any], meant: BaseModel, without: Collection[str]) -> dict[str, Any]:
    """The columns of one entry: words, numbers and days as they are known, the rest as written."""
    names = {field.alias or name: name for name, field in type(meant).model_fields.items()}
    cells: dict[str, Any] = {}
    for field, written in entry.items():
        if field in without:
            continue
        value = getattr(meant, names[field])
        if field == GROUPS and isinstance(written, list):
            cells |= {GROUPS: written[0], NEXT_GROUPS: written[1:]} if written else {}
        elif field == "day_of_week" and value:
            cells |= _day_cell(written, value)
        elif field in _TIMES:
            cells[field] = written.strip()
        elif field.endswith("message"):
            cells[field] = _message_cell(written)
        elif isinstance(value, StrEnum):
            cells[field] = str(value)
        elif isinstance(value, bool | int | float):
            cells[field] = value
        elif isinstance(value, Mapping) and all(isinstance(each, int) for each in value.values()):
            cells[field] = dict(value)
        else:
            cells[field] = written
    return cells


def _day_cell(written: Any, value: Any) -> dict[str, Any]:
    """One day by its name; several are what `days` is for."""
    if isinstance(value, StrEnum):
        return {"day_of_week": str(value)}
    if len(value) == len(value[0]) == 1:
        return {"day_of_week": str(*value[0])}
    return {"days": written}


def _message_of(cell: str) -> Any:
    """A text, or what a JSON object in its place says: `{"sound": "closed.wav"}`."""
    if cell.lstrip().startswith("{"):
        try:
            return json.loads(cell, parse_int=str, parse_float=str)
        except ValueError:
            pass  # a text that begins with a placeholder
    return cell


def _message_cell(written: Any) -> str:
    if isinstance(written, str) and not written.lstrip().startswith("{"):
        return written
    message = {"text": written} if isinstance(written, str) else written
    return json.dumps(message, ensure_ascii=False)


def tree_of(values: Any) -> Node:
    """Plain values as the tree a file is read into; no value has a line."""
    match values:
        case dict():
            return MapNode(
                0,
                {name: (ScalarNode(name, 0), tree_of(each)) for name, each in values.items()},
            )
        case list():
            return ListNode(0, [tree_of(each) for each in values])
        case None:
            return ScalarNode("", 0, plain=True)
        case _:
            return ScalarNode(str(values), 0)


def places_of(ids: Ids) -> Callable[[Loc], str]:
    """How to say where in the tables a value is: `call_handling_schedule 17 (head-office): …`."""

    def place(loc: Loc) -> str:
        match loc:
            case ():
                return ""
            case (str() as section, str() as name, str() as field, int() as index, *rest):
                for table, listed in LISTS.items():
                    id_ = ids.get((table, name, index))
                    if (section, field) == (listed.section, listed.field) and id_ is not None:
                        return _said(f"{table} {id_} ({visible(name)})", tuple(rest))
            case _:
                pass
        if loc[0] not in SECTIONS:
            return _said(GENERAL, loc)
        return _said(" ".join(visible(str(part)) for part in loc[:2]), loc[2:])

    return place


def _said(row: str, field: Loc) -> str:
    return f"{row}: {field_path(field)}" if field else row
