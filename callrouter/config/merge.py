"""Three configurations into one: what two people made of the same one, in plain values.

Pure. Laws: without changes on one side it is the other; changes at different places both survive;
of changes at the same place ours stands in the result, and both are among the conflicts.
"""

import difflib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from callrouter.config.problems import Loc, field_path

_NOTHING: Any = object()


@dataclass(frozen=True, slots=True)
class Conflict:
    """One place that both changed, each otherwise; None where one of them removed it."""

    path: str
    theirs: Any
    ours: Any


@dataclass(frozen=True, slots=True)
class Merged:
    """The result, and the places at which only one of two changes could be in it: ours."""

    document: dict[str, Any]
    conflicts: tuple[Conflict, ...]


def merged(base: dict[str, Any], theirs: dict[str, Any], ours: dict[str, Any]) -> Merged:
    """What `theirs` and `ours` make of `base` together; all of them in their usual form."""
    merging = _Merging()
    document = merging.of(base, theirs, ours, ())
    return Merged({} if document is _NOTHING else document, tuple(merging.conflicts))


class _Merging:
    def __init__(self) -> None:
        self.conflicts: list[Conflict] = []

    def of(self, base: Any, theirs: Any, ours: Any, loc: Loc) -> Any:
        """The merged value, or nothing where it is gone."""
        if _same(ours, base) or _same(ours, theirs):
            return theirs
        if _same(theirs, base):
            return ours
        match base, theirs, ours:
            case _, dict(), dict() if not _whole(loc) and (base is _NOTHING or _is_dict(base)):
                return self._mapping({} if base is _NOTHING else base, theirs, ours, loc)
            case _, list(), list() if base is _NOTHING or isinstance(base, list):
                return self._list([] if base is _NOTHING else base, theirs, ours, loc)
            case _:
                self._conflict(loc, theirs, ours)
                return ours

    def _conflict(self, loc: Loc, theirs: Any, ours: Any) -> None:
        shown = (None if each is _NOTHING else each for each in (theirs, ours))
        self.conflicts.append(Conflict(field_path(loc), *shown))

    def _mapping(
        self, base: dict[str, Any], theirs: dict[str, Any], ours: dict[str, Any], loc: Loc
    ) -> dict[str, Any]:
        found = {}
        for key in _names(base, theirs, ours):
            old, their, our = (each.get(key, _NOTHING) for each in (base, theirs, ours))
            value = self.of(old, their, our, (*loc, key))
            if value is not _NOTHING:
                found[key] = value
        return found

    def _list(self, base: list[Any], theirs: list[Any], ours: list[Any], loc: Loc) -> list[Any]:
        """Parts that only one of them changed come from him; rows that both did, field by field."""
        found: list[Any] = []
        for old, their, our in _parts(base, theirs, ours):
            found += self._part(old, their, our, loc, len(found))
        return found

    def _part(
        self, old: list[Any], their: list[Any], our: list[Any], loc: Loc, at: int
    ) -> list[Any]:
        if our in (old, their):
            return their
        if their == old:
            return our
        if not any(_is_dict(each) for each in (*old, *their, *our)):
            kept = [each for each in our if each in their or each not in old]
            return kept + [each for each in their if each not in old and each not in kept]
        if len(old) == len(their) == len(our):
            rows = enumerate(zip(old, their, our, strict=True), at)
            return [self.of(*row, (*loc, place)) for place, row in rows]
        if not old:
            return their + [each for each in our if each not in their]
        self._conflict((*loc, at), their, our)
        return our


def _same(one: Any, other: Any) -> bool:
    """In value and in the order of names, which people see."""
    if one is _NOTHING or other is _NOTHING:
        return one is other
    return bool(one == other) and json.dumps(one) == json.dumps(other)


def _is_dict(value: Any) -> bool:
    return isinstance(value, dict)


def _whole(loc: Loc) -> bool:
    """A message is one thing: half of a text and half of a sound is neither."""
    return bool(loc) and str(loc[-1]).endswith("message")


def _names(base: dict[str, Any], theirs: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    """In the order of whoever changed it, ours before theirs; the other's new ones come last."""
    known = [each for each in base if each in ours]
    moved = [each for each in ours if each in base] != known
    first, second = (ours, theirs) if moved else (theirs, ours)
    return list(dict.fromkeys([*first, *second]))


def _parts(
    base: list[Any], theirs: list[Any], ours: list[Any]
) -> Iterator[tuple[list[Any], list[Any], list[Any]]]:
    """The lists cut at what is the same in all three: `base`, `theirs` and `ours` of each part."""
    in_theirs, in_ours = _places(base, theirs), _places(base, ours)
    start = (0, 0, 0)
    for place in range(len(base)):
        if place not in in_theirs or place not in in_ours:
            continue
        end = (place, in_theirs[place], in_ours[place])
        if end != start:
            yield tuple(  # type: ignore[misc]
                whole[a:b] for whole, a, b in zip((base, theirs, ours), start, end, strict=True)
            )
        yield [base[place]], [theirs[end[1]]], [ours[end[2]]]
        start = (end[0] + 1, end[1] + 1, end[2] + 1)
    yield base[start[0] :], theirs[start[1] :], ours[start[2] :]


def _places(base: Sequence[Any], other: Sequence[Any]) -> dict[int, int]:
    """Where in `other` what stands at a place of `base` is, as far as it stayed."""
    one, two = ([json.dumps(each, sort_keys=True) for each in whole] for whole in (base, other))
    matcher = difflib.SequenceMatcher(None, one, two, autojunk=False)
    return {
        block.a + offset: block.b + offset
        for block in matcher.get_matching_blocks()
        for offset in range(block.size)
    }
