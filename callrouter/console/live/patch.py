"""What has changed between two JSON objects, as a merge patch (RFC 7396). Pure."""

from typing import Any


def merge_patch(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What makes `after` of `before`: null for what is gone, lists whole; empty for no change.

    Neither may hold null as a value of an object.
    """
    patch: dict[str, Any] = dict.fromkeys(before.keys() - after.keys())
    for name, value in after.items():
        old = before.get(name)
        if value == old and name in before:
            continue
        if isinstance(value, dict) and isinstance(old, dict):
            patch[name] = merge_patch(old, value)
        else:
            patch[name] = value
    return patch


def patched(before: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """What the patch makes of it."""
    after = dict(before)
    for name, value in patch.items():
        if value is None:
            after.pop(name, None)
        elif isinstance(value, dict):
            old = after.get(name)
            after[name] = patched(old if isinstance(old, dict) else {}, value)
        else:
            after[name] = value
    return after
