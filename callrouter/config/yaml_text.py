"""Plain values → YAML text as people write it, and the tree that reading it gives, lines and all.

Law: also of values that are wrong in themselves, so that what is wrong has a line to be shown at.
What fits on a line stands on one: a row of a schedule, an agent.
"""

import json
import math
import re
from typing import Any

from callrouter.config.yaml_source import ListNode, MapNode, Node, ScalarNode
from callrouter.routing.hours import WEEKDAYS, Weekday, format_days

WIDTH = 100
MOST_VALUES = 500_000
DEEPEST = 24

_PLAIN = re.compile(r"[^\W\d_][\w .'/!?+-]*")
_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
_SHORT = {"days:", "agent_group:"}
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")


class TooMuch(ValueError):
    """Values nested too deeply, too many of them, or endless ones: no configuration."""


def with_lines(values: Any) -> tuple[str, Node]:
    """The text and its tree. Raises TooMuch."""
    _check(values)
    writer = _Writer()
    root = writer.top(values)
    return "\n".join([*writer.lines, ""]), root


def _check(values: Any) -> None:
    """On a list of what is to be looked at, not by recursion: the values come from anybody."""
    level, count = [values], 0
    for _ in range(DEEPEST):
        below: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                below += each.values()
            elif isinstance(each, list):
                below += each
            elif isinstance(each, float) and not math.isfinite(each):
                raise TooMuch("a number that is none")
        count += len(level)
        if count > MOST_VALUES:
            raise TooMuch(f"more than {MOST_VALUES:,} values")
        if not below:
            return
        level = below
    raise TooMuch(f"more than {DEEPEST} levels of nesting")


def _text(value: Any) -> str:
    """A scalar as the reader takes it: what looks like a number or a word of YAML is quoted."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"{value:g}" if isinstance(value, float) and value.is_integer() else str(value)
        case _:
            written = str(value)
            plain = _PLAIN.fullmatch(written) and written[-1] != " "
            if plain and written.lower() not in _WORDS:
                return written
            quoted = json.dumps(written, ensure_ascii=False)
            return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def _node(value: Any, line: int) -> Node:
    """The tree of what stands on one line."""
    match value:
        case dict():
            return MapNode(
                line,
                {
                    str(name): (
                        ScalarNode(str(name), line),
                        _node(_short(each) if f"{name}:" in _SHORT else each, line),
                    )
                    for name, each in value.items()
                },
            )
        case list():
            return ListNode(line, [_node(each, line) for each in value])
        case None:
            return ScalarNode("", line, plain=True)
        case bool() | int() | float():
            return ScalarNode(_text(value), line)
        case _:
            return ScalarNode(str(value), line)


def _short(value: Any) -> Any:
    """Days that follow each other as a range; a list of one as that one."""
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        if set(value) <= set(WEEKDAYS):
            return format_days(tuple(map(Weekday, value)))
        return value[0] if len(value) == 1 else value
    return value


def _flow(value: Any) -> str:
    """On one line."""
    match value:
        case dict():
            entries = ((_text(name), each) for name, each in value.items())
            inside = ", ".join(
                f"{name}: {_flow(_short(each) if f'{name}:' in _SHORT else each)}"
                for name, each in entries
            )
            return f"{{{inside}}}"
        case list():
            return f"[{', '.join(map(_flow, value))}]"
        case None:
            return "null"
        case _:
            return _text(value)


class _Writer:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def top(self, values: Any) -> Node:
        if isinstance(values, dict) and values:
            return self._mapping(values, "", "")
        self.lines.append(_flow(values))
        return _node(values, 1)

    def _mapping(self, values: dict[str, Any], indent: str, first: str) -> MapNode:
        """`first` is what the first line begins with instead of the indent: a list's dash."""
        node = MapNode(len(self.lines) + 1)
        start = first or indent
        for name, value in values.items():
            line = len(self.lines) + 1
            key = ScalarNode(str(name), line)
            node.entries[str(name)] = (key, self._value(value, start, f"{_text(name)}:", indent))
            start = indent
        return node

    def _value(self, value: Any, start: str, head: str, indent: str) -> Node:
        value = _short(value) if head in _SHORT else value
        line = len(self.lines) + 1
        flow = self._on_one_line(value, f"{start}{head} ", block=not indent)
        if flow is not None:
            self.lines.append(f"{start}{head} {flow}")
            return _node(value, line)
        self.lines.append(f"{start}{head}")
        if isinstance(value, dict):
            return self._mapping(value, indent + "  ", "")
        node = ListNode(line + 1)
        for each in value:
            node.items.append(self._item(each, indent + "  "))
        return node

    def _item(self, value: Any, indent: str) -> Node:
        line = len(self.lines) + 1
        flow = self._on_one_line(value, f"{indent}- ", block=False)
        if flow is None and isinstance(value, dict):
            return self._mapping(value, indent + "  ", f"{indent}- ")
        self.lines.append(f"{indent}- {_flow(value) if flow is None else flow}")
        return _node(value, line)

    def _on_one_line(self, value: Any, before: str, *, block: bool) -> str | None:
        """None where it is too long, or has lists of mappings in it, which read badly so."""
        if not isinstance(value, dict | list) or not value:
            return _flow(value)
        inside = list(value.values()) if isinstance(value, dict) else value
        if block and isinstance(value, dict):
            return None
        if any(isinstance(each, dict) and each for each in inside) and len(inside) > 1:
            return None
        if isinstance(value, list) and any(isinstance(each, dict) for each in inside):
            return None
        if isinstance(value, dict) and any(
            isinstance(each, list) and any(isinstance(one, dict | list) for one in each)
            for each in inside
        ):
            return None
        flow = _flow(value)
        return flow if len(before) + len(flow) <= WIDTH else None
