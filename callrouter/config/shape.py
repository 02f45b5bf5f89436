"""The tree of a file → plain values under the document's own field names, and back to lines.

Field names may be written without underscores or in other case (`agentbusymessage`,
`DayOfWeek`); names that admins choose (agents, groups, settings, skills) stay as written.
"""

import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from callrouter.config.problems import Loc, Problem, did_you_mean, field_path, quoted
from callrouter.config.yaml_source import ListNode, MapNode, Node, ScalarNode


@dataclass(frozen=True, slots=True)
class _Fields:
    """A mapping with fixed field names: folded name → (the field's name, its shape)."""

    known: "Mapping[str, tuple[str, _Shape]]"


@dataclass(frozen=True, slots=True)
class _Named:
    """A mapping whose names the admin chooses; all values are of one type."""

    value: "_Shape"


@dataclass(frozen=True, slots=True)
class _List:
    item: "_Shape"


_Shape = _Fields | _Named | _List | None


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file's name and tree: knows the line of every value, and how to `say` where it is."""

    name: str
    root: Node
    say: Callable[[Loc], str] = field_path

    def problem(
        self, loc: Loc, message: str, remedy: str = "", *, warning: bool = False
    ) -> Problem:
        """A problem of the value at `loc`, or of the nearest thing that is written there."""
        line, written = self._place(loc)
        level: Literal["error", "warning"] = "warning" if warning else "error"
        return Problem(level, self.name, line, self.say(written), message, remedy, loc)

    def _place(self, loc: Loc) -> tuple[int, Loc]:
        node, line = self.root, self.root.line
        single: list[int] = []
        for depth, part in enumerate(loc):
            if isinstance(node, MapNode) and isinstance(part, str):
                entry = node.entries.get(part) or _folded_entry(node, part)
                if entry is None:
                    return line, loc[:depth]
                node = entry[1]
                line = node.line if isinstance(node, ScalarNode) else entry[0].line
            elif isinstance(node, ListNode) and isinstance(part, int) and part < len(node.items):
                node = node.items[part]
                line = node.line
            elif part == 0 and not isinstance(node, ListNode):
                single.append(depth)  # the only one of a list, written without the list
            else:
                return line, _without(loc[:depth], single)
        return line, _without(loc, single)


def _without(loc: Loc, depths: list[int]) -> Loc:
    return tuple(part for depth, part in enumerate(loc) if depth not in depths)


def plain_values(source: SourceFile, model: type[BaseModel]) -> tuple[Any, list[Problem]]:
    """What the file says, as dicts, lists and strings in the shape of `model`.

    Unknown fields, and fields written in two spellings, are left out and reported.
    """
    problems: list[Problem] = []

    def convert(node: Node, shape: _Shape, loc: Loc) -> Any:
        if isinstance(node, ScalarNode):
            if node.nothing:
                return None
            return [node.text] if isinstance(shape, _List) else node.text
        match node, shape:
            case MapNode(), _Fields():
                return fields(node, shape, loc)
            case MapNode(), _Named(value):
                empty: dict[str, Any] | None = {} if isinstance(value, _Fields) else None
                return {
                    name: empty if (got := convert(entry[1], value, (*loc, name))) is None else got
                    for name, entry in node.entries.items()
                }
            case MapNode(), _List(item) if isinstance(item, _Fields):
                return [convert(node, item, loc)]
            case ListNode(), _List(item):
                return [convert(each, item, (*loc, index)) for index, each in enumerate(node.items)]
            case _:  # a list or mapping where none belongs: the model says so
                return {} if isinstance(node, MapNode) else []

    def fields(node: MapNode, shape: _Fields, loc: Loc) -> dict[str, Any]:
        values: dict[str, Any] = {}
        spelling: dict[str, str] = {}
        for written, (key, value) in node.entries.items():
            field = shape.known.get(_folded(written))
            message = remedy = ""
            if field is None:
                message = f"there is no field {quoted(written)} here"
                remedy = _suggest_field(written, shape)
            elif field[0] in spelling:
                message = f"{quoted(written)} is the same field as {quoted(spelling[field[0]])}"
                remedy = "keep only one of them"
            else:
                spelling[field[0]] = written
                got = convert(value, field[1], (*loc, field[0]))
                if got is not None:
                    values[field[0]] = got
            if message:
                path = (*loc, written)
                where = source.say(path)
                problems.append(
                    Problem("error", source.name, key.line, where, message, remedy, path)
                )
        return values

    return convert(source.root, _shape_of(model), ()), problems


def _suggest_field(written: str, shape: _Fields) -> str:
    if _folded(written) == "reopensat":
        return 'if it is part of a text, put quotes around all of it: "… {reopens_at}"'
    names = [name for name, _ in shape.known.values()]
    return did_you_mean(written, names) or "known are " + ", ".join(names)


@lru_cache(maxsize=4096)
def _folded(name: str) -> str:
    return "".join(c for c in name if c not in "_- ").lower()


def _folded_entry(node: MapNode, part: str) -> tuple[ScalarNode, Node] | None:
    if len(node.entries) > 100:  # only mappings of fields are searched by their other spellings
        return None
    folded = _folded(part)
    return next((entry for name, entry in node.entries.items() if _folded(name) == folded), None)


@cache
def _shape_of(annotation: Any) -> _Shape:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _shape_of(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return _shape_of(next(arg for arg in get_args(annotation) if arg is not type(None)))
    if origin is dict:
        return _Named(_shape_of(get_args(annotation)[1]))
    if origin is tuple:
        return _List(_shape_of(get_args(annotation)[0]))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields
        names = {name: field.alias or name for name, field in fields.items()}
        kinds: dict[str, Any] = {name: field.annotation for name, field in fields.items()}
        return _Fields(
            {_folded(names[name]): (names[name], _shape_of(kind)) for name, kind in kinds.items()}
        )
    return None
