"""YAML text → a tree in which every value is the text that was written, with its line.

Built from parser events on an explicit stack, so that hostile nesting costs nothing; scalars are
never typed here: `10:30`, `no`, `0641234567` and `1e3` stay what they look like.
"""

import re
from dataclasses import dataclass, field

import yaml

from callrouter.config.problems import ConfigError, Loc, Problem, by_line, field_path, quoted
from callrouter.config.yaml_words import YamlLoader, in_plain_words, quotes_closed_late

MAX_BYTES = 10_000_000
MAX_DEPTH = 24
MAX_NODES = 500_000
MAX_ALIASED_NODES = 100_000
_STRING_TAG = "tag:yaml.org,2002:str"
_NOT_TEXT = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNCLOSED = re.compile("quoted scalar|flow sequence|flow mapping")


@dataclass(slots=True)
class ScalarNode:
    """A value as it was written; `plain` when without quotes.

    Never changed; not frozen, because a large file has 200,000 of them.
    """

    text: str
    line: int
    plain: bool = False
    size: int = 1

    @property
    def nothing(self) -> bool:
        """Whether the admin left the value out: an empty place, `~` or `null`."""
        return self.plain and self.text in ("", "~", "null")


@dataclass(slots=True)
class ListNode:
    """`size` is the number of values inside, those behind aliases counted each time."""

    line: int
    items: "list[Node]" = field(default_factory=list)
    size: int = 1


@dataclass(slots=True)
class MapNode:
    """A mapping: each name with its key (for its line) and its value."""

    line: int
    entries: "dict[str, tuple[ScalarNode, Node]]" = field(default_factory=dict)
    size: int = 1


Node = ScalarNode | ListNode | MapNode


def read_tree(source: bytes, file: str) -> tuple[Node, tuple[Problem, ...]]:
    """The tree of one YAML document, with those problems that do not hide the rest.

    Raises ConfigError when there is no tree to go on with: not UTF-8, not YAML, empty, several
    documents, tags, nesting or aliases beyond any sensible use.
    """
    growing = _Growing(file)
    text = _decode(source, growing)
    try:
        loader = YamlLoader(text)
        try:
            while (event := loader.get_event()) is not None:
                growing.take(event)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        # What is not closed is told where it begins; the parser noticed it at the end of the file.
        open_since = error.context_mark if _UNCLOSED.search(error.context or "") else None
        mark = open_since or error.problem_mark
        line = mark.line + 1 if mark else 0
        message, remedy = in_plain_words(error, text, line)
        if opened := quotes_closed_late(text, line):
            message = f"the quotes opened here are closed only on line {line}"
            line, remedy = opened, "close them where the text ends"
        unread = Problem("error", file, line, "", message, remedy)
        raise ConfigError(by_line([*growing.problems, unread])) from None
    except yaml.YAMLError:
        raise growing.fatal(0, "this is not YAML") from None
    if growing.root is None:
        raise growing.fatal(1, "the file is empty", "write at least `incoming_call_settings:`")
    return growing.root, by_line(growing.problems)


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet."""

    node: ListNode | MapNode
    anchor: str | None
    key: ScalarNode | None = None
    merged: list[MapNode] = field(default_factory=list)


class _Growing:
    """The tree while events come in."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.root: Node | None = None
        self._open: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._documents = 0
        self._nodes = 0
        self._aliased = 0

    def fatal(self, line: int, message: str, remedy: str = "") -> ConfigError:
        """The error that ends reading; what was found before it is told too."""
        loc = self._loc()
        last = Problem("error", self.file, line, field_path(loc), message, remedy, loc)
        return ConfigError(by_line([*self.problems, last]))

    def take(self, event: yaml.Event) -> None:
        """Add one parser event to the tree."""
        line = event.start_mark.line + 1 if event.start_mark else 0
        match event:
            case yaml.ScalarEvent():
                if event.tag is not None:
                    self._check_tag(event.tag, line)
                scalar = ScalarNode(event.value, line, not event.style)
                if event.anchor is not None:
                    self._anchors[event.anchor] = scalar
                self._put(scalar, line)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._check_tag(event.tag, line)
                if len(self._open) >= MAX_DEPTH:
                    raise self.fatal(line, f"more than {MAX_DEPTH} levels of nesting")
                self._check_not_key(line)
                node = (MapNode if isinstance(event, yaml.MappingStartEvent) else ListNode)(line)
                self._open.append(_Open(node, event.anchor))
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                done = self._open.pop()
                self._put(self._named(_merge(done), done.anchor), done.node.line)
            case yaml.AliasEvent():
                self._put(self._aliased_node(event.anchor or "", line), line)
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise self.fatal(
                        line, "a second document begins here", "remove the line `---` between them"
                    )

    def _put(self, node: Node, line: int) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise self.fatal(line, f"more than {MAX_NODES:,} values")
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        inside = parent.node
        if isinstance(inside, ListNode):
            inside.items.append(node)
            inside.size += node.size
        elif parent.key is None:
            if not isinstance(node, ScalarNode):
                self._check_not_key(line)
            else:
                # What an alias names was written elsewhere.
                parent.key = node if node.line == line else ScalarNode(node.text, line, node.plain)
        else:
            self._put_entry(parent, inside, parent.key, node)
            parent.key = None

    def _put_entry(self, parent: _Open, mapping: MapNode, key: ScalarNode, node: Node) -> None:
        mapping.size += node.size
        if key.plain and key.text == "<<":
            sources = node.items if isinstance(node, ListNode) else [node]
            parent.merged += [source for source in sources if isinstance(source, MapNode)]
            if len(parent.merged) < len(sources):
                raise self.fatal(key.line, "`<<` takes the fields of another mapping, not a value")
        elif key.text in mapping.entries:
            first = mapping.entries[key.text][0].line
            message = f"{quoted(key.text)} is written twice, first on line {first}"
            loc, keep = self._loc(), "keep only one of them"
            self.problems.append(
                Problem("error", self.file, key.line, field_path(loc), message, keep, loc)
            )
        else:
            mapping.entries[key.text] = (key, node)

    def _named(self, node: Node, anchor: str | None) -> Node:
        if anchor is not None:
            self._anchors[anchor] = node
        return node

    def _aliased_node(self, name: str, line: int) -> Node:
        if any(parent.anchor == name for parent in self._open):
            raise self.fatal(line, f"`*{name}` stands inside the very thing it means")
        node = self._anchors.get(name)
        if node is None:
            raise self.fatal(
                line,
                f"`*{name}` means a value marked `&{name}`, and there is none above",
                f'if it is text, put quotes around it: "*{name}"',
            )
        self._aliased += node.size
        if self._aliased > MAX_ALIASED_NODES:
            raise self.fatal(line, f"aliases stand for more than {MAX_ALIASED_NODES:,} values")
        return node

    def _check_not_key(self, line: int) -> None:
        parent = self._open[-1] if self._open else None
        if parent and isinstance(parent.node, MapNode) and parent.key is None:
            raise self.fatal(
                line,
                "a list or mapping stands where a field's name is expected",
                'if the name begins with [, { or *, put quotes around it: "*name"',
            )

    def _check_tag(self, tag: str | None, line: int) -> None:
        if tag is not None and tag != _STRING_TAG:
            name = tag.replace("tag:yaml.org,2002:", "!!")
            raise self.fatal(
                line,
                f"the tag {quoted(name)} is not allowed",
                "remove it; if the text begins with !, put quotes around it",
            )

    def _loc(self) -> Loc:
        loc: list[str | int] = []
        for parent in self._open:
            if isinstance(parent.node, ListNode):
                loc.append(len(parent.node.items))
            elif parent.key is not None:
                loc.append(parent.key.text)
        return tuple(loc)


def _merge(done: _Open) -> ListNode | MapNode:
    """The finished collection; a mapping's own fields win over those it takes through `<<`."""
    if isinstance(done.node, MapNode):
        for source in done.merged:
            for name, entry in source.entries.items():
                done.node.entries.setdefault(name, entry)
    return done.node


def _decode(source: bytes, growing: _Growing) -> str:
    if len(source) > MAX_BYTES:
        raise growing.fatal(0, f"the file is larger than {MAX_BYTES // 1_000_000} MB")
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise growing.fatal(
            line, "the file is not UTF-8", "save it with the encoding UTF-8"
        ) from None
    stray = _NOT_TEXT.search(text)
    if stray:
        line = text.count("\n", 0, stray.start()) + 1
        raise growing.fatal(
            line, f"the character U+{ord(stray[0]):04X} is not allowed in a text file", "remove it"
        )
    return text
