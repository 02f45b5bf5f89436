"""A configuration's document ⇄ the rows of the database's tables.

Law: what an admin wrote is kept as written, document → rows → document loses nothing. The tables'
columns have the names of the document's fields; a value left out is NULL.
"""

import json
from collections.abc import Callable, Iterator, Mapping
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
    general = {name: value for name, value in values.items() if name not in SECTIONS}
    if general:
        rows[GENERAL].append(dict(_cells(general, document)))
    for section, key in SECTIONS.items():
        meant: Mapping[str, BaseModel] = getattr(document, section, {})
        for name, entry in values.get(section, {}).items():
            rows[section].append({key: name, **dict(_cells(entry, meant[name]))})
    for table, listed in LISTS.items():
        entries: Mapping[str, BaseModel] = getattr(document, listed.section, {})
        for name, entry in values.get(listed.section, {}).items():
            written = entry.get(listed.field, [])
            for row, means in zip(written, getattr(entries[name], listed.field), strict=True):
                rows[table].append({listed.owner: name, **dict(_cells(row, means))})
    return rows


def _cells(entry: Mapping[str, Any], meant: BaseModel) -> Iterator[tuple[str, Any]]:
    """Each column with its cell: words and numbers as they are known, the rest as written."""
    for field, written in entry.items():
        value = getattr(meant, field)
        if field in {listed.field for listed in LISTS.values()} and _is_rows(written):
            continue  # rows of a table of their own
        if field == GROUPS and isinstance(written, list):
            yield GROUPS, written[0]
            yield NEXT_GROUPS, written[1:]
        elif field in _TIMES:
            yield field, written.strip()
        elif field.endswith("message"):
            yield field, _message_cell(written)
        elif isinstance(value, StrEnum):
            yield field, str(value)
        elif isinstance(value, bool | int | float):
            yield field, value
        else:
            yield field, written


def _is_rows(written: Any) -> bool:
    return isinstance(written, list) and (not written or isinstance(written[0], dict))


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
