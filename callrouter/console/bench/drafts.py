"""Drafts read once: what is asked of the same draft again is answered from memory."""

import hashlib
import json
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from callrouter.config.canonical import canonical
from callrouter.config.load import Examined, examined
from callrouter.config.marks import mark_of, mark_of_unusable
from callrouter.config.problems import ConfigError, Problem
from callrouter.config.rows import document_of, places_of, tree_of
from callrouter.config.shape import SourceFile
from callrouter.config.source import Reading, read_source
from callrouter.config.written import Written
from callrouter.config.yaml_source import read_tree
from callrouter.config.yaml_text import TooMuch, with_lines
from callrouter.routing.model import RoutingTable

_KEPT = 4
DRAFT = "draft"


class Unusable(Exception):
    """A configuration that cannot be used, where only a usable one has an answer."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


@dataclass(frozen=True)
class Draft:
    """A configuration that was examined; `given` is the text in which its problems have lines."""

    examined: Examined
    given: str | None

    @cached_property
    def document(self) -> dict[str, Any]:
        """The values in their usual form; as they were written where they mean nothing."""
        if self.examined.document is None:
            values = self.examined.values
            return values if isinstance(values, dict) else {}
        return canonical(self.written)

    @property
    def written(self) -> Written:
        """Raises Unusable where the values mean nothing."""
        if self.examined.document is None:
            raise Unusable(self.examined.problems)
        return Written(self.examined.values, self.examined.document)

    @property
    def table(self) -> RoutingTable:
        """The table it becomes. Raises Unusable."""
        if self.examined.loaded is None:
            raise Unusable(self.examined.problems)
        return self.examined.loaded.table

    @cached_property
    def yaml(self) -> str:
        """As it was given, else as it would be written."""
        return with_lines(self.document)[0] if self.given is None else self.given


class Drafts:
    """Reads drafts from `folder`, where their sounds are, and remembers the last few."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: OrderedDict[object, tuple[object, Draft]] = OrderedDict()

    def of_document(self, document: dict[str, Any], years: range | None = None) -> Draft:
        """Raises Unusable where there is too much of it."""
        plain = json.dumps(document, ensure_ascii=True, separators=(",", ":"))
        return self._once(("document", _digest(plain), years), lambda: self._read(document, years))

    def of_yaml(self, text: str) -> Draft:
        """Raises Unusable where it is no YAML."""
        return self._once(("yaml", _digest(text), None), lambda: self._read_yaml(text))

    def _once(self, key: object, read: Any) -> Draft:
        found = self._known.get(key)
        if found is None or found[0] != self._stamps(found[1]):
            draft: Draft = read()
            found = (self._stamps(draft), draft)
        self._known[key] = found
        self._known.move_to_end(key)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return found[1]

    def _stamps(self, draft: Draft) -> object:
        """What changes with the sounds and calendars it names."""
        return tuple(stamp(file) for file in draft.examined.files)

    def _read(self, document: dict[str, Any], years: range | None) -> Draft:
        try:
            text, tree = with_lines(document)
        except TooMuch as error:
            raise Unusable((Problem("error", DRAFT, 0, "", str(error), "shorten it"),)) from None
        return Draft(examined(Reading(SourceFile(DRAFT, tree), self.folder, (), text), years), text)

    def _read_yaml(self, text: str) -> Draft:
        try:
            raw = text.encode("utf-8", "surrogatepass")
            tree, problems = read_tree(raw, DRAFT)
        except ConfigError as error:
            raise Unusable(error.problems) from None
        return Draft(examined(Reading(SourceFile(DRAFT, tree), self.folder, problems, text)), text)


@dataclass(frozen=True)
class Kept:
    """What is stored now, under the key by which the console knows it.

    `text` is what a version keeps of it, plain JSON; `empty` tells tables without any row.
    """

    key: str
    draft: Draft
    mark: str
    text: str
    empty: bool = False


def kept_rows(key: str, rows: str, folder: Path) -> Kept:
    """The configuration in the database's tables."""
    values, ids = document_of(rows)
    if not values:
        source = SourceFile("database", tree_of({}))
        return Kept(key, Draft(examined(Reading(source, folder, (), None)), None), mark_of("{}"),
                    "{}", empty=True)  # fmt: skip
    source = SourceFile("database", tree_of(values), places_of(ids))
    found = examined(Reading(source, folder, (), None))
    if found.loaded is not None:
        text = found.loaded.document
        return Kept(key, Draft(found, None), mark_of(text), text)
    text = json.dumps(values, ensure_ascii=False)
    return Kept(key, Draft(found, None), mark_of_unusable(text), text)


def kept_file(key: str, path: Path) -> Kept:
    """The configuration in a file; one that cannot be read at all is empty, with the reason."""
    try:
        reading = read_source(path)
    except ConfigError as error:
        source = SourceFile(str(path), tree_of({}))
        nothing = Examined(source, {}, None, None, error.problems, error.files)
        return Kept(key, Draft(nothing, None), mark_of_unusable(f"{error}"), "{}")
    found = examined(reading)
    text = json.dumps(found.values, ensure_ascii=False)
    return Kept(key, Draft(found, reading.text), mark_of(reading.text or ""), text)


def stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes with a file; None where there is none."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
