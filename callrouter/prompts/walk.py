"""Every prompt of a table, wherever it stands: found by the types, so that none is forgotten."""

import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from callrouter.routing.model import Prompt

_Value = TypeVar("_Value")


def with_prompts(value: _Value, change: Callable[[Prompt], Prompt | None]) -> _Value:
    """`value` with every prompt in it replaced by what `change` makes of it.

    Goes into dataclasses, mappings and tuples; what has no prompts in it stays the same object.
    """
    changed: _Value = _changed(value, change)
    return changed


def prompts_in(value: Any) -> Iterator[Prompt]:
    """Every prompt in `value`, as often as it stands there."""
    if isinstance(value, Prompt):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from prompts_in(each)
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from prompts_in(each)
    elif is_dataclass(value) and not isinstance(value, type):
        for name in _with_prompts(type(value)):
            yield from prompts_in(getattr(value, name))


def _changed(value: Any, change: Callable[[Prompt], Prompt | None]) -> Any:
    if isinstance(value, Prompt):
        return change(value)
    if isinstance(value, tuple):
        each = tuple(_changed(item, change) for item in value)
        return value if all(a is b for a, b in zip(each, value, strict=True)) else each
    if isinstance(value, Mapping):
        entries = {name: _changed(item, change) for name, item in value.items()}
        return value if all(entries[name] is value[name] for name in value) else entries
    if is_dataclass(value) and not isinstance(value, type):
        before = {name: getattr(value, name) for name in _with_prompts(type(value))}
        after = {name: _changed(item, change) for name, item in before.items()}
        return value if all(after[n] is before[n] for n in before) else replace(value, **after)
    return value


@cache
def _with_prompts(kind: type) -> tuple[str, ...]:
    """The fields of a dataclass that may have a prompt in them."""
    hints = get_type_hints(kind)
    return tuple(each.name for each in fields(kind) if _mentions_prompt(hints[each.name]))


@cache
def _mentions_prompt(hint: Any) -> bool:
    if hint is Prompt:
        return True
    if get_origin(hint) in (Union, types.UnionType) or get_args(hint):
        return any(_mentions_prompt(each) for each in get_args(hint))
    return isinstance(hint, type) and is_dataclass(hint) and bool(_with_prompts(hint))
