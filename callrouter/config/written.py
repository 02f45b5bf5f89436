"""A configuration as it was written: told apart from another, and written as YAML.

Compares what values mean, so that `9:00` and `"09:00"` are the same, and shows what was written.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import yaml
from pydantic import BaseModel

from callrouter.config.document import Document
from callrouter.config.problems import Loc, field_path, visible

_ONE_LINE = 1_000_000_000
_WHOLE = re.compile(r"0|[1-9][0-9]{0,8}")


class Written(NamedTuple):
    """A valid configuration: its plain values, and what they mean."""

    values: Any
    meant: Any


def written(values: Any) -> Written:
    """Raises pydantic's ValidationError where the values are no document."""
    return Written(values, Document.model_validate(values))


@dataclass(frozen=True, slots=True)
class Difference:
    """What was written at `path` before and after; None where nothing was."""

    path: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        if self.before is None:
            return f"+ {self.path}: {self.after}"
        if self.after is None:
            return f"- {self.path}: {self.before}"
        return f"  {self.path}: {self.before} → {self.after}"


def differences(before: Written, after: Written) -> Iterator[Difference]:
    """What the second says otherwise than the first, in the order of the fields."""
    yield from _differences(before, after, ())


def _differences(before: Written, after: Written, loc: Loc) -> Iterator[Difference]:
    if before.meant == after.meant:
        return
    match before, after:
        case Written(dict(), BaseModel()), Written(dict(), BaseModel()):
            for name, field in type(before.meant).model_fields.items():
                key = field.alias or name
                old = Written(before.values.get(key), getattr(before.meant, name))
                new = Written(after.values.get(key), getattr(after.meant, name))
                yield from _differences(old, new, (*loc, key))
        case Written(_, dict()), Written(_, dict()):
            for key in dict.fromkeys([*before.meant, *after.meant]):
                yield from _differences(_at(before, key), _at(after, key), (*loc, key))
        case Written(list(), tuple()), Written(list(), tuple()) if _of_sections(before, after):
            yield from _rows(before, after, loc)
        case _:
            yield Difference(field_path(loc), _shown(before.values), _shown(after.values))


def _at(whole: Written, key: str) -> Written:
    return Written((whole.values or {}).get(key), whole.meant.get(key))


def _of_sections(*lists: Written) -> bool:
    return any(isinstance(each, BaseModel) for whole in lists for each in whole.meant)


def _rows(before: Written, after: Written, loc: Loc) -> Iterator[Difference]:
    """Rows that went and rows that came: those around them are the same, wherever they are now."""
    old_rows, new_rows = ([repr(row) for row in whole.meant] for whole in (before, after))
    matcher = difflib.SequenceMatcher(None, old_rows, new_rows, autojunk=False)
    for what, a, b, c, d in matcher.get_opcodes():
        if what == "replace" and b - a == d - c:
            for old, new in zip(range(a, b), range(c, d), strict=True):
                one = Written(before.values[old], before.meant[old])
                other = Written(after.values[new], after.meant[new])
                yield from _differences(one, other, (*loc, new))
        elif what != "equal":
            for old in range(a, b):
                yield Difference(field_path((*loc, old)), _shown(before.values[old]), None)
            for new in range(c, d):
                yield Difference(field_path((*loc, new)), None, _shown(after.values[new]))


def _shown(values: Any) -> str | None:
    """On one line, as YAML."""
    if values is None or isinstance(values, str):
        return values and visible(values)
    text = yaml.safe_dump(
        values, default_flow_style=True, allow_unicode=True, sort_keys=False, width=_ONE_LINE
    )
    return visible(text.removesuffix("\n"))


def yaml_text(whole: Written) -> str:
    """The configuration as a YAML file, in the order of the fields."""
    return yaml.safe_dump(
        _typed(whole.values, whole.meant),
        allow_unicode=True,
        default_flow_style=None,
        sort_keys=False,
        width=100,
    )


def _typed(values: Any, meant: Any) -> Any:
    """Numbers and yes or no without quotes, fields in their order."""
    match values, meant:
        case dict(), BaseModel():
            names = {field.alias or name: name for name, field in type(meant).model_fields.items()}
            return {
                key: _typed(values[key], getattr(meant, name))
                for key, name in names.items()
                if key in values
            }
        case dict(), Mapping():
            return {key: _typed(value, meant.get(key)) for key, value in values.items()}
        case list(), tuple() if len(values) == len(meant):  # days are joined
            return [_typed(value, each) for value, each in zip(values, meant, strict=True)]
        case str(), bool():
            return meant
        case str(), int() | float() if _WHOLE.fullmatch(values):
            return int(values)
        case _:
            return values
