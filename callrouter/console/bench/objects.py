"""One object of what is stored, changed by a program: the whole configuration that follows.

Pure. An object's tag changes with the object and nothing else.
"""

import copy
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from callrouter.config.renaming import renamed

TAG_LENGTH = 16


class NotSo(Exception):
    """The object is not what the request says it is; `status` is HTTP's."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


@dataclass(frozen=True, slots=True)
class ObjectChange:
    """What is asked for: `value` None removes it. `tag` is the one it must have.

    `create` must not find one of this name; `rename` is the name that it is to have.
    """

    kind: str
    name: str
    value: dict[str, Any] | None
    tag: str | None = None
    create: bool = False
    rename: str | None = None


def tag_of(value: Any) -> str:
    """The object's ETag, without quotes."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:TAG_LENGTH]


def changed(document: dict[str, Any], change: ObjectChange) -> dict[str, Any]:
    """The document after the change. Raises NotSo."""
    _check(document, change)
    after = copy.deepcopy(document)
    entries = after.setdefault(change.kind, {})
    if change.value is None:
        del entries[change.name]
        return after
    entries[change.name] = change.value
    if change.rename is not None and change.rename != change.name:
        return renamed(after, change.kind, change.name, change.rename)
    return after


def _check(document: dict[str, Any], change: ObjectChange) -> None:
    entries = document.get(change.kind, {})
    there = entries.get(change.name)
    if change.create:
        if there is not None:
            raise NotSo(412, f"There is {change.name!r} already in {change.kind}.")
        return
    if there is None:
        raise NotSo(404, f"There is no {change.name!r} in {change.kind}.")
    if change.tag is None:
        raise NotSo(428, "Send the object's ETag as If-Match, or If-None-Match: * for a new one.")
    if change.tag not in ("*", tag_of(there)):
        raise NotSo(412, f"{change.name!r} has been changed since: read it again.")
    if change.rename not in (None, change.name) and change.rename in entries:
        raise NotSo(409, f"There is {change.rename!r} already in {change.kind}.")
