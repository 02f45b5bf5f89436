"""Another name for an agent, a group, settings or a calendar, wherever it is referred to.

Pure, on a document in its usual form. Whether the result is usable, the check says.
"""

from typing import Any

_REFERRED_TO_BY = {
    "agents": ("agent", "members"),
    "agent_groups": ("agent_group",),
    "holiday_calendars": ("holidays",),
    "incoming_call_settings": ("incoming_call_settings",),
}
KINDS = tuple(_REFERRED_TO_BY)


def renamed(document: dict[str, Any], kind: str, old: str, new: str) -> dict[str, Any]:
    """The document with `new` for `old`; it keeps its place among the others of its kind."""
    fields = _REFERRED_TO_BY[kind]

    def of(value: Any, field: str) -> Any:
        match value:
            case dict():
                return {key: of(each, key) for key, each in value.items()}
            case list():
                return [of(each, field) for each in value]
            case str() if field in fields and value == old:
                return new
            case _:
                return value

    found: dict[str, Any] = of(document, "")
    if kind == "holiday_calendars":  # the days of a calendar are called `holidays` too
        found[kind] = dict(document.get(kind, {}))
    if old in found.get(kind, {}):
        found[kind] = {new if name == old else name: value for name, value in found[kind].items()}
    return found
